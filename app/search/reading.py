"""A typed text as what it may mean, the same for both engines, scored so that the sum of integers sorts answers.

From the heaviest bit down: the exact name; the number of words found; the fewest typos; words that follow each other;
where they stand (name before theme before description); the exact form. All sums stay under 2^24, which a 32-bit
float holds exactly.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from app.search.analysis import SHORT, Analysis, clean, fold, joined_forms
from app.search.lexicon import Lexicon, Marks
from app.search.needs import CLEAR, Need, Recogniser
from app.search.port import Understood
from app.search.settings import TEXT_FIELDS, SearchSettings
from app.search.spelling import Spelling, Vocabulary, Word
from app.search.synonyms import Run, Synonyms
from app.vocabulary import SEPARATOR

EXACT_NAME, EXACT_STRUCTURE = 1 << 22, 1 << 21
WORD = 1 << 17
TYPO = 1 << 12
NEIGHBOURS = 1 << 11
PLACE = 1 << 4
EXACT_FORM = 1
SLOP = 2  # words that may stand between those of a phrase; stop words keep their place

ATTRIBUTES = PLACE  # below this bit of a score, only the form differs

LONGEST_QUERY = 300
EVERYWHERE = "tout"
NEEDS = ("thematiques", "categories")

SURE = 0.85  # confidence from which a need is as good as the word itself
DOUBT = 5  # typos that a confidence of 0 would be worth
ALIKE = 0.05  # needs whose confidence is within this part of the best's are worth the same
DOUBT_BESIDE = 8  # typos, for a need much less likely than the best
INFLECTED = 2 * PLACE


@dataclass(frozen=True)
class Form:
    """What a document may hold, and the score it earns.

    `kind`: "mots", one of `values` stands in `field`; "debut", a word that begins with the value; "debut-faux", the
    same with one typo; "suite", the values follow each other.
    """

    kind: Literal["mots", "debut", "debut-faux", "suite"]
    field: str
    values: tuple[str, ...]
    score: int = 0


class Language:
    """What one set of settings makes of French. What only searches need is made at the first one: it takes a second."""

    def __init__(self, settings: SearchSettings) -> None:
        self.settings = settings
        self.analysis = Analysis(settings)

    @cached_property
    def synonyms(self) -> Synonyms:
        return Synonyms(self.settings.synonyms, self.analysis)

    @cached_property
    def lexicon(self) -> Lexicon:
        return Lexicon(self.settings, self.analysis)

    @cached_property
    def recogniser(self) -> Recogniser:
        return Recogniser(self.settings, self.analysis)


@lru_cache(maxsize=4)
def language_of(settings: SearchSettings) -> Language:
    """Made once a process for the same settings."""
    return Language(settings)


class Reading:
    """One text, read with the words of one state of an index.

    `runs` are the words that go together; a run is found by the forms of all its words, or by those of one equivalent.
    """

    def __init__(self, vocabulary: Vocabulary, language: Language, q: str) -> None:
        text = clean(q)[:LONGEST_QUERY]
        self._settings, self._analysis, self._lexicon = language.settings, language.analysis, language.lexicon
        spelling = Spelling(vocabulary, language.lexicon, language.settings)
        tokens = language.analysis.tokens(text)
        open_end = bool(text) and not text[-1].isspace()
        words = [spelling.understand(token, open_end and i == len(tokens) - 1) for i, token in enumerate(tokens)]
        self.runs = tuple(language.synonyms.runs(words, {fold(form) for form in joined_forms(text)}, spelling.known))
        self._exact = language.analysis.name(text)
        self._marks: Marks = frozenset().union(
            *(word.forms for word in words), *(word.corrected_forms(n) for word in words for n in (1, 2))
        )
        self.words = tuple(word.best for run in self.runs for word in run.words)
        self.meaning = language.recogniser.read(text)
        self._levels = _levels(self.meaning.needs)
        # The whole text tells its need: what each word alone, as corrected, may also be called by would only blur it.
        self._is_clear = bool(self.meaning.needs) and self.meaning.needs[0].confidence >= CLEAR

    @cached_property
    def understood(self) -> tuple[Understood, ...]:
        """What each word was taken for, as the forms below have it."""
        return tuple(self._understood(word, run) for run in self.runs for word in run.words)

    def forms(self, word: Word) -> Iterator[Form]:
        """What a document may hold for `word`, with the score of each."""
        for field in TEXT_FIELDS:
            yield from self._written(word, field)
        yield from self._needs(word)

    def anywhere(self, word: Word) -> Iterator[Form]:
        """The same documents, whatever the field."""
        yield from self._written(word, EVERYWHERE)
        yield from self._needs(word)

    def equivalents(self, run: Run) -> Iterator[Form]:
        """What a document may hold instead of the whole run."""
        for stems in run.equivalents:
            yield from self._equivalent(stems, len(run.words))

    def bonuses(self) -> Iterator[Form]:
        """What adds to the score and is not required: the exact name."""
        if self._exact:
            yield Form("mots", "nom_exact", (self._exact,), EXACT_NAME)
            yield Form("mots", "structure_exacte", (self._exact,), EXACT_STRUCTURE)

    def boosts(self) -> Iterator[Form]:
        """Needs that the whole text means: what carries them comes before what only holds its words, or fewer of them."""
        for level, needs in self._levels.items():
            if thematiques := tuple(sorted(need for need in needs if SEPARATOR in need)):
                yield Form("mots", "thematiques", thematiques, PLACE * (1 if level else len(self.words)))

    def neighbours(self) -> Iterator[Form]:
        """All the words one after the other; found once is enough."""
        stems = tuple(word.best_stem for run in self.runs for word in run.words)
        if len(stems) > 1:
            yield from (Form("suite", f"{field}_r", stems, NEIGHBOURS) for field in TEXT_FIELDS)

    def _understood(self, word: Word, run: Run) -> Understood:
        forms = (*self._needs(word), *(form for form in self.equivalents(run) if form.field in NEEDS))
        sought = {need for form in forms for need in form.values} - self._of_others(word)
        surest = [need.value for need in self.meaning.needs if need.value in sought]
        corrections = tuple(term for _, terms in sorted(word.corrections.items()) for term in terms)
        needs = tuple(dict.fromkeys((*surest, *sorted(sought))))
        return Understood(word.token.typed, word.prefix or word.fuzzy_prefix, corrections, run.others, needs)

    def _of_others(self, word: Word) -> set[str]:
        """Needs that other words of the text mean: those whose expression lacks this word, when another's has it."""
        own, others = set[str](), set[str]()
        for need, stems in self._expressions:
            (own if word.best_stem in stems else others).add(need)
        return others - own if own else set()

    @cached_property
    def _expressions(self) -> list[tuple[str, frozenset[str]]]:
        """Each need that the text means, with the stems of the expression that says it."""
        tokens = self._analysis.tokens
        return [(need.value, frozenset(token.stem for token in tokens(need.expression))) for need in self.meaning.needs]

    def _score(self, field: str, typos: int = 0) -> int:
        weight: int = getattr(self._settings.champs, field, 0)
        if field == "mots" and 0 in self._levels:
            weight -= 1  # what carries the need itself gets it back as a boost, and so comes first
        return WORD + TYPO * (2 - typos) + PLACE * weight

    def _written(self, word: Word, field: str) -> Iterator[Form]:
        token, score = word.token, self._score(field)
        yield Form("mots", field, (token.folded,), score + EXACT_FORM)
        if len(token.folded) > SHORT:
            # An inflection in a name may be another word (« compter », « compte »): it yields to a need surely meant.
            other = INFLECTED if field == "nom" and 0 in self._levels else 0
            yield Form("mots", f"{field}_r", (token.stem,), score - other)
        if word.prefix:
            yield Form("debut", field, (token.folded,), score)
        if word.fuzzy_prefix:
            yield Form("debut-faux", field, (token.folded,), self._score(field, 1))
        for typos, terms in word.corrections.items():
            near = self._score(field, min(typos, 2))
            yield Form("mots", field, terms, near)
            # Only the best correction is worth its inflections.
            yield Form("mots", f"{field}_r", (word.best_stem,), near)

    def _needs(self, word: Word) -> Iterator[Form]:
        """Services of the needs that the whole text means, then of those that everyday language calls by this word."""
        if word.token.folded not in self.meaning.unknown:
            for level, needs in self._levels.items():
                yield from _of_needs(needs, self._score("mots", level))
        if self._is_clear:
            return
        yield from _of_needs(self._lexicon.whole(word.forms, self._marks), self._score("mots"))
        if not word.written:
            yield from _of_needs(self._lexicon.part(word.forms), self._score("mots_epars"))
        for typos in word.corrections:
            forms = word.corrected_forms(typos)
            yield from _of_needs(self._lexicon.whole(forms, self._marks), self._score("mots", min(typos, 2)))
            yield from _of_needs(self._lexicon.part(forms), self._score("mots_epars", min(typos, 2)))

    def _equivalent(self, stems: tuple[str, ...], length: int) -> Iterator[Form]:
        for field in TEXT_FIELDS:
            if len(stems) > 1:
                yield Form("suite", f"{field}_r", stems, length * self._score(field))
            else:
                yield Form("mots", field if len(stems[0]) <= SHORT else f"{field}_r", stems, length * self._score(field))
        forms = frozenset(f"~{stem}" for stem in stems)
        yield from _of_needs(self._lexicon.whole(forms, forms), length * self._score("mots"))


def _levels(needs: Sequence[Need]) -> dict[int, set[str]]:
    """Needs by how unsure they are, in typos: 0, as good as the word itself."""
    levels: dict[int, set[str]] = {}
    for need in needs:
        best = needs[0].confidence
        doubt = round(max(0.0, SURE - best) * DOUBT)
        beside = math.ceil(max(0.0, 1 - ALIKE - need.confidence / best) * DOUBT_BESIDE)
        levels.setdefault(doubt + beside, set()).add(need.value)
    return levels


def _of_needs(needs: set[str], score: int) -> Iterator[Form]:
    for field in NEEDS:
        if named := tuple(sorted(need for need in needs if (SEPARATOR in need) == (field == "thematiques"))):
            yield Form("mots", field, named, score)


Counts = Callable[[Iterable[Sequence[Run]]], Iterable[int]]
"""Numbers of answers that hold all the runs of each of these, whatever facets are chosen."""


def widened(runs: Sequence[Run], counts: Counts) -> Sequence[Run]:
    """The runs to require when no answer has them all: the most frequent are dropped first, as they say least."""
    known = [(frequency, run) for frequency, run in zip(counts([[run] for run in runs]), runs, strict=True) if frequency]
    dropped = [run for _, run in sorted(known, key=lambda pair: -pair[0])]
    kept = [[run for _, run in known if run not in dropped[:n]] for n in range(len(dropped))]
    return next((tuple(some) for some, number in zip(kept, counts(kept), strict=True) if number), tuple(runs))
