"""The pages of doublons: who sees a pair, what they decide, and how two listings become one."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from app.duplicates import finding
from app.models import Doublon, Revision, Service, Structure
from tests import samples
from tests.web.conftest import Browser, ClientAs
from tests.web.test_search import text_of

NOM = "Garage solidaire des Lavandes"


def add_pair(app: FastAPI, session: Session, **where: Any) -> int:
    """Two listings of one structure by two sources; the id of their pair."""
    samples.add_structure(session, id="essai--a", nom=NOM, telephone="+33465710001", **where)
    samples.add_structure(
        session, id="autre--b", source="autre", nom=NOM.upper(), telephone="+33465710001", courriel="contact@lavandes.example.org", **where
    )
    samples.add_service(session, id="autre--s", source="autre", structure_id="autre--b", nom="Réparation", **where)
    finding.find(app.state.context.engine)
    return session.exec(select(Doublon.id)).one() or 0


@pytest.fixture
def pair(app: FastAPI, session: Session) -> int:
    return add_pair(app, session)


def version(client: Browser, pair: int) -> str:
    found = re.search(r'name="version" value="([^"]+)"', client.get(f"/doublons/{pair}").text)
    assert found
    return found[1]


def fuse(client: Browser, pair: int, **fields: Any) -> int:
    sent = {"version": version(client, pair), "garder": "b", "champ-courriel": "a", "service": ["autre--s"], **fields}
    status: int = client.submit(f"/doublons/{pair}/fusion", sent).status_code
    return status


@pytest.mark.parametrize(
    ("who", "listed", "opened"),
    [("gestionnaire", 200, 200), ("administrateur", 200, 200), ("gestionnaire-37", 200, 404), ("conseiller", 403, 403)],
)
def test_a_pair_is_for_those_who_keep_one_of_its_sides(client_as: ClientAs, pair: int, who: str, listed: int, opened: int) -> None:
    client = client_as(who)
    answer = client.get("/doublons")
    assert (answer.status_code, client.get(f"/doublons/{pair}").status_code) == (listed, opened)
    assert (NOM in answer.text) == (opened == 200)
    for path in ("", "/fusion", "/defaire"):
        if opened != 200:
            assert client.submit(f"/doublons/{pair}{path}", {"decision": "meme"}).status_code == opened


def test_the_page_shows_both_and_why(client_as: ClientAs, pair: int) -> None:
    words = text_of(client_as("gestionnaire").get(f"/doublons/{pair}").text)
    for said in (
        "Même nom",
        "Même téléphone",
        "contact@lavandes.example.org",
        "Fichier d’essai",
        "Réparation",
        "Fusionner les deux fiches",
    ):
        assert said in words, said


@pytest.mark.parametrize(("decision", "etat"), [("meme", "meme"), ("distincts", "distincts")])
def test_a_decision_is_remembered_with_its_author(client_as: ClientAs, session: Session, pair: int, decision: str, etat: str) -> None:
    client = client_as("gestionnaire")
    answer = client.submit(f"/doublons/{pair}", {"decision": decision})
    assert answer.headers["location"] == f"/doublons/{pair}?fait={decision}"
    stored = session.get_one(Doublon, pair)
    session.refresh(stored)
    assert (stored.etat, stored.decided_by) == (etat, "Gestionnaire Fictif")
    assert NOM not in client.get("/doublons").text
    assert NOM in client.get(f"/doublons?etat={etat}").text
    client.submit(f"/doublons/{pair}", {"decision": "rouvrir"})
    assert NOM in client.get("/doublons").text


def test_a_merge_then_back(client_as: ClientAs, session: Session, pair: int) -> None:
    """`a` is autre--b: ids are in order."""
    client = client_as("gestionnaire")
    assert fuse(client, pair) == 303
    session.expire_all()
    kept, other = session.get_one(Structure, "essai--a"), session.get_one(Structure, "autre--b")
    assert (kept.nom, kept.courriel, other.statut) == (NOM, "contact@lavandes.example.org", "archivee")
    assert session.get_one(Service, "autre--s").structure_id == "essai--a"
    authors = session.exec(select(Revision.author).where(Revision.listing_id == "essai--a", Revision.account_id != None))  # noqa: E711
    assert set(authors) == {"Gestionnaire Fictif"}
    assert "Défaire la fusion" in client.get(f"/doublons/{pair}").text
    assert client.submit(f"/doublons/{pair}/defaire").status_code == 303
    session.expire_all()
    assert (kept.courriel, other.statut, session.get_one(Service, "autre--s").structure_id) == (None, "publiee", "autre--b")


def test_a_choice_made_on_older_listings_is_not_taken(client_as: ClientAs, session: Session, pair: int) -> None:
    client = client_as("gestionnaire")
    before = version(client, pair)
    samples.add_structure(session, id="autre--b", source="autre", nom=NOM, courriel="nouveau@lavandes.example.org")
    assert fuse(client, pair, version=before) == 409
    session.expire_all()
    assert session.get_one(Structure, "autre--b").statut == "publiee"


def test_what_was_chosen_survives_the_refusal(client_as: ClientAs, session: Session, pair: int) -> None:
    client = client_as("gestionnaire")
    page = client.submit(f"/doublons/{pair}/fusion", {"version": "0", "garder": "b", "champ-nom": "a"}).text
    assert re.search(r'name="champ-nom" value="a"[^>]* checked', page)
    assert re.search(r'name="garder" value="b" checked', page)


def test_who_keeps_one_side_only_does_not_merge(app: FastAPI, client_as: ClientAs, session: Session, pair: int) -> None:
    other = session.get_one(Structure, "autre--b")
    other.collectivite = "37D"
    session.add(other)
    session.commit()
    client = client_as("gestionnaire")
    assert "Fusionner les deux fiches" not in client.get(f"/doublons/{pair}").text
    assert client.submit(f"/doublons/{pair}/fusion", {"version": "0"}).status_code == 403
    assert client.submit(f"/doublons/{pair}", {"decision": "meme"}).status_code == 303


def test_a_shelter_s_address_is_in_no_pair(app: FastAPI, client_as: ClientAs, session: Session) -> None:
    pair = add_pair(app, session, adresse_confidentielle=True, adresse="17 impasse du Secret", latitude=44.123456, longitude=6.654321)
    for address in ("/doublons", f"/doublons/{pair}"):
        page = client_as("administrateur").get(address).text
        assert NOM in page
        assert not [secret for secret in ("Secret", "44.12345", "6.65432") if secret in page]


def test_an_unknown_pair_is_not_found(client_as: ClientAs) -> None:
    for pair_id in ("999", "0", "99999999999999999999"):
        assert client_as("administrateur").get(f"/doublons/{pair_id}").status_code == 404


def test_the_api_leaves_out_the_doubles_when_asked(program: Browser, pair: int) -> None:
    def ids(path: str, **params: str) -> list[str]:
        items = program.get(f"/api/v1/{path}", params=params).json()["items"]
        return [item["service"]["id"] if "service" in item else item["id"] for item in items]

    assert ids("structures") == ["autre--b", "essai--a"]
    assert ids("structures", exclure_doublons="true") == ["autre--b"], "the one whose service is described"
    assert ids("structures", exclure_doublons="true", sources="essai") == ["essai--a"], "among what the filters keep"
    assert ids("search/services", exclure_doublons="true", code_commune="04070") == ["autre--s"]
    listed = program.get("/api/v1/structures").json()["items"]
    assert [item["doublons"] for item in listed] == [[{"source": "essai", "id": "essai--a"}], [{"source": "autre", "id": "autre--b"}]]
    detail = program.get("/api/v1/structures/essai--a").json()
    assert [one["id"] for one in detail["doublons"]] == ["autre--b"]


def test_of_the_services_of_a_group_only_the_best_structure_s_stay(program: Browser, session: Session, pair: int) -> None:
    samples.add_service(
        session, id="essai--pauvre", structure_id="essai--a", nom="Atelier", telephone=None, publics=None, frais=None, description=None
    )

    def found(**params: str) -> list[str]:
        return [item["service"]["id"] for item in program.get("/api/v1/search/services", params=params).json()["items"]]

    assert found() == ["autre--s", "essai--pauvre"]
    for where in ({}, {"code_commune": "04070"}, {"code_commune": "04070", "lat": "44.09", "lon": "6.23"}):
        assert found(exclure_doublons="true", **where) == ["autre--s"]
    assert found(exclure_doublons="true", sources="essai") == ["essai--pauvre"]
