"""A reading's forms as queries."""

from collections.abc import Iterable, Sequence

from tantivy import Occur, Query

from app.search.embedded.index import Reader
from app.search.reading import SLOP, Form, Reading
from app.search.synonyms import Run


class TextQueries:
    """The queries of one text over one state of the index."""

    def __init__(self, reader: Reader, reading: Reading) -> None:
        self._schema, self._reading = reader.schema, reading

    def query(self, required: Sequence[Run]) -> Query:
        """What matches all of `required`, scored; the other words, the exact name, needs and neighbours add to the score."""
        clauses = [(Occur.Must if run in required else Occur.Should, self._run(run)) for run in self._reading.runs]
        clauses += [(Occur.Should, self._scored(form)) for form in (*self._reading.bonuses(), *self._reading.boosts())]
        if phrases := [self._scored(form) for form in self._reading.neighbours()]:
            clauses.append((Occur.Should, Query.disjunction_max_query(phrases)))
        return Query.boolean_query(clauses)

    def matching(self, required: Sequence[Run]) -> Query:
        """The same answers without their scores, for counting: every field at once."""
        return Query.boolean_query([(Occur.Must, self._matching_run(run)) for run in required])

    def _matching_run(self, run: Run) -> Query:
        own = Query.boolean_query([(Occur.Must, _any(map(self._scored, self._reading.anywhere(word)))) for word in run.words])
        others = [self._scored(form) for form in self._reading.equivalents(run)]
        return _any([own, *others]) if others else own

    def _run(self, run: Run) -> Query:
        """What matches one run, in any field."""
        parts = [Query.disjunction_max_query([self._scored(form) for form in self._reading.forms(word)]) for word in run.words]
        own = parts[0] if len(parts) == 1 else Query.boolean_query([(Occur.Must, part) for part in parts])
        others = [self._scored(form) for form in self._reading.equivalents(run)]
        return Query.disjunction_max_query([own, *others]) if others else own

    def _scored(self, form: Form) -> Query:
        return Query.const_score_query(self._query(form), float(form.score))

    def _query(self, form: Form) -> Query:
        schema, field, values = self._schema, form.field, form.values
        if form.kind == "suite":
            return Query.phrase_query(schema, field, list(values), slop=SLOP)
        if form.kind in ("debut", "debut-faux"):
            return Query.fuzzy_term_query(schema, field, values[0], distance=int(form.kind == "debut-faux"), prefix=True)
        if len(values) == 1:
            return Query.term_query(schema, field, values[0], index_option="basic")
        return Query.term_set_query(schema, field, list(values))


def _any(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])
