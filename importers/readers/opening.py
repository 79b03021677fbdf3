"""Open any file that a clerk drops: what it is, how it was read, its columns and its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from importers.formats.rows import USUAL, Limits, Rows
from importers.sandbox import How, found_apart


@dataclass(frozen=True)
class Opened:
    """A file, read.

    - `format`: ``csv``, ``classeur``, ``json``, ``geojson``, ``arcgis``, ``ndjson``, ``parquet``, ``xz`` or ``schema-v1``.
    - `said`: how it was read, in French sentences: encoding, delimiter, decimal mark, sheet, line of the header.
    - `sheets`: names of the workbook's visible sheets. `columns`: of all rows, in order.
    - `options`: what to give `open_any` or `any_rows` to read the next file in the same way.
    """

    format: str
    said: tuple[str, ...]
    sheets: tuple[str, ...]
    columns: tuple[str, ...]
    options: Mapping[str, Any]
    rows: Rows


def open_any(path: Path, *, sheet: str | None = None, first: int | None = None, limits: Limits = USUAL) -> Opened:
    """Read a file of unknown shape in another process; `first`: only so many rows. Raises UnreadableFile."""
    within = limits if first is None else Limits(**{**vars(limits), "first": first})
    found = found_apart(path, How("any", {"sheet": sheet}), within)
    return Opened(found.format, found.said, found.sheets, found.columns, found.options, found.rows)
