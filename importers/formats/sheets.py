"""Workbooks: XLSX, XLS, ODS."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from importers.formats.delimited import said_of_header
from importers.formats.headers import LOOKED_AT, find_header, is_filled, named_columns
from importers.formats.rows import Contents, RawRow
from importers.problems import UnreadableFile

MAX_UNPACKED = 1_000_000_000  # bytes of a packed workbook
MAX_CELLS = 8_000_000  # of a sheet, empty ones included
MAX_MERGED = 20_000  # ranges
MAX_SHEETS = 50  # looked at, to find the one that matters
EVERY = "*"  # in place of a sheet's name: all those that have the same columns
SHEET_COLUMN = "Feuille"
_NUMBER = re.compile(r"[\W\d_]+")


@dataclass(frozen=True)
class _Table:
    """A sheet, read: the names of its columns, its rows below them, the number of the first, and of the header if it has one."""

    name: str
    columns: list[str]
    rows: list[list[Any]]
    start: int
    header: int | None


def read_sheet(path: Path, sheet: str | None = None) -> Contents:
    """The rows of a sheet: the one named, else the longest of the wide ones. Numbers that are whole have no « .0 », dates are ISO.

    Sheets that have the columns of the longest, a theme or a town each, are read one after the other, their name as a last
    column: when they are asked for (`EVERY`), and by themselves where their names differ by more than a number.
    """
    workbook, names = open_workbook(path)
    if sheet not in (None, EVERY) and sheet not in workbook.sheet_names:
        raise UnreadableFile(f"« {path.name} » n’a pas de feuille « {sheet} » : ses feuilles sont {', '.join(names)}.")
    one = sheet if sheet not in (None, EVERY) else _fullest(workbook, names, path.name).name
    table = _table(sheet_of(workbook, one, path.name), path.name)
    if table is None:
        raise UnreadableFile(f"La feuille « {one} » de « {path.name} » est vide.")
    alike = _alike(workbook, names, path.name, table) if sheet in (None, EVERY) else []
    if len(alike) > 1 and (sheet == EVERY or len({_NUMBER.sub("", other.name) for other in alike}) == len(alike)):
        said = f"Feuilles de mêmes colonnes, lues ensemble : {', '.join(f'« {other.name} »' for other in alike)}."
        return Contents("classeur", _one_after_the_other(alike), (said,), (*names, EVERY), {"sheet": EVERY})
    said_of = [f"Feuille : « {table.name} »{f' (sur {len(names)})' if len(names) > 1 else ''}.", *said_of_header(table.header)]
    known = (*names, EVERY) if len(alike) > 1 else tuple(names)
    return Contents("classeur", rows_of(table.rows, table.columns, table.start), tuple(said_of), known, {"sheet": table.name})


def _table(sheet: CalamineSheet, name: str) -> _Table | None:
    """None when it is empty."""
    rows, first = cells_of(sheet, name)
    place = find_header(rows[:LOOKED_AT])
    below = rows[place + 1 :] if place is not None else rows
    width = max(map(_width, rows), default=0)
    if not width:
        return None
    columns = named_columns(rows[place][:width] if place is not None else [], width)
    start = first + (place + 1 if place is not None else 0)
    return _Table(sheet.name, columns, below, start, first + place if place is not None else None)


def _alike(workbook: CalamineWorkbook, names: Sequence[str], name: str, table: _Table) -> list[_Table]:
    """The sheets that name the same columns as `table`, itself included, in their order."""
    sheets = [sheet_of(workbook, known, name) for known in names[:MAX_SHEETS]]
    wide = (sheet for sheet in sheets if sheet.width >= len(table.columns))
    found = [table if sheet.name == table.name else _table(sheet, name) for sheet in wide]
    return [one for one in found if one and one.header is not None and _levelled(one) == _levelled(table)]


def _levelled(table: _Table) -> list[str]:
    return [column.casefold() for column in table.columns]


def _one_after_the_other(tables: Sequence[_Table]) -> Iterator[RawRow]:
    """Their rows, under the names of the first's columns."""
    for table in tables:
        for row in rows_of(table.rows, tables[0].columns, table.start):
            yield row._replace(values={**row.values, SHEET_COLUMN: table.name})


def open_workbook(path: Path) -> tuple[CalamineWorkbook, list[str]]:
    """The workbook and the names of its visible sheets. Raises UnreadableFile."""
    try:
        if _unpacked(path) > MAX_UNPACKED:
            raise UnreadableFile(f"« {path.name} » est démesuré une fois ouvert : enregistrez la feuille utile en CSV.")
        workbook = CalamineWorkbook.from_path(path)
    except PasswordError as error:
        raise UnreadableFile(f"« {path.name} » est protégé par un mot de passe : enregistrez-le sans.") from error
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise _unreadable(path.name) from error
    sheets = [known for known in workbook.sheets_metadata if known.typ == SheetTypeEnum.WorkSheet]
    names = [known.name for known in sheets if known.visible == SheetVisibleEnum.Visible] or [known.name for known in sheets]
    if not names:
        raise UnreadableFile(f"« {path.name} » n’a aucune feuille.")
    return workbook, names


def _unpacked(path: Path) -> int:
    if not zipfile.is_zipfile(path):
        return 0
    with zipfile.ZipFile(path) as packed:
        return sum(part.file_size for part in packed.infolist())


def sheet_of(workbook: CalamineWorkbook, sheet: str, name: str) -> CalamineSheet:
    try:
        return workbook.get_sheet_by_name(sheet)
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(name) from error


def cells_of(sheet: CalamineSheet, name: str) -> tuple[list[list[Any]], int]:
    """The rows of a sheet and the number of the first; a cell merged over several rows is in each of them."""
    if sheet.height * sheet.width > MAX_CELLS:
        raise UnreadableFile(
            f"La feuille « {sheet.name} » de « {name} » s’étend sur {sheet.height} lignes et {sheet.width} colonnes : "
            "une cellule isolée, tout en bas ou tout à droite, est sans doute à supprimer."
        )
    try:
        rows: list[list[Any]] = [[_plain(cell) for cell in row] for row in sheet.to_python()]
    except (CalamineError, ValueError, OverflowError) as error:
        raise _unreadable(name) from error
    top, left = sheet.start or (0, 0)
    for (first, column), (last, _) in (sheet.merged_cell_ranges or [])[:MAX_MERGED]:
        _spread(rows, first - top, last - top, column - left)
    return rows, top + 1


def rows_of(rows: Sequence[Sequence[Any]], columns: Sequence[str], start: int) -> Iterator[RawRow]:
    """Rows by column, but for the empty ones; `start` is the number of the first."""
    for line, cells in enumerate(rows, start):
        if any(map(is_filled, cells)):
            yield RawRow(line, dict(zip(columns, cells, strict=False)))


def _fullest(workbook: CalamineWorkbook, names: Sequence[str], name: str) -> CalamineSheet:
    """The longest of the wide sheets: lists of codes are long, but narrow."""
    sheets = [sheet_of(workbook, known, name) for known in names[:MAX_SHEETS]]
    widest = max(sheet.width for sheet in sheets)
    return max((sheet for sheet in sheets if sheet.width * 2 >= widest), key=lambda sheet: sheet.height)


def _spread(rows: list[list[Any]], first: int, last: int, column: int) -> None:
    if not 0 <= first < len(rows) or not 0 <= column < len(rows[first]):
        return
    for row in rows[first + 1 : last + 1]:
        row[column] = rows[first][column]


def _width(row: Sequence[Any]) -> int:
    return max((place for place, cell in enumerate(row, 1) if is_filled(cell)), default=0)


def _plain(cell: Any) -> Any:
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == time() else cell).isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return f"{int(cell.total_seconds()) // 3600:02}:{int(cell.total_seconds()) // 60 % 60:02}"
    return cell


def _unreadable(name: str) -> UnreadableFile:
    return UnreadableFile(
        f"« {name} » n’est pas un classeur lisible : ouvrez-le dans votre tableur et enregistrez-le de nouveau, en XLSX ou en CSV."
    )
