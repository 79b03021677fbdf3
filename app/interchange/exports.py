"""Rows written as CSV, XLSX or GeoJSON, as they come: never more than some of them in memory."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from tempfile import TemporaryFile
from typing import Any

import xlsxwriter

from app.interchange.tables import COLUMNS, NUMBERS, Row, as_text, protected

BLOCK = 1 << 16  # bytes
WIDTHS = {"nom": 40, "description": 60, "structure_nom": 30, "id": 24}  # characters; the others have 16


def as_csv(rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with its mark, « ; », decimal commas, CRLF: what a French spreadsheet opens by a double click."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    yield b"\xef\xbb\xbf"
    for row in rows:
        writer.writerow(_cell(name, row[name]) for name in COLUMNS)
        if buffer.tell() > BLOCK:
            yield _taken(buffer)
    yield _taken(buffer)


def _cell(name: str, value: Any) -> str:
    """Coordinates may well begin with a minus sign: a number is no formula."""
    return as_text(value) if name in NUMBERS else protected(as_text(value))


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode(errors="replace")


def as_xlsx(rows: Iterable[Row]) -> Iterator[bytes]:
    """A workbook of one sheet, its header frozen. Texts are texts: no formula, no link, no lost zero."""
    with TemporaryFile() as file:
        with closing(xlsxwriter.Workbook(file, {"constant_memory": True})) as workbook:
            _fill(workbook, rows)
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def _fill(workbook: Any, rows: Iterable[Row]) -> None:
    sheet = workbook.add_worksheet("Fiches")
    bold, text = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "@"})
    for place, name in enumerate(COLUMNS):
        sheet.set_column(place, place, WIDTHS.get(name, 16), None if name in NUMBERS else text)
        sheet.write_string(0, place, name, bold)
    sheet.freeze_panes(1, 0)
    rank = 0
    for rank, row in enumerate(rows, 1):
        for place, name in enumerate(COLUMNS):
            value = row[name]
            if name in NUMBERS and value is not None:
                sheet.write_number(rank, place, value)
            elif value is not None:
                said = as_text(value)
                sheet.write_string(rank, place, protected(said) if said.startswith("'") else said, text)
    sheet.autofilter(0, 0, rank, len(COLUMNS) - 1)


def as_geojson(rows: Iterable[Row]) -> Iterator[bytes]:
    """A FeatureCollection of RFC 7946; a listing whose place is not known, or is confidential, has a null geometry."""
    yield b'{"type":"FeatureCollection","features":['
    before = ""
    for row in rows:
        properties = {name: row[name] for name in COLUMNS if name not in ("longitude", "latitude")}
        located = row["longitude"] is not None and row["latitude"] is not None
        geometry = {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]} if located else None
        feature = {"type": "Feature", "id": f"{row['genre']}:{row['id']}", "geometry": geometry, "properties": properties}
        yield f"{before}\n{json.dumps(feature, ensure_ascii=False, separators=(',', ':'))}".encode(errors="replace")
        before = ","
    yield b"\n]}\n"


FORMATS: dict[str, tuple[str, Callable[[Iterable[Row]], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
    "geojson": ("application/geo+json", as_geojson),
}
"""Ending of the file's name → its media type, and what writes it."""
