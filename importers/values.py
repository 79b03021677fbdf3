"""What several cells of a row say together: the values they list, or one text."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from importers import cleaning
from importers.mapping import Row

MAX_VALUE = 120  # characters; longer is a text, not a value to choose from
_BETWEEN = re.compile(
    r"(?:\s*[;|\n]\s*|\s*,(?!\s*(?:(?:des?|du|et|ou|les?|la|aux?|en|pour)\s|[dl]['’]))\s*|\s+/\s+)(?![^()]*\))", re.IGNORECASE
)  # neither in brackets, nor where a sentence goes on
_NO = frozenset({"non", "0", "n", "false", "faux", "no"})


def values_of(row: Row | Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """The values that the cells of these columns list, each once; a flag that says yes gives its column's name."""
    row = row if isinstance(row, Row) else Row(row)
    found: list[str] = []
    for column in columns:
        if row.flag(column):
            found.append(column)
            continue
        cell = row.cell(column)
        parts = cell if isinstance(cell, list) else _BETWEEN.split(row.text(column) or "")
        found += [part for part in (cleaning.line(part) or "" for part in parts) if part and part.casefold() not in _NO]
    return list(dict.fromkeys(found))


def text_of(row: Row, columns: Sequence[str]) -> str | None:
    """Columns as lines; the first is the text, the others say what they are."""
    said = [(column, row.text(column)) for column in columns]
    lines = [text if column == columns[0] else f"{column.strip(' :?')} : {text}" for column, text in said if text]
    return "\n".join(lines) or None
