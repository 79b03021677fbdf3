"""CSV: columns between delimiters."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from importers.formats.headers import LOOKED_AT, find_header, is_filled, named_columns
from importers.formats.records import unfolded
from importers.formats.rows import Contents, RawRow
from importers.formats.texts import encoding_of, lines
from importers.problems import UnreadableFile

DELIMITERS = {";": "point-virgule", ",": "virgule", "\t": "tabulation", "|": "barre"}
SAMPLE = 200  # lines
_AS_TEXT = re.compile(r'="([^"]*)"')  # how a spreadsheet is told to leave 04000 alone
_COMMA = re.compile(r"-?\d{1,7},\d+")
_POINT = re.compile(r"-?\d{1,7}\.\d+")


def read_csv(path: Path, delimiter: str) -> Contents:
    """CSV of a known source: its delimiter is known and its first line is the header."""
    encoding = encoding_of(path)
    rows = _numbered(lines(path, encoding), delimiter, path.name)
    header = next(rows, (1, []))[1]
    if len(header) < 2:
        raise UnreadableFile(f"« {path.name} » n’a pas d’en-tête séparé par « {delimiter} » : ce n’est pas le fichier CSV attendu.")
    return Contents("csv", _rows(rows, named_columns(header)), (encoding.said,))


def detect_csv(path: Path) -> Contents:
    """CSV of anyone: delimiter, decimal mark and header are told by the first lines."""
    encoding = encoding_of(path)
    text = lines(path, encoding)
    sample = list(islice(text, SAMPLE))
    asked = re.fullmatch(r"sep=(.)\r?\n", sample[0], re.IGNORECASE) if sample else None
    skipped = 1 if asked else 0
    delimiter = asked[1] if asked else _delimiter(sample, path.name)
    rows = _numbered(chain(sample[skipped:], text), delimiter, path.name, skipped)
    first = list(islice(rows, LOOKED_AT))
    place = find_header([cells for _, cells in first])
    width = Counter(len(cells) for _, cells in first).most_common(1)[0][0] if first else 0
    columns = named_columns(first[place][1] if place is not None else [], 0 if place is not None else width)
    below = first[place + 1 :] if place is not None else first
    said = [
        encoding.said,
        f"Séparateur : {DELIMITERS.get(delimiter, delimiter)}.",
        *_decimal([cells for _, cells in below]),
        *said_of_header(first[place][0] if place is not None else None),
    ]
    found = (unfolded(row) for row in _rows(chain(below, rows), columns) if any(is_filled(cell) for cell in row.values.values()))
    return Contents("csv", found, tuple(said))


def said_of_header(line: int | None) -> list[str]:
    if line is None:
        return ["Aucune ligne ne nomme les colonnes : elles sont numérotées."]
    return [f"Les colonnes sont nommées ligne {line}."] if line > 1 else []


def _numbered(text: Iterable[str], delimiter: str, name: str, skipped: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Each row with its first line in the file."""
    found = csv.reader(text, delimiter=delimiter)
    before = 0
    try:
        for cells in found:
            line, before = before + 1 + skipped, found.line_num
            if cells:
                yield line, cells
    except csv.Error as error:
        raise UnreadableFile(f"« {name} » n’est pas un fichier CSV lisible (ligne {found.line_num + skipped} : {error}).") from error


def _rows(rows: Iterable[tuple[int, list[str]]], columns: list[str]) -> Iterator[RawRow]:
    width = len(columns)
    for line, cells in rows:
        if len(cells) > width and not any(cells[width:]):
            del cells[width:]
        values: dict[str, Any] = dict(zip(columns, cells, strict=False))
        for name, cell in values.items():
            if cell.startswith('="') and (found := _AS_TEXT.fullmatch(cell)):
                values[name] = found[1]
        yield RawRow(line, values, None if len(cells) == width else _wrong_width(len(cells), width))


def _wrong_width(cells: int, columns: int) -> str:
    return f"La ligne a {cells} cellules au lieu de {columns} : ses colonnes sont décalées ou coupées."


def _delimiter(sample: list[str], name: str) -> str:
    """The one that cuts most rows into the same number of cells, and into many. Raises UnreadableFile: these are no rows."""

    def score(delimiter: str) -> int:
        try:
            widths = Counter(len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells and not _is_torn(cells))
        except csv.Error:
            return 0
        rows = widths.total()
        return max(((width - 1) * count for width, count in widths.items() if count * 3 >= rows), default=0)

    best = max(DELIMITERS, key=score)
    if score(best) == 0:
        raise UnreadableFile(
            f"« {name} » n’est ni un tableau ni une liste de fiches que Levier sache lire : "
            "donnez un CSV, un XLSX, un ODS, un JSON ou un GeoJSON."
        )
    return best


def _is_torn(cells: list[str]) -> bool:
    """Does a cell hold half a pair of quotes? It was cut inside one."""
    return any(cell.count('"') % 2 for cell in cells)


def _decimal(rows: list[list[str]]) -> list[str]:
    cells = [cell.strip() for row in rows for cell in row]
    commas, points = (sum(bool(mark.fullmatch(cell)) for cell in cells) for mark in (_COMMA, _POINT))
    if not commas and not points:
        return []
    return [f"Décimales : {'virgule' if commas > points else 'point'}."]
