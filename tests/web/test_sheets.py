"""The sheet of a service and of a structure."""

import html
from datetime import date
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from app import db, listings
from app.models import Service, Source, Statut, Structure
from tests.samples import IMPORT, add_service, add_source, add_structure
from tests.web.conftest import Browser, ClientAs
from tests.web.test_search import text_of

SECRET = "17 impasse des Secrets"


@pytest.fixture
def conseiller(app: FastAPI, client_as: ClientAs) -> Browser:
    with db.session_of(app.state.context.engine) as session:
        add_structure(session, site_web="https://petits-pas.example.org/", horaires_accueil="Mo-Fr 08:30-12:00,14:00-17:30; PH off")
        add_service(
            session,
            zone_eligibilite=["04070", "04", "200067437"],
            mobilisable_par=["professionnels"],
            modes_mobilisation=["telephoner"],
            conditions_acces="Carnet de vaccination à jour.",
            frais_precisions="Selon le quotient familial",
            contact_nom_prenom="Alix Fictif",
        )
        source = session.get_one(Source, "essai")
        source.licence, source.url = "Licence Ouverte 2.0", "https://essai.example.org/"
        session.commit()
    return client_as("conseiller")


def test_a_service_says_everything_a_counsellor_asks(conseiller: Browser) -> None:
    page = conseiller.get("/services/essai--s1").text
    words = text_of(page)
    for said in (
        "Halte-garderie du matin",
        "Enfants et famille : Garde d’enfants",
        "Familles",
        "Digne-les-Bains (04), Alpes-de-Haute-Provence (04)",
        "Carnet de vaccination à jour.",
        "Payant Selon le quotient familial",
        "Professionnels",
        "Téléphoner",
        "Alix Fictif",
        "3 rue des Exemples 04000 Digne-les-Bains",
        "Du lundi au vendredi 8 h 30 – 12 h, 14 h – 17 h 30",
        "Mis à jour le 1er octobre 2026",
        "Fichier d’essai (Licence Ouverte 2.0)",
    ):
        assert said in words, said
    assert 'href="tel:+33465710001"' in page
    assert 'href="/structures/essai--1"' in page


def test_a_structure_lists_its_services(conseiller: Browser) -> None:
    page = conseiller.get("/structures/essai--1").text
    assert 'href="/services/essai--s1"' in page
    assert "1 service" in text_of(page)


def test_what_is_not_known_is_said(conseiller: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        unknown = {"publics": None, "zone_eligibilite": None, "frais": None, "description": None, "date_maj": None}
        add_service(session, id="essai--s2", **unknown, date_fichier=date(2024, 5, 1), mobilisable_par=None)
    words = text_of(conseiller.get("/services/essai--s2").text)
    for said in (
        "date inconnue (fichier du 1er mai 2024)",
        "Zone non précisée",
        "Frais non précisés",
        "à vérifier",
        "Description composée",
    ):
        assert said in words, said


def test_a_confidential_address_is_said_to_be_so(conseiller: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        secret = {"adresse": SECRET, "adresse_confidentielle": True}
        add_structure(session, id="essai--abri", nom="Le Refuge", **secret)
        add_service(session, id="essai--abri-1", structure_id="essai--abri", **secret)
    for path in ("/structures/essai--abri", "/services/essai--abri-1"):
        page = conseiller.get(path)
        assert "impasse des Secrets" not in page.text
        assert "la structure la communique elle-même" in text_of(page.text)
        assert "Digne-les-Bains" in page.text


def test_an_unpublished_listing_is_not_there(conseiller: Browser, app: FastAPI, client_as: ClientAs) -> None:
    with db.session_of(app.state.context.engine) as session:
        listings.edit(session, session.get_one(Service, "essai--s1"), {"statut": Statut.SUSPENDUE}, IMPORT)
        session.commit()
    assert conseiller.get("/services/essai--s1").status_code == 404
    assert "essai--s1" not in conseiller.get("/structures/essai--1").text
    assert client_as("gestionnaire-37").get("/services/essai--s1").status_code == 404
    own = client_as("gestionnaire").get("/services/essai--s1")
    assert own.status_code == 200
    assert "Suspendue" in own.text


def test_only_who_keeps_it_may_change_it(conseiller: Browser, client_as: ClientAs) -> None:
    assert "/modifier" not in conseiller.get("/services/essai--s1").text
    assert "/modifier" not in client_as("gestionnaire-37").get("/services/essai--s1").text
    assert 'href="/services/essai--s1/modifier"' in client_as("gestionnaire").get("/services/essai--s1").text


@pytest.mark.parametrize("listing_id", ["essai--l’été / 2", "essai--a b", "essai--100 %?#"])
def test_an_id_may_hold_anything(conseiller: Browser, app: FastAPI, listing_id: str, client_as: ClientAs) -> None:
    with db.session_of(app.state.context.engine) as session:
        add_source(session)
        add_structure(session, id=listing_id, nom="Structure au drôle de numéro")
    address = f"/structures/{quote(listing_id, safe='')}"
    assert "drôle de numéro" in conseiller.get(address).text
    staff = client_as("gestionnaire")
    assert f'href="{address}/modifier"' in staff.get(address).text
    assert staff.get(f"{address}/modifier").status_code == 200


def test_unknown_listings_are_not_found(conseiller: Browser) -> None:
    for path in ("/services/rien", "/structures/rien", "/services/essai--1"):
        assert conseiller.get(path).status_code == 404


def test_back_leads_to_the_search_it_came_from(conseiller: Browser) -> None:
    page = conseiller.get("/services/essai--s1", headers={"Referer": "http://127.0.0.1:8000/recherche?q=garde&lieu=digne"}).text
    assert 'href="/recherche?q=garde&amp;lieu=digne"' in page


def test_a_structure_s_own_contacts_stand_in_for_a_service_without_any(conseiller: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        add_service(session, id="essai--s3", telephone=None)
        listings.edit(session, session.get_one(Structure, "essai--1"), {"telephone": "+33465710077"}, IMPORT)
        session.commit()
    assert 'href="tel:+33465710077"' in conseiller.get("/services/essai--s3").text


def test_many_services_are_in_the_order_of_their_numbers_the_first_thirty_in_sight(app: FastAPI, client_as: ClientAs) -> None:
    with db.session_of(app.state.context.engine) as session:
        add_structure(session)
        for number in range(32, 0, -1):
            add_service(session, id=f"essai--n{number}", nom=f"Permanence {number}")
        session.commit()
    page = client_as("conseiller").get("/structures/essai--1").text
    shown, folded = page.split("<summary>Les 2 suivants</summary>")
    assert [shown.index(f">Permanence {number}<") for number in (1, 2, 10, 30)] == sorted(
        shown.index(f">Permanence {number}<") for number in (1, 2, 10, 30)
    )
    assert ">Permanence 31<" in folded
    assert ">Permanence 32<" in folded


def test_a_place_nobody_answers_for_leads_to_the_town_hall(conseiller: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        add_structure(session, id="essai--seule")
        session.commit()
    page = conseiller.get("/structures/essai--seule").text
    address = "/recherche?q=mairie&amp;lieu=Digne-les-Bains&amp;code=04070&amp;onglet=lieux"
    assert f'href="{address}"' in page
    assert conseiller.get(html.unescape(address)).status_code == 200
