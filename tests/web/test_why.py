"""Each result of the search page says why it is there, in words, and asks nothing more for it."""

import re

import pytest
from fastapi import FastAPI

from app.search.port import SearchPage, SearchRequest
from tests.web.conftest import Browser, ClientAs
from tests.web.scene import FURTHER, NEAR, furnish
from tests.web.test_search import names, text_of


@pytest.fixture
def conseiller(app: FastAPI, client_as: ClientAs) -> Browser:
    furnish(app)
    return client_as("conseiller")


def reasons(client: Browser, q: str) -> dict[str, list[str]]:
    """Reasons by name of result."""
    page = client.get("/recherche", params={"q": q}).text
    cards = re.findall(r'<article class="card">(.*?)</article>', page, re.S)
    said = [re.findall(r'<ul class="reasons">(.*?)</ul>', card, re.S) for card in cards]
    told = [[text_of(one) for one in re.findall(r"<li.*?</li>", "".join(lists), re.S)] for lists in said]
    return dict(zip(names(page), told, strict=True))


def test_a_result_tells_the_correction_the_need_and_where_the_words_are(conseiller: Browser) -> None:
    assert reasons(conseiller, "gade d'enfants")[FURTHER] == ["« gade » corrigé en « garde » et « enfants », dans le nom"]
    assert reasons(conseiller, "nounou")[NEAR] == ["« nounou » compris comme « Garde d’enfants »"]
    assert reasons(conseiller, "galopins") == {FURTHER: ["« galopins » dans le nom de la structure"]}


def test_a_result_tells_what_it_lacks(conseiller: Browser) -> None:
    said = reasons(conseiller, "voitures bilingue")["Réparation de voitures"]
    assert said == ["« voitures » dans le nom", "« bilingue » : non trouvé dans la fiche, à vérifier"]


def test_no_word_no_reason(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?besoins=famille").text
    assert len(names(page)) == 3
    assert '<ul class="reasons">' not in page


def test_the_reasons_cost_no_question_to_the_engine(app: FastAPI, conseiller: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[SearchRequest] = []
    search = app.state.context.search.search

    def counted(request: SearchRequest) -> SearchPage:
        asked.append(request)
        page: SearchPage = search(request)
        return page

    monkeypatch.setattr(app.state.context.search, "search", counted)
    assert len(reasons(conseiller, "garde d'enfants")) == 3
    assert [request.genre for request in asked] == ["service"], "the answers, and the number of places beside them"


def test_where_nothing_answers_it_is_said_what_was_understood_and_who_may_know(conseiller: Browser) -> None:
    page = conseiller.get("/recherche", params={"q": "gade d'enfants", "lieu": "digne", "rayon": "10", "publics": "etudiants"}).text
    said = text_of(page)
    assert "Aucune ressource" in said
    assert "Compris comme « garde d'enfants »" in said
    assert "sans le filtre « Étudiants »" in said
    assert names(page) == ["Mairie d’Aiglun"]
    assert re.search(r'<details [^>]*id="interlocuteurs-seuls" open', page)
    nowhere = conseiller.get("/recherche?q=xqzvwkj")
    assert names(nowhere.text) == []
