"""Scores of the answers at hand, by the forms of a text: the same sums as the embedded engine's queries."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from app.search.analysis import SHORT
from app.search.meilisearch.schema import follows
from app.search.meilisearch.vocabulary import ServerVocabulary
from app.search.reading import Form, Reading
from app.search.spelling import Word
from app.search.synonyms import Run

Json = dict[str, Any]


class Scorer:
    """Scores documents against one text; `required` as it was asked of the server."""

    def __init__(self, reading: Reading, vocabulary: ServerVocabulary, required: Sequence[Run]) -> None:
        self._reading, self._required = reading, required
        self._nearly = cache(lambda word: frozenset(vocabulary.beginning_nearly(word)))
        self._runs = [
            (run, [_best_first(reading.forms(word)) for word in run.words], _best_first(reading.equivalents(run))) for run in reading.runs
        ]
        self._bonuses = list(reading.bonuses())
        self._neighbours = list(reading.neighbours())

    def score(self, document: Json) -> int:
        total = sum(form.score for form in self._bonuses if self._holds(document, form))
        total += next((form.score for form in self._neighbours if self._holds(document, form)), 0)
        return total + sum(self._run(document, *run) for run in self._runs)

    def _run(self, document: Json, run: Run, words: list[list[Form]], equivalents: list[Form]) -> int:
        best = [self._first(document, forms) for forms in words]
        other = self._first(document, equivalents)
        if not all(best) and not other and run in self._required:
            # The server found it: by a word of the description as typed, of which only stems are at hand.
            best = [score or _in_description(word, forms) for score, word, forms in zip(best, run.words, words, strict=True)]
        return max(sum(best) if all(best) else 0, other)

    def _first(self, document: Json, forms: Iterable[Form]) -> int:
        return next((form.score for form in forms if self._holds(document, form)), 0)

    def _holds(self, document: Json, form: Form) -> bool:
        if form.field == "description":
            return form.kind == "mots" and any(len(v) <= SHORT and v in document["description_r"] for v in form.values)
        held = document.get(form.field, ())
        if form.kind == "mots":
            return held in form.values if isinstance(held, str) else any(value in held for value in form.values)
        if form.kind == "debut":
            return any(word.startswith(form.values[0]) for word in held)
        if form.kind == "debut-faux":
            return any(word in self._nearly(form.values[0]) for word in held)
        return follows(held, form.values)


def _best_first(forms: Iterable[Form]) -> list[Form]:
    return sorted(forms, key=lambda form: -form.score)


def _in_description(word: Word, forms: Iterable[Form]) -> int:
    """Score of `word` in a description, as typed unless it had to be corrected."""
    scores = [form.score for form in forms if form.field.startswith("description")]
    return min(scores) if word.corrections or word.fuzzy_prefix else max(scores)
