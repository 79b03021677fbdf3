"""Get a source's file and keep its raw bytes: the file given, else the folder of sources, else the published address."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx

from app.config import Settings
from importers import downloading, registry
from importers.downloading import Asked, Version
from importers.paged_api import Lists
from importers.problems import NoFile
from importers.source import Source

LAST = ".adresse.json"  # what the address gave last time


@dataclass(frozen=True)
class Received:
    """A source's file, or folder, on this machine: its published name and the digest of its bytes.

    `made_on`: the day it was made, if its name or its server tells. `modified`: the day the local file was last changed,
    None if that is today: a copy just made says nothing of its content's age. `unchanged`: its address answered that it
    is still the file received last time, whether or not that one was imported to the end. `said`: what was left out of it.
    """

    path: Path
    name: str
    sha256: str
    made_on: date | None
    modified: date | None
    unchanged: bool = False
    said: str | None = None


@contextmanager
def received(source: Source, settings: Settings, file: Path | None, *, keep: bool, departement: str | None = None) -> Iterator[Received]:
    """The source's file; with `keep`, a copy stays under ``fichiers/<source>`` of the data folder. Raises NoFile.

    Of `departement` alone, if the source's address gives one at a time.
    """
    found = file or source.shipped or _in_sources_dir(source, settings)
    if found is not None and not found.exists():
        raise NoFile(f"Le fichier « {found} » n’existe pas.")
    if found is not None:
        name, sha256 = found.resolve().name, _digest(found)
        path = _kept(found, source, settings, sha256) if keep else found
        yield Received(path, name, sha256, source.file_date or date_in_name(name), _modified_before_today(found))
        return
    with tempfile.TemporaryDirectory(prefix="levier-") as aside:
        folder = settings.data_dir / "fichiers" / source.id if keep else Path(aside)
        fetched = _fetched(source, settings, folder, departement)
        if isinstance(fetched, Received):
            yield fetched
            return
        found, version = fetched
        sha256 = _digest(found)
        path = _kept(found, source, settings, sha256) if keep else found
        if keep:
            found.unlink()
            _remember(source, settings, version, found.name, sha256)
        yield Received(path, found.name, sha256, source.file_date or version.made_on, None, said=version.said)


def is_at_hand(source: Source, settings: Settings) -> bool:
    """Is there a file, or an address to ask for one?"""
    may_ask = source.url and (not source.endpoints or settings.data_inclusion_token.get_secret_value())
    return bool(may_ask or source.shipped or _in_sources_dir(source, settings))


def is_whole(source: Source, departement: str | None, name: str) -> bool:
    """Is the file of that name all that the source has of `departement`, and nothing else?"""
    return departement is not None and bool(source.endpoints) and name == _list_name(source, departement)


def date_in_name(name: str) -> date | None:
    """``x-2024-08-31.csv`` or ``x_20240831.csv``: that day; ``x-2024-08.csv``: the first of that month."""
    found = re.search(r"(?<!\d)(20\d{2})[-_]?(0[1-9]|1[0-2])(?:[-_]?(0[1-9]|[12]\d|3[01]))?(?!\d)", name)
    if not found:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return None
    return day if day <= date.today() else None


def _in_sources_dir(source: Source, settings: Settings) -> Path | None:
    if settings.sources_dir is None or not settings.sources_dir.is_dir():
        return None
    return max(settings.sources_dir.glob(source.file_name), default=None, key=lambda path: path.name)


def _fetched(source: Source, settings: Settings, folder: Path, departement: str | None) -> Received | tuple[Path, Version]:
    """What the source's address gives, in `folder`; the copy kept earlier if it is still the same."""
    if source.url is None:
        raise NoFile(
            f"Aucune adresse publiée n’est connue pour « {source.nom} » : donnez le fichier avec --file, "
            f"ou placez « {source.file_name} » dans le dossier LEVIER_SOURCES_DIR."
        )
    asked = _lists(source, settings, departement) if source.endpoints else Asked(source.url, _hosts(settings))
    last = _last(source, settings)
    kept = kept_at(source.id, settings, last.get("sha256", ""), last.get("name", "")) if last else None
    known = last.get("mark") if kept and kept.exists() else None
    try:
        found = downloading.download(asked, folder, known)
    except httpx.HTTPError as error:
        raise NoFile(
            f"L’adresse {source.url} ne répond pas ({_why(error)}). Donnez le fichier avec --file, "
            f"ou placez « {source.file_name} » dans le dossier LEVIER_SOURCES_DIR."
        ) from error
    if found is not None:
        return found
    if kept is None:
        raise NoFile(f"L’adresse {source.url} répond que rien n’a changé, sans qu’on le lui demande.")
    made_on = date.fromisoformat(last["made_on"]) if last.get("made_on") else None
    return Received(kept, last["name"], last["sha256"], source.file_date or made_on, None, unchanged=True)


def _lists(source: Source, settings: Settings, departement: str | None) -> Asked:
    """What to ask of an API that answers by département, with the token. Raises NoFile."""
    url, token = (source.url or "").rstrip("/"), settings.data_inclusion_token.get_secret_value()
    if departement is None:
        raise NoFile(f"« {source.nom} » se prend par département : levier import {source.id} --departement 04.")
    if not token:
        raise NoFile(f"« {source.nom} » demande un jeton : réglez LEVIER_DATA_INCLUSION_TOKEN, ou donnez le fichier avec --file.")
    if not url.startswith("https://") and httpx.URL(url).host not in _hosts(settings):
        raise NoFile(f"Le jeton de « {source.nom} » ne part qu’en HTTPS : {url} n’en est pas.")
    elsewhere = {own.id for own in registry.SOURCES} | set(settings.data_inclusion_without.replace(",", " ").split())
    lists = Lists(_list_name(source, departement), source.endpoints, {"code_departement": departement}, frozenset(elsewhere))
    return Asked(url, _hosts(settings), lists, token)


def forget_older(received: Received) -> None:
    """Once a whole list was applied, those of before serve nobody: each week makes another, and their rows are in the base."""
    for copy in received.path.parent.glob(f"*-{received.name}"):
        if copy != received.path:
            copy.unlink(missing_ok=True)


def _list_name(source: Source, departement: str) -> str:
    return f"{source.id}-departement-{departement}.ndjson"


def _hosts(settings: Settings) -> frozenset[str]:
    return frozenset(settings.sources_hosts.replace(",", " ").split())


def _last(source: Source, settings: Settings) -> dict[str, Any]:
    """What the address gave last time."""
    try:
        last = json.loads((settings.data_dir / "fichiers" / source.id / LAST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return last if isinstance(last, dict) and last.get("url") == source.url else {}


def _remember(source: Source, settings: Settings, version: Version, name: str, sha256: str) -> None:
    made_on = version.made_on.isoformat() if version.made_on else None
    note = {"url": source.url, "mark": version.mark, "made_on": made_on, "name": name, "sha256": sha256}
    aside = settings.data_dir / "fichiers" / source.id / f"{LAST}.en-cours"
    aside.write_text(json.dumps(note), encoding="utf-8")
    aside.replace(aside.with_name(LAST))


def _why(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"erreur {error.response.status_code}"
    if isinstance(error, httpx.TooManyRedirects):
        return "trop de redirections"
    return "délai dépassé" if isinstance(error, httpx.TimeoutException) else "connexion impossible"


def _modified_before_today(path: Path) -> date | None:
    day = max(datetime.fromtimestamp(file.stat().st_mtime).date() for file in (_files(path) or [path]))
    return day if day < date.today() else None


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.iterdir() if file.suffix in (".ndjson", ".parquet")) if path.is_dir() else [path]


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for file in _files(path):
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def kept_at(source_id: str, settings: Settings, sha256: str, name: str) -> Path:
    """Where the copy of this very content is, once it was received."""
    return settings.data_dir / "fichiers" / source_id / f"{sha256[:12]}-{name}"


def _kept(path: Path, source: Source, settings: Settings, sha256: str) -> Path:
    """The copy of this very content; written aside then renamed, so that it is whole or not there."""
    target = kept_at(source.id, settings, sha256, path.resolve().name)
    folder = target.parent
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=folder, prefix=".en-cours-"))
    try:
        if path.is_dir():
            copy = aside / "dossier"
            copy.mkdir()
            for file in _files(path):
                shutil.copyfile(file, copy / file.name)
        else:
            copy = aside / "fichier"
            shutil.copyfile(path, copy)
        if not target.exists():
            os.replace(copy, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target
