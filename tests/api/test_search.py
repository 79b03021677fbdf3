"""GET /api/v1/search: free text, answered by Levier's own engine."""

from collections.abc import Callable

from data_inclusion.schema import v1
from sqlalchemy import update
from sqlmodel import Session, col

from app.models import Service
from tests.api.conftest import DUNKERQUE, HAZEBROUCK, LILLE, PARIS, SERVICE_KEYS, Add, Get, found, town
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


def test_place_and_radius(add: Add, get: Get, drained: Drain) -> None:
    add("lille", town(LILLE))
    add("paris", town(PARIS))
    add("zone-62", town(LILLE), zone_eligibilite=["62"])
    drained()
    point = {"lat": 50.63089, "lon": 3.07086}
    cases: list[tuple[dict[str, object], set[str]]] = [
        ({}, {"lille", "paris", "zone-62"}),
        ({"code_commune": LILLE}, {"lille"}),
        (point, {"lille"}),
        ({**point, "distance": 250}, {"lille", "paris"}),
        ({"code_commune": HAZEBROUCK}, {"lille"}),
        ({"code_commune": HAZEBROUCK, "distance": 10}, set()),
        ({"slug_region": "ile-de-france"}, {"paris"}),
        ({"code_departement": "59"}, {"lille", "zone-62"}),
        ({"slug_region": "ile-de-france", "code_departement": "59"}, set()),
    ]
    assert [(params, set(found(get("/search", **params)))) for params, _ in cases] == cases
    assert get("/search", code_commune=HAZEBROUCK)["items"][0]["distance"] == 39
    assert get("/search")["items"][0]["distance"] is None


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
        ({"publics": "jeunes"}, {"permis", "autre"}),
        ({"publics": "tous-publics"}, {"garde", "permis", "autre"}),
        ({"modes_accueil": "en-presentiel"}, {"garde", "autre"}),
        ({"sources": "autre"}, {"autre"}),
        ({"score_qualite_minimum": scores["essai--garde"]}, {"garde", "permis"}),
        ({"score_qualite_minimum": 2}, set()),
    ]
    assert [(params, set(found(get("/search", **params)))) for params, _ in cases] == cases


def test_pages_walked_one_by_one_lose_nothing_and_repeat_nothing(add: Add, get: Get, drained: Drain) -> None:
    for number in range(7):
        add(str(number))
    drained()
    for params in ({}, {"score_qualite_minimum": 0}):
        pages = [get("/search", q="garderie", page=number, size=3, **params) for number in (1, 2, 3, 4)]
        assert [(page["size"], page["total"], page["pages"]) for page in pages] == [(3, 7, 3), (3, 7, 3), (1, 7, 3), (0, 7, 3)]
        assert [name for page in pages for name in found(page)] == found(get("/search", q="garderie"))
    assert get("/search", q="garderie", page=10**20)["items"] == []


def test_what_was_withdrawn_is_not_given_even_before_the_index_knows(add: Add, get: Get, drained: Drain, session: Session) -> None:
    one = add("1")
    drained()
    session.execute(update(Service).where(col(Service.id) == one).values(statut="archivee"))
    session.commit()
    assert get("/search", q="garderie")["items"] == []


def test_what_is_not_understood_is_said(program: Browser) -> None:
    for params in ({"code_commune": "59999"}, {"lat": "48"}, {"distance": "0"}, {"q": "a\0b"}):
        assert program.get("/api/v1/search", params=params).status_code == 422, params
