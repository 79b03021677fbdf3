"""What a typed word may mean, given the words that documents and everyday language hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from app.search.analysis import SHORT, Token, stem
from app.search.lexicon import Lexicon, Marks, marks
from app.search.settings import SearchSettings
from app.vocabulary import SEPARATOR

MOST_CORRECTIONS = 8
BEGINNING = 3  # letters from which what is being typed may already be an everyday word


class Vocabulary(Protocol):
    """The words of one state of an index. Fields: `tout` (folded), `tout_r` (stems), `thematiques`, `categories`."""

    words: dict[str, dict[str, int]]
    needs: dict[str, int]
    """Both kept here as long as this state lasts: words known to it or to everyday language, by first letter; needs."""

    def frequency(self, field: str, term: str) -> int:
        """Number of documents."""
        ...

    def beginning_with(self, letter: str) -> Mapping[str, int]:
        """Words of `tout` that begin with `letter` (all when empty), with their numbers of documents."""
        ...


@dataclass(frozen=True)
class Word:
    """A word and what it may mean: itself, what it begins, and corrections by number of typos.

    `begun`: everyday words that it begins; `written`: it stands in documents, and not only in everyday language.
    """

    token: Token
    written: bool
    prefix: bool
    begun: tuple[str, ...]
    corrections: dict[int, tuple[str, ...]]
    fuzzy_prefix: bool = False

    @property
    def correction(self) -> str | None:
        return next((terms[0] for _, terms in sorted(self.corrections.items())), None)

    @property
    def best(self) -> str:
        """The word as understood: its nearest correction when it was not known, else as typed."""
        return self.correction or self.token.typed

    @property
    def best_stem(self) -> str:
        return stem(self.correction) if self.correction else self.token.stem

    @property
    def forms(self) -> Marks:
        """The word as typed and what it begins."""
        return marks(self.token.folded, self.token.stem) | {f"={word}" for word in self.begun}

    def corrected_forms(self, typos: int) -> Marks:
        return frozenset(mark for word in self.corrections.get(typos, ()) for mark in marks(word, stem(word)))


class Spelling:
    """The words known to one state of the index and to the lexicon, each with its number of documents."""

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon, settings: SearchSettings) -> None:
        self._vocabulary, self._lexicon, self._settings = vocabulary, lexicon, settings

    def understand(self, token: Token, last: bool) -> Word:
        """`token` as the settings forgive it; `last`: it may be the beginning of a word."""
        word = token.folded
        written = self._written(token)
        known = max(written, self._everyday(word))
        after = {term: n for term, n in self._beginning_with(word[0]).items() if term.startswith(word) and term != word} if last else {}
        prefix = sum(after.values()) > self._settings.debut_de_mot.facteur * known and not self._lexicon.alone(word)
        used = known + (sum(after.values()) if prefix else 0)
        corrections = self._corrections(word, used)
        begun = tuple(term for term in after if term in self._lexicon.words) if prefix and len(word) >= BEGINNING else ()
        lost = last and not used and not corrections and len(word) >= self._settings.fautes.inconnu_des
        return Word(token, bool(written), prefix, begun, corrections, fuzzy_prefix=lost)

    def known(self, stem: str) -> bool:
        """Does a document hold a word of this stem?"""
        return bool(self._vocabulary.frequency("tout_r", stem))

    def _written(self, token: Token) -> int:
        stems = self._vocabulary.frequency("tout_r", token.stem) if len(token.folded) > SHORT else 0
        return max(self._vocabulary.frequency("tout", token.folded), stems)

    def _everyday(self, word: str) -> int:
        """Documents that answer a need which `word` may name."""
        return sum(self._answering(need) for need in self._lexicon.words.get(word, ()))

    def _answering(self, need: str) -> int:
        known = self._vocabulary.needs
        if need not in known:
            known[need] = self._vocabulary.frequency("thematiques" if SEPARATOR in need else "categories", need)
        return known[need]

    def _corrections(self, word: str, used: int) -> dict[int, tuple[str, ...]]:
        """Words near `word` and much more frequent, by number of typos. A word that nothing explains may also have a wrong first letter."""
        rules = self._settings.fautes
        budget = rules.budget(word)
        if not used and len(word) >= rules.inconnu_des:
            budget = max(budget, 1)
        if not budget or any(c.isdigit() for c in word):
            return {}
        found = _near(word, self._beginning_with(word[0]), budget, rules.facteur * used)
        if not found and not used:
            found = _near(word, self._beginning_with(""), budget, 0)
        ranked: dict[int, list[str]] = {}
        for distance, _, term in sorted(found)[:MOST_CORRECTIONS]:
            ranked.setdefault(distance, []).append(term)
        return {distance: tuple(terms) for distance, terms in ranked.items()}

    def _beginning_with(self, letter: str) -> dict[str, int]:
        """Known words that begin with `letter` (all of them when empty), with the number of documents of each."""
        if letter not in self._vocabulary.words:
            words = dict(self._vocabulary.beginning_with(letter))
            for word in self._lexicon.words:
                if word.startswith(letter) and (number := self._everyday(word)):
                    words[word] = max(words.get(word, 0), number)
            self._vocabulary.words[letter] = words
        return self._vocabulary.words[letter]


def _near(word: str, terms: dict[str, int], budget: int, least: float) -> list[tuple[int, int, str]]:
    """(typos, minus frequency, term) for terms within `budget` typos of `word`, more frequent than `least`."""
    candidates = [term for term, n in terms.items() if n > least and abs(len(term) - len(word)) <= budget and not term.isdigit()]
    matches = extract(word, candidates, scorer=OSA.distance, score_cutoff=budget, limit=None)
    return [(int(distance), -terms[term], term) for term, distance, _ in matches if distance]
