"""Suggestions of the search field: needs, names, communes; for who is signed in, of what they may see."""

import html
import logging
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI

from app import db, listings
from app.search.port import SearchPage, SearchRequest, SearchUnavailable
from app.web.asking import SIZE
from tests.samples import IMPORT, service
from tests.web.conftest import Browser, ClientAs
from tests.web.scene import FAR, FURTHER, NEAR, furnish, settle
from tests.web.test_search import text_of


@pytest.fixture
def conseiller(app: FastAPI, client_as: ClientAs) -> Browser:
    furnish(app)
    return client_as("conseiller")


def suggestions(client: Browser, q: str, **more: str) -> dict[str, dict[str, str]]:
    """Address of each option by its label, by title of its group."""
    answer = client.get("/suggestions", params={"q": q, **more})
    assert answer.status_code == 200
    groups = re.findall(r'<li role="presentation"[^>]*>(.*?)</li>(.*?)</ul>', answer.text, re.S)
    return {html.unescape(title): {text_of(label): html.unescape(href) for href, label in options(body)} for title, body in groups}


def options(body: str) -> list[tuple[str, str]]:
    return re.findall(r'data-href="([^"]*)">\s*<span>(.*?)</span>', body, re.S)


@pytest.mark.parametrize("who", ["conseiller", "gestionnaire", "gestionnaire-37", "administrateur"])
def test_every_role_is_suggested_what_is_published(app: FastAPI, client_as: ClientAs, who: str) -> None:
    furnish(app)
    assert NEAR in suggestions(client_as(who), "crech")["Structures et services"]


def test_strangers_are_sent_to_sign_in(stranger: Browser) -> None:
    assert stranger.get("/suggestions?q=creche").status_code == 303


@pytest.mark.parametrize("typed", ["nounou", "nounnou", "nou", "garde d'enf", "Garde"])
def test_a_need_is_suggested_from_everyday_words_and_their_beginning(conseiller: Browser, typed: str) -> None:
    address = suggestions(conseiller, typed)["Besoins"]["Garde d’enfants"]
    assert address == "/recherche?besoins=famille--garde-denfants"
    assert NEAR in conseiller.get(address).text


def test_a_need_says_what_everyday_language_calls_it(conseiller: Browser) -> None:
    assert "Garde d’enfants « nounou »" in text_of(conseiller.get("/suggestions?q=noun").text)
    assert "Garde d’enfants Enfants et famille" in text_of(conseiller.get("/suggestions?q=garde").text)


def test_a_need_is_added_to_the_criteria_and_the_words_that_named_it_go(conseiller: Browser) -> None:
    chosen = suggestions(conseiller, "nounou", lieu="digne", rayon="50", besoins="mobilite", frais="gratuit")["Besoins"]["Garde d’enfants"]
    assert parse_qs(urlsplit(chosen).query) == {
        "lieu": ["digne"],
        "rayon": ["50"],
        "besoins": ["mobilite", "famille--garde-denfants"],
        "frais": ["gratuit"],
    }
    again = suggestions(conseiller, "nounou", besoins="famille--garde-denfants")
    assert "Garde d’enfants" not in again.get("Besoins", {})


def test_names_open_their_sheet(conseiller: Browser) -> None:
    names = suggestions(conseiller, "galop")["Structures et services"]
    assert names == {"Les Galopins": "/structures/essai--2"}
    assert suggestions(conseiller, "creche ubaie")["Structures et services"] == {FAR: "/services/essai--s3"}
    assert FURTHER not in suggestions(conseiller, "nounou").get("Structures et services", {}), "found by need, not by name"
    assert suggestions(conseiller, "mairie", onglet="lieux")["Structures et services"] == {"Mairie d’Aiglun": "/structures/essai--mairie"}


def test_what_is_no_longer_published_is_not_suggested(app: FastAPI, conseiller: Browser, client_as: ClientAs) -> None:
    hidden = service(id="essai--h", nom="Zinguerie partagée", statut="brouillon")
    with db.session_of(app.state.context.engine) as session:
        listings.write(session, "service", [hidden], IMPORT)
        session.commit()
    settle(app)
    for who in ("conseiller", "gestionnaire", "administrateur"):
        assert "Structures et services" not in suggestions(client_as(who), "zinguerie"), who


def test_what_the_index_still_shows_is_judged_by_the_base(app: FastAPI, conseiller: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    late = app.state.context.search.search(SearchRequest(q="garage"))
    with db.session_of(app.state.context.engine) as session:
        listings.write(session, "service", [service(id="essai--s4", nom="Réparation de voitures", statut="suspendue")], IMPORT)
        session.commit()
    settle(app)
    monkeypatch.setattr(app.state.context.search, "search", lambda _: SearchPage(late.hits, late.total, words=("reparation",)))
    assert "Structures et services" not in suggestions(conseiller, "reparation")


def test_a_commune_becomes_the_place(conseiller: Browser) -> None:
    address = suggestions(conseiller, "barcelo", frais="gratuit")["Lieu de la personne"]["Barcelonnette (04400)"]
    assert parse_qs(urlsplit(address).query) == {"lieu": ["Barcelonnette (04400)"], "code": ["04019"], "frais": ["gratuit"]}
    assert "près de Barcelonnette" in text_of(conseiller.get(address).text)
    assert next(iter(suggestions(conseiller, "04400")["Lieu de la personne"])) == "Barcelonnette (04400)"


@pytest.mark.parametrize("typed", ["garde d'enfants digne", "garde d'enfants à Digne-les-Bains", "garde d'enfants, digne les bains"])
def test_a_commune_at_the_end_becomes_the_place_and_the_other_words_stay(conseiller: Browser, typed: str) -> None:
    asked = parse_qs(urlsplit(suggestions(conseiller, typed)["Lieu de la personne"]["Digne-les-Bains (04000)"]).query)
    assert (asked["q"][0].rstrip(","), asked["code"]) == ("garde d'enfants", ["04070"])


@pytest.mark.parametrize("typed", ["dettes", "code de la route", "garde d'enfants", "huissier"])
def test_words_of_a_need_suggest_no_commune_that_looks_like_them(conseiller: Browser, typed: str) -> None:
    assert "Lieu de la personne" not in suggestions(conseiller, typed)


def test_a_misspelt_commune_is_suggested_when_nothing_else_is(conseiller: Browser) -> None:
    assert "Barcelonnette (04400)" in suggestions(conseiller, "barselonnette")["Lieu de la personne"]


@pytest.mark.parametrize("typed", ["", " ", "a", "\x00", "xqzvwkj"])
def test_nothing_is_suggested_for_what_means_nothing(conseiller: Browser, typed: str) -> None:
    assert suggestions(conseiller, typed) == {}


def test_what_is_typed_is_never_markup(conseiller: Browser) -> None:
    answer = conseiller.get("/suggestions", params={"q": "<b>garde digne", "lieu": '"><script>'}).text
    assert "<b>" not in answer
    assert "<script>" not in answer
    assert "&lt;b&gt;garde" in answer


def test_the_engine_is_asked_once_and_for_few(app: FastAPI, conseiller: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[SearchRequest] = []
    search = app.state.context.search.search

    def counted(request: SearchRequest) -> SearchPage:
        asked.append(request)
        page: SearchPage = search(request)
        return page

    monkeypatch.setattr(app.state.context.search, "search", counted)
    suggestions(conseiller, "garde d'enfants digne", lieu="digne", besoins="famille")
    assert [(request.size <= SIZE, request.facets, request.statuts) for request in asked] == [(True, (), frozenset({"publiee"}))]


def test_without_the_engine_needs_and_communes_are_still_suggested(
    app: FastAPI, conseiller: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def down(_request: object) -> None:
        raise SearchUnavailable

    monkeypatch.setattr(app.state.context.search, "search", down)
    with caplog.at_level(logging.DEBUG, logger="app"):
        assert set(suggestions(conseiller, "nounou digne")) == {"Besoins", "Lieu de la personne"}
    assert not [record for record in caplog.records if "nounou" in record.getMessage()]
