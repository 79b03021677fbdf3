"""What a typed word may mean, given the words that the index holds."""

from dataclasses import dataclass

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from app.search.analysis import Token, stem
from app.search.embedded.store import Reader
from app.search.settings import SearchSettings

MOST_CORRECTIONS = 8
SHORT = 3
"""Letters. So short a word has no inflection: « caf » is not « café », whose stem it is."""


@dataclass(frozen=True)
class Word:
    """A word and what it may mean: itself, what it begins, and corrections by number of typos."""

    token: Token
    prefix: bool
    corrections: dict[int, tuple[str, ...]]
    fuzzy_prefix: bool = False

    @property
    def best(self) -> str:
        """The word as understood: its nearest correction when it was not known, else as typed."""
        return next((terms[0] for _, terms in sorted(self.corrections.items()) if terms), self.token.typed)

    @property
    def best_stem(self) -> str:
        corrected = next((terms[0] for _, terms in sorted(self.corrections.items()) if terms), None)
        return stem(corrected) if corrected else self.token.stem


def understand(reader: Reader, settings: SearchSettings, token: Token, last: bool) -> Word:
    """`token` as `settings` forgives it; `last`: it may be the beginning of a word."""
    searcher, word = reader.searcher, token.folded
    known = searcher.doc_freq("tout", word)
    if len(word) > SHORT:
        known = max(known, searcher.doc_freq("tout_r", token.stem))
    begun = sum(n for term, n in _beginning_with(reader, word[0]).items() if term.startswith(word) and term != word) if last else 0
    prefix = begun > settings.debut_de_mot.facteur * known
    used = known + (begun if prefix else 0)
    corrections = _corrections(reader, settings, word, used)
    lost = last and not used and not corrections and len(word) >= settings.fautes.inconnu_des
    return Word(token, prefix, corrections, fuzzy_prefix=lost)


def _corrections(reader: Reader, settings: SearchSettings, word: str, used: int) -> dict[int, tuple[str, ...]]:
    """Terms near `word` and much more frequent, by number of typos. A wrong first letter counts double, but for unknown words."""
    rules = settings.fautes
    budget = rules.budget(word)
    if not used and len(word) >= rules.inconnu_des:
        budget = max(budget, 1)
    if not budget or any(c.isdigit() for c in word):
        return {}
    found = _near(word, _beginning_with(reader, word[0]), budget, rules.facteur * used)
    if not found and not used:
        found = _near(word, _beginning_with(reader, ""), budget, 0)
    ranked: dict[int, list[str]] = {}
    for distance, _, term in sorted(found)[:MOST_CORRECTIONS]:
        ranked.setdefault(distance, []).append(term)
    return {distance: tuple(terms) for distance, terms in ranked.items()}


def _near(word: str, terms: dict[str, int], budget: int, least: float) -> list[tuple[int, int, str]]:
    """(typos, minus frequency, term) for terms within `budget` typos of `word`, more frequent than `least`."""
    candidates = [term for term, n in terms.items() if n > least and abs(len(term) - len(word)) <= budget and not term.isdigit()]
    matches = extract(word, candidates, scorer=OSA.distance, score_cutoff=budget, limit=None)
    return [(int(distance), -terms[term], term) for term, distance, _ in matches if distance]


def _beginning_with(reader: Reader, letter: str) -> dict[str, int]:
    """The index's terms that begin with `letter` (all of them when empty), with the number of documents of each."""
    if letter not in reader.words:
        reader.words[letter] = dict(reader.searcher.terms_with_prefix("tout", letter))
    return reader.words[letter]
