"""Needs that a text may be the beginning of: « nou » begins « nounou », « perm » begins a word of « Préparer son permis »."""

from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from app.search.analysis import fold
from app.search.settings import SearchSettings
from app.vocabulary import FREINS, label, thematiques_by_categorie

SHORTEST = 2  # letters
MOST_READ = 400  # expressions looked at: two letters begin hundreds


class Beginnings:
    """Labels and everyday expressions, sorted so that those with a given start follow each other."""

    def __init__(self, settings: SearchSettings) -> None:
        self._labels = [(value, words.split()) for value, words in _labels()]
        self._expressions = sorted((fold(text), need, text) for need, texts in settings.everyday.items() for text in texts)

    def needs(self, text: str) -> Iterator[tuple[str, str]]:
        """Thématiques and catégories, each once, with the expression that begins so, the shortest first; before them, with an
        empty expression, those whose label has every word of `text`, the last one begun."""
        typed = fold(text)
        if len(typed) < SHORTEST:
            return
        seen = set()
        for value, words in self._labels:
            if _begins(typed.split(), words):
                seen.add(value)
                yield value, ""
        start = bisect_left(self._expressions, (typed, "", ""))
        following = self._expressions[start : start + MOST_READ]
        for _, need, expression in sorted((e for e in following if e[0].startswith(typed)), key=lambda e: (len(e[0]), e)):
            if need not in seen:
                seen.add(need)
                yield need, expression


def _labels() -> Iterator[tuple[str, str]]:
    for categorie, values in thematiques_by_categorie().items():
        yield categorie, fold(FREINS.get(categorie, label(categorie)))
        yield from ((value, fold(label(value))) for value in values)


def _begins(typed: list[str], words: list[str]) -> bool:
    *whole, last = typed
    return all(word in words for word in whole) and any(word.startswith(last) for word in words)


@lru_cache(maxsize=4)
def beginnings_of(settings: SearchSettings) -> Beginnings:
    """Made once a process for the same settings."""
    return Beginnings(settings)
