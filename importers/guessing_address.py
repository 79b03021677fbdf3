"""Which columns make an address."""

from collections.abc import Mapping, Sequence

from importers.column_contents import Contents
from importers.column_words import said

Columns = Mapping[str, Contents]


def address_among(free: Sequence[str], columns: Columns) -> tuple[list[str], list[str]]:
    """A number, a kind of way and its name, in this order, or the column of whole addresses; then what completes it."""
    street = _street(free, columns)
    if street is None:
        return [], []
    before = [] if _is_whole(columns[street]) else _before([c for c in free if c != street], columns)
    left = [c for c in free if c not in (street, *before)]
    more = [c for c in left if said("complement_adresse", c) and columns[c].share("texte") > 0]
    return [*before, street], sorted(more, key=lambda c: -said("complement_adresse", c))[:2]


def _street(free: Sequence[str], columns: Columns) -> str | None:
    """Called so, and the place's own rather than its seat's; else told by what it holds."""
    named = [c for c in free if said("adresse", c) and columns[c].share("texte") > 0.5]
    named.sort(key=lambda c: (said("ailleurs", c) > 0, -said("adresse", c)))
    held = [c for c in free if columns[c].is_mostly("adresse")] + [c for c in free if columns[c].is_mostly("rue")]
    street = next(iter([*named, *held]), None)
    if street and columns[street].share("rue") < 0.3:  # « Adresse 1 » may be the building, « Adresse 2 » the street
        return next((c for c in free if said("complement_adresse", c) and columns[c].is_mostly("rue")), street)
    return street


def _is_whole(held: Contents) -> bool:
    """Do its cells begin with their number?"""
    numbered = sum(str(value).strip()[:1].isdigit() for value in held.values)
    return held.share("rue") > 0.5 and held.share("nombre") == 0 and numbered > len(held.values) / 2


def _before(free: Sequence[str], columns: Columns) -> list[str]:
    """The columns that stand before the name of a way."""
    number = next((c for c in free if said("numero", c) and columns[c].share("numero") > 0.5), None)
    repeated = next((c for c in free if said("repetition", c)), None) if number else None
    return [c for c in (number, repeated, next((c for c in free if said("type_voie", c)), None)) if c]
