"""Published addresses: a file, an ArcGIS layer or a paged service, asked again only if it changed, and from where it broke."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx

from importers.addresses import PublicOnly
from importers.problems import NoFile

T = TypeVar("T")

MAX_BYTES = 500_000_000
MAX_PAGE_BYTES = 50_000_000
MAX_PAGES = 20_000
MAX_SECONDS = 600.0
SILENCE_SECONDS = 20.0
MAX_REDIRECTIONS = 5
TRIES = 3
PAGE = 1000
LAYER = re.compile(r"/(?:Feature|Map)Server/\d+/?$")
PARTIAL = ".en-cours"


@dataclass(frozen=True)
class Version:
    """What an address says of its content: a mark, and the day it was made, when it tells."""

    mark: str | None = None
    made_on: date | None = None


@dataclass(frozen=True)
class Asked:
    """What to ask: an address; `endpoints`: paths below it, each paged, in order; `hosts`: those of this network that may be asked."""

    url: str
    endpoints: tuple[str, ...] = ()
    token: str = ""
    hosts: frozenset[str] = frozenset()


def download(asked: Asked, folder: Path, known: str | None) -> tuple[Path, Version] | None:
    """The file at that address, in `folder`, and its version; None if its mark is still `known`.

    What was received before it broke stays in `folder`, and is taken up at the next call if nothing changed meanwhile.
    Raises NoFile, httpx.HTTPError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _client(asked) as client:
        deadline = time.monotonic() + MAX_SECONDS
        work = _Download(client, asked, folder / PARTIAL, deadline)
        version = work.layer(known) if LAYER.search(httpx.URL(asked.url).path) else work.pages() if asked.endpoints else work.file(known)
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


@contextmanager
def _client(asked: Asked) -> Iterator[httpx.Client]:
    headers = {"User-Agent": "Levier", "Accept-Encoding": "identity"}
    if asked.token:
        headers["Authorization"] = f"Bearer {asked.token}"
    with httpx.Client(
        transport=PublicOnly(asked.hosts),
        headers=headers,
        timeout=SILENCE_SECONDS,
        follow_redirects=True,
        max_redirects=MAX_REDIRECTIONS,
        trust_env=False,
    ) as client:
        yield client


class _Download:
    """One download: the partial file, and beside it what it is part of."""

    def __init__(self, client: httpx.Client, asked: Asked, partial: Path, deadline: float) -> None:
        self.client = client
        self.asked = asked
        self.partial = partial
        self.notes = partial.with_name(f"{partial.name}.json")
        self.deadline = deadline

    # --- one file ---

    def file(self, known: str | None) -> _Got | None:
        return self._tried(lambda: self._file(known))

    def _file(self, known: str | None) -> _Got | None:
        note = self._note()
        start = self.partial.stat().st_size if note.get("mark") and self.partial.exists() else 0
        headers = {"Range": f"bytes={start}-", "If-Range": note["mark"]} if start else _conditions(known)
        with self.client.stream("GET", self.asked.url, headers=headers) as response:
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
        described = self._json(url, {"f": "json"})
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
            found = self._json(f"{url}/query", {**query, "resultOffset": str(place)})
            features = found.get("features")
            if not isinstance(features, list):
                raise NoFile(f"La couche {url} ne répond pas par des fiches : donnez le fichier avec --file.")
            return found, bool(features) and (found.get("exceededTransferLimit") is True or len(features) >= size)

        self._collect(page, size, mark)
        day = date.fromtimestamp(moment / 1000) if isinstance(moment, int) and 0 < moment < 4e12 else None
        return _Got("couche", Version(mark, day))

    def pages(self) -> _Got:
        """A service that answers ``{items, page, pages}``: each endpoint in turn, its items under its own name."""
        url = httpx.URL(self.asked.url)
        begun = [(self.asked.endpoints[0], 0)]  # endpoints, and the rank of their first page

        def page(rank: int) -> tuple[Any, bool]:
            endpoint, first = begun[-1]
            address = url.copy_with(path=f"{url.path.rstrip('/')}/{endpoint}")
            found = self._json(str(address), {**dict(url.params), "page": str(rank - first + 1), "size": str(PAGE)})
            items, last = found.get("items"), found.get("pages")
            if not isinstance(items, list):
                raise NoFile(f"{address} ne répond pas par des fiches : vérifiez l’adresse et le jeton.")
            more = bool(items) and isinstance(last, int) and rank - first + 1 < last
            if not more and len(begun) < len(self.asked.endpoints):
                begun.append((self.asked.endpoints[len(begun)], rank + 1))
                more = True
            return {endpoint: items}, more

        self._collect(page, 1, None)
        return _Got("api", Version())

    def _collect(self, page: Callable[[int], tuple[Any, bool]], step: int, mark: str | None) -> None:
        """Pages one a line, from where an interrupted download of the same content stopped."""
        note = self._note()
        resumed = bool(mark) and note.get("mark") == mark and isinstance(note.get("next"), int) and self.partial.exists()
        place, size = (note["next"], note["size"]) if resumed else (0, 0)
        with self.partial.open("r+b" if resumed else "wb") as out:
            out.truncate(size)
            out.seek(size)
            for _ in range(MAX_PAGES):
                found, more = self._tried(lambda place=place: page(place))  # type: ignore[misc]
                size += out.write(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
                out.flush()
                self._check(size)
                place += step
                self._write_note({"mark": mark, "next": place, "size": size})
                if not more:
                    return
        raise NoFile(f"{self.asked.url} donne plus de {MAX_PAGES} pages : arrêté.")

    def _json(self, url: str, query: Mapping[str, str]) -> dict[str, Any]:
        with self.client.stream("GET", url, params=dict(query)) as response:
            response.raise_for_status()
            content = bytearray()
            for block in response.iter_bytes():
                content += block
                if len(content) > MAX_PAGE_BYTES:
                    raise NoFile(f"Une page de {self.asked.url} pèse plus de {MAX_PAGE_BYTES // 1_000_000} Mo : téléchargement arrêté.")
                self._check(0)
        try:
            found = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise NoFile(f"{self.asked.url} ne répond pas en JSON : vérifiez l’adresse.") from error
        if not isinstance(found, dict) or "error" in found:
            raise NoFile(f"{self.asked.url} répond par une erreur : vérifiez l’adresse, ou réessayez plus tard.")
        return found

    # --- both ---

    def _tried(self, step: Callable[[], T]) -> T:
        """Again after a connection that broke or a server that was busy."""
        for left in reversed(range(TRIES)):
            try:
                return step()
            except httpx.HTTPStatusError as error:
                if not left or error.response.status_code not in (416, 429, 502, 503, 504):
                    raise
            except (httpx.RemoteProtocolError, httpx.ReadError):
                if not left:
                    raise
            time.sleep(0.2)
        raise AssertionError("the last try returns or raises")

    def _check(self, size: int) -> None:
        if size > MAX_BYTES:
            self.forget()
            raise NoFile(f"Le fichier de {self.asked.url} pèse plus de {MAX_BYTES // 1_000_000} Mo : téléchargement arrêté.")
        if time.monotonic() > self.deadline:
            raise NoFile(f"Le téléchargement de {self.asked.url} dépasse {MAX_SECONDS:.0f} secondes : arrêté. Il reprendra où il en est.")

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
