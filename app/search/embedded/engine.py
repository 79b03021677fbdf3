"""The engine everyone has: an index in files, several processes, no server."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tantivy import DocAddress, Occur, Query

from app.search import settings as search_settings
from app.search.embedded import filters
from app.search.embedded.memory import MemoryStore
from app.search.embedded.ranking import Ranked, rank
from app.search.embedded.schema import fields_of
from app.search.embedded.store import DiskStore, Reader
from app.search.embedded.text import TextQueries
from app.search.facts import FACET_FIELDS, OWN_FILTER, check, chosen
from app.search.port import Document, Hit, QueryError, SearchPage, SearchRequest, SearchUnavailable, Tri
from app.search.reading import Reading, language_of, widened
from app.search.settings import SearchSettings
from app.search.synonyms import Run

log = logging.getLogger(__name__)

TOTAL = "total"
MOST_VALUES = 5000  # per facet: above every référentiel and every list of départements
MOST_READINGS = 64  # texts kept as read, for one state of the index
MOST_KEPT = 5000  # answers whose keys are remembered between the facets of one request


class EmbeddedEngine:
    """The port, served by tantivy. `index_dir` None: in memory."""

    name = "embarqué"

    def __init__(self, index_dir: Path | None, settings: SearchSettings | None = None) -> None:
        self._settings = settings or search_settings.load()
        self._language = language_of(self._settings)
        self._analysis = self._language.analysis
        self._store = (
            DiskStore(index_dir, self._analysis, self._settings.fingerprint) if index_dir is not None else MemoryStore(self._analysis)
        )

    # --- the port

    def search(self, request: SearchRequest) -> SearchPage:
        """Raises QueryError for a request that means nothing, SearchUnavailable while there is no index."""
        check(request)
        with self._honest():
            reader = self._store.reader()
            return _Search(reader, self._settings, self._reading(reader, request.q), request).page()

    def put(self, documents: Iterable[Document]) -> None:
        operations = [(document.key, fields_of(document, self._analysis)) for document in documents]
        if operations:
            self._store.apply(list(operations))

    def remove(self, keys: Iterable[str]) -> None:
        operations = [(key, None) for key in keys]
        if operations:
            self._store.apply(list(operations))

    def rebuild(self, documents: Iterable[Document]) -> int:
        return self._store.build(fields_of(document, self._analysis) for document in documents)

    def count(self) -> int:
        with self._honest():
            return self._store.reader().searcher.num_docs

    def needs_rebuild(self) -> bool:
        return self._store.needs_rebuild()

    def tidy(self) -> None:
        self._store.tidy()

    # ---

    def _reading(self, reader: Reader, q: str) -> Reading:
        """`q` read once per state of the index: one page asks for its answers, its lieux and what loosening would give."""
        reading = reader.readings.get(q)
        if reading is None:
            reading = Reading(reader, self._language, q)
            if len(reader.readings) >= MOST_READINGS:
                reader.readings.clear()
            reader.readings[q] = reading
        return reading

    @contextmanager
    def _honest(self) -> Iterator[None]:
        """An index that fails is said unavailable, never taken for an empty one; tantivy's panics are not Exceptions."""
        try:
            yield
        except (SearchUnavailable, QueryError):
            raise
        except BaseException as error:
            if type(error).__name__ != "PanicException" and not isinstance(error, OSError):
                raise
            log.error("embedded index failed to answer: %s", type(error).__name__)
            self._store.mark_broken()
            raise SearchUnavailable("L’index est illisible ; il va être reconstruit.") from error


class _Search:
    """One request over one state of the index."""

    def __init__(self, reader: Reader, settings: SearchSettings, reading: Reading, request: SearchRequest) -> None:
        self._reader, self._settings, self._request = reader, settings, request
        self._texts = TextQueries(reader, reading)
        self._runs, self._words, self._understood = reading.runs, reading.words, reading.understood
        self._scope = filters.scope(reader, request)
        self._filters = {name: filters.filter_query(reader, name, values) for name, values in chosen(request).items()}
        self._required: Sequence[Run] = reading.runs
        self._found: Query | None = None

    def page(self) -> SearchPage:
        hits, total = self._hits()
        if not total and len(self._runs) > 1:
            required = self._widened()
            if required != self._runs:
                self._required, self._found = required, None
                hits, total = self._hits()
        facets, without = self._facets()
        return SearchPage(hits, total, facets, self._words, without, self._understood)

    def _scored(self) -> Query:
        """The answers, with scores that sort them."""
        text = [self._texts.query(self._required)] if self._runs else []
        return _all(*self._scope, *self._filters.values(), *text)

    def _matching(self, without: str | None = None) -> Query:
        """The same answers, or those there would be without the filter `without`; no scores."""
        return _all(self._unfiltered(), *(query for name, query in self._filters.items() if name != without))

    def _unfiltered(self) -> Query:
        """What the answers would be without facet filters; found once when it is small, as each facet asks it again."""
        if self._found is None:
            text = [self._texts.matching(self._required)] if self._runs else []
            self._found = _all(*self._scope, *text)
            if len(self._filters) > 1:
                hits = self._reader.searcher.search(self._found, limit=MOST_KEPT + 1, count=False).hits
                if len(hits) <= MOST_KEPT:
                    pks = self._reader.searcher.fast_field_values("pk", [address for _, address in hits])
                    self._found = Query.term_set_query(self._reader.schema, "pk", pks)
        return self._found

    def _count(self, query: Query) -> int:
        count: int = self._reader.searcher.search(query, limit=1, count=True).count  # type: ignore[attr-defined]  # missing from its stub
        return count

    # --- which words

    def _widened(self) -> Sequence[Run]:
        """Judged over all that may be seen from the place, whatever facets are chosen: so a facet's count is still
        exactly what choosing it gives."""
        if self._filters and self._count(_all(*self._scope, self._texts.matching(self._runs))):
            return self._runs
        return widened(self._runs, lambda sets: (self._count(_all(*self._scope, self._texts.matching(some))) for some in sets))

    # --- which answers

    def _hits(self) -> tuple[tuple[Hit, ...], int]:
        request, searcher = self._request, self._reader.searcher
        start = (request.page - 1) * request.size
        if not request.size:
            return (), self._count(self._matching())  # only their number is asked: no score, no order
        if request.tri == Tri.FRAICHEUR:
            return self._freshest(start)
        found = searcher.search(self._scored(), limit=max(1, searcher.num_docs), count=False).hits
        ranked = rank(self._reader, request, self._settings.classement, found)
        return tuple(self._hit(ranked, int(i)) for i in ranked.order[start : start + request.size]), len(found)

    def _freshest(self, start: int) -> tuple[tuple[Hit, ...], int]:
        """By one column, so that no more than the page is looked at."""
        request, searcher = self._request, self._reader.searcher
        query = self._matching()
        total = self._count(query)
        if start >= total:
            return (), total
        found = searcher.search(query, limit=request.size, offset=start, count=False, order_by_field="fraicheur").hits
        ranked = rank(self._reader, request, self._settings.classement, [(0.0, address) for _, address in found])
        return tuple(self._hit(ranked, i) for i in range(len(found))), total

    def _hit(self, ranked: Ranked, i: int) -> Hit:
        genre, _, listing_id = self._key(ranked.addresses[i]).partition(":")
        distance = float(ranked.distances[i])
        known = None if distance != distance else round(distance, 3)
        return Hit("structure" if genre == "structure" else "service", listing_id, known, float(ranked.scores[i]))

    def _key(self, address: DocAddress) -> str:
        return str(self._reader.searcher.doc(address).get_first("key"))

    # --- which counts

    def _facets(self) -> tuple[Mapping[str, Mapping[str, int]], Mapping[str, int]]:
        """Counts of each facet asked, without its own filter: one pass for all those that have none; and the totals without."""
        passes: dict[str | None, list[str]] = {}
        for name in self._request.facets:
            own = OWN_FILTER[name]
            passes.setdefault(own if own in self._filters else None, []).append(name)
        counts: dict[str, dict[str, int]] = {}
        totals: dict[str, int] = {}
        for without, names in passes.items():
            asked: dict[str, dict[str, Any]] = {name: {"terms": {"field": FACET_FIELDS[name], "size": MOST_VALUES}} for name in names}
            if without:
                asked[TOTAL] = {"value_count": {"field": "pk"}}
            found = self._reader.searcher.aggregate(self._matching(without), asked)
            if without:
                totals[without] = int(found[TOTAL]["value"])
            counts |= {name: {b["key"]: int(b["doc_count"]) for b in found[name]["buckets"]} for name in names}
        return {name: counts[name] for name in self._request.facets}, totals


def _all(*queries: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query) for query in queries])
