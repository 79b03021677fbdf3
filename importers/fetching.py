"""Get a source's file and keep its raw bytes: the file given, else the folder of sources, else the published address."""

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from app.config import Settings
from importers.problems import NoFile
from importers.source import Source

MAX_BYTES = 500_000_000
MAX_SECONDS = 300.0
SILENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Received:
    """A source's file, or folder, on this machine: its published name and the digest of its bytes.

    `made_on`: the day it was made, if its name or its server tells. `modified`: the day the local file was last changed,
    None if that is today: a copy just made says nothing of its content's age.
    """

    path: Path
    name: str
    sha256: str
    made_on: date | None
    modified: date | None


@contextmanager
def received(source: Source, settings: Settings, file: Path | None, *, keep: bool) -> Iterator[Received]:
    """The source's file; with `keep`, a copy stays under ``fichiers/<source>`` of the data folder. Raises NoFile."""
    with tempfile.TemporaryDirectory(prefix="levier-") as folder:
        found = file or source.shipped or _in_sources_dir(source, settings)
        modified = None
        if found is None:
            found, made_on = _download(source, Path(folder))
        elif found.exists():
            made_on, modified = date_in_name(found.resolve().name), _modified_before_today(found)
        else:
            raise NoFile(f"Le fichier « {found} » n’existe pas.")
        name = found.resolve().name
        sha256 = _digest(found)
        path = _kept(found, source, settings, sha256) if keep else found
        yield Received(path, name, sha256, source.file_date or made_on, modified)


def is_at_hand(source: Source, settings: Settings) -> bool:
    """Is there a file, or an address to ask for one?"""
    return bool(source.url or source.shipped or _in_sources_dir(source, settings))


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


def _download(source: Source, folder: Path) -> tuple[Path, date | None]:
    if source.url is None:
        raise NoFile(
            f"Aucune adresse publiée n’est connue pour « {source.nom} » : donnez le fichier avec --file, "
            f"ou placez « {source.file_name} » dans le dossier LEVIER_SOURCES_DIR."
        )
    target = folder / (source.url.rstrip("/").rsplit("/", 1)[-1] or source.id)
    deadline = time.monotonic() + MAX_SECONDS
    try:
        with httpx.stream("GET", source.url, follow_redirects=True, timeout=SILENCE_SECONDS) as response, target.open("wb") as out:
            response.raise_for_status()
            size = 0
            for block in response.iter_bytes():
                size += out.write(block)
                if size > MAX_BYTES:
                    raise NoFile(f"Le fichier de {source.url} pèse plus de {MAX_BYTES // 1_000_000} Mo : téléchargement arrêté.")
                if time.monotonic() > deadline:
                    raise NoFile(f"Le téléchargement de {source.url} dépasse {MAX_SECONDS:.0f} secondes : arrêté.")
    except httpx.HTTPError as error:
        raise NoFile(
            f"L’adresse {source.url} ne répond pas ({_why(error)}). Donnez le fichier avec --file, "
            f"ou placez « {source.file_name} » dans le dossier LEVIER_SOURCES_DIR."
        ) from error
    return target, _last_modified(response)


def _why(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"erreur {error.response.status_code}"
    return "délai dépassé" if isinstance(error, httpx.TimeoutException) else "connexion impossible"


def _last_modified(response: httpx.Response) -> date | None:
    try:
        return parsedate_to_datetime(response.headers.get("Last-Modified", "")).date()
    except ValueError:
        return None


def _modified_before_today(path: Path) -> date | None:
    day = max(datetime.fromtimestamp(file.stat().st_mtime).date() for file in (_files(path) or [path]))
    return day if day < date.today() else None


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.ndjson")) if path.is_dir() else [path]


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
