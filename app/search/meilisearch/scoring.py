"""Scores of the answers at hand, by the forms of a text: the same sums as the embedded engine's queries."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from app.search.analysis import SHORT
from app.search.meilisearch.schema import FACTS, LONG_TEXT, TO_RANK, follows, texts_of
from app.search.meilisearch.vocabulary import ServerVocabulary
from app.search.reading import Form, Reading
from app.search.spelling import Word
from app.search.synonyms import Run

Json = dict[str, Any]


class Scorer:
    """Scores answers against one text; `required` as it was asked of the server."""

    def __init__(self, reading: Reading, vocabulary: ServerVocabulary, required: Sequence[Run]) -> None:
        self._required = required
        self._nearly = cache(lambda word: frozenset(vocabulary.beginning_nearly(word)))
        self._runs = [
            (run, [_best_first(reading.forms(word)) for word in run.words], _best_first(reading.equivalents(run))) for run in reading.runs
        ]
        self._bonuses = [*reading.bonuses(), *reading.boosts()]
        self._neighbours = list(reading.neighbours())

    @property
    def fields(self) -> list[str]:
        """What must be known of an answer: long texts only where words may follow each other."""
        if not self._runs:
            return list(FACTS)
        several = self._neighbours or any(equivalents for _, _, equivalents in self._runs)
        return [*TO_RANK, LONG_TEXT] if several else list(TO_RANK)

    def score(self, hit: Json) -> int:
        if not self._runs:
            return 0
        held = {**hit, **texts_of(hit)}
        total = sum(form.score for form in self._bonuses if _among(hit.get(form.field), form.values))
        total += next((form.score for form in self._neighbours if self._holds(held, form)), 0)
        return total + sum(self._run(held, *run) for run in self._runs)

    def _run(self, held: Json, run: Run, words: list[list[Form]], equivalents: list[Form]) -> int:
        best = [self._first(held, forms) for forms in words]
        other = self._first(held, equivalents)
        if not all(best) and not other and run in self._required:
            # The server found it: by a word of the description, of which at most stems are at hand.
            best = [score or _in_description(word, forms) for score, word, forms in zip(best, run.words, words, strict=True)]
        return max(sum(best) if all(best) else 0, other)

    def _first(self, held: Json, forms: Iterable[Form]) -> int:
        return next((form.score for form in forms if self._holds(held, form)), 0)

    def _holds(self, held: Json, form: Form) -> bool:
        text = held.get(form.field)
        if isinstance(text, list):  # codes
            return any(value in text for value in form.values)
        if text is None:  # words of the description: a short one is its own stem
            return form.kind == "mots" and any(len(value) <= SHORT and f" {value} " in held["description_r"] for value in form.values)
        if form.kind == "mots":
            return any(f" {value} " in text for value in form.values)
        if form.kind == "debut":
            return f" {form.values[0]}" in text
        if form.kind == "debut-faux":
            return not self._nearly(form.values[0]).isdisjoint(text.split())
        return all(f" {value} " in text for value in form.values) and follows(text.split(), form.values)


def _among(held: Any, values: tuple[str, ...]) -> bool:
    """Does a whole name, or one of the codes, stand among `values`?"""
    return any(one in values for one in held) if isinstance(held, list) else held in values


def _best_first(forms: Iterable[Form]) -> list[Form]:
    return sorted(forms, key=lambda form: -form.score)


def _in_description(word: Word, forms: Iterable[Form]) -> int:
    """Score of `word` in a description, as typed unless it had to be corrected."""
    scores = [form.score for form in forms if form.field.startswith("description")]
    return min(scores) if word.corrections or word.fuzzy_prefix else max(scores)
