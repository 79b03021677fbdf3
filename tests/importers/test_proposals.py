"""What people typed stays, import after import; what the source says instead is proposed to them, until they answer."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app import listings, proposals
from app.config import Settings
from app.models import EtatProposition, ImportRun, Proposition, Structure
from app.writing import By
from importers import sandbox, undoing
from tests.importers.conftest import Importing
from tests.importers.deliveries import deliver, places
from tests.reading_here import read_here

FS = "france-services"
CAMILLE = By("Camille Fictive", account_id=1)
Delivering = Callable[..., ImportRun]


@pytest.fixture
def saying(importing: Importing, tmp_path: Path) -> Delivering:
    """``saying(9)`` imports two places, the first with a phone that ends so."""

    def run(end: int) -> ImportRun:
        found = [place._replace(telephone=f"04 65 71 00 {end:02}") if place.id == "1" else place for place in places(2)]
        return importing(FS, deliver(tmp_path / "livraisons", found))

    return run


def structure(session: Session) -> Structure:
    session.expire_all()
    return session.get_one(Structure, f"{FS}--1")


def type_phone(session: Session, phone: str = "+33465710077") -> None:
    listings.edit(session, structure(session), {"telephone": phone}, CAMILLE)
    session.commit()


def proposed(session: Session) -> list[str]:
    return [row.valeur for row, _ in proposals.open_of(session, "structure", structure(session))]


def test_a_human_edit_survives_a_hundred_imports_and_the_last_value_is_proposed(
    saying: Delivering, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_run", read_here)  # reading apart is tested elsewhere, and is half the time of an import this small
    saying(1)
    type_phone(session)
    for end in range(100):
        run = saying(end if end != 77 else 2)
        assert structure(session).telephone == "+33465710077"
    assert proposed(session) == ["+33465710099"]
    assert proposals.count_of_run(session, run.id or 0) == 1


def test_a_value_that_was_replaced_or_refused_is_not_proposed_again(saying: Delivering, session: Session) -> None:
    saying(1)
    type_phone(session)
    saying(2)
    assert proposed(session) == ["+33465710002"]
    saying(1)
    assert proposed(session) == []  # the person typed over it
    saying(2)
    assert proposed(session) == ["+33465710002"]
    rows = [row for row, _ in proposals.open_of(session, "structure", structure(session))]
    proposals.settle(session, rows, EtatProposition.REFUSEE)
    session.commit()
    for end in (2, 3, 2):
        saying(end)
    assert proposed(session) == []


def test_a_source_that_comes_to_say_the_same_proposes_nothing(saying: Delivering, session: Session) -> None:
    saying(1)
    type_phone(session)
    first = saying(2)
    saying(77)
    assert proposed(session) == []
    assert proposals.count_of_run(session, first.id or 0) == 0


def test_an_undone_import_proposes_nothing_and_what_was_proposed_before_is_again(
    saying: Delivering, session: Session, engine: Engine, settings: Settings
) -> None:
    saying(1)
    type_phone(session)
    saying(2)
    run = saying(3)
    undoing.undo(engine, run.id or 0, settings=settings, author="Camille Fictive")
    assert proposed(session) == ["+33465710002"]


def test_nothing_of_where_a_shelter_is_becomes_a_proposal(importing: Importing, session: Session, tmp_path: Path) -> None:
    found = places(1)
    importing(FS, deliver(tmp_path, found))
    listings.edit(session, structure(session), {"adresse": "3 rue des Essais", "telephone": "+33465710077"}, CAMILLE)
    session.commit()
    importing(FS, deliver(tmp_path, [found[0]._replace(insee="04019", telephone="04 65 71 00 05")]))
    assert "telephone" in session.exec(select(Proposition.champ)).all()
    listings.edit(session, structure(session), {"adresse_confidentielle": True}, CAMILLE)
    session.commit()
    importing(FS, deliver(tmp_path, [found[0]._replace(telephone="04 65 71 00 06")]))
    secret = col(Proposition.champ).in_(proposals.SECRET)
    assert session.exec(select(Proposition).where(secret)).all() == []
