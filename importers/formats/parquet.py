"""Parquet, a few rows at a time."""

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from arro3.io import read_parquet

from importers.formats.records import flat_row
from importers.formats.rows import Contents, RawRow
from importers.problems import UnreadableFile

BATCH = 500  # rows in memory at once


def detect_parquet(path: Path) -> Contents:
    """Any table; nested values are flattened."""
    return Contents("parquet", (flat_row(row.line or 0, row.values) for row in records(path)))


def records(path: Path) -> Iterator[RawRow]:
    """Rows as they are, in the types of JSON; the line of a row is its rank, from 1. Raises UnreadableFile."""
    try:
        line = 0
        for batch in read_parquet(path, batch_size=BATCH):
            names, columns = batch.schema.names, [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                line += 1
                yield RawRow(line, {name: _plain(cell) for name, cell in zip(names, cells, strict=True)})
    except BaseException as error:
        if not _is_of_the_file(error):
            raise
        raise UnreadableFile(f"« {path.name} » n’est pas un fichier Parquet lisible : il est peut-être coupé.") from error


def _is_of_the_file(error: BaseException) -> bool:
    """Whatever Rust says of a broken file; a panic of its is no Exception."""
    return type(error).__name__ == "PanicException" or (isinstance(error, Exception) and not isinstance(error, MemoryError))


def _plain(value: Any) -> Any:
    """A value of JSON: days and hours as ISO writes them, bytes as text."""
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value)
