"""A typed text as queries, scored so that the sum of integers sorts answers as Levier wants.

From the heaviest bit down: the exact name; the number of words found; the fewest typos; words that follow each other;
where they stand (name before theme before description); the exact form. All sums stay under 2^24, which a 32-bit
float holds exactly.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property

from tantivy import Occur, Query

from app.search.analysis import SHORT, Analysis, fold, joined_forms
from app.search.embedded.spelling import Spelling, Word
from app.search.embedded.store import Reader
from app.search.embedded.synonyms import Run, Synonyms
from app.search.lexicon import Lexicon, Marks
from app.search.settings import TEXT_FIELDS, SearchSettings
from app.vocabulary import SEPARATOR

EXACT_NAME, EXACT_STRUCTURE = 1 << 22, 1 << 21
WORD = 1 << 17
TYPO = 1 << 12
NEIGHBOURS = 1 << 11
PLACE = 1 << 4
EXACT_FORM = 1
SLOP = 2  # stop words leave gaps in positions

TIERS = WORD  # scores are alike above this bit: same name, same words
ATTRIBUTES = PLACE  # below it, only the form differs


class Language:
    """What one set of settings makes of French; built once."""

    def __init__(self, settings: SearchSettings) -> None:
        self.settings = settings
        self.analysis = Analysis(settings)
        self.synonyms = Synonyms(settings.synonyms, self.analysis)
        self.lexicon = Lexicon(settings, self.analysis)


class TextQueries:
    """The queries of one text over one state of the index."""

    def __init__(self, reader: Reader, language: Language, text: str) -> None:
        self._settings, self._lexicon = language.settings, language.lexicon
        self._schema = reader.schema
        spelling = Spelling(reader, language.lexicon, language.settings)
        tokens = language.analysis.tokens(text)
        open_end = bool(text) and not text[-1].isspace()
        words = [spelling.understand(token, open_end and i == len(tokens) - 1) for i, token in enumerate(tokens)]
        self.runs = tuple(language.synonyms.runs(words, {fold(form) for form in joined_forms(text)}, spelling.known))
        self._exact = language.analysis.name(text)
        self._marks: Marks = frozenset().union(
            *(word.forms for word in words), *(word.corrected_forms(n) for word in words for n in (1, 2))
        )

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words as understood."""
        return tuple(word.best for run in self.runs for word in run.words)

    def query(self, required: Sequence[Run]) -> Query:
        """What matches all of `required`; the other words and the exact name add to the score."""
        clauses = [(Occur.Must if run in required else Occur.Should, self._run(run)) for run in self.runs]
        clauses += [(Occur.Should, extra) for extra in (*self._exact_name(), *self._neighbours())]
        return Query.boolean_query(clauses)

    def matching(self, required: Sequence[Run]) -> Query:
        """The same answers without their scores, for counting: every field at once."""
        return Query.boolean_query([(Occur.Must, self._matching_run(run)) for run in required])

    def _matching_run(self, run: Run) -> Query:
        parts = [Query.boolean_query([(Occur.Should, form) for form in self._matching_forms(word)]) for word in run.words]
        others = [query for stems in run.equivalents for query in self._equivalent(stems, 1)]
        own = Query.boolean_query([(Occur.Must, part) for part in parts])
        return Query.boolean_query([(Occur.Should, query) for query in (own, *others)]) if others else own

    def _matching_forms(self, word: Word) -> Iterable[Query]:
        yield from self._forms(word, "tout")
        yield from self._needs(word)

    def _run(self, run: Run) -> Query:
        """What matches one run, in any field."""
        parts = [self._word(word) for word in run.words]
        own = parts[0] if len(parts) == 1 else Query.boolean_query([(Occur.Must, part) for part in parts])
        others = [query for stems in run.equivalents for query in self._equivalent(stems, len(run.words))]
        return Query.disjunction_max_query([own, *others]) if others else own

    def _score(self, field: str, typos: int = 0) -> int:
        weight: int = getattr(self._settings.champs, field, 0)
        return WORD + TYPO * (2 - typos) + PLACE * weight

    def _word(self, word: Word) -> Query:
        forms: list[Query] = []
        for field in TEXT_FIELDS:
            forms += self._forms(word, field)
        forms += self._needs(word)
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

    def _needs(self, word: Word) -> Iterable[Query]:
        """Services of the needs that everyday language calls by this word."""
        yield from self._of_needs(self._lexicon.whole(word.forms, self._marks), self._score("mots"))
        if not word.written:
            yield from self._of_needs(self._lexicon.part(word.forms), self._score("mots_epars"))
        for typos in word.corrections:
            forms = word.corrected_forms(typos)
            yield from self._of_needs(self._lexicon.whole(forms, self._marks), self._score("mots", min(typos, 2)))
            yield from self._of_needs(self._lexicon.part(forms), self._score("mots_epars", min(typos, 2)))

    def _of_needs(self, needs: set[str], score: int) -> Iterable[Query]:
        for field in ("thematiques", "categories"):
            if named := sorted(need for need in needs if (SEPARATOR in need) == (field == "thematiques")):
                yield _scored(Query.term_set_query(self._schema, field, named), score)

    def _equivalent(self, stems: tuple[str, ...], length: int) -> Iterable[Query]:
        for field in TEXT_FIELDS:
            name = field if len(stems[0]) <= SHORT and len(stems) == 1 else f"{field}_r"
            query = self._term(name, stems[0]) if len(stems) == 1 else Query.phrase_query(self._schema, name, list(stems), slop=SLOP)
            yield _scored(query, length * self._score(field))
        forms = frozenset(f"~{stem}" for stem in stems)
        yield from self._of_needs(self._lexicon.whole(forms, forms), length * self._score("mots"))

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
