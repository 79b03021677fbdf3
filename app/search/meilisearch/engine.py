"""The port, served by a Meilisearch server."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from app.search import settings as search_settings
from app.search.facts import FACET_FIELDS, OWN_FILTER, check, chosen, pk_of
from app.search.meilisearch import schema
from app.search.meilisearch.filters import NAMES, THEMES, TextFilters, all_of, among, choice, one_of, scope
from app.search.meilisearch.generations import Generations
from app.search.meilisearch.scoring import Scorer
from app.search.meilisearch.server import MeilisearchServer
from app.search.meilisearch.vocabulary import ServerVocabulary, Vocabularies
from app.search.port import PLACED, Document, Genre, Hit, SearchPage, SearchRequest, Tri
from app.search.ranking import distances_from, order
from app.search.reading import Language, Reading, language_of, widened
from app.search.settings import SearchSettings
from app.search.synonyms import Run

Json = dict[str, Any]

HEAD = 100  # answers that are put in order exactly; those after them come in the server's own order
FRESH, VALUE = ["jours:desc", "ordre:desc"], ["valeur:desc", "ordre:asc"]


class MeilisearchEngine:
    """The port, served by the index `index` of a server."""

    name = "Meilisearch"

    def __init__(self, url: str, key: str = "", index: str = "levier", settings: SearchSettings | None = None) -> None:
        self._settings = settings or search_settings.load()
        self._language = language_of(self._settings)
        self._fields = schema.Fields(self._language)
        self.index = index
        self._server = MeilisearchServer(url, key)
        self._generations = Generations(self._server, index, self._settings.fingerprint)
        self._vocabularies = Vocabularies(self._server, index)

    def search(self, request: SearchRequest) -> SearchPage:
        """Raises QueryError for a request that means nothing, SearchUnavailable while there is no index or no server."""
        check(request)
        vocabulary = self._vocabularies.current()
        return _Search(self._ask, vocabulary, self._language, request).page()

    def put(self, documents: Iterable[Document]) -> None:
        made = [(schema.server_key(document.key), self._fields.of(document)) for document in documents]
        if made:
            self._generations.apply([(pk, schema.line(fields)) for pk, fields in made])
            self._vocabularies.learn(fields for _, fields in made)

    def remove(self, keys: Iterable[str]) -> None:
        operations = [(schema.server_key(key), None) for key in keys]
        if operations:
            self._generations.apply(list(operations))
            self._vocabularies.learn(())

    def rebuild(self, documents: Iterable[Document]) -> int:
        number = self._generations.build(schema.line(self._fields.of(document)) for document in documents)
        self._vocabularies.forget()
        return number

    def count(self) -> int:
        query = {"filter": one_of("genre", {"service", "structure"}), "page": 1, "hitsPerPage": 0}
        return int(self._ask([query])[0]["totalHits"])

    def needs_rebuild(self) -> bool:
        return self._generations.needs_rebuild()

    def tidy(self) -> None:
        self._generations.tidy()

    def close(self) -> None:
        self._server.close()

    def _ask(self, queries: Sequence[Json]) -> list[Json]:
        return self._server.searches([{"indexUid": self.index, **query} for query in queries])


class _Search:
    """One request: a round trip when its answers are few, one or two more to choose among many."""

    def __init__(
        self, ask: Callable[[Sequence[Json]], list[Json]], vocabulary: ServerVocabulary, language: Language, request: SearchRequest
    ) -> None:
        self._ask, self._vocabulary, self._request = ask, vocabulary, request
        self._weights = language.settings.classement
        self._reading = Reading(vocabulary, language, request.q)
        self._texts = TextFilters(self._reading, vocabulary)
        self._scope = scope(request)
        self._filters = {name: choice(name, values) for name, values in chosen(request).items()}
        if request.among is not None:
            self._filters["among"] = among(request.genre, request.among)
        self._require(self._reading.runs)

    def page(self) -> SearchPage:
        answers, beside = self._first()
        if not answers[0]["totalHits"] and len(self._reading.runs) > 1:
            required = self._widened()
            if required != self._reading.runs:
                self._require(required)
                answers, beside = self._first()
        total = int(answers[0]["totalHits"])
        without = {name: int(answer["totalHits"]) for name, answer in zip(self._passes(), answers, strict=True) if name}
        hits, reading = self._hits(total, answers[0]["hits"]), self._reading
        return SearchPage(hits, total, self._facets(answers), reading.words, without, reading.understood, beside)

    # --- which words

    def _require(self, runs: Sequence[Run]) -> None:
        self._required = runs
        self._scorer = Scorer(self._reading, self._vocabulary, runs)

    def _widened(self) -> Sequence[Run]:
        """Judged over all that may be seen from the place, whatever facets are chosen."""
        runs = self._reading.runs
        if self._filters and self._totals([runs])[0]:
            return runs
        return widened(runs, self._totals)

    def _totals(self, sets: Iterable[Sequence[Run]]) -> list[int]:
        queries = [_counting(all_of([*self._scope, self._texts.matching(some)])) for some in sets]
        return [int(answer["totalHits"]) for answer in self._ask(queries)] if queries else []

    # --- how many

    def _passes(self) -> dict[str | None, list[str]]:
        """Facets by the filter that their counts leave aside; those that leave none come with the answers."""
        passes: dict[str | None, list[str]] = {None: []}
        for name in self._request.facets:
            own = OWN_FILTER[name]
            passes.setdefault(own if own in self._filters else None, []).append(name)
        return passes

    def _first(self) -> tuple[list[Json], int]:
        """The number of answers, the first of them, and all counts; and the number of listings of the genre asked beside."""
        passes = self._passes()
        queries = [{**_counting(self._matching(without)), "facets": [FACET_FIELDS[n] for n in names]} for without, names in passes.items()]
        # Over the whole country a text has many answers: counting them before fetching some is cheaper.
        many = bool(self._required) and self._request.place is None and not self._filters
        queries[0] |= self._fetching(self._first_sort()) | {"hitsPerPage": 0 if many or not self._request.size else HEAD}
        if self._request.tri == Tri.FRAICHEUR:
            queries[0] |= {"page": self._request.page, "hitsPerPage": self._request.size}
        if self._request.beside is None:
            return self._ask(queries), 0
        *answers, beside = self._ask([*queries, _counting(self._beside(self._request.beside))])
        return answers, int(beside["totalHits"])

    def _beside(self, genre: Genre) -> str:
        words = [self._texts.matching(self._required)] if self._required else []
        return all_of([*scope(replace(self._request, genre=genre)), *(self._filters[n] for n in self._filters.keys() & PLACED), *words])

    def _facets(self, answers: list[Json]) -> Mapping[str, Mapping[str, int]]:
        counts = {
            name: answer["facetDistribution"].get(FACET_FIELDS[name], {})
            for names, answer in zip(self._passes().values(), answers, strict=True)
            for name in names
        }
        return {name: counts[name] for name in self._request.facets}

    def _matching(self, without: str | None = None, text: str | None = None) -> str:
        """The answers, or those there would be without the filter `without`, or with another filter of text."""
        kept = (one for name, one in self._filters.items() if name != without)
        words = [text or self._texts.matching(self._required)] if self._required else []
        return all_of([*self._scope, *kept, *words])

    # --- which answers

    def _hits(self, total: int, first: list[Json]) -> tuple[Hit, ...]:
        start = (self._request.page - 1) * self._request.size
        end = min(start + self._request.size, total)
        if start >= end:
            return ()
        if self._request.tri == Tri.FRAICHEUR:
            return self._made(first, ranked=False)
        head = self._choose(total, first)
        hits = self._made(head)[start:end]
        if end <= len(head):
            return hits
        beyond = all_of([self._matching(), f"NOT {one_of('pk', (document['pk'] for document in head))}"])
        window = {"offset": max(0, start - len(head)), "limit": end - max(start, len(head))}
        rest = self._ask([{"filter": beyond, **self._fetching(self._first_sort()), **window}])[0]["hits"]
        return hits + self._made(rest, ranked=False)

    def _choose(self, total: int, first: list[Json]) -> list[Json]:
        """The answers to put in order: all of them, or the `first` by distance, or those of the best levels."""
        if total > HEAD and self._request.tri != Tri.DISTANCE:
            return self._head()
        return first or self._window(self._matching(), self._first_sort())[0]

    def _head(self) -> list[Json]:
        """All of the best levels while they are small, the first of the next, and the nearest there."""
        found: dict[str, Json] = {}
        level = ""
        for level in (*self._levels(), self._matching()):
            hits, total = self._window(level, VALUE)
            found |= {hit["pk"]: hit for hit in hits}
            if total > HEAD:
                break
        if near := self._near():
            found |= {hit["pk"]: hit for hit in self._window(level, near)[0]}
        return list(found.values())

    def _window(self, matching: str, sort: list[str]) -> tuple[list[Json], int]:
        [answer] = self._ask([{**_counting(matching), **self._fetching(sort), "hitsPerPage": HEAD}])
        return answer["hits"], int(answer["totalHits"])

    def _levels(self) -> Iterator[str]:
        """The text as a name; in names; in names and themes; anywhere but uncorrected."""
        if not self._required:
            return
        yield self._matching(text=self._texts.exact())
        yield from (self._matching(text=self._texts.typed(self._required, fields)) for fields in (NAMES, THEMES))
        if any(word.corrections for run in self._required for word in run.words):
            yield self._matching(text=self._texts.typed(self._required, None))

    def _first_sort(self) -> list[str]:
        """The server's order that comes nearest to the one asked for."""
        if self._request.tri == Tri.FRAICHEUR:
            return FRESH
        return (self._near() if self._request.tri == Tri.DISTANCE else None) or VALUE

    def _near(self) -> list[str] | None:
        place = self._request.place
        if place is None or place.latitude is None or place.longitude is None:
            return None
        return [f"_geoPoint({place.latitude}, {place.longitude}):asc", *VALUE]

    def _fetching(self, sort: list[str]) -> Json:
        return {"sort": sort, "attributesToRetrieve": self._scorer.fields}

    def _made(self, documents: list[Json], ranked: bool = True) -> tuple[Hit, ...]:
        """Hits, in the exact order if `ranked`, else as they come."""
        scores = np.array([self._scorer.score(document) for document in documents], dtype=np.float64)
        facts = np.array([document["faits"] for document in documents], dtype=np.uint64)
        points = [document.get("_geo") or {} for document in documents]
        latitudes, longitudes = (np.array([point.get(name, np.nan) for point in points], dtype=np.float64) for name in ("lat", "lng"))
        distances = distances_from(self._request, latitudes, longitudes, facts)
        pks = np.array([pk_of(document["key"]) for document in documents], dtype=np.uint64)
        places = order(self._request, self._weights, scores, facts, distances, pks) if ranked else range(len(documents))
        return tuple(_hit(documents[i]["key"], float(distances[i]), float(scores[i])) for i in map(int, places))


def _counting(matching: str) -> Json:
    return {"filter": matching, "page": 1, "hitsPerPage": 0}


def _hit(key: str, distance: float, score: float) -> Hit:
    genre, _, listing_id = key.partition(":")
    return Hit("structure" if genre == "structure" else "service", listing_id, None if distance != distance else round(distance, 3), score)
