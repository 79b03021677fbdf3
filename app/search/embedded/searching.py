"""One request over one state of the index.

The index finds; columns do the rest (``found.py``) while what was found before any facet filter is not too much: filters,
counts and the circle are then read off what is there already. Otherwise the index is asked again for each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from tantivy import Occur, Query

from app.search.embedded import columns, filters
from app.search.embedded.columns import Kept
from app.search.embedded.found import Found
from app.search.embedded.index import Reader
from app.search.embedded.text import TextQueries
from app.search.facts import FACET_FIELDS, OWN_FILTER, chosen
from app.search.port import PLACED, Genre, Hit, SearchPage, SearchRequest, Tri
from app.search.reading import Reading, widened
from app.search.settings import SearchSettings
from app.search.synonyms import Run

TOTAL = "total"
AMONG = "among"  # the filter that no facet counts
MOST_VALUES = 5000  # per facet: above every référentiel and every list of départements
MOST_READ = 20_000  # answers before facet filters whose columns are read


class Search:
    """Answers `request`."""

    def __init__(
        self, reader: Reader, settings: SearchSettings, reading: Reading, request: SearchRequest, most_read: int = MOST_READ
    ) -> None:
        self._reader, self._settings, self._request = reader, settings, request
        self._reading, self._most_read = reading, most_read
        self._texts = TextQueries(reader, reading)
        self._chosen = chosen(request)
        self._filters = {name: filters.filter_query(reader, name, values) for name, values in self._chosen.items()}
        if request.among is not None:
            self._filters[AMONG] = filters.among(reader, request.genre, request.among)
        self._required: Sequence[Run] = reading.runs
        self._held: dict[int, frozenset[tuple[int, int]] | None] = {}

    def page(self) -> SearchPage:
        page = self._by_columns() or self._by_index()
        if not page.total and len(self._required) > 1:
            required = self._widened()
            if required != self._required:
                self._required = required
                page = self._by_columns() or self._by_index()
        return page

    def _page(self, hits: tuple[Hit, ...], total: int, facets: Mapping[str, Mapping[str, int]], without: Mapping[str, int]) -> SearchPage:
        return SearchPage(hits, total, facets, self._reading.words, without, self._reading.understood)

    # --- which words

    def _widened(self) -> Sequence[Run]:
        """Judged over all that may be seen from the place, whatever facets are chosen: so a facet's count is still
        exactly what choosing it gives."""
        if self._filters and any(self._numbers([self._required])):
            return self._required
        return widened(self._required, self._numbers)

    def _numbers(self, sets: Iterable[Sequence[Run]]) -> Iterator[int]:
        """Numbers of answers, before facet filters, that hold all the runs of each of `sets`."""
        if self._request.place is None:
            yield from (self._count(self._unfiltered(runs)) for runs in sets)
            return
        for runs in sets:  # near a place they are few: to intersect those of each run costs less than to ask again
            held = [self._holding(run) for run in runs]
            few = [one for one in held if one is not None]
            yield len(frozenset.intersection(*few)) if len(few) == len(held) else self._count(self._unfiltered(runs))

    def _holding(self, run: Run) -> frozenset[tuple[int, int]] | None:
        """Where the answers before facet filters that hold `run` are in the index; None when they are too many to read."""
        if id(run) not in self._held:
            query = _all(*filters.scope(self._reader, self._request, exact=False), self._texts.matching([run]))
            hits = self._reader.searcher.search(query, limit=self._most_read + 1, count=False).hits
            found = Found(self._reader, self._request, hits) if len(hits) <= self._most_read else None
            self._held[id(run)] = None if found is None else frozenset(found.places())
        return self._held[id(run)]

    def _unfiltered(self, required: Sequence[Run]) -> Query:
        """What the answers would be without facet filters; no scores."""
        text = [self._texts.matching(required)] if required else []
        return _all(*filters.scope(self._reader, self._request), *text)

    def _count(self, query: Query) -> int:
        count: int = self._reader.searcher.search(query, limit=1, count=True).count  # type: ignore[attr-defined]  # missing from its stub
        return count

    def _passes(self) -> Iterator[tuple[str | None, list[str]]]:
        """Facets asked, by the filter that their counts leave aside."""
        passes: dict[str | None, list[str]] = {}
        for name in self._request.facets:
            own = OWN_FILTER[name]
            passes.setdefault(own if own in self._filters else None, []).append(name)
        yield from passes.items()

    # --- from the columns

    def _by_columns(self) -> SearchPage | None:
        """None when the columns do not know enough, or would have too much to read."""
        found = self._gathered()
        counted = self._filters or self._request.facets
        if found is None or (counted and not found.facets.are_all_known()):
            return None
        held = {name: found.facets.holding(name, values) for name, values in self._chosen.items()}
        reached = found.reached & found.facets.of_genre(self._request.genre) if self._request.beside else found.reached

        def kept(without: str | None = None) -> Kept:
            mask = reached
            for name, holding in held.items():
                mask = mask if name == without else mask & holding
            return mask

        facets: dict[str, Mapping[str, int]] = {}
        totals: dict[str, int] = {}
        for without, names in self._passes():
            mask = kept(without)
            facets |= {name: found.facets.counts(name, mask) for name in names}
            if without:
                totals[without] = int(mask.sum())
        answers, start = kept(), (self._request.page - 1) * self._request.size
        hits = found.hits(self._settings.classement, answers, start, start + self._request.size)
        page = self._page(hits, int(answers.sum()), {name: facets[name] for name in self._request.facets}, totals)
        if self._request.beside is None:
            return page
        others = found.reached & found.facets.of_genre(self._request.beside)
        return replace(page, beside=int(np.logical_and.reduce([others, *(held[name] for name in held.keys() & PLACED)]).sum()))

    def _gathered(self) -> Found | None:
        """All answers before facet filters, and those of the corners of the box around the place."""
        request, searcher = self._request, self._reader.searcher
        everything = not self._required and request.place is None
        only_counted = not request.size and not request.facets and request.place is None
        if everything or only_counted or not {*request.facets, *self._filters} <= columns.FACETS:
            return None
        text = [self._texts.query(self._required) if request.size else self._texts.matching(self._required)] if self._required else []
        sorted_here = not self._filters and request.tri != Tri.FRAICHEUR
        limit = max(1, searcher.num_docs) if sorted_here else self._most_read + 1
        scope = filters.scope(self._reader, request, exact=False, beside=True)
        hits = searcher.search(_all(*scope, *text), limit=limit, count=False).hits
        return Found(self._reader, request, hits) if sorted_here or len(hits) <= self._most_read else None

    # --- from the index

    def _by_index(self) -> SearchPage:
        hits, total = self._hits()
        page = self._page(hits, total, *self._counted())
        return replace(page, beside=self._count(self._beside(self._request.beside))) if self._request.beside else page

    def _beside(self, genre: Genre) -> Query:
        scope = filters.scope(self._reader, replace(self._request, genre=genre))
        text = [self._texts.matching(self._required)] if self._required else []
        return _all(*scope, *(self._filters[name] for name in self._filters.keys() & PLACED), *text)

    def _matching(self, without: str | None = None) -> Query:
        """The answers, or those there would be without the filter `without`; no scores."""
        return _all(self._unfiltered(self._required), *(query for name, query in self._filters.items() if name != without))

    def _hits(self) -> tuple[tuple[Hit, ...], int]:
        request, searcher = self._request, self._reader.searcher
        start = (request.page - 1) * request.size
        if not request.size:
            return (), self._count(self._matching())  # only their number is asked: no score, no order
        if request.tri == Tri.FRAICHEUR:
            return self._freshest(start)
        text = [self._texts.query(self._required)] if self._required else []
        query = _all(*filters.scope(self._reader, request), *self._filters.values(), *text)
        found = Found(self._reader, request, searcher.search(query, limit=max(1, searcher.num_docs), count=False).hits)
        return found.hits(self._settings.classement, found.reached, start, start + request.size), len(found)

    def _freshest(self, start: int) -> tuple[tuple[Hit, ...], int]:
        """By one column, so that no more than the page is looked at."""
        query = self._matching()
        total = self._count(query)
        if start >= total:
            return (), total
        searcher, size = self._reader.searcher, self._request.size
        found = searcher.search(query, limit=size, offset=start, count=False, order_by_field="fraicheur").hits
        return Found(self._reader, self._request, [(0.0, address) for _, address in found]).as_they_are(), total

    def _counted(self) -> tuple[Mapping[str, Mapping[str, int]], Mapping[str, int]]:
        """Counts of each facet asked, without its own filter: one pass for all those that have none; and the totals without."""
        counts: dict[str, dict[str, int]] = {}
        totals: dict[str, int] = {}
        for without, names in self._passes():
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
