"""How sources say what their files are. Every one of these is read in a process of its own, under limits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from importers.formats.rows import RawRow, Reader, Rows
from importers.sandbox import How, read_apart

__all__ = [
    "FileReader",
    "RawRow",
    "Reader",
    "Rows",
    "any_rows",
    "csv_rows",
    "hsds_rows",
    "json_rows",
    "ndjson_rows",
    "paged_rows",
    "schema_v1_any",
    "schema_v1_file",
    "schema_v1_workbook",
    "sheet_rows",
    "xz_lines",
]

Repair = Callable[[Iterator[RawRow]], Iterator[RawRow]]


@dataclass(frozen=True)
class FileReader:
    """A way of reading; `repair` then sees the rows in order, here, to mend or group what the file broke or scattered."""

    how: How
    repair: Repair | None = None

    def __call__(self, path: Path) -> Rows:
        found = read_apart(path, self.how)
        return Rows(found.total, self.repair(found.rows)) if self.repair else found


def csv_rows(delimiter: str, repair: Repair | None = None) -> FileReader:
    """CSV whose first line is the header, in UTF-8, UTF-16, Windows-1252, Mac or DOS."""
    return FileReader(How("csv", {"delimiter": delimiter}), repair)


def sheet_rows(sheet: str | None = None, repair: Repair | None = None) -> FileReader:
    """A sheet of an XLSX, XLS or ODS workbook: the one named, else the fullest with those of its columns; its header is found."""
    return FileReader(How("sheet", {"sheet": sheet}), repair)


def any_rows(repair: Repair | None = None, sheet: str | None = None) -> FileReader:
    """CSV, workbook, Parquet, JSON, GeoJSON, ArcGIS or NDJSON, told by the bytes; nested objects are flattened."""
    return FileReader(How("any", {"sheet": sheet}), repair)


def hsds_rows(source: str) -> FileReader:
    """HSDS 3, compiled, as records of schema v1 of that source."""
    return FileReader(How("hsds", {"source": source}))


json_rows = FileReader(How("json"))
"""A JSON list of objects, as they are; the line of a row is its rank in the list, from 1."""

ndjson_rows = FileReader(How("lines"))
"""A JSON object a line, flattened."""

paged_rows = FileReader(How("pages"))
"""The pages of a layer, as ``importers.downloading`` keeps them."""

xz_lines = FileReader(How("xz"))
"""JSON lines compressed with xz."""

schema_v1_file = FileReader(How("schema-v1-file"))
"""One JSON object of `structures` and `services`."""

schema_v1_any = FileReader(How("schema-v1-any"))
"""A folder of structures and services, in NDJSON or Parquet, or the answers of the API as ``importers.paged_api`` keeps them."""

schema_v1_workbook = FileReader(How("schema-v1-workbook"))
"""The contribution workbook of data·inclusion."""
