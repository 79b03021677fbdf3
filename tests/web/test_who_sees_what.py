"""Through every route that names a listing: who may not touch it doesn't, and a shelter's address is told to nobody."""

import logging
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlmodel import Session, col, select

from app.models import Contact, Revision, Service, Structure
from app.search.document import documents
from tests import samples
from tests.web.conftest import Browser, ClientAs
from tests.web.scene import settle

STREET, FLOOR, LATITUDE, LONGITUDE = "17 impasse du Secret", "Escalier caché", 44.123456, 6.654321
SHELTER = {"adresse": STREET, "complement_adresse": FLOOR, "latitude": LATITUDE, "longitude": LONGITUDE, "precision_lieu": "adresse"}
SECRETS = ("impasse du Secret", "impasse%20du%20Secret", "Escalier caché", "44.12345", "6.65432", "44,12345")
READS = (
    "/recherche",
    "/recherche/export.csv",
    "/recherche/export.geojson",
    "/fiches",
    "/fiches/export.csv",
    "/lieux",
    "/api/v1/services",
    "/api/v1/structures",
    "/api/v1/search",
    "/api/v1/search/services",
)


def listing_routes(app: FastAPI, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every method and address that takes the id of a listing, filled with `ids` by genre; without those whose genre has none."""
    for context in iter_route_contexts(app.routes):
        path = context.path or ""
        genre = next((genre for genre in ("service", "structure", "contact") if f"/{genre}s/{{" in path and genre in ids), None)
        for method in context.methods or () if genre else ():
            yield method, re.sub(r"{\w+(:\w+)?}", quote(ids[genre or ""], safe=""), path)


@pytest.fixture
def tours(app: FastAPI, session: Session) -> dict[str, str]:
    """A structure and a service of 37, published."""
    samples.add_structure(session, id="essai--37", nom="Ateliers de Touraine", **samples.TOURS)
    samples.add_service(
        session, id="essai--s37", structure_id="essai--37", nom="Atelier du lundi", zone_eligibilite=["37"], **samples.TOURS
    )
    settle(app)
    samples.add_contact(session, id="essai-c37", collectivite="37D", nom="Équipe de Touraine", zone_eligibilite=None)
    return {"structure": "essai--37", "service": "essai--s37", "contact": "essai-c37"}


def test_there_are_such_routes(app: FastAPI) -> None:
    found = set(listing_routes(app, {"structure": "1", "service": "1", "contact": "1"}))
    assert {
        ("GET", "/services/1"),
        ("POST", "/services/1/modifier"),
        ("GET", "/api/v1/structures/1"),
        ("POST", "/contacts/1/verifier"),
    } <= found


@pytest.mark.parametrize("who", ["gestionnaire", "conseiller"])
def test_a_listing_of_37_is_changed_by_nobody_else(
    app: FastAPI, client_as: ClientAs, session: Session, tours: dict[str, str], who: str
) -> None:
    client = client_as(who)
    before = session.exec(select(col(Revision.id))).all()
    for method, address in listing_routes(app, tours):
        if address.startswith("/api/"):
            continue
        answer = client.request(method, address, data={"csrf_token": client.csrf_token, "nom": "Volé"} if method == "POST" else None)
        expected = {200} if method == "GET" and not address.endswith("/modifier") else {403, 404}
        assert answer.status_code in expected, (method, address)
    session.expire_all()
    assert session.exec(select(col(Revision.id))).all() == before


@pytest.mark.parametrize("statut", ["brouillon", "suspendue", "archivee"])
def test_what_is_not_published_is_not_there_for_others(
    app: FastAPI, client_as: ClientAs, program: Browser, session: Session, tours: dict[str, str], statut: str
) -> None:
    for listing in (
        session.get_one(Structure, "essai--37"),
        session.get_one(Service, "essai--s37"),
        session.get_one(Contact, "essai-c37"),
    ):
        listing.statut = statut
        session.add(listing)
    session.commit()
    for method, address in listing_routes(app, tours):
        for client in (program,) if address.startswith("/api/") else (client_as("gestionnaire"), client_as("conseiller")):
            token = {} if client is program else {"csrf_token": client.csrf_token}
            answer = client.request(method, address, data=token if method == "POST" else None)
            assert answer.status_code == 404, (method, address)
            assert "Touraine" not in answer.text


def test_who_keeps_37_and_the_administrator_do_edit_it(client_as: ClientAs, tours: dict[str, str]) -> None:
    for who in ("gestionnaire-37", "administrateur"):
        for address in ("/services/essai--s37/modifier", "/contacts/essai-c37/modifier"):
            assert client_as(who).get(address).status_code == 200


# --- shelters ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelter(app: FastAPI, session: Session) -> dict[str, str]:
    """A shelter of 04, confidential since it came in, and its service, whose words tell the address."""
    samples.add_structure(session, id="essai--abri", nom="La Maison abritée", adresse_confidentielle=True, **SHELTER)
    samples.add_service(
        session, id="essai--s-abri", structure_id="essai--abri", nom="Mise à l’abri", description=f"Venez au {STREET}.", **SHELTER
    )
    settle(app)
    return {"structure": "essai--abri", "service": "essai--s-abri"}


def test_a_shelter_s_address_is_told_to_nobody_by_no_route(
    app: FastAPI, client_as: ClientAs, program: Browser, shelter: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    people = [client_as(who) for who in ("administrateur", "gestionnaire", "conseiller")]
    for method, address in listing_routes(app, shelter):
        for client in (program,) if address.startswith("/api/") else people:
            answer = client.request(method, address, data={"csrf_token": client.csrf_token, "nom": ""} if method == "POST" else None)
            told += [(method, address, secret) for secret in SECRETS if secret in answer.text]
    for address in READS:
        for query in ("", "?q=impasse+du+Secret", "?q=abri&lieu=04070&code_commune=04070"):
            client = program if address.startswith("/api/") else people[0]
            answer = client.get(address + query)
            assert answer.status_code == 200, (address, query)
            body = answer.text.replace('value="impasse du Secret"', "")
            told += [(address, query, secret) for secret in SECRETS if secret in body and "q=impasse" not in query]
            told += [(address, query, secret) for secret in SECRETS[2:] if secret in body]
    assert not told
    assert not [record.getMessage() for record in caplog.records for secret in SECRETS if secret in record.getMessage()]


def test_searching_for_the_street_does_not_find_the_shelter(program: Browser, client_as: ClientAs, shelter: dict[str, str]) -> None:
    def found(q: str) -> list[str]:
        return [hit["service"]["id"] for hit in program.get("/api/v1/search", params={"q": q}).json()["items"]]

    assert found("abri") == [shelter["service"]]
    assert found("impasse secret") == []
    assert "Mise à l’abri" not in client_as("conseiller").get("/recherche?q=impasse+secret").text


def test_no_index_document_holds_a_shelter_s_address(session: Session, shelter: dict[str, str]) -> None:
    found, _gone = documents(session, list(shelter.items()))
    assert [document.id for document in found] == [shelter["service"]]
    assert not [secret for secret in SECRETS if secret in repr(found)]
