"""GET /api/v1/search: free text, answered by Levier's own engine."""

from collections.abc import Callable

from data_inclusion.schema import v1
from sqlalchemy import update
from sqlmodel import Session, col

from app.models import Service
from tests.api.conftest import DUNKERQUE, HAZEBROUCK, LILLE, PARIS, PARIS_11, SERVICE_KEYS, Add, Get, found, town
from tests.web.conftest import Browser

Drain = Callable[[], None]
PLUMBING = "Atelier de plomberie"


def test_an_answer_has_every_key_and_validates(add: Add, get: Get, drained: Drain) -> None:
    add("1", town(LILLE))
    drained()
    page = get("/search", q="halte garderie")
    assert set(page) == {"items", "total", "page", "size", "pages"}
    item = page["items"][0]
    assert set(item) == {"service", "distance", "score_recherche"}
    assert set(item["service"]) == SERVICE_KEYS | {"structure"}
    assert 0 < item["score_recherche"] < 1
    v1.Service.model_validate(item["service"])


def test_words_are_understood_as_on_the_pages(add: Add, get: Get, drained: Drain) -> None:
    add("garde")
    add("plomberie", nom=PLUMBING, description="Apprendre à réparer une fuite.", thematiques=None, publics=None)
    drained()
    for words in ("gade d'enfants", "plonberie", "PLOMBERIE"):
        assert found(get("/search", q=words)) == ["garde" if "enfants" in words else "plomberie"], words
    everything = get("/search")
    assert everything["total"] == 2
    assert all(item["score_recherche"] is None for item in everything["items"])


def test_what_matches_better_has_the_higher_score(add: Add, get: Get, drained: Drain) -> None:
    add("description", nom="Accompagnement", description="Parmi d’autres choses, un peu de plomberie.")
    add("nom", nom=PLUMBING, description="Apprendre à réparer une fuite.")
    drained()
    page = get("/search", q="plomberie")
    assert found(page) == ["nom", "description"]
    assert page["items"][0]["score_recherche"] > page["items"][1]["score_recherche"]


def test_places_are_filters_on_the_service_itself(add: Add, get: Get, drained: Drain) -> None:
    """As in data·inclusion: a commune, département or région is where the service lies; a point keeps what is around it."""
    add("lille", town(LILLE), zone_eligibilite=["62"])
    add("paris", town(PARIS), modes_accueil=["a-distance", "en-presentiel"])
    add("paris-11", town(PARIS_11), modes_accueil=["en-presentiel"])
    add("distance", modes_accueil=["a-distance"])
    drained()
    point: dict[str, object] = {"lat": 50.63089, "lon": 3.07086}
    cases: list[tuple[dict[str, object], set[str]]] = [
        ({}, {"lille", "paris", "paris-11", "distance"}),
        ({"code_commune": LILLE}, {"lille"}),
        ({"code_commune": LILLE, "distance": 250}, {"lille"}),
        ({"code_commune": PARIS}, {"paris", "paris-11"}),
        ({"code_commune": PARIS_11}, {"paris-11"}),
        ({"code_commune": HAZEBROUCK}, set()),
        ({"code_commune": "59999"}, set()),
        (point, {"lille"}),
        ({**point, "distance": 250}, {"lille", "paris", "paris-11"}),
        ({**point, "distance": 250, "code_departement": "75"}, {"paris", "paris-11"}),
        ({"slug_region": "ile-de-france"}, {"paris", "paris-11"}),
        ({"code_region": "44"}, set()),  # where the structure is: the services say nothing of themselves
        ({"code_departement": "59"}, {"lille"}),
        ({"slug_region": "ile-de-france", "code_departement": "59"}, set()),
    ]
    for words in ({}, {"q": "garderie"}):
        assert [(params, set(found(get("/search", **words, **params)))) for params, _ in cases] == cases


def test_distances_are_told_around_a_point_alone(add: Add, get: Get, drained: Drain) -> None:
    add("lille", {**town(LILLE), "latitude": 50.633333, "longitude": 3.066667}, modes_accueil=["a-distance"])
    drained()
    hazebrouck = {"lat": 50.7262, "lon": 2.5387}
    for words in ({}, {"q": "garderie"}):
        assert [item["distance"] for item in get("/search", **words, **hazebrouck)["items"]] == [39]
        assert [item["distance"] for item in get("/search", **words, code_commune=LILLE)["items"]] == [None]


def test_half_a_point_is_refused(program: Browser) -> None:
    answer = program.get("/api/v1/search", params={"lat": "48", "q": "garde"})
    assert (answer.status_code, answer.json()) == (422, {"detail": "`lat` et `lon` vont ensemble : donnez les deux, ou aucun."})


def test_nearer_comes_first_when_words_match_alike(add: Add, get: Get, drained: Drain) -> None:
    add("a-hazebrouck", town(HAZEBROUCK)), add("b-lille", town(LILLE)), add("c-dunkerque", town(DUNKERQUE))
    drained()
    lille = {"lat": 50.63089, "lon": 3.07086, "distance": 100}
    for words in ({}, {"q": "garderie"}):
        assert found(get("/search", **words, **lille)) == ["b-lille", "a-hazebrouck", "c-dunkerque"], words


def test_without_words_the_best_kept_come_first(add: Add, get: Get) -> None:
    add("a-pauvre", description="-", thematiques=None, publics=None)
    add("c-bon", town(LILLE)), add("b-bon", town(LILLE))
    page = get("/search")
    assert found(page) == ["b-bon", "c-bon", "a-pauvre"]
    assert [item["score_recherche"] for item in page["items"]] == [None, None, None]


def test_filters(add: Add, get: Get, drained: Drain) -> None:
    add("garde", town(DUNKERQUE))
    add("permis", thematiques=["mobilite--preparer-un-permis"], frais="gratuit", type="formation", publics=["jeunes"], modes_accueil=None)
    add("autre", thematiques=None, publics=None, source="autre", description="-")
    drained()
    scores = {item["id"]: item["score_qualite"] for item in get("/services")["items"]}
    cases: list[tuple[dict[str, object], set[str]]] = [
        ({"thematiques": "famille"}, {"garde"}),
        ({"frais": "gratuit"}, {"permis"}),
        ({"types": "formation"}, {"permis"}),
        ({"publics": "jeunes"}, {"permis"}),  # never one that names no public
        ({"publics": "tous-publics"}, {"garde", "permis", "autre"}),
        ({"modes_accueil": "en-presentiel"}, {"garde", "autre"}),
        ({"sources": "autre"}, {"autre"}),
        ({"score_qualite_minimum": scores["essai--garde"]}, {"garde", "permis"}),
        ({"score_qualite_minimum": 2}, set()),
    ]
    for words in ({}, {"q": "garderie"}):
        assert [(params, set(found(get("/search", **words, **params)))) for params, _ in cases] == cases


def test_pages_walked_one_by_one_lose_nothing_and_repeat_nothing(add: Add, get: Get, drained: Drain) -> None:
    for number in range(7):
        add(str(number), town(LILLE))
    drained()
    for params in ({}, {"score_qualite_minimum": 0}, {"lat": 50.6, "lon": 3.1}):
        pages = [get("/search", q="garderie", page=number, size=3, **params) for number in (1, 2, 3, 4)]
        assert [(page["size"], page["total"], page["pages"]) for page in pages] == [(3, 7, 3), (3, 7, 3), (1, 7, 3), (0, 7, 3)]
        assert [name for page in pages for name in found(page)] == found(get("/search", q="garderie", **params))
    assert get("/search", q="garderie", page=10**20)["items"] == []


def test_what_was_withdrawn_is_not_given_even_before_the_index_knows(add: Add, get: Get, drained: Drain, session: Session) -> None:
    one = add("1")
    drained()
    session.execute(update(Service).where(col(Service.id) == one).values(statut="archivee"))
    session.commit()
    assert get("/search", q="garderie")["items"] == []


def test_what_is_not_understood_is_said(program: Browser) -> None:
    for params in ({"code_commune": "5999"}, {"lat": "91", "lon": "0"}, {"distance": "0"}, {"q": "a\0b"}):
        assert program.get("/api/v1/search", params=params).status_code == 422, params
