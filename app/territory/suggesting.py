"""Autocomplete of communes: any start of a name or postal code, in well under a millisecond."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Generic

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.territory.lookup import T
from app.territory.names import key, without_article, without_cedex

EXACT, START, INSIDE, FORMER = 20.0, 1.0, 0.01, 0.002  # how much a match of each kind makes of the population
AFTER_EVERYTHING = "\x7f"


class Suggester(Generic[T]):
    """Names sorted, so that every name with a given start is one slice; the slice's best come from numpy."""

    def __init__(self, towns: Sequence[T], former: Iterable[tuple[str, T]]) -> None:
        self._towns = list(towns)
        rank = {town.code: position for position, town in enumerate(self._towns)}
        entries: dict[tuple[str, int], float] = {}
        for position, town in enumerate(self._towns):
            for start, weight in _starts(key(town.nom)):
                entries[start, position] = max(weight, entries.get((start, position), 0))
            for code_postal in town.codes_postaux:
                entries[code_postal, position] = START
        for name, town in former:
            entries.setdefault((key(name), rank[town.code]), FORMER)
        ordered = sorted(entries)
        population = np.array([town.population + 1 for town in self._towns], dtype=np.float64)
        self._keys = [start for start, _ in ordered]
        self._positions = np.array([position for _, position in ordered], dtype=np.int32)
        self._scores = population[self._positions] * np.array([entries[entry] for entry in ordered])
        self._full_names = [key(town.nom) for town in self._towns]

    def suggest(self, text: str, limit: int) -> tuple[T, ...]:
        """At most `limit` communes, best first; a typo is forgiven when nothing starts as typed."""
        name, code = _split(text)
        if limit < 1 or not (name or code):
            return ()
        found = self._starting(name or code, limit if not (name and code) else 10_000)
        if name and code:
            found = [position for position in found if _has_code(self._towns[position], code)] or self._starting(code, limit)
        if not found and name:
            found = self._misspelt(name, limit)
        return tuple(self._towns[position] for position in found[:limit])

    def _starting(self, typed: str, limit: int) -> list[int]:
        low, high = bisect_left(self._keys, typed), bisect_left(self._keys, typed + AFTER_EVERYTHING)
        if low == high:
            return []
        scores = self._scores[low:high].copy()
        scores[: bisect_left(self._keys, typed + "\x00") - low] *= EXACT
        wanted = 4 * limit  # a commune may be there under several starts
        best = np.argpartition(-scores, wanted)[:wanted] if len(scores) > wanted else np.arange(len(scores))
        best = best[np.argsort(-scores[best], kind="stable")]
        found = list(dict.fromkeys(self._positions[low:high][best].tolist()))
        exact = [position for position in found if self._full_names[position] == typed]
        shown = found[:limit]
        missing = [position for position in exact if position not in shown][:limit]
        return shown[: limit - len(missing)] + missing

    def _misspelt(self, typed: str, limit: int) -> list[int]:
        """Names whose beginning is a slip or two away from what was typed."""
        allowed = 1 if len(typed) < 6 else 2
        beginnings = [name[: len(typed)] for name in self._full_names]
        near = process.extract(typed, beginnings, scorer=OSA.distance, score_cutoff=allowed, limit=200)
        ranked = sorted(near, key=lambda hit: (hit[1], -self._towns[hit[2]].population))
        return [position for _, _, position in ranked[:limit]]


def _starts(levelled: str) -> Iterable[tuple[str, float]]:
    """Where a name may be taken up: from its start, after its article, or at any later word of some length."""
    yield levelled, START
    bare = without_article(levelled)
    yield bare, START
    words = bare.split(" ")
    for rank in range(1, len(words)):
        if len(words[rank]) > 2:
            yield " ".join(words[rank:]), INSIDE


def _split(text: str) -> tuple[str, str]:
    """A levelled name and the start of a postal code, in either order: "49000 angers", "saint-denis 93"."""
    bare, _ = without_cedex(text[:80])
    code = re.search(r"(?:^|\s|\()(\d{2,5}|2[abAB])\)?\s*$|^\s*(\d{1,5})(?=\s|$)", bare)
    if code is None:
        return key(bare), ""
    digits = (code[1] or code[2]).upper()
    name = key(bare[: code.start()] + " " + bare[code.end() :])
    if name in ("paris", "lyon", "marseille") and len(digits) < 3:
        return key(bare), ""
    return name, digits


def _has_code(town: T, code: str) -> bool:
    return town.departement == code or any(code_postal.startswith(code) for code_postal in town.codes_postaux)
