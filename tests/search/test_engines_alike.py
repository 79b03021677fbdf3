"""What each engine asks of its index, side by side and without a server: the same answers, with the same scores."""

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tantivy import Occur, Query

from app.search.embedded import EmbeddedEngine, filters
from app.search.embedded.index import Reader
from app.search.embedded.text import TextQueries
from app.search.facts import chosen, pk_of
from app.search.meilisearch import filters as expressions
from app.search.meilisearch.filters import NAMES, THEMES, TextFilters
from app.search.meilisearch.schema import Fields
from app.search.meilisearch.scoring import Scorer
from app.search.meilisearch.vocabulary import FIELDS, ServerVocabulary
from app.search.port import Document, Genre, Place, SearchRequest, key_of
from app.search.ranking import distances_km
from app.search.reading import ATTRIBUTES, Language, Reading, language_of
from app.search.settings import load
from tests.search import oracle
from tests.search.contract_filters import some_request
from tests.search.documents import make_document

LANGUAGE: Language = language_of(load())
GARDE, PERMIS = "famille--garde-denfants", "mobilite--preparer-un-permis"
NAMED = [
    ("Épicerie solidaire", {"description": "Une épicerie ouverte à tous, et solidaire."}),
    ("Aide aux devoirs", {"description": "Accompagnement à la scolarité, par l’épicerie."}),
    ("Halte-garderie", {"thematiques": [GARDE], "description": "Accueil des enfants le matin."}),
    ("Auto-école sociale", {"thematiques": [PERMIS], "structure_nom": "Épicerie solidaire"}),
    ("Permis de conduire", {"commune": "Digne-les-Bains", "description": "Le permis, et le code : aide au financement."}),
    ("Covoiturage", {"description": "Trajets à plusieurs vers le travail."}),
    ("Co-voiturage du pays", {"commune": "Barcelonnette"}),
    ("Caisse d’allocations familiales", {"description": "Accueil sur rendez-vous."}),
    ("CAF de Digne", {"description": "Les droits des familles, la garde des enfants et le rsa."}),
    ("Revenu de solidarité active", {"description": "Demander le revenu de solidarité active."}),
    ("RSA", {"description": "Allocation."}),
    ("Vestiaire", {"description": "Des vêtements, du linge, à prix solidaire : le vestiaire de l’épicerie sociale."}),
    ("Jardin partagé", {"structure_nom": "Les Jardins", "description": "Jardiner ensemble."}),
    ("Épidémies et vaccins", {"description": "Se protéger."}),
    ("Maison familiale", {"description": "Une partie seulement des mots d’un sigle."}),
]
# None in another order than documents have them: a phrase of the embedded engine also lets two words change places.
TEXTS = [
    "épicerie solidaire", "epicerie", "epicrie", "epic", "epiec", "garde d'enfants", "garde enfant", "permis",
    "permis de conduire", "conduire", "covoiturage", "co-voiturage", "co voiturage", "caf", "caisse d'allocations familiales", "rsa",
    "rsa digne", "revenu de solidarité active", "aide aux devoirs", "jardins partagés", "jardin", "vestiere", "vestiaire linge", "digne",
    "enfants matin", "le code", "accueil enfants", "allocation", "sociale", "zzzz", "epicerie zzzz ",
]  # fmt: skip


name = LANGUAGE.analysis.name


def filled(documents: list[Document]) -> Reader:
    engine = EmbeddedEngine(None)
    engine.rebuild(documents)
    return engine._store.reader()


def held(documents: list[Document]) -> list[dict[str, Any]]:
    return [Fields(LANGUAGE).of(document) for document in documents]


def vocabulary(lines: list[dict[str, Any]]) -> ServerVocabulary:
    counts: dict[str, dict[str, int]] = {field: {} for field in FIELDS}
    for line in lines:
        for field in FIELDS:
            for word in line.get(field, ()):
                counts[field][word] = counts[field].get(word, 0) + 1
    return ServerVocabulary(counts)


def kept(expression: str, documents: list[Document], lines: list[dict[str, Any]]) -> list[Document]:
    """Documents that a filter keeps, read as its server reads it."""
    assert not re.search(r"\b(or|and|None)\b", expression), "words of Python, not of the server"
    python = re.sub(r"(\w+) IN \[([^]]*)\]", r'among("\1", {\2})', expression).replace("{}", "()")
    python = re.sub(r'(\w+) = ("[^"]*")', r'among("\1", {\2})', python)
    python = re.sub(r'(\w+) STARTS WITH ("[^"]*")', r'begins("\1", \2)', python).replace(" AND ", " and ").replace(" OR ", " or ")
    code = compile(python, "filter", "eval")
    return [document for document, line in zip(documents, lines, strict=True) if eval(code, _words_of_the_server(line))]


def _words_of_the_server(line: dict[str, Any]) -> dict[str, Any]:
    def values(field: str) -> list[str]:
        value = line.get(field, [])
        return value if isinstance(value, list) else [value]

    def near(latitude: float, longitude: float, metres: float) -> bool:
        at = line.get("_geo")
        return bool(at) and float(distances_km(latitude, longitude, at["lat"], at["lng"])) * 1000 <= metres

    return {
        "among": lambda field, wanted: not set(values(field)).isdisjoint(wanted),
        "begins": lambda field, start: any(value.startswith(start) for value in values(field)),
        "_geoRadius": near,
    }


class Words:
    """The named documents as both engines hold them, and one text as they read it."""

    def __init__(self) -> None:
        self.documents = [make_document(f"{n:03}", nom, **values) for n, (nom, values) in enumerate(NAMED)]
        self.reader = filled(self.documents)
        self.lines = held(self.documents)
        self.vocabulary = vocabulary(self.lines)

    def embedded(self, q: str) -> tuple[TextQueries, Reading]:
        reading = Reading(self.reader, LANGUAGE, q)
        return TextQueries(self.reader, reading), reading

    def found(self, query: Any) -> dict[str, float]:
        """Key → score."""
        hits = self.reader.searcher.search(query, limit=100).hits
        keys = self.reader.searcher.fast_field_values("pk", [address for _, address in hits])
        known = {pk_of(document.key): document.nom for document in self.documents}
        return {known[int(pk)]: score for pk, (score, _) in zip(keys, hits, strict=True)}

    def server(self, q: str) -> tuple[TextFilters, Reading]:
        reading = Reading(self.vocabulary, LANGUAGE, q)
        return TextFilters(reading, self.vocabulary), reading

    def kept(self, expression: str) -> set[str]:
        return {document.nom for document in kept(expression, self.documents, self.lines)}


def tiers(scores: Mapping[str, float], names: Iterable[str]) -> dict[str, int]:
    """Down to where words stand: a server's answers tell a word of the description from its inflections by its stem alone."""
    return {nom: int(scores[nom]) // ATTRIBUTES for nom in names}


@pytest.fixture(scope="module")
def words() -> Words:
    return Words()


@pytest.mark.parametrize("q", TEXTS)
def test_a_text_finds_the_same_with_the_same_scores(words: Words, q: str) -> None:
    queries, reading = words.embedded(q)
    texts, read = words.server(q)
    expected = words.found(queries.query(reading.runs))
    assert words.found(queries.matching(reading.runs)).keys() == expected.keys()
    assert words.kept(texts.matching(read.runs)) == expected.keys()
    scorer = Scorer(read, words.vocabulary, read.runs)
    shown = [{name: line[name] for name in scorer.fields if name in line} for line in words.lines]
    scores = {document.nom: scorer.score(line) for document, line in zip(words.documents, shown, strict=True)}
    assert tiers(scores, expected) == tiers(expected, expected)


@pytest.mark.parametrize("q", [q for q in TEXTS if "enfant" not in q])
def test_words_that_are_not_required_still_count(words: Words, q: str) -> None:
    queries, reading = words.embedded(f"{q} enfants")
    texts, read = words.server(f"{q} enfants")
    required, wanted = reading.runs[-1:], read.runs[-1:]
    expected = words.found(queries.query(required))
    assert words.kept(texts.matching(wanted)) == expected.keys() == words.found(queries.matching(required)).keys()
    scorer = Scorer(read, words.vocabulary, wanted)
    scores = {document.nom: scorer.score(line) for document, line in zip(words.documents, words.lines, strict=True)}
    assert tiers(scores, expected) == tiers(expected, expected)


@pytest.mark.parametrize("q", TEXTS)
def test_the_best_are_asked_for_by_what_they_hold(words: Words, q: str) -> None:
    texts, read = words.server(q)
    whole = words.kept(texts.matching(read.runs))
    names, themes, anywhere = (words.kept(texts.typed(read.runs, fields)) for fields in (NAMES, THEMES, None))
    assert names <= themes <= anywhere <= whole
    exact = words.kept(texts.exact())
    assert exact == {nom for nom, values in NAMED if name(q) in (name(nom), name(values.get("structure_nom", "")))}


@pytest.mark.parametrize(
    ("q", "in_names", "in_themes_too", "elsewhere_too"),
    [
        ("epicerie", ["Épicerie solidaire"], [], ["Aide aux devoirs", "Auto-école sociale", "Vestiaire"]),
        ("epic", ["Épicerie solidaire"], [], ["Aide aux devoirs", "Auto-école sociale", "Vestiaire"]),
        ("epicrie", [], [], []),  # a correction is not what was typed
        ("covoiturage", ["Co-voiturage du pays", "Covoiturage"], [], []),
        ("permis de conduire", ["Permis de conduire"], ["Auto-école sociale"], []),
        ("garde d'enfants", [], ["Halte-garderie"], ["CAF de Digne"]),
        ("rsa digne", [], [], ["CAF de Digne"]),
        ("caisse d'allocations familiales", ["CAF de Digne", "Caisse d’allocations familiales"], [], []),
        ("revenu de solidarité active", ["RSA", "Revenu de solidarité active"], [], ["CAF de Digne"]),
    ],
)
def test_what_was_typed_is_sought_in_names_then_in_themes_then_anywhere(
    words: Words, q: str, in_names: list[str], in_themes_too: list[str], elsewhere_too: list[str]
) -> None:
    texts, read = words.server(q)
    assert words.kept(texts.typed(read.runs, NAMES)) == {*in_names}
    assert words.kept(texts.typed(read.runs, THEMES)) == {*in_names, *in_themes_too}
    assert words.kept(texts.typed(read.runs, None)) == {*in_names, *in_themes_too, *elsewhere_too}


def test_a_quote_in_a_value_ends_no_filter() -> None:
    assert expressions.one_of("source", ['a" OR genre = "x', "b\\"]) == 'source IN ["a\\" OR genre = \\"x", "b\ufffd"]'


class Places:
    """Thousands of documents in fewer than thousands: enough for any filter to keep some."""

    def __init__(self) -> None:
        self.documents = oracle.some_documents(random.Random(4), 400)
        self.reader = filled(self.documents)
        self.lines = held(self.documents)
        self.ids = {pk_of(document.key): document.id for document in self.documents}

    def found(self, queries: list[Query]) -> set[str]:
        whole = Query.boolean_query([(Occur.Must, query) for query in queries])
        hits = self.reader.searcher.search(whole, limit=1000).hits
        assert all(score == 0 for score, _ in hits), "what is kept adds nothing to the score"
        return {self.ids[int(pk)] for pk in self.reader.searcher.fast_field_values("pk", [address for _, address in hits])}

    def kept(self, expression: str) -> set[str]:
        return {document.id for document in kept(expression, self.documents, self.lines)}


@pytest.fixture(scope="module")
def places() -> Places:
    return Places()


@pytest.mark.parametrize("seed", range(80))
def test_a_request_keeps_the_same(places: Places, seed: int) -> None:
    request = some_request(random.Random(seed))
    expected = oracle.answers(places.documents, request)
    queries = [filters.filter_query(places.reader, name, values) for name, values in chosen(request).items()]
    parts = [expressions.choice(name, values) for name, values in chosen(request).items()]
    if request.among is not None:
        queries.append(filters.among(places.reader, request.genre, request.among))
        parts.append(expressions.among(request.genre, request.among))
    assert places.found([*filters.scope(places.reader, request), *queries]) == expected
    assert places.kept(expressions.all_of([*expressions.scope(request), *parts])) == expected
    assert places.found([*filters.scope(places.reader, request, exact=False), *queries]) >= expected


@pytest.mark.parametrize("seed", range(10))
def test_a_request_for_two_genres_keeps_both_when_it_is_asked_to(places: Places, seed: int) -> None:
    request = replace(some_request(random.Random(seed)), genre="service", beside="structure")
    services, structures = (oracle.answers(places.documents, _scope_of(request, genre)) for genre in ("service", "structure"))
    assert places.found(filters.scope(places.reader, request)) == services
    assert places.found(filters.scope(places.reader, request, beside=True)) == services | structures
    alone = replace(request, beside=None)
    assert places.found(filters.scope(places.reader, alone, beside=True)) == services


def _scope_of(request: SearchRequest, genre: Genre) -> SearchRequest:
    return SearchRequest(
        genre=genre, statuts=request.statuts, collectivites=request.collectivites, place=request.place, rayon_km=request.rayon_km
    )


@pytest.mark.parametrize("longitude", [179.9, -179.9])
def test_a_circle_goes_on_across_the_180th_meridian(longitude: float) -> None:
    here, there = (make_document(nom, nom, latitude=-16.0, longitude=x) for nom, x in (("ici", 179.8), ("là", -179.8)))
    reader = filled([here, there, make_document("loin", "loin", latitude=-16.0, longitude=170.0)])
    place = Place("Antiméridien", "98613", "986", frozenset({"98613"}), -16.0, longitude)
    whole = Query.boolean_query([(Occur.Must, query) for query in filters.scope(reader, SearchRequest(place=place, rayon_km=50))])
    assert len(reader.searcher.search(whole, limit=9).hits) == 2


@pytest.mark.parametrize(("latitude", "longitude"), [(44.0, 6.0), (-16.0, 179.9), (44.0, -179.5), (-60.0, -6.0)])
def test_a_circle_is_sought_in_a_box_hardly_larger(latitude: float, longitude: float) -> None:
    steps = range(-20, 21)
    points = {f"{i} {j}": (latitude + i / 20, (longitude + j / 10 + 180) % 360 - 180) for i in steps for j in steps}
    reader = filled([make_document(nom, nom, latitude=there[0], longitude=there[1]) for nom, there in points.items()])
    names = {pk_of(key_of("service", nom)): nom for nom in points}
    place = Place("Ailleurs", "99999", "999", frozenset({"99999"}), latitude, longitude)
    scope = filters.scope(reader, SearchRequest(place=place, rayon_km=40), exact=False)
    hits = reader.searcher.search(Query.boolean_query([(Occur.Must, query) for query in scope]), limit=9999).hits
    found = {names[int(pk)] for pk in reader.searcher.fast_field_values("pk", [address for _, address in hits])}
    away = {nom: float(distances_km(latitude, longitude, *there)) for nom, there in points.items()}
    assert {nom for nom, km in away.items() if km <= 40} < found
    if abs(longitude) < 179:  # else the whole parallel is read
        assert {nom for nom in found if away[nom] > 60} == set()
    assert {int(nom.split()[0]) for nom in found} == set(range(-7, 8)), "parallels: 40 km are 0.36 degrees"
