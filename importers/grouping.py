"""Files with several rows for one place: a row for each of its services."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from importers import cleaning
from importers.readers import RawRow

GROUPED = "lignes"
"""Cell of a grouped record that holds what each of its rows says for itself."""


def grouped(*by: str) -> Callable[[Iterator[RawRow]], Iterator[RawRow]]:
    """Make one record of the rows that say the same in the columns `by`, whatever their case and spaces, in the order of the first.

    The record has the cells of its first row, blanks filled from the others; its `GROUPED` list has, for each row, the cells that
    differ from the record's. Its line is that of its first row. Rows with a problem, or with nothing in `by`, stay alone.
    """

    def repair(rows: Iterator[RawRow]) -> Iterator[RawRow]:
        for found in places(rows, by):
            yield found[0] if found[0].problem else RawRow(found[0].line, _record([row.values for row in found]))

    return repair


def places(rows: Iterable[RawRow], by: Sequence[str]) -> list[list[RawRow]]:
    """The rows of each place, in the order of their first."""
    found: dict[Any, list[RawRow]] = {}
    for rank, row in enumerate(rows):
        key: Any = tuple(cleaning.folded(row.values.get(column)) for column in by)
        found.setdefault(rank if row.problem or not any(key) else key, []).append(row)
    return [*found.values()]


def _record(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    shared: dict[str, Any] = {}
    for row in rows:
        shared.update({column: cell for column, cell in row.items() if cleaning.is_missing(shared.get(column))})
    return {**shared, GROUPED: [{column: cell for column, cell in row.items() if cell != shared[column]} for row in rows]}
