"""Listings that a line break of the file cut into two rows."""

from collections.abc import Callable, Iterator
from typing import Any

from importers.readers import RawRow

Cells = dict[str, Any]


def whole_rows(is_tail: Callable[[Cells], bool], is_whole: Callable[[Cells], bool]) -> Callable[[Iterator[RawRow]], Iterator[RawRow]]:
    """Put tails back where their head lacks just these columns; refuse those of which that can't be told.

    `is_tail`: these cells start nowhere. `is_whole`: nothing is missing from these.
    """

    def repair(rows: Iterator[RawRow]) -> Iterator[RawRow]:
        head: RawRow | None = None
        for row in rows:
            if not is_tail(row.values):
                if head:
                    yield head
                head = row
                continue
            mended = None if head is None or is_whole(head.values) else _put_back(head, row)
            if mended and is_whole(mended.values):
                head = mended
            else:
                yield row._replace(problem=_refused(head))
        if head:
            yield head

    return repair


def _refused(head: RawRow | None) -> str:
    if head is None:
        return "Fiche sans début."
    return f"Morceau d’une fiche coupée en deux dans le fichier (début ligne {head.line}) : non repris."


def _put_back(head: RawRow, tail: RawRow) -> RawRow:
    columns, cells = list(head.values), list(head.values.values())
    last = max((place for place, cell in enumerate(cells) if cell), default=0)
    first, *rest = tail.values.values()
    whole = [*cells[:last], " ".join(f"{cells[last]} {first}".split()), *rest]
    return RawRow(head.line, dict(zip(columns, [*whole, *[""] * len(columns)], strict=False)))
