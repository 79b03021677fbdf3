"""Files that staff drop on the import page: their bytes, how they were read, and what was tried with them.

A deposit is a folder of the data folder, ``depots/<id>/``: ``fichier/`` (the bytes as they came), ``depot.json``, ``apercu.json`` (its
first rows), ``essai.json`` (what a dry run foretells) and ``progression.json``. Runs themselves are in the base.
"""

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import IO, Any

import httpx

from app.config import Settings
from importers import downloading
from importers.downloading import Asked
from importers.formats.rows import Rows
from importers.problems import NoFile, UnreadableFile
from importers.readers import RawRow
from importers.readers.opening import open_any
from importers.sandbox import Opened

FIRST_ROWS = 2000  # enough to guess from, values and places of several rows included
LONGEST = 1000  # characters of a cell in a preview
KEPT_SECONDS = 30 * 86_400  # a file that was never applied is not kept for ever
BLOCK = 1 << 20
ID = re.compile(r"[0-9a-f]{16}")


class TooLarge(NoFile):
    """More bytes than staff may drop."""


@dataclass(frozen=True)
class Deposit:
    """A file dropped. `source`: id of the declared source it is a delivery of; `declaration`: its mapping, as last sent; `runs`: last one
    of each kind, ``essai`` and ``import``."""

    id: str
    collectivite: str
    name: str
    file: str
    author: str
    day: str
    url: str = ""
    sheet: str | None = None
    source: str = ""
    declaration: dict[str, Any] | None = None
    runs: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """How the file was read, and its first rows: `rows` hold a cell a column."""

    format: str
    said: tuple[str, ...]
    sheets: tuple[str, ...]
    columns: tuple[str, ...]
    options: dict[str, Any]
    rows: tuple[tuple[int | None, tuple[Any, ...]], ...]

    @property
    def sample(self) -> list[RawRow]:
        return [RawRow(line, dict(zip(self.columns, cells, strict=True))) for line, cells in self.rows]

    @property
    def opened(self) -> Opened:
        """The same, as a reader gives it."""
        return Opened(self.format, self.said, self.sheets, self.columns, self.options, Rows(len(self.rows), iter(self.sample)))


class Deposits:
    """The deposits of one installation."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.data_dir / "depots"

    @property
    def _most(self) -> int:
        return self.settings.upload_mb * 1_000_000

    # --- coming in ---

    def receive(self, content: IO[bytes], name: str, *, collectivite: str, author: str) -> Deposit:
        """Keep the bytes of a file, read once. Raises TooLarge, UnreadableFile; then nothing is kept."""

        def copy(folder: Path) -> Path:
            path = folder / _safe(name)
            received = 0
            with path.open("wb") as out:
                while block := content.read(BLOCK):
                    received += out.write(block)
                    if received > self._most:
                        raise TooLarge(f"« {name} » dépasse {self.settings.upload_mb} Mo : découpez-le, ou retirez ce qui ne sert pas.")
            if not received:
                raise UnreadableFile(f"« {name} » est vide.")
            return path

        return self._take(copy, collectivite=collectivite, author=author, name=name)

    def fetch(self, url: str, *, collectivite: str, author: str) -> Deposit:
        """Keep what a public https address gives, no larger than what may be dropped. Raises TooLarge, NoFile, UnreadableFile."""
        hosts = frozenset(self.settings.sources_hosts.replace(",", " ").split())

        def download(folder: Path) -> Path:
            try:
                found = downloading.download(Asked(url, hosts=hosts), folder, None)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise NoFile(
                    "Cette adresse ne répond pas. Vérifiez-la dans un navigateur, ou téléchargez le fichier et déposez-le."
                ) from error
            if found is None:
                raise NoFile("Cette adresse ne donne aucun fichier.")
            if found[0].stat().st_size > self._most:
                raise TooLarge(f"Le fichier de cette adresse dépasse {self.settings.upload_mb} Mo : donnez celle d’un fichier plus petit.")
            return found[0]

        return self._take(download, collectivite=collectivite, author=author, url=url)

    def _take(self, bring: Callable[[Path], Path], *, collectivite: str, author: str, name: str = "", url: str = "") -> Deposit:
        self._tidy()
        deposit_id = secrets.token_hex(8)
        folder = self.folder / deposit_id
        (folder / "fichier").mkdir(parents=True)
        try:
            path = bring(folder / "fichier")
            made = Deposit(deposit_id, collectivite, name or path.name, path.name, author, date.today().isoformat(), url)
            self.read(made, None)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return self.save(made)

    def _tidy(self) -> None:
        """Files that were dropped and left are forgotten after a while; those applied are kept under ``fichiers`` as well."""
        for folder in self.folder.glob("*"):
            if ID.fullmatch(folder.name) and folder.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)

    # --- what is there ---

    def get(self, deposit_id: str) -> Deposit | None:
        found = self._json(deposit_id, "depot.json") if ID.fullmatch(deposit_id) else None
        return Deposit(**found) if found else None

    def save(self, deposit: Deposit) -> Deposit:
        self.write(deposit.id, "depot.json", asdict(deposit))
        return deposit

    def path(self, deposit: Deposit) -> Path:
        return self.folder / deposit.id / "fichier" / deposit.file

    def read(self, deposit: Deposit, sheet: str | None) -> Preview:
        """Read the first rows, in a process of their own, and keep them. Raises UnreadableFile."""
        try:
            opened = open_any(self.path(deposit), sheet=sheet, first=FIRST_ROWS)
        except UnreadableFile as problem:  # told under the name the clerk knows
            raise UnreadableFile(str(problem).replace(deposit.file, deposit.name)) from problem
        rows = [(row.line, [_short(row.values.get(c)) for c in opened.columns]) for row in opened.rows.rows if row.problem is None]
        if not rows:
            raise UnreadableFile(f"« {deposit.name} » n’a aucune ligne lisible.")
        found = {"format": opened.format, "said": opened.said, "sheets": opened.sheets, "columns": opened.columns}
        self.write(deposit.id, "apercu.json", {**found, "options": dict(opened.options), "rows": rows})
        return self.preview(deposit)

    def preview(self, deposit: Deposit) -> Preview:
        found = self._json(deposit.id, "apercu.json") or {}
        rows = tuple((line, tuple(cells)) for line, cells in found["rows"])
        said, sheets, columns = (tuple(found[name]) for name in ("said", "sheets", "columns"))
        return Preview(found["format"], said, sheets, columns, found["options"], rows)

    def another_sheet(self, deposit: Deposit, sheet: str) -> Deposit:
        """The deposit, read again from that sheet: its mapping is to be made anew. Raises UnreadableFile."""
        self.read(deposit, sheet)
        return self.save(replace(deposit, sheet=sheet, declaration=None, runs={}))

    # --- notes beside it ---

    def write(self, deposit_id: str, name: str, content: Any) -> None:
        """Whole or not at all: another process may be reading."""
        path = self.folder / deposit_id / name
        aside = path.with_name(f".{name}-{secrets.token_hex(4)}")
        aside.write_text(json.dumps(content, ensure_ascii=False, default=str), encoding="utf-8")
        aside.replace(path)

    def note(self, deposit: Deposit, name: str) -> dict[str, Any]:
        return self._json(deposit.id, name) or {}

    def _json(self, deposit_id: str, name: str) -> dict[str, Any] | None:
        try:
            found = json.loads((self.folder / deposit_id / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def examples(preview: Preview, column: int, most: int = 3) -> tuple[str, ...]:
    """The first different values of a column, on one line each."""
    found: dict[str, None] = {}
    for _, cells in preview.rows:
        if (text := said(cells[column])) and len(found) < most:
            found.setdefault(text)
        if len(found) == most:
            break
    return tuple(found)


def said(cell: Any, most: int = 120) -> str:
    """A cell as one line of text."""
    if cell is None:
        return ""
    text = " ".join((cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)).split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _short(cell: Any) -> Any:
    """A cell, or the beginning of a long one: enough to show it, and to guess what it is."""
    if isinstance(cell, list | dict) and len(told := json.dumps(cell, ensure_ascii=False)) > LONGEST:
        return told[:LONGEST]
    return cell[:LONGEST] if isinstance(cell, str) else cell


def _safe(name: str) -> str:
    """A name safe on any disk."""
    return re.sub(r"[^\w.-]+", "-", name)[-100:].strip(".-") or "fichier"
