"""What the search made of the words typed, said back to who typed them: corrections, and needs named in everyday words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from app import vocabulary
from app.search import settings
from app.search.analysis import fold
from app.search.reading import Language, language_of
from app.web import wording
from app.web.question import Question
from app.web.results import Card, Marked

OFFERED = 0.7  # confidence from which a need is worth naming to who did not choose it
BESIDE_BEST = 0.8  # part of the best one's confidence
MOST = 2

_WORDS = re.compile(r"([^\W_]+)")


@dataclass(frozen=True)
class Need:
    """A need that the words name; `count` answers carry it. `href` is the search for it alone, empty if all carry it."""

    label: str
    count: int
    href: str


def needs_of(question: Question) -> tuple[str, ...]:
    """Thématiques and catégories that the words surely mean, surest first; none when a need is already chosen."""
    if question.besoins or not question.q:
        return ()
    needs = _language().recogniser.read(question.q).needs
    least = max(OFFERED, BESIDE_BEST * needs[0].confidence) if needs else 0.0
    return tuple(need.value for need in needs if need.confidence >= least)[:MOST]


def meant(text: str, least: float) -> tuple[str, ...]:
    """Thématiques and catégories that `text` may mean with a confidence of `least` or more, surest first."""
    return tuple(need.value for need in _language().recogniser.read(text).needs if need.confidence >= least)


def offered(question: Question, needs: Iterable[str], counts: Mapping[str, Mapping[str, int]], total: int) -> tuple[Need, ...]:
    """`needs` that some answers carry; `counts` are the page's facets."""
    named = ((need, counts.get("thematiques" if vocabulary.SEPARATOR in need else "categories", {}).get(need, 0)) for need in needs)
    return tuple(
        Need(wording.label(need), count, question.but(besoins=(need,)).address if count < total else "") for need, count in named if count
    )


def corrected(q: str, words: Sequence[str], cards: Sequence[Card]) -> Marked:
    """`q` as the engine read it, when it read a word otherwise than typed: the corrected words are True.

    `words` as in ``SearchPage.words``. Empty if nothing was corrected; what an answer holds as typed needed no correction.
    """
    sought = [token.typed for token in _language().analysis.tokens(q)]
    if len(sought) != len(words) or all(fold(typed) == fold(read) for typed, read in zip(sought, words, strict=True)):
        return ()
    written = {fold(word): word.lower() for card in cards for word in _words_of(card)}
    pairs = [(typed, "" if fold(typed) in written else _accented(read, written)) for typed, read in zip(sought, words, strict=True)]
    pieces = tuple(_rewritten(q, iter(pairs)))
    return pieces if any(changed for _, changed in pieces) else ()


def _language() -> Language:
    return language_of(settings.load())


def _words_of(card: Card) -> Iterator[str]:
    for text in (card.nom, card.excerpt):
        yield from _WORDS.findall("".join(piece for piece, _ in text))


def _accented(word: str, written: Mapping[str, str]) -> str:
    """`word`, which the index holds without accents, as the answers or everyday language write it."""
    return written.get(word) or _everyday().get(word, word)


@cache
def _everyday() -> Mapping[str, str]:
    expressions = (text for texts in settings.load().everyday.values() for text in texts)
    return {fold(word): word.lower() for text in expressions for word in _WORDS.findall(text)}


def _rewritten(q: str, pairs: Iterator[tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    """`q` cut at its words, each of `pairs` (typed, read; empty: as typed) put in its place."""
    typed, read = next(pairs, ("", ""))
    for i, piece in enumerate(_WORDS.split(q)):
        if i % 2 and typed and piece.startswith(typed):
            changed = bool(read) and fold(read) != fold(typed)
            yield (read, True) if changed else (piece, False)
            typed, read = next(pairs, ("", ""))
        elif piece:
            yield piece, False
