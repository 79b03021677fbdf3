"""Filters, counts, radius and pages of every engine, against a plain computation over thousands of documents."""

import random
from dataclasses import replace
from typing import Any

import pytest

from app.search.port import FACETS, Document, SearchEngine, SearchRequest, Tri
from app.vocabulary import REFERENTIELS
from tests.search import oracle

DOCUMENTS = 2_000
OWN = {"categories": "thematiques"}


class FiltersContract:
    @pytest.fixture(scope="class")
    @classmethod
    def documents(cls) -> list[Document]:
        return oracle.some_documents(random.Random(4), DOCUMENTS)

    @pytest.fixture(scope="class")
    @classmethod
    def search_engine(cls) -> SearchEngine:
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def filled(cls, search_engine: SearchEngine, documents: list[Document]) -> SearchEngine:
        search_engine.rebuild(documents[: DOCUMENTS // 2])
        search_engine.put(documents[DOCUMENTS // 2 :])  # several segments
        return search_engine

    @pytest.mark.parametrize("seed", range(40))
    def test_any_filters_keep_exactly_what_they_say(self, filled: SearchEngine, documents: list[Document], seed: int) -> None:
        request = some_request(random.Random(seed))
        assert _everything(filled, request) == oracle.answers(documents, request)

    @pytest.mark.parametrize("seed", range(40, 60))
    def test_facets_count_what_choosing_each_value_would_give(self, filled: SearchEngine, documents: list[Document], seed: int) -> None:
        rng = random.Random(seed)
        request = replace(some_request(rng), facets=FACETS)
        page = filled.search(request)
        assert tuple(page.facets) == FACETS
        for name in FACETS:
            assert dict(page.facets[name]) == _counts(documents, request, name)
        assert dict(page.without) == {
            name: len(oracle.answers(documents, replace(request, **{name: frozenset()})))  # type: ignore[arg-type]
            for name in FACETS
            if name != "categories" and getattr(request, name)
        }

    @pytest.mark.parametrize("seed", range(60, 70))
    def test_distances_are_exact_and_in_order(self, filled: SearchEngine, documents: list[Document], seed: int) -> None:
        rng = random.Random(seed)
        request = SearchRequest(place=oracle.place(rng), rayon_km=rng.choice([None, 10.0, 50.0]), tri=Tri.DISTANCE, size=1000)
        hits = filled.search(request).hits
        by_id = {document.id: document for document in documents}
        assert hits
        for hit in hits:
            expected = oracle.distance_km(request.place, by_id[hit.id])  # type: ignore[arg-type]
            assert hit.distance_km == (None if expected is None else pytest.approx(expected, abs=0.002))
        known = [hit.distance_km for hit in hits if hit.distance_km is not None]
        assert known == sorted(known)
        assert [hit.distance_km is None for hit in hits] == sorted(hit.distance_km is None for hit in hits)

    @pytest.mark.parametrize("tri", list(Tri))
    @pytest.mark.parametrize("q", ["", "permis"])
    def test_pages_are_slices_of_one_stable_order(self, filled: SearchEngine, tri: Tri, q: str) -> None:
        request = SearchRequest(q=q, tri=tri, place=oracle.place(random.Random(1)), size=1000)
        whole = [hit.id for hit in filled.search(request).hits]
        pages = [[hit.id for hit in filled.search(replace(request, size=30, page=n)).hits] for n in (1, 2, 7, 1000)]
        assert pages == [whole[:30], whole[30:60], whole[180:210], []]
        assert len(set(whole)) == len(whole)

    def test_a_page_of_no_answers_still_counts(self, filled: SearchEngine, documents: list[Document]) -> None:
        for tri in Tri:
            page = filled.search(SearchRequest(size=0, tri=tri))
            assert page.hits == ()
            assert page.total == len(oracle.answers(documents, SearchRequest()))

    @pytest.mark.parametrize("seed", range(8))
    def test_listings_of_another_genre_are_counted_beside(self, filled: SearchEngine, documents: list[Document], seed: int) -> None:
        """By the filters that they have too, and the same words; the answers are those there are without."""
        request = replace(some_request(random.Random(seed)), genre="service", facets=("frais",), q=["", "permis", "enfants"][seed % 3])
        alone = filled.search(request)
        page = filled.search(replace(request, beside="structure"))
        assert replace(page, beside=0) == alone
        services_alone = ("thematiques", "publics", "frais", "modes_accueil", "types")
        nothing: dict[str, Any] = dict.fromkeys(services_alone, frozenset())
        places = replace(request, genre="structure", among=None, **nothing)
        assert page.beside == filled.search(places).total

    @pytest.mark.parametrize("q", ["", "permis", "prmis solidaire", "garde d'enf", "permis enfants"])
    def test_a_few_listings_answer_as_they_do_among_all(self, filled: SearchEngine, documents: list[Document], q: str) -> None:
        """In the same order, with the same scores: neither depends on who else may answer."""
        some = frozenset(document.id for document in documents[::7]) | {"inconnu"}
        request = SearchRequest(q=q, size=1000)
        alone = filled.search(replace(request, among=some))
        expected = [hit for hit in filled.search(request).hits if hit.id in some]
        assert alone.total == len(expected) > 0
        assert sorted(alone.hits, key=lambda hit: hit.id) == sorted(expected, key=lambda hit: hit.id)
        firsts = [hit.id for hit in filled.search(replace(request, among=some, size=10, page=2)).hits]
        assert firsts == [hit.id for hit in alone.hits[10:20]]

    def test_what_may_answer_does_not_change_the_words_required(self, filled: SearchEngine, documents: list[Document]) -> None:
        """Others have both words: who has one alone does not answer."""
        both = SearchRequest(q="permis solidaire", size=1000)
        lacking = frozenset(document.id for document in documents if "Permis" not in document.nom)
        assert filled.search(both).total
        assert filled.search(replace(both, among=lacking)).total == 0

    def test_nobody_may_see_anything_of_no_collectivite(self, filled: SearchEngine) -> None:
        assert filled.search(SearchRequest(collectivites=frozenset())).total == 0

    @pytest.mark.parametrize("q", ["permis", "permi", "prmis solidaire", "garde d'enf", "mobilité atelier", "metier", "acueil"])
    def test_counts_under_a_text_are_what_choosing_gives(self, filled: SearchEngine, q: str) -> None:
        request = SearchRequest(q=q, facets=("types", "departements"), place=oracle.place(random.Random(3)), rayon_km=60)
        page = filled.search(request)
        assert page.total
        for name in request.facets:
            for value, number in page.facets[name].items():
                assert filled.search(replace(request, **{name: frozenset({value})})).total == number  # type: ignore[arg-type]

    def test_a_wider_word_search_does_not_depend_on_the_facets_chosen(self, filled: SearchEngine) -> None:
        """« permis » and « enfants » are in no name together: one is dropped, and each count stays what choosing it gives."""
        request = SearchRequest(q="permis enfants", facets=("frais",))
        counts = filled.search(request).facets["frais"]
        assert counts
        for value, number in counts.items():
            assert filled.search(replace(request, frais=frozenset({value}))).total == number


def _everything(engine: SearchEngine, request: SearchRequest) -> set[str]:
    page = engine.search(replace(request, size=1000))
    assert page.total <= 1000 or page.total == engine.search(replace(request, size=0)).total
    found = [hit.id for hit in page.hits]
    for number in range(2, -(-page.total // 1000) + 1):
        found += [hit.id for hit in engine.search(replace(request, size=1000, page=number)).hits]
    assert len(found) == page.total
    return set(found)


def some_request(rng: random.Random) -> SearchRequest:
    """A random request: each filter now and then."""

    def maybe(values: list[str], most: int = 2) -> frozenset[str]:
        return frozenset(rng.sample(values, rng.randint(1, most))) if rng.random() < 0.3 else frozenset()

    values: dict[str, Any] = {
        "genre": "structure" if rng.random() < 0.1 else "service",
        "thematiques": maybe(oracle.THEMATIQUES, 4),
        "publics": maybe(oracle.PUBLICS),
        "frais": maybe(["gratuit", "payant"]),
        "modes_accueil": maybe(["a-distance", "en-presentiel"]),
        "types": maybe(["atelier", "formation"]),
        "departements": maybe(["04", "13", "2A"]),
        "sources": maybe(["un", "deux", "inconnue"]),
        "tri": rng.choice(list(Tri)),
    }
    if rng.random() < 0.2:
        values["among"] = frozenset(f"d{i}" for i in rng.sample(range(DOCUMENTS + 9), rng.choice([0, 1, 300])))
    if rng.random() < 0.3:
        values["statuts"] = frozenset({"publiee", "brouillon"})
        values["collectivites"] = frozenset({"04D"})
    if rng.random() < 0.7:
        values["place"] = oracle.place(rng, located=rng.random() < 0.85)
        values["rayon_km"] = rng.choice([None, 0.0, 5.0, 20.0, 80.0, 1000.0, 25_000.0])
    return SearchRequest(**values)


def _counts(documents: list[Document], request: SearchRequest, facet: str) -> dict[str, int]:
    """By asking each value in turn."""
    own = OWN.get(facet, facet)
    free = replace(request, **{own: frozenset()})  # type: ignore[arg-type]
    if facet == "categories":
        kept = oracle.answers(documents, free)
        left = [d for d in documents if d.id in kept]
        found = {c: sum(c in d.categories for d in left) for c in {c for d in left for c in d.categories}}
    elif facet == "publics":
        # "tous-publics" itself is chosen by whoever wants what is open to all.
        found = {v: len(oracle.answers(documents, replace(free, publics=frozenset({v})))) for v in _values("publics")}
    else:
        values = {v for d in documents for v in _of(d, facet)}
        found = {v: len(oracle.answers(documents, replace(free, **{own: frozenset({v})}))) for v in values}  # type: ignore[arg-type]
    return {value: number for value, number in found.items() if number}


def _values(name: str) -> list[str]:
    return [item.value for item in REFERENTIELS[name]]


def _of(document: Document, facet: str) -> tuple[str, ...]:
    name = {"types": "type", "departements": "departement", "sources": "source"}.get(facet, facet)
    value = getattr(document, name)
    return value if isinstance(value, tuple) else (value,) if value else ()
