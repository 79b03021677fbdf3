"""Published addresses: a file, an ArcGIS layer or a paged API, asked again only if it changed, and from where it broke."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx

from importers import asking, paged_api
from importers.asking import Asking
from importers.problems import NoFile

MAX_PAGES = 20_000
PAGE = 1000
LAYER = re.compile(r"/(?:Feature|Map)Server/\d+/?$")
PARTIAL = ".en-cours"


@dataclass(frozen=True)
class Version:
    """What an address says of its content: a mark, and the day it was made, when it tells. `said`: what was left out of it."""

    mark: str | None = None
    made_on: date | None = None
    said: str | None = None


@dataclass(frozen=True)
class Asked:
    """What to ask: an address; `hosts`: those of this network that may be asked; `lists`: of a paged API, what to take there."""

    url: str
    hosts: frozenset[str] = frozenset()
    lists: paged_api.Lists | None = None
    token: str = ""


def download(asked: Asked, folder: Path, known: str | None) -> tuple[Path, Version] | None:
    """The file at that address, in `folder`, and its version; None if its mark is still `known`.

    What was received before it broke stays in `folder`, and is taken up at the next call if nothing changed meanwhile.
    Raises NoFile, httpx.HTTPError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with asking.client(asked.hosts, asked.token) as client:
        if asked.lists:
            target = folder / asked.lists.name
            return target, Version(said=paged_api.collect(Asking(client, asked.url, paged_api.TRIES), asked.lists, target))
        work = _Download(Asking(client, asked.url), asked, folder / PARTIAL)
        version = work.layer(known) if LAYER.search(httpx.URL(asked.url).path) else work.file(known)
        if version is None:
            return None
        target = folder / _file_name(asked, version.name)
        (folder / PARTIAL).replace(target)
        work.forget()
        return target, version.version


@dataclass(frozen=True)
class _Got:
    name: str
    version: Version


class _Download:
    """One download: the partial file, and beside it what it is part of."""

    def __init__(self, asking: Asking, asked: Asked, partial: Path) -> None:
        self.asking = asking
        self.asked = asked
        self.partial = partial
        self.notes = partial.with_name(f"{partial.name}.json")

    # --- one file ---

    def file(self, known: str | None) -> _Got | None:
        return self.asking.tried(self._file, known)

    def _file(self, known: str | None) -> _Got | None:
        note = self._note()
        start = self.partial.stat().st_size if note.get("mark") and self.partial.exists() else 0
        headers = {"Range": f"bytes={start}-", "If-Range": note["mark"]} if start else _conditions(known)
        with self.asking.client.stream("GET", self.asked.url, headers=headers) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED:
                return None
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                self.forget()
            response.raise_for_status()
            mark = response.headers.get("ETag") or response.headers.get("Last-Modified")
            strong = mark if mark and not mark.startswith("W/") else None
            self._write_note({"mark": strong})
            resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
            self._receive(response, start if resumed else 0)
            return _Got(response.url.path.rstrip("/").rsplit("/", 1)[-1], Version(mark, _last_modified(response)))

    def _receive(self, response: httpx.Response, start: int) -> None:
        with self.partial.open("ab" if start else "wb") as out:
            for block in response.iter_bytes():
                start += out.write(block)
                self._check(start)

    # --- pages ---

    def layer(self, known: str | None) -> _Got | None:
        """An ArcGIS layer: by pages in the order of its ids, coordinates in degrees; its last edit is its mark."""
        url = self.asked.url.rstrip("/")
        described = self.asking.json(url, {"f": "json"})
        edited = described.get("editingInfo") if isinstance(described.get("editingInfo"), dict) else {}
        moment = (edited or {}).get("dataLastEditDate") or (edited or {}).get("lastEditDate")
        mark = str(moment) if isinstance(moment, int) else None
        if mark and mark == known:
            return None
        size = described.get("maxRecordCount")
        size = min(size, PAGE) if isinstance(size, int) and size > 0 else PAGE
        query = {"where": "1=1", "outFields": "*", "outSR": "4326", "f": "json", "resultRecordCount": str(size)}
        if isinstance(order := described.get("objectIdField"), str):
            query["orderByFields"] = order

        def page(place: int) -> tuple[Any, bool]:
            found = self.asking.json(f"{url}/query", {**query, "resultOffset": str(place)})
            features = found.get("features")
            if not isinstance(features, list):
                raise NoFile(f"La couche {url} ne répond pas par des fiches : donnez le fichier avec --file.")
            return found, bool(features) and (found.get("exceededTransferLimit") is True or len(features) >= size)

        self._collect(page, size, mark)
        day = date.fromtimestamp(moment / 1000) if isinstance(moment, int) and 0 < moment < 4e12 else None
        return _Got("couche", Version(mark, day))

    def _collect(self, page: Callable[[int], tuple[Any, bool]], step: int, mark: str | None) -> None:
        """Pages one a line, from where an interrupted download of the same content stopped."""
        note = self._note()
        resumed = bool(mark) and note.get("mark") == mark and isinstance(note.get("next"), int) and self.partial.exists()
        place, size = (note["next"], note["size"]) if resumed else (0, 0)
        with self.partial.open("r+b" if resumed else "wb") as out:
            out.truncate(size)
            out.seek(size)
            for _ in range(MAX_PAGES):
                found, more = self.asking.tried(page, place)
                size += out.write(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
                out.flush()
                self._check(size)
                place += step
                self._write_note({"mark": mark, "next": place, "size": size})
                if not more:
                    return
        raise NoFile(f"{self.asked.url} donne plus de {MAX_PAGES} pages : arrêté.")

    def _check(self, size: int) -> None:
        if size > asking.MAX_BYTES:
            self.forget()
        self.asking.check(size)

    def _note(self) -> dict[str, Any]:
        try:
            note = json.loads(self.notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return note if isinstance(note, dict) and note.get("url") == self.asked.url else {}

    def _write_note(self, note: dict[str, Any]) -> None:
        self.notes.write_text(json.dumps({"url": self.asked.url, **note}), encoding="utf-8")

    def forget(self) -> None:
        self.partial.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)


def _conditions(known: str | None) -> dict[str, str]:
    """Ask only for what changed since: an ETag stands in quotes, a day does not."""
    if not known:
        return {}
    return {"If-None-Match" if known.startswith(('"', "W/")) else "If-Modified-Since": known}


def _file_name(asked: Asked, name: str) -> str:
    """A name safe on any disk."""
    return re.sub(r"[^\w.-]+", "-", name)[-100:].strip(".-") or re.sub(r"\W+", "-", httpx.URL(asked.url).host)


def _last_modified(response: httpx.Response) -> date | None:
    try:
        return parsedate_to_datetime(response.headers.get("Last-Modified", "")).date()
    except ValueError:
        return None
