"""On the edit page: what the source says of a field that a person typed, to take or to refuse."""

import re

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from app import listings, proposals
from app.models import ImportRun, Structure
from app.writing import By
from tests import samples
from tests.web.conftest import ClientAs
from tests.web.scene import settle
from tests.web.test_search import text_of

HERE = "/structures/essai--p"


@pytest.fixture
def run(app: FastAPI, session: Session) -> ImportRun:
    """A person typed a phone and an address; then an import says other ones."""
    samples.add_structure(session, id="essai--p", nom="Le Lieu", telephone="+33199000001", adresse="1 rue des Essais")
    settle(app)
    listing = session.get_one(Structure, "essai--p")
    typed = {"telephone": "+33199000002", "adresse": "2 rue des Essais", "code_insee": "04070"}
    listings.edit(
        session, listing, {**typed, "commune": "Digne-les-Bains", "latitude": 44.0, "longitude": 6.2}, By("Camille", account_id=1)
    )
    made = ImportRun(source=listing.source, etat="termine")
    session.add(made)
    session.flush()
    said = {"id": "essai--p", "telephone": "+33199000003", "adresse": "3 rue des Essais", "latitude": 44.09, "longitude": 6.23}
    listings.write(session, "structure", [said], By("import", run_id=made.id))
    session.commit()
    return made


def numbers(page: str) -> list[str]:
    return re.findall(r'name="proposition" value="(\d+)"', page)


def stored(session: Session) -> Structure:
    session.expire_all()
    return session.get_one(Structure, "essai--p")


def test_who_keeps_the_listing_takes_or_keeps(run: ImportRun, client_as: ClientAs, session: Session) -> None:
    client = client_as("gestionnaire")
    assert "La source dit autre chose" in client.get(HERE).text
    assert "La source dit autre chose" not in client_as("conseiller").get(HERE).text
    page = client.get(f"{HERE}/modifier").text
    words = text_of(page)
    for told in ("Téléphone . Le fichier du", "« 01 99 00 00 03 »", "« 3 rue des Essais, "):
        assert told in words.replace("\u00a0", " "), told
    phone, place = numbers(page)
    assert client.submit(f"{HERE}/propositions", {"proposition": phone, "geste": "garder"}).status_code == 303
    assert client.submit(f"{HERE}/propositions", {"proposition": place, "geste": "reprendre"}).status_code == 303
    listing = stored(session)
    assert (listing.telephone, listing.adresse, listing.latitude) == ("+33199000002", "3 rue des Essais", 44.09)
    assert numbers(client.get(f"{HERE}/modifier").text) == []
    assert listings.history(session, "structure", "essai--p")[0].account_id is not None


def test_an_answer_to_what_is_no_longer_proposed_changes_nothing(run: ImportRun, client_as: ClientAs, session: Session) -> None:
    client = client_as("gestionnaire")
    phone, _ = numbers(client.get(f"{HERE}/modifier").text)
    listings.write(session, "structure", [{"id": "essai--p", "telephone": "+33199000004"}], By("import", run_id=run.id))
    session.commit()
    client.submit(f"{HERE}/propositions", {"proposition": phone, "geste": "reprendre"})
    assert stored(session).telephone == "+33199000002"


def test_the_report_counts_them(run: ImportRun, client_as: ClientAs, session: Session) -> None:
    waiting = proposals.count_of_run(session, run.id or 0)
    assert waiting > 1
    assert f"{waiting} valeurs diffèrent" in text_of(client_as("administrateur").get(f"/imports/{run.id}").text)


def test_others_answer_nothing(run: ImportRun, client_as: ClientAs, session: Session) -> None:
    for who in ("conseiller", "gestionnaire-37"):
        assert client_as(who).submit(f"{HERE}/propositions", {"proposition": "1", "geste": "reprendre"}).status_code == 403
    assert stored(session).telephone == "+33199000002"
