"""A typed text as queries, scored so that the sum of integers sorts answers as Levier wants.

From the heaviest bit down: the exact name; the number of words found; the fewest typos; words that follow each other;
where they stand (name before theme before description); the exact form. All sums stay under 2^24, which a 32-bit
float holds exactly.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from tantivy import Occur, Query

from app.search.analysis import Analysis, Token, fold, joined_forms, stem
from app.search.embedded.spelling import SHORT, Word, understand
from app.search.embedded.store import Reader
from app.search.settings import TEXT_FIELDS, SearchSettings

EXACT_NAME, EXACT_STRUCTURE = 1 << 22, 1 << 21
WORD = 1 << 17
TYPO = 1 << 12
NEIGHBOURS = 1 << 11
PLACE = 1 << 4
EXACT_FORM = 1
SLOP = 2  # stop words leave gaps in positions

TIERS = WORD  # scores are alike above this bit: same name, same words
ATTRIBUTES = PLACE  # below it, only the form differs

Exists = Callable[[tuple[str, ...]], bool]
"""Are all these stems in the index?"""


@dataclass(frozen=True)
class Run:
    """Words of the query that go together, and other forms of the whole: synonyms, « covoiturage » for « co-voiturage »."""

    words: tuple[Word, ...]
    equivalents: tuple[tuple[str, ...], ...] = ()  # each a sequence of stems


class TextQueries:
    """The queries of one text over one state of the index."""

    def __init__(self, reader: Reader, settings: SearchSettings, analysis: Analysis, synonyms: "Synonyms", text: str) -> None:
        self._reader, self._settings = reader, settings
        self._schema = reader.schema
        tokens = analysis.tokens(text)
        open_end = bool(text) and not text[-1].isspace()
        words = [understand(reader, settings, token, open_end and i == len(tokens) - 1) for i, token in enumerate(tokens)]
        self.runs = tuple(synonyms.runs(words, {fold(form) for form in joined_forms(text)}, self._exists))
        self._exact = analysis.name(text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words as understood."""
        return tuple(word.best for run in self.runs for word in run.words)

    def query(self, required: Sequence[Run]) -> Query:
        """What matches all of `required`; the other words and the exact name add to the score."""
        clauses = [(Occur.Must if run in required else Occur.Should, self.run(run)) for run in self.runs]
        clauses += [(Occur.Should, extra) for extra in (*self._exact_name(), *self._neighbours())]
        return Query.boolean_query(clauses)

    def run(self, run: Run) -> Query:
        """What matches one run, in any field."""
        parts = [self._word(word) for word in run.words]
        own = parts[0] if len(parts) == 1 else Query.boolean_query([(Occur.Must, part) for part in parts])
        others = [query for stems in run.equivalents for query in self._equivalent(stems, len(run.words))]
        return Query.disjunction_max_query([own, *others]) if others else own

    def _exists(self, stems: tuple[str, ...]) -> bool:
        return all(self._reader.searcher.doc_freq("tout_r", one) for one in stems)

    def _score(self, field: str, typos: int = 0) -> int:
        weight: int = getattr(self._settings.champs, field)
        return WORD + TYPO * (2 - typos) + PLACE * weight

    def _word(self, word: Word) -> Query:
        forms: list[Query] = []
        for field in TEXT_FIELDS:
            forms += self._forms(word, field)
        return Query.disjunction_max_query(forms)

    def _forms(self, word: Word, field: str) -> Iterable[Query]:
        token, score = word.token, self._score(field)
        yield _scored(self._term(field, token.folded), score + EXACT_FORM)
        if len(token.folded) > SHORT:
            yield _scored(self._term(f"{field}_r", token.stem), score)
        if word.prefix:
            yield _scored(Query.fuzzy_term_query(self._schema, field, token.folded, distance=0, prefix=True), score)
        if word.fuzzy_prefix:
            begun = Query.fuzzy_term_query(self._schema, field, token.folded, distance=1, prefix=True)
            yield _scored(begun, self._score(field, 1))
        for typos, terms in word.corrections.items():
            near = self._score(field, min(typos, 2))
            yield _scored(Query.term_set_query(self._schema, field, list(terms)), near)
            # Only the best correction is worth its inflections.
            yield _scored(self._term(f"{field}_r", word.best_stem), near)

    def _equivalent(self, stems: tuple[str, ...], length: int) -> Iterable[Query]:
        for field in TEXT_FIELDS:
            name = field if len(stems[0]) <= SHORT and len(stems) == 1 else f"{field}_r"
            query = self._term(name, stems[0]) if len(stems) == 1 else Query.phrase_query(self._schema, name, list(stems), slop=SLOP)
            yield _scored(query, length * self._score(field))

    def _exact_name(self) -> Iterable[Query]:
        if self._exact:
            yield _scored(self._term("nom_exact", self._exact), EXACT_NAME)
            yield _scored(self._term("structure_exacte", self._exact), EXACT_STRUCTURE)

    def _neighbours(self) -> Iterable[Query]:
        stems = [word.best_stem for run in self.runs for word in run.words]
        if len(stems) > 1:
            phrases = [Query.phrase_query(self._schema, f"{field}_r", list(stems), slop=SLOP) for field in TEXT_FIELDS]
            yield _scored(Query.disjunction_max_query(phrases), NEIGHBOURS)

    def _term(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term, index_option="basic")


def _scored(query: Query, score: int) -> Query:
    return Query.const_score_query(query, float(score))


class Synonyms:
    """Forms that mean each other, looked up by their words."""

    def __init__(self, groups: Iterable[tuple[str, ...]], analysis: Analysis) -> None:
        self._others: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
        for group in groups:
            forms = [analysis.tokens(form) for form in group]
            for form in forms:
                others = tuple(_stems(other) for other in forms if other is not form)
                key = tuple(token.stem for token in form)
                self._others[key] = self._others.get(key, ()) + others
        self._longest = max(map(len, self._others), default=1)

    def runs(self, words: Sequence[Word], joined: set[str], exists: Exists) -> Iterable[Run]:
        """`words` cut into runs, the longest known form first; `joined`: compounds as typed with a hyphen."""
        start = 0
        while start < len(words):
            length, equivalents = self._at(words, start, joined, exists)
            yield Run(tuple(words[start : start + length]), equivalents)
            start += length

    def _at(self, words: Sequence[Word], start: int, joined: set[str], exists: Exists) -> tuple[int, tuple[tuple[str, ...], ...]]:
        for length in range(min(max(self._longest, 3), len(words) - start), 0, -1):
            part = words[start : start + length]
            others = self._others.get(tuple(word.best_stem for word in part), ())
            whole = "".join(word.token.folded for word in part)
            if length > 1 and (whole in joined or (length == 2 and len(whole) > 5)) and exists((stem(whole),)):
                others = (*others, (stem(whole),))
            if others:
                return length, others
        return 1, ()


def _stems(tokens: Iterable[Token]) -> tuple[str, ...]:
    return tuple(token.stem for token in tokens)
