"""Files as rows. A reader raises UnreadableFile when the file as a whole is not what it should be; one bad row is only a bad row."""

import csv
import io
import json
import lzma
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from importers.problems import UnreadableFile

MAX_BYTES = 300_000_000  # of a file that is read whole


class RawRow(NamedTuple):
    """A row as it stands in the file: its line (or its rank), its cells, and what makes it unusable, if anything."""

    line: int | None
    values: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True)
class Rows:
    """The rows of a file, and how many lines there are to read when that is known."""

    total: int | None
    rows: Iterator[RawRow]


Reader = Callable[[Path], Rows]


def csv_rows(delimiter: str, repair: Callable[[Iterator[RawRow]], Iterator[RawRow]] | None = None) -> Reader:
    """A reader of CSV in UTF-8 or Windows-1252, with a header. `repair` sees the rows in order, to mend what was broken in the file."""

    def read(path: Path) -> Rows:
        found = list(_csv(_decoded(path), delimiter, path.name))
        return Rows(len(found), repair(iter(found)) if repair else iter(found))

    return read


def _csv(text: str, delimiter: str, name: str) -> Iterator[RawRow]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = next(lines, None)
        if not header or len(header) < 2:
            raise UnreadableFile(f"« {name} » n’a pas d’en-tête séparé par « {delimiter} » : ce n’est pas le fichier CSV attendu.")
        before = lines.line_num
        for cells in lines:
            line, before = before + 1, lines.line_num
            if cells:
                yield RawRow(line, dict(zip(header, cells, strict=False)), _wrong_width(len(cells), len(header)))
    except csv.Error as error:
        raise UnreadableFile(f"« {name} » n’est pas un fichier CSV lisible (ligne {lines.line_num} : {error}).") from error


def _wrong_width(cells: int, columns: int) -> str | None:
    if cells == columns:
        return None
    return f"La ligne a {cells} cellules au lieu de {columns} : ses colonnes sont décalées ou coupées."


def json_rows(path: Path) -> Rows:
    """A reader of a JSON list of objects; the line of a row is its rank in the list, from 1."""
    try:
        found = json.loads(_decoded(path))
    except (json.JSONDecodeError, RecursionError) as error:
        where = f", ligne {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableFile(f"« {path.name} » n’est pas du JSON lisible{where} : le fichier est peut-être coupé.") from error
    if not isinstance(found, list):
        raise UnreadableFile(f"« {path.name} » n’est pas une liste de fiches.")
    return Rows(len(found), (_object(rank, item) for rank, item in enumerate(found, 1)))


def _object(line: int, item: Any) -> RawRow:
    if isinstance(item, dict):
        return RawRow(line, item)
    return RawRow(line, {"texte": str(item)[:1000]}, "Ce n’est pas une fiche, mais une valeur seule.")


def xz_lines(path: Path) -> Rows:
    """A reader of JSON lines compressed with xz."""
    try:
        lines = lzma.decompress(path.read_bytes()).splitlines()
    except lzma.LZMAError as error:
        raise UnreadableFile(f"« {path.name} » n’est pas un fichier xz lisible.") from error
    return Rows(len(lines), (json_line(rank, line) for rank, line in enumerate(lines, 1)))


def json_line(line: int, content: bytes) -> RawRow:
    """One line of NDJSON as a row."""
    try:
        return _object(line, json.loads(content))
    except (ValueError, RecursionError):
        shown = content[:1000].decode("utf-8", "replace")
        return RawRow(line, {"texte": shown}, "La ligne n’est pas du JSON lisible : elle est peut-être coupée.")


def schema_v1_folder(path: Path) -> Rows:
    """A reader of a folder of ``structures.ndjson`` and ``services.ndjson``: structures first, each row marked with its `genre`."""
    files = [(genre, path / f"{genre}s.ndjson") for genre in ("structure", "service")]
    for _, file in files:
        if not file.is_file():
            raise UnreadableFile(f"Il manque « {file.name} » dans le dossier « {path.name} ».")
    return Rows(sum(_line_count(file) for _, file in files), (row for genre, file in files for row in _ndjson(genre, file)))


def _ndjson(genre: str, file: Path) -> Iterator[RawRow]:
    with file.open("rb") as lines:
        for rank, content in enumerate(lines, 1):
            if content.strip():
                row = json_line(rank, content)
                yield row._replace(values={"genre": genre, **row.values})


def _line_count(file: Path) -> int:
    with file.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))


def schema_v1_file(path: Path) -> Rows:
    """A reader of one JSON object ``{"structures": [...], "services": [...]}``: structures first, each row marked with its `genre`."""
    try:
        found = json.loads(_decoded(path))
        items = [(genre, item) for genre in ("structure", "service") for item in found[f"{genre}s"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile(f"« {path.name} » n’est pas un objet JSON avec « structures » et « services ».") from error
    rows = (_object(rank, item) for rank, (_, item) in enumerate(items, 1))
    return Rows(len(items), (row._replace(values={"genre": genre, **row.values}) for row, (genre, _) in zip(rows, items, strict=True)))


def _decoded(path: Path) -> str:
    """The text of a file: UTF-8, or else Windows-1252, as departments still publish."""
    if not path.is_file():
        raise UnreadableFile(f"« {path.name} » n’est pas un fichier.")
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile(f"« {path.name} » pèse plus de {MAX_BYTES // 1_000_000} Mo.")
    content = path.read_bytes()
    if not content.strip():
        raise UnreadableFile(f"« {path.name} » est vide.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFile(f"« {path.name} » n’est pas un fichier de texte en UTF-8 ou Windows-1252.")
