"""Small Parquet files, of what was invented."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from arro3.core import Array, DataType, Table, list_array
from arro3.io import write_parquet

TYPES: dict[type, Any] = {
    str: DataType.string(),
    int: DataType.int64(),
    float: DataType.float64(),
    bool: DataType.bool(),
    bytes: DataType.binary(),
}
EPOCH = datetime(1970, 1, 1)


def write(path: Path, rows: Sequence[Mapping[str, Any]], **options: Any) -> Path:
    """Each column of the type of its first value; lists are of texts."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    write_parquet(Table.from_pydict({name: _column([row.get(name) for row in rows]) for name in names}), path, **options)
    return path


def _column(values: list[Any]) -> Any:
    known = next((value for value in values if value is not None), "")
    if isinstance(known, datetime):
        moments = [value and (value - EPOCH) // timedelta(microseconds=1) for value in values]
        return Array(moments, DataType.int64()).cast(DataType.timestamp("us"))
    if isinstance(known, date):
        return Array([value and (value - EPOCH.date()).days for value in values], DataType.int32()).cast(DataType.date32())
    if not isinstance(known, list):
        return Array(values, TYPES[type(known)])
    offsets = [0]
    for value in values:
        offsets.append(offsets[-1] + len(value or ()))
    inner = [item for value in values for item in value or ()]
    return list_array(Array(offsets, DataType.int32()), Array(inner, DataType.string()))
