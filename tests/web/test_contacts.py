"""Contacts by territory: who finds whom, who keeps them, and how they are added, edited and archived."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from app.models import Contact, Revision
from tests.samples import add_contact
from tests.web.conftest import Browser, ClientAs
from tests.web.test_editing import form_of, send
from tests.web.test_search import text_of

PAGE = "/contacts/essai-c1"
LYON: dict[str, Any] = {"collectivite": "69M", "nom": "Maison de la Métropole fictive", "zone_eligibilite": None}


@pytest.fixture
def contact(app: FastAPI, session: Session) -> Contact:
    return add_contact(session)


def names(page: str) -> list[str]:
    return [text_of(title) for title in re.findall(r"<h[34]><a[^>]*>(.*?)</a></h[34]>", page)]


def sides(page: str) -> dict[str, list[str]]:
    """Names of the contacts under each side's heading."""
    main = page.split('class="pair"', 1)[1]
    blocks = re.findall(r"<section>\s*<h2>(.*?)</h2>(.*?)</section>", main, re.S)
    return {text_of(title): names(block) for title, block in blocks}


# --- who serves a commune --------------------------------------------------------------------------------------------


def test_both_sides_of_the_pair_stand_for_the_commune(client_as: ClientAs, session: Session, contact: Contact) -> None:
    add_contact(session, id="c2", nom="Équipe fictive", role="referent-accompagnement-global", zone_eligibilite=["200072304"])
    add_contact(session, id="c3", nom="Agence fictive", role="agence-france-travail", zone_eligibilite=["04"])
    add_contact(session, id="c4", nom="Agence de Digne", role="agence-france-travail", zone_eligibilite=["04070"])
    page = client_as("conseiller").get("/contacts?lieu=barcelonnette").text
    assert sides(page) == {
        "Département (Alpes-de-Haute-Provence)": ["Équipe fictive", "Maison des solidarités fictive"],
        "France Travail": ["Agence fictive"],
    }
    assert "tel:+33465710090" in page


def test_the_narrowest_zone_comes_first(client_as: ClientAs, session: Session, contact: Contact) -> None:
    add_contact(session, id="a", nom="Tout le département", zone_eligibilite=None)
    add_contact(session, id="b", nom="La vallée", zone_eligibilite=["200072304"])
    page = client_as("conseiller").get("/contacts?lieu=barcelonnette").text
    assert names(page) == ["Maison des solidarités fictive", "La vallée", "Tout le département"]


def test_lyon_s_contacts_are_the_metropole_s_and_not_the_rhone_s(client_as: ClientAs, session: Session, app: FastAPI) -> None:
    add_contact(session, id="metropole", **LYON)
    add_contact(session, id="rhone", collectivite="69D", nom="Maison du Rhône fictive", zone_eligibilite=["69"])
    client = client_as("conseiller")
    for query in ("lieu=Lyon", "code=69383", "lieu=Villeurbanne"):
        assert sides(client.get(f"/contacts?{query}").text)["Métropole de Lyon"] == ["Maison de la Métropole fictive"], query
    assert sides(client.get("/contacts?lieu=Villefranche-sur-Saône").text)["Département (Rhône)"] == ["Maison du Rhône fictive"]


def test_an_intercommunalite_across_the_border_does_not_lend_its_contacts(client_as: ClientAs, session: Session, app: FastAPI) -> None:
    """The Sisteronais-Buëch lies in 04 and 05: each département keeps its own."""
    add_contact(session, zone_eligibilite=["200068765"])
    client = client_as("conseiller")
    assert names(client.get("/contacts?code=04209").text) == ["Maison des solidarités fictive"]
    assert names(client.get("/contacts?code=05070").text) == []


def test_sectors_of_a_city_are_all_shown_according_to_the_address(client_as: ClientAs, session: Session, app: FastAPI) -> None:
    add_contact(session, id="nord", nom="Nord", zone_eligibilite=["04070"], secteurs=["rive droite", "Le Bourg"])
    add_contact(session, id="sud", nom="Sud", zone_eligibilite=["04070"], secteurs=["rive gauche"])
    page = client_as("conseiller").get("/contacts?lieu=digne").text
    assert names(page) == ["Nord", "Sud"]
    assert "Selon l’adresse : rive droite, Le Bourg" in text_of(page)


def test_a_district_s_contact_serves_its_city_according_to_the_address(client_as: ClientAs, session: Session, app: FastAPI) -> None:
    add_contact(session, **{**LYON, "zone_eligibilite": ["69383"]})
    client = client_as("conseiller")
    assert "Selon l’adresse : une partie de la commune" in text_of(client.get("/contacts?lieu=Lyon").text)
    assert "Selon l’adresse" not in text_of(client.get("/contacts?code=69383").text)
    assert names(client.get("/contacts?code=69381").text) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("lieu=saint-denis", "Quel lieu ?"),
        ("lieu=Xqzvwkj", "Lieu inconnu."),
        ("lieu=Alpes-de-Haute-Provence", "donnez celle où vit la personne"),
        ("lieu=" + "a" * 500, "Lieu inconnu."),
    ],
)
def test_a_place_that_is_no_commune_is_said_with_what_to_do(client_as: ClientAs, contact: Contact, query: str, said: str) -> None:
    answer = client_as("conseiller").get(f"/contacts?{query}")
    assert answer.status_code == 200
    assert said in text_of(answer.text)


def test_a_street_address_stays_in_no_address_of_ours(client_as: ClientAs, contact: Contact) -> None:
    answer = client_as("conseiller").get("/contacts?lieu=12+rue+des+Essais+04400+Barcelonnette")
    assert (answer.status_code, answer.headers["location"]) == (303, "/contacts?code=04019")


def test_the_search_page_leads_to_them_and_htmx_reads_them_in_place(client_as: ClientAs, contact: Contact) -> None:
    client = client_as("conseiller")
    page = client.get("/recherche?q=garde&lieu=barcelonnette").text
    assert 'href="/contacts?code=04019"' in page
    assert "interlocuteurs" not in client.get("/recherche?q=garde").text
    part = client.get("/contacts?code=04019", headers={"HX-Request-Type": "partial"}).text
    assert "<html" not in part
    assert names(part) == ["Maison des solidarités fictive"]


# --- who keeps them --------------------------------------------------------------------------------------------------


def test_no_program_reads_a_contact(program: Browser, contact: Contact) -> None:
    for address in ("/api/v1/structures", "/api/v1/services", "/api/v1/search?q=solidarites", "/api/v1/structures/essai-c1"):
        assert "fictive" not in program.get(address).text, address


def test_a_contact_is_in_no_search(client_as: ClientAs, contact: Contact) -> None:
    client = client_as("conseiller")
    for address in ("/recherche?q=maison+des+solidarites+fictive", "/recherche?onglet=lieux&q=solidarites", "/suggestions?q=maison+des"):
        assert "solidarités fictive" not in client.get(address).text, address


def test_a_counsellor_adds_nothing_and_sees_no_list(client_as: ClientAs, contact: Contact) -> None:
    client = client_as("conseiller")
    assert names(client.get("/contacts").text) == []
    assert client.get("/contacts/nouveau").status_code == 403
    assert client.submit("/contacts/nouveau", {"nom": "Intrus", "role": "agence-france-travail", "collectivite": "04D"}).status_code == 403


def test_a_gestionnaire_adds_to_no_other_collectivite(client_as: ClientAs, session: Session, contact: Contact) -> None:
    client = client_as("gestionnaire-37")
    assert client.submit("/contacts/nouveau", {**ADDED, "collectivite": "04D"}).status_code == 403
    assert names(client.get("/contacts?collectivite=04D").text) == []
    assert client.submit("/contacts/nouveau", ADDED).status_code == 303
    assert [c.collectivite for c in session.exec(select(Contact)) if c.nom == ADDED["nom"]] == ["37D"]


def test_an_administrator_chooses_the_collectivite(client_as: ClientAs, contact: Contact) -> None:
    client = client_as("administrateur")
    assert names(client.get("/contacts").text) == []
    assert names(client.get("/contacts?collectivite=04D").text) == ["Maison des solidarités fictive"]
    assert client.get("/contacts/nouveau").status_code == 403, "of which collectivité?"
    assert client.get("/contacts/nouveau?collectivite=04D").status_code == 200


# --- adding, editing, archiving --------------------------------------------------------------------------------------

ADDED = {
    "role": "conseiller-dedie",
    "nom": "Conseillers dédiés fictifs",
    "telephone": "04 65 71 00 95",
    "courriel": "equipe@example.org",
    "contact_nom_prenom": "boîte de l’équipe",
    "zone_eligibilite": "Barcelonnette\nJausiers",
    "secteurs": "le centre\n\nla gare",
    "statut": "publiee",
}


def test_a_contact_is_added_found_and_told_in_its_history(client_as: ClientAs, session: Session, app: FastAPI) -> None:
    client = client_as("gestionnaire")
    answer = client.submit("/contacts/nouveau", ADDED)
    assert answer.status_code == 303
    assert "Contact ajouté" in client.get(answer.headers["location"]).text
    added = session.exec(select(Contact)).one()
    assert (added.collectivite, added.telephone, added.zone_eligibilite) == ("04D", "+33465710095", ["04019", "04096"])
    assert added.secteurs == ["le centre", "la gare"]
    assert added.date_maj is not None
    revision = session.exec(select(Revision)).one()
    assert (revision.genre, revision.author, revision.changes) == ("contact", "Gestionnaire Fictif", {})
    assert names(client_as("conseiller").get("/contacts?lieu=jausiers").text) == ["Conseillers dédiés fictifs"]


def test_what_was_typed_survives_its_errors(client_as: ClientAs, session: Session, app: FastAPI) -> None:
    client = client_as("gestionnaire")
    typed = {**ADDED, "nom": "", "role": "", "telephone": "04 65", "zone_eligibilite": "Xqzvwkj"}
    answer = client.submit("/contacts/nouveau", typed)
    assert answer.status_code == 422
    for name in ("nom", "role", "telephone", "zone_eligibilite"):
        assert f'id="erreur-{name}"' in answer.text, name
    kept = form_of(answer.text)
    assert {name: kept[name] for name in typed} == typed
    assert session.exec(select(Contact)).all() == []
    corrected = client.post("/contacts/nouveau", data=kept | ADDED)
    assert corrected.status_code == 303


def test_a_contact_is_edited_with_its_history(client_as: ClientAs, session: Session, contact: Contact) -> None:
    client = client_as("gestionnaire")
    answer = send(client, f"{PAGE}/modifier", telephone="04 65 71 00 99", role="agence-france-travail", secteurs="la gare")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?fait=modifie")
    session.refresh(contact)
    assert (contact.telephone, contact.role, contact.secteurs) == ("+33465710099", "agence-france-travail", ["la gare"])
    told = text_of(client.get(f"{PAGE}/modifier").text.split('id="historique"', 1)[1])
    assert "Téléphone 04 65 71 00 90 → 04 65 71 00 99" in told.replace("\u00a0", " ")
    assert "Rôle Maison des solidarités → Agence France Travail" in told


def test_a_form_sent_as_it_stands_changes_nothing(client_as: ClientAs, contact: Contact) -> None:
    assert send(client_as("gestionnaire"), f"{PAGE}/modifier").headers["location"] == f"{PAGE}?fait=inchange"


def test_two_people_at_once_lose_nothing(client_as: ClientAs, session: Session, contact: Contact) -> None:
    client = client_as("gestionnaire")
    opened = form_of(client.get(f"{PAGE}/modifier").text)
    send(client_as("administrateur"), f"{PAGE}/modifier", telephone="04 65 71 00 98", courriel="autre@example.org")
    answer = client.post(f"{PAGE}/modifier", data=opened | {"telephone": "04 65 71 00 97"})
    assert answer.status_code == 409
    kept = form_of(answer.text)
    assert (kept["telephone"], kept["courriel"]) == ("04 65 71 00 97", "autre@example.org")
    assert "04 65 71 00 98" in text_of(answer.text).replace("\u00a0", " ")


def test_a_role_that_does_not_exist_is_refused(client_as: ClientAs, contact: Contact) -> None:
    assert send(client_as("gestionnaire"), f"{PAGE}/modifier", role="ministre").status_code == 422


def test_a_verified_contact_says_when_and_by_whom(client_as: ClientAs, contact: Contact) -> None:
    client = client_as("gestionnaire")
    assert client.submit(f"{PAGE}/verifier").headers["location"] == f"{PAGE}?fait=verifie"
    said = text_of(client_as("conseiller").get(PAGE).text)
    assert "Vérifié aujourd’hui" in said
    assert "par Gestionnaire Fictif" in said


def test_an_archived_contact_is_kept_and_shown_to_its_keepers_alone(client_as: ClientAs, session: Session, contact: Contact) -> None:
    keeper, counsellor = client_as("gestionnaire"), client_as("conseiller")
    send(keeper, f"{PAGE}/modifier", statut="archivee")
    assert names(counsellor.get("/contacts?lieu=barcelonnette").text) == []
    assert counsellor.get(PAGE).status_code == 404
    assert names(keeper.get("/contacts").text) == ["Maison des solidarités fictive"]
    assert "à l’état" in text_of(keeper.get(PAGE).text)
    send(keeper, f"{PAGE}/modifier", statut="publiee")
    assert counsellor.get(PAGE).status_code == 200


def test_a_side_without_contact_leads_its_keeper_to_add_one_and_nobody_else(client_as: ClientAs, contact: Contact) -> None:
    new_at = 'href="/contacts/nouveau?collectivite=04D">Ajouter un contact</a>'
    assert new_at in client_as("gestionnaire").get("/contacts?lieu=Digne-les-Bains").text.split("France Travail</h2>")[1]
    counsellor = client_as("conseiller").get("/contacts?lieu=Digne-les-Bains").text
    assert new_at not in counsellor
    assert "Un gestionnaire de ce territoire peut l’ajouter" in counsellor
