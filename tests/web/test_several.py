"""Several needs of one person at once: where a sentence is cut, and the page that answers each need."""

import re

import pytest
from fastapi import FastAPI

from app import db
from app.web import several
from app.web.question import Question
from tests.samples import add_contact, add_service, add_structure
from tests.web.conftest import Browser, ClientAs, MakeApp
from tests.web.scene import furnish, settle
from tests.web.test_search import text_of

TWO = "voiture à réparer et garde d'enfant à 5h du matin"


@pytest.fixture
def app(make_app: MakeApp) -> FastAPI:
    app = make_app()
    furnish(app)
    return app


@pytest.fixture
def client(client_as: ClientAs) -> Browser:
    return client_as("conseiller")


def cut(q: str) -> list[str]:
    return [part.question.q for part in several.parts_of(Question(q=q))]


@pytest.mark.parametrize(
    ("q", "parts"),
    [
        (TWO, ["voiture à réparer", "garde d'enfant à 5h du matin"]),
        ("permis, nounou tôt le matin", ["permis", "nounou tôt le matin"]),
        ("loyer en retard, plus d'essence, et problèmes d'alcool", ["loyer en retard", "plus d'essence", "problèmes d'alcool"]),
        ("frigo en panne + facture edf", ["frigo en panne", "facture edf"]),
        # one need, said with « et » or a comma
        ("garde d'enfant le matin et le soir", []),
        ("lire et écrire", []),
        ("alcool et drogue", []),
        ("fruits et légumes", []),
        ("papa et maman", []),
        ("garde d'enfants", []),
        ("permis", []),
        ("Xqzvwkj et vwxkq", []),
        ("et", []),
        (",,,", []),
        ("", []),
    ],
)
def test_a_sentence_is_cut_where_another_need_begins(q: str, parts: list[str]) -> None:
    assert cut(q) == parts


def test_no_more_needs_than_a_page_holds() -> None:
    assert len(cut("permis, nounou, loyer en retard, alcool, cours de français, ordinateur")) == several.MOST


def test_in_another_order_or_further_all_answers_are_one_list() -> None:
    assert several.parts_of(Question(q=TWO, page=2)) == ()
    assert several.parts_of(Question(q=TWO, tri="distance")) == ()  # type: ignore[arg-type]  # a Tri is its text


def sections(page: str) -> dict[str, list[str]]:
    """Names of the answers to each need."""
    blocks = re.findall(r'<section class="need-apart".*?<h2[^>]*>(.*?)(?:<small>.*?)?</h2>(.*?)</section>', page, re.S)
    return {text_of(title).strip("«» \u00a0"): card_names(block) for title, block in blocks}


def card_names(html: str) -> list[str]:
    return [text_of(title) for title in re.findall(r'class="card-title">(.*?)</h[23]>', html, re.S)]


def test_two_needs_in_one_sentence_are_answered_on_one_page(client: Browser) -> None:
    page = client.get("/recherche", params={"q": TWO, "lieu": "digne"}).text
    found = sections(page)
    assert found["voiture à réparer"] == ["Réparation de voitures"]
    assert "Crèche du centre" in found["garde d'enfant à 5h du matin"]
    assert "2 besoins près de Digne-les-Bains" in text_of(page).replace("\u00a0", " ")
    assert "Besoin reconnu :" not in text_of(page).replace("\u00a0", " ")


def test_an_answer_shown_for_its_need_is_not_shown_again(client: Browser) -> None:
    page = client.get("/recherche", params={"q": TWO, "lieu": "digne", "rayon": "100"}).text
    shown = card_names(page)
    assert len(shown) == len(set(shown)) == 4


def test_each_need_leads_to_all_its_answers(client: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        add_structure(session, id="essai--9")
        for n in range(3):
            add_service(session, id=f"essai--t{n}", structure_id="essai--9", nom=f"Garde d’enfants fictive {n}")
    settle(app)
    page = client.get("/recherche", params={"q": TWO, "lieu": "digne", "rayon": "100"}).text
    assert len(sections(page)["garde d'enfant à 5h du matin"]) == several.SHOWN
    href = re.search(r'class="more"><a href="([^"]+)"', page)
    assert href
    everything = client.get(href[1].replace("&amp;", "&")).text
    assert len(card_names(everything)) == 6
    assert sections(everything) == {}


def test_needs_that_were_ticked_are_answered_one_by_one(client: Browser) -> None:
    page = client.get("/recherche?besoins=mobilite&besoins=famille&lieu=digne").text
    assert sections(page) == {
        "Se déplacer": ["Réparation de voitures"],
        "Enfants et famille": ["Crèche du centre", "Garde d’enfants d’Aiglun"],
    }


def test_a_need_without_answer_says_so_beside_the_others(client: Browser) -> None:
    page = client.get("/recherche?besoins=mobilite&besoins=numerique&lieu=digne").text
    assert sections(page)["Internet et ordinateur"] == []
    assert "Aucune réponse avec ces critères" in text_of(page)


def test_needs_of_which_none_has_an_answer_are_answered_as_ever(client: Browser) -> None:
    page = client.get("/recherche?besoins=sante&besoins=numerique&lieu=digne").text
    assert sections(page) == {}
    assert "Rien ne répond" in text_of(page)


def test_the_name_of_a_resource_is_not_cut(client: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        add_structure(session, id="essai--9")
        add_service(session, id="essai--t1", structure_id="essai--9", nom="Coup de pouce permis et garde d’enfants")
    settle(app)
    page = client.get("/recherche", params={"q": "coup de pouce permis et garde d'enfants"}).text
    assert sections(page) == {}
    assert card_names(page)[0] == "Coup de pouce permis et garde d’enfants"


def test_one_need_offers_no_axis(client: Browser) -> None:
    assert "Axe 2" not in client.get("/recherche?q=garde+d'enfants&lieu=digne").text


def test_the_three_ways_come_with_their_criteria_and_the_contacts_of_the_commune(client: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        add_contact(session, zone_eligibilite=["04070"])
        add_contact(session, id="c2", nom="Équipe fictive", role="referent-accompagnement-global", zone_eligibilite=["04070"])
        add_contact(session, id="c3", nom="Conseillers fictifs", role="conseiller-dedie", zone_eligibilite=None)
        add_contact(session, id="c4", nom="Agence fictive", role="agence-france-travail", zone_eligibilite=None)
    page = client.get("/recherche", params={"q": TWO, "lieu": "digne"}).text
    axes = text_of(page.split('class="ways"', 1)[1].split("Tous les interlocuteurs", 1)[0])
    first, second, third = re.split(r"Axe [23]", axes)
    assert "pendant que l’accompagnement vers l’emploi continue" in first
    assert "à la fois" in second
    assert "Équipe fictive" in second
    assert "Conseillers fictifs" in second
    assert "d’abord" in third
    assert "Maison des solidarités fictive" in third
    assert "Agence fictive" not in axes


def test_without_a_commune_the_three_ways_ask_for_it(client: Browser) -> None:
    said = text_of(client.get("/recherche", params={"q": TWO}).text)
    assert "Indiquez la commune de la personne" in said
