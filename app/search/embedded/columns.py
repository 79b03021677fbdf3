"""Facet values as bits of numeric columns.

To count over answers already found, or to leave some of them out, then costs a glance at a number: asking the index again
costs as much as finding them.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.search.facts import FACET_FIELDS
from app.search.port import Genre
from app.search.ranking import Numbers
from app.vocabulary import REFERENTIELS, thematiques_by_categorie

Kept = NDArray[np.bool_]

FEW, THEMES = "facettes", ("themes_1", "themes_2")
COLUMNS = (FEW, *THEMES)
FACETS = frozenset(FACET_FIELDS) - {"sources"}
"""Those that the columns know. Sources are too free, and no page counts them."""

_STRUCTURE = 1 << 62  # the document is not of a service
_STRANGE = 1 << 63  # the document holds a value that no référentiel has: the index itself must count
_DEPARTEMENT = 40  # the bit where a département begins: its length and letters, as a number in base 36
_LONGEST = 3  # letters
_DEPARTEMENTS = (1 << 21) - 1  # room for 36 ** (_LONGEST + 1)


@cache
def _layout() -> Mapping[str, Mapping[str, tuple[str, int]]]:
    """Facet → value → (column, its bit)."""
    values = {
        "categories": tuple(thematiques_by_categorie()),
        **{name: _values(name) for name in ("publics", "frais", "modes_accueil")},
        "types": _values("types_services"),
    }
    few = [(name, value) for name, found in values.items() for value in found]
    themes = _values("thematiques")
    if len(few) > _DEPARTEMENT or len(themes) > 64 * len(THEMES):
        raise RuntimeError("The référentiels have grown: facet columns must be added.")
    layout: dict[str, dict[str, tuple[str, int]]] = {name: {} for name in (*values, "thematiques")}
    for i, (name, value) in enumerate(few):
        layout[name][value] = FEW, 1 << i
    for i, value in enumerate(themes):
        layout["thematiques"][value] = THEMES[i // 64], 1 << i % 64
    return layout


def _values(name: str) -> tuple[str, ...]:
    return tuple(item.value for item in REFERENTIELS[name.replace("_", "-")])


def columns_of(values: Mapping[str, str | list[str]]) -> dict[str, int]:
    """The columns of a document with these ``facts.filter_values``."""
    numbers = dict.fromkeys(COLUMNS, 0)
    for facet, places in _layout().items():
        held = values.get(FACET_FIELDS[facet], ())
        for value in (held,) if isinstance(held, str) else held:
            column, bit = places.get(value, (FEW, _STRANGE))
            numbers[column] |= bit
    numbers[FEW] |= _STRUCTURE * (values["genre"] != "service") | _departement(str(values.get("departement", "")))
    return numbers


def _departement(code: str) -> int:
    if not code:
        return 0
    known = code.isascii() and code.isalnum() and code == code.upper() and len(code) <= _LONGEST
    return int(f"{len(code)}{code}", 36) << _DEPARTEMENT if known else _STRANGE


class Facets:
    """The columns of some answers, read when they are first needed."""

    def __init__(self, read: Callable[[str], Numbers]) -> None:
        self._read = read
        self._known: dict[str, Numbers] = {}

    def are_all_known(self) -> bool:
        """Have all answers values of the référentiels alone? Else what is said here of them is not true."""
        return not np.any(self._column(FEW) & np.uint64(_STRANGE))

    def of_genre(self, genre: Genre) -> Kept:
        """Which are of this genre."""
        service: Kept = (self._column(FEW) & np.uint64(_STRUCTURE)) == 0
        return service if genre == "service" else ~service

    def holding(self, facet: str, values: Iterable[str]) -> Kept:
        """Which answers hold one of `values`."""
        if facet == "departements":
            return np.isin(self._departements(), [_departement(value) >> _DEPARTEMENT for value in values if value])
        masks: dict[str, int] = {}
        for column, bit in (_layout()[facet][value] for value in values if value in _layout()[facet]):
            masks[column] = masks.get(column, 0) | bit
        held = [(self._column(column) & np.uint64(mask)) != 0 for column, mask in masks.items()]
        return np.logical_or.reduce(held) if held else np.zeros(len(self._column(FEW)), dtype=bool)

    def counts(self, facet: str, kept: Kept) -> dict[str, int]:
        """Number of the `kept` answers that hold each value; values that none holds are left out."""
        if facet == "departements":
            codes, numbers = np.unique(self._departements()[kept], return_counts=True)
            return {np.base_repr(int(code), 36)[1:]: int(number) for code, number in zip(codes, numbers, strict=True) if code}
        columns = {column: self._column(column)[kept] for column in {column for column, _ in _layout()[facet].values()}}
        found = {value: int(np.count_nonzero(columns[column] & np.uint64(bit))) for value, (column, bit) in _layout()[facet].items()}
        return {value: number for value, number in found.items() if number}

    def _departements(self) -> Numbers:
        return (self._column(FEW) >> np.uint64(_DEPARTEMENT)) & np.uint64(_DEPARTEMENTS)

    def _column(self, name: str) -> Numbers:
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]
