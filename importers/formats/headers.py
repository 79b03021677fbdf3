"""Which row names the columns, and their names."""

import re
from collections.abc import Sequence
from typing import Any

from importers.problems import UnreadableFile

LOOKED_AT = 30  # rows among which the header is looked for
MAX_COLUMNS = 2_000
_DATA = re.compile(r"[\d\s.,+/:()-]+|\S+@\S+\.\S+|(?:https?://|www\.)\S+", re.IGNORECASE)

Cells = Sequence[Any]


def named_columns(header: Cells, width: int = 0) -> list[str]:
    """The header's own words; « colonne 5 » where there are none, « nom (2) » where they come again. Raises UnreadableFile."""
    if max(len(header), width) > MAX_COLUMNS:
        raise UnreadableFile(f"Le fichier a plus de {MAX_COLUMNS} colonnes : ce n’est pas une liste de fiches.")
    known: dict[str, None] = {}
    for place in range(max(len(header), width)):
        word = str(header[place]) if place < len(header) and header[place] is not None else ""
        word = " ".join(word.split()) or f"colonne {place + 1}"
        name, rank = word, 1
        while name in known:
            rank += 1
            name = f"{word} ({rank})"
        known[name] = None
    return list(known)


def find_header(rows: Sequence[Cells]) -> int | None:
    """The place of the first row that can name the columns: as wide as those below it, words only; None if there is none.

    Titles, dates of extraction and blank lines may stand above it.
    """
    widths = [sum(is_filled(cell) for cell in row) for row in rows[:LOOKED_AT]]
    usual = sorted(width for width in widths if width)[len([width for width in widths if width]) // 2] if any(widths) else 0
    for place, row in enumerate(rows[:LOOKED_AT]):
        if widths[place] >= max(min(2, usual), usual / 2) and not any(_is_data(cell) for cell in row):
            return place
    return None


def is_filled(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _is_data(cell: Any) -> bool:
    """A number, a phone, a date, an address of the web: what a column holds, not what it is called."""
    if not isinstance(cell, str):
        return cell is not None
    return bool(cell.strip()) and bool(_DATA.fullmatch(cell.strip()))
