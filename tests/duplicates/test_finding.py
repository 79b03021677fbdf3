"""The search for duplicates in a base, what it keeps, and what it never brings back."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app import listings
from app.duplicates import deciding, finding, groups
from app.models import Doublon, EtatDoublon, Service, Statut, Structure
from app.writing import By
from tests.samples import add_service, add_structure

CLERK = By("Clerc Fictif", account_id=1)
NOM = "Garage solidaire des Lavandes"


def add(session: Session, source: str, **values: Any) -> Structure:
    return add_structure(session, id=f"{source}--1", source=source, **{"nom": NOM, "telephone": "+33465710001", **values})


@pytest.fixture
def two(session: Session) -> tuple[Structure, Structure]:
    return add(session, "essai-a"), add(session, "essai-b", nom=NOM.upper())


def found(session: Session) -> list[tuple[str, str, str]]:
    session.expire_all()
    return [(pair.a_id, pair.b_id, pair.etat) for pair in session.exec(select(Doublon).order_by(Doublon.a_id, Doublon.b_id))]


def the_pair(session: Session) -> Doublon:
    session.expire_all()
    return session.exec(select(Doublon)).one()


def test_a_pair_waits_for_a_human_and_is_written_once(engine: Engine, session: Session, two: tuple[Structure, Structure]) -> None:
    assert finding.find(engine, whole=True).new == 1
    assert finding.find(engine, whole=True).new == 0
    assert found(session) == [("essai-a--1", "essai-b--1", "a-examiner")]


def test_only_what_was_written_since_is_looked_at(engine: Engine, session: Session, two: tuple[Structure, Structure]) -> None:
    finding.find(engine)
    old = finding.OVERLAP * 2
    for structure in two:
        structure.updated_at -= old
        session.add(structure)
    session.commit()
    assert finding.find(engine).structures == 0
    add(session, "essai-c")
    again = finding.find(engine)
    assert (again.structures, again.new) == (1, 2)


@pytest.mark.parametrize("etat", [EtatDoublon.DISTINCTS, EtatDoublon.MEME])
def test_what_a_person_decided_stays(engine: Engine, session: Session, two: tuple[Structure, Structure], etat: EtatDoublon) -> None:
    finding.find(engine)
    deciding.decide(session, the_pair(session), etat, CLERK)
    session.commit()
    finding.find(engine, whole=True)
    assert found(session) == [("essai-a--1", "essai-b--1", etat)]
    assert the_pair(session).decided_by == "Clerc Fictif"


def test_a_pair_that_is_none_any_more_goes(engine: Engine, session: Session, two: tuple[Structure, Structure]) -> None:
    finding.find(engine)
    add(session, "essai-b", nom="Épicerie des Tilleuls", telephone=None)
    finding.find(engine)
    assert found(session) == []


def test_an_archived_listing_leaves_no_pair_to_look_at(engine: Engine, session: Session, two: tuple[Structure, Structure]) -> None:
    finding.find(engine)
    add(session, "essai-b", nom=NOM.upper(), statut=Statut.ARCHIVEE)
    finding.find(engine)
    assert found(session) == []


# --- merging -------------------------------------------------------------------------------------------------------


def merged(engine: Engine, session: Session, **choice: Any) -> Doublon:
    finding.find(engine)
    pair = the_pair(session)
    deciding.merge(session, pair, deciding.Choice(**{"kept": "a", "from_other": (), "services": (), **choice}), CLERK)
    session.commit()
    session.expire_all()
    return pair


def test_a_merge_keeps_one_listing_with_the_chosen_values(engine: Engine, session: Session) -> None:
    add(session, "essai-a")
    add(session, "essai-b", courriel="contact@lavandes.example.org", description="Réparation à petit prix.")
    add_service(session, id="s1", source="essai-b", structure_id="essai-b--1")
    add_service(session, id="s2", source="essai-b", structure_id="essai-b--1", nom="Location")
    merged(engine, session, from_other=("courriel",), services=("s1",))
    kept, other = session.get_one(Structure, "essai-a--1"), session.get_one(Structure, "essai-b--1")
    assert (kept.courriel, kept.description, other.statut) == ("contact@lavandes.example.org", None, "archivee")
    assert kept.champs_humains == ["courriel"]
    services = {i: session.get_one(Service, i) for i in ("s1", "s2")}
    assert {i: (s.structure_id, s.statut) for i, s in services.items()} == {
        "s1": ("essai-a--1", "publiee"),
        "s2": ("essai-a--1", "archivee"),
    }


def test_a_later_import_does_not_move_the_services_back(engine: Engine, session: Session, two: tuple[Structure, Structure]) -> None:
    add_service(session, id="s1", source="essai-b", structure_id="essai-b--1")
    merged(engine, session, services=("s1",))
    add_service(session, id="s1", source="essai-b", structure_id="essai-b--1", telephone="+33465710009")
    service = session.get_one(Service, "s1")
    session.refresh(service)
    assert (service.structure_id, service.telephone) == ("essai-a--1", "+33465710009")


def test_a_merge_can_be_undone(engine: Engine, session: Session) -> None:
    add(session, "essai-a")
    add(session, "essai-b", courriel="contact@lavandes.example.org")
    add_service(session, id="s1", source="essai-b", structure_id="essai-b--1")
    pair = merged(engine, session, from_other=("courriel",))
    deciding.unmerge(session, pair, CLERK)
    session.commit()
    session.expire_all()
    kept, other = session.get_one(Structure, "essai-a--1"), session.get_one(Structure, "essai-b--1")
    service = session.get_one(Service, "s1")
    assert (kept.courriel, other.statut, service.structure_id, service.statut) == (None, "publiee", "essai-b--1", "publiee")
    assert the_pair(session).etat == "a-examiner"


def test_what_was_edited_since_survives_the_undoing(engine: Engine, session: Session) -> None:
    add(session, "essai-a")
    add(session, "essai-b", courriel="contact@lavandes.example.org")
    pair = merged(engine, session, from_other=("courriel",))
    listings.edit(session, session.get_one(Structure, "essai-a--1"), {"courriel": "autre@lavandes.example.org"}, CLERK)
    deciding.unmerge(session, pair, CLERK)
    session.commit()
    session.expire_all()
    assert session.get_one(Structure, "essai-a--1").courriel == "autre@lavandes.example.org"


def test_a_shelter_s_secret_survives_a_merge(engine: Engine, session: Session) -> None:
    add(session, "essai-a")
    add(session, "essai-b", adresse_confidentielle=True, adresse="17 impasse du Secret")
    pair = merged(engine, session, from_other=("adresse",))
    kept = session.get_one(Structure, "essai-a--1")
    assert (kept.adresse_confidentielle, kept.adresse, kept.precision_lieu) == (True, None, "commune")
    assert "Secret" not in repr(pair.fusion)


def test_nothing_is_merged_twice(engine: Engine, session: Session, two: tuple[Structure, Structure]) -> None:
    pair = merged(engine, session)
    with pytest.raises(deciding.CannotMerge):
        deciding.merge(session, pair, deciding.Choice("a", (), ()), CLERK)


# --- groups for programs -------------------------------------------------------------------------------------------


def test_of_a_group_the_best_stays(engine: Engine, session: Session, two: tuple[Structure, Structure]) -> None:
    finding.find(engine)
    add_service(session, id="s1", source="essai-b", structure_id="essai-b--1")
    both = ["essai-a--1", "essai-b--1"]
    assert groups.worse_structures(session, both) == {"essai-a--1"}
    assert groups.worse_structures(session, both[:1]) == frozenset(), "the only one asked for is the best of it"
    assert groups.members(session, both) == {"essai-a--1": ["essai-b--1"], "essai-b--1": ["essai-a--1"]}


def test_what_was_judged_distinct_is_no_group(engine: Engine, session: Session, two: tuple[Structure, Structure]) -> None:
    finding.find(engine)
    deciding.decide(session, the_pair(session), EtatDoublon.DISTINCTS, CLERK)
    session.commit()
    assert groups.groups(session) == {}


def test_pairs_that_share_a_structure_are_one_group(session: Session) -> None:
    for a, b in (("c", "d"), ("a", "b"), ("b", "c"), ("x", "y")):
        session.add(Doublon(a_id=a, b_id=b, score=0.95))
    session.add(Doublon(a_id="p", b_id="q", score=0.6))
    session.add(Doublon(a_id="r", b_id="s", score=0.6, etat=EtatDoublon.MEME))
    session.commit()
    assert groups.groups(session) == {**dict.fromkeys("abcd", "a"), "x": "x", "y": "x", "r": "r", "s": "r"}
