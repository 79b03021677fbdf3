"""Autocomplete of communes: any start of a name or postal code, in well under a millisecond."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.territory.lookup import Named, T
from app.territory.names import key, without_article, without_cedex

EXACT, START, INSIDE, FORMER = 20.0, 1.0, 0.01, 0.002  # how much a match of each kind makes of the population
AFTER_EVERYTHING = "\x7f"
CORSE = frozenset({"2A", "2B"})  # départements with which no postal code starts
ALL = 100_000
Positions = npt.NDArray[np.int32]
SHORTEST_TYPO = 3  # letters; below, anything is a slip away from anything


class Suggester(Generic[T]):
    """Names sorted, so that every name with a given start is one slice; the slice's best come from numpy."""

    def __init__(self, names: Sequence[Named[T]], former: Iterable[tuple[str, T]]) -> None:
        self._towns = [name.town for name in names]
        self._full_names = [name.key for name in names]
        self._bare_names = [name.bare for name in names]
        self._by_letter: dict[str, list[int]] = defaultdict(list)  # "b" for names in b, "_a" for those with a as second letter
        for position, bare in enumerate(self._bare_names):
            self._by_letter[bare[0]].append(position)
            self._by_letter[f"_{bare[1:2]}"].append(position)
        rank = {town.code: position for position, town in enumerate(self._towns)}
        entries: dict[tuple[str, int], float] = {}
        for former_name, town in former:
            entries[key(former_name), rank[town.code]] = FORMER
        for position, name in enumerate(names):
            for start in _later_words(name.bare):
                entries[start, position] = INSIDE
            for start in (name.key, name.bare, *name.town.codes_postaux, *CORSE.intersection({name.town.departement})):
                entries[start, position] = START
        ordered = sorted(entries)
        population = np.array([town.population + 1 for town in self._towns], dtype=np.float64)
        self._keys = [start for start, _ in ordered]
        self._positions = np.array([position for _, position in ordered], dtype=np.int32)
        self._scores = population[self._positions] * np.array([entries[entry] for entry in ordered])

    def suggest(self, text: str, limit: int) -> tuple[T, ...]:
        """At most `limit` communes, best first; missing words, then typos, are forgiven when nothing starts as typed."""
        name, code = _split(text)
        if limit < 1 or not (name or code):
            return ()
        within = self._with_code(code) if code else None
        found = self._starting(name, limit, within) if name else []
        if not found and name:
            found = self._scattered(name, limit, within) or self._misspelt(name, limit, within)
        if not found and code:
            found = self._starting(code, limit)
        return tuple(self._towns[position] for position in found)

    def _slice(self, typed: str) -> slice:
        return slice(bisect_left(self._keys, typed), bisect_left(self._keys, typed + AFTER_EVERYTHING))

    def _with_code(self, code: str) -> Positions:
        """Communes of which a postal code starts so."""
        return np.unique(self._positions[self._slice(code)])

    def _starting(self, typed: str, limit: int, within: Positions | None = None) -> list[int]:
        part = self._slice(typed)
        positions, scores = self._positions[part], self._scores[part].copy()
        scores[: bisect_left(self._keys, typed + "\x00") - part.start] *= EXACT
        if within is not None:
            kept = np.isin(positions, within)
            positions, scores = positions[kept], scores[kept]
        wanted = 4 * limit  # a commune may be there under several starts
        best = np.argpartition(-scores, wanted)[:wanted] if len(scores) > wanted else np.arange(len(scores))
        best = best[np.argsort(-scores[best], kind="stable")]
        found = list(dict.fromkeys(positions[best].tolist()))
        missing = [position for position in found[limit:] if self._full_names[position] == typed][:limit]
        return [*found[: limit - len(missing)], *missing]

    def _scattered(self, typed: str, limit: int, within: Positions | None) -> list[int]:
        """ "villeneuve ascq": the first word, then the others somewhere behind it."""
        first, *others = typed.split(" ")
        if not others:
            return []
        spaced = [f" {other}" for other in others]
        candidates = self._starting(f"{first} ", ALL, within)
        return [position for position in candidates if all(word in self._full_names[position] for word in spaced)][:limit]

    def _misspelt(self, typed: str, limit: int, within: Positions | None) -> list[int]:
        """Names whose beginning is a slip or two away from what was typed; the first letter is taken as right if it can be."""
        bare = without_article(typed)
        if len(bare) < SHORTEST_TYPO:
            return []
        allowed = 1 if len(bare) < 7 else 2
        by_letter = self._by_letter
        for pool in (by_letter.get(bare[0], ()), [*by_letter.get(f"_{bare[0]}", ()), *by_letter.get(bare[1], ())]):
            beginnings = [self._bare_names[position][: len(bare)] for position in pool]
            near = process.extract(bare, beginnings, scorer=OSA.distance, score_cutoff=allowed, limit=None)
            if within is not None:
                near = [hit for hit in near if pool[hit[2]] in within]
            if near:
                ranked = sorted((distance, -self._towns[pool[hit]].population, pool[hit]) for _, distance, hit in near)
                return [position for _, _, position in ranked[:limit]]
        return []


def _later_words(bare: str) -> Iterator[str]:
    """Where else a name may be taken up: "bains" for Digne-les-Bains."""
    for space in re.finditer(" ", bare):
        rest = bare[space.end() :]
        if len(rest.partition(" ")[0]) > 2:
            yield rest


def _split(text: str) -> tuple[str, str]:
    """A levelled name and the start of a postal code, in either order: "49000 angers", "saint-denis 93"."""
    bare = without_cedex(text[:80])
    code = re.search(r"(?:^|\s|\()(\d{2,5}|2[abAB])\)?\s*$|^\s*(\d{1,5})(?=\s|$)", bare)
    if code is None:
        return key(bare), ""
    digits = (code[1] or code[2]).upper()
    name = key(bare[: code.start()] + " " + bare[code.end() :])
    if name in ("paris", "lyon", "marseille") and len(digits) < 3:
        return key(bare), ""
    return name, digits
