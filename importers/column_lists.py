"""Columns of values to choose from, and those whose values mean needs."""

from collections.abc import Iterator, Mapping, Sequence

from importers import cleaning
from importers.column_contents import Contents
from importers.declaring import BY_NAME
from importers.everyday import proposed
from importers.values import MAX_VALUE, values_of

FEW = 60  # different values that a list to choose from may have


def chooses(column: str, held: Contents) -> bool:
    """Are its values few, and nearly all short?"""
    values = {value for cell in held.values for value in values_of({column: cell}, [column])}
    return 0 < len(values) <= FEW and sum(len(value) <= MAX_VALUE for value in values) >= 0.8 * len(values)


def needs_in(column: str, held: Contents) -> Iterator[str]:
    """Its values that mean a need, as often as they come."""
    return (value for cell in held.values for value in values_of({column: cell}, [column]) if proposed("thematiques", value))


def share_of_needs(column: str, held: Contents) -> float:
    """How many of its cells hold a value that means a need; 0 if they all hold the same."""
    cells = [values_of({column: cell}, [column]) for cell in held.values]
    found = [any(proposed("thematiques", value) for value in values) for values in cells]
    return sum(found) / max(1, len(found)) if len({*map(tuple, cells)}) > 1 else 0.0


def proposals(rows: Sequence[Mapping[str, object]], champs: Mapping[str, Sequence[str]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """What to propose for the values of lists."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, columns in champs.items():
        if referentiel := BY_NAME[name].referentiel:
            values = {value for row in rows for value in values_of(row, columns)}
            table = {cleaning.folded(value): one.codes for value in sorted(values) if (one := proposed(referentiel, value))}
            if table:
                found[name] = table
    return found
