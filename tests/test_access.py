"""Who sees, who edits: each role, each statut."""

import pytest
from sqlalchemy import ColumnElement
from sqlmodel import Session, select

from app import access, listings
from app.access import Viewer
from app.models import Service, Statut, Structure
from tests import samples

CONSEILLER = Viewer(1, "Alix Conseil", "conseiller")
GESTIONNAIRE_04 = Viewer(2, "Bo Gestion", "gestionnaire", frozenset({"04D"}))
GESTIONNAIRE_37 = Viewer(3, "Charlie Gestion", "gestionnaire", frozenset({"37D"}))
ADMIN = Viewer(4, "Dominique Admin", "administrateur")
PROGRAM = Viewer(None, "partenaire", "programme")
EVERYBODY = [CONSEILLER, GESTIONNAIRE_04, GESTIONNAIRE_37, ADMIN, PROGRAM]


@pytest.fixture
def listing(session: Session) -> str:
    samples.add_structure(session)
    return samples.add_service(session).id


@pytest.mark.parametrize("viewer", EVERYBODY, ids=lambda v: v.nom)
def test_everybody_reads_what_is_published(session: Session, listing: str, viewer: Viewer) -> None:
    assert access.readable(session, viewer, "service", listing).id == listing


@pytest.mark.parametrize("statut", [Statut.BROUILLON, Statut.SUSPENDUE, Statut.ARCHIVEE])
@pytest.mark.parametrize("viewer", [CONSEILLER, GESTIONNAIRE_37, PROGRAM], ids=lambda v: v.nom)
def test_what_is_not_published_does_not_exist_for_others(session: Session, listing: str, viewer: Viewer, statut: Statut) -> None:
    listings.write(session, "service", [{"id": listing, "statut": statut}], samples.IMPORT)
    with pytest.raises(access.NotFound):
        access.readable(session, viewer, "service", listing)


@pytest.mark.parametrize("viewer", [GESTIONNAIRE_04, ADMIN], ids=lambda v: v.nom)
def test_who_keeps_the_listing_reads_and_edits_it_whatever_its_statut(session: Session, listing: str, viewer: Viewer) -> None:
    listings.write(session, "service", [{"id": listing, "statut": Statut.BROUILLON}], samples.IMPORT)
    assert access.editable(session, viewer, "service", listing).id == listing


def test_a_contact_is_for_persons_and_edited_by_who_keeps_its_collectivité(session: Session) -> None:
    contact = samples.add_contact(session).id
    for viewer in (CONSEILLER, GESTIONNAIRE_37):
        assert access.readable(session, viewer, "contact", contact).id == contact
        with pytest.raises(access.Forbidden):
            access.editable(session, viewer, "contact", contact)
    for viewer in (GESTIONNAIRE_04, ADMIN):
        assert access.editable(session, viewer, "contact", contact).id == contact
    with pytest.raises(access.NotFound):
        access.readable(session, PROGRAM, "contact", contact)


@pytest.mark.parametrize("viewer", [CONSEILLER, GESTIONNAIRE_37, PROGRAM], ids=lambda v: v.nom)
@pytest.mark.parametrize("genre", ["service", "structure"])
def test_others_may_not_edit(session: Session, listing: str, viewer: Viewer, genre: str) -> None:
    with pytest.raises(access.Forbidden):
        access.editable(session, viewer, genre, listing if genre == "service" else "essai--1")  # type: ignore[call-overload]


def test_a_published_service_of_an_unpublished_structure_is_not_shown(session: Session, listing: str) -> None:
    listings.write(session, "structure", [{"id": "essai--1", "statut": Statut.ARCHIVEE}], samples.IMPORT)
    with pytest.raises(access.NotFound):
        access.readable(session, CONSEILLER, "service", listing)


def test_an_unknown_listing_is_not_found_even_for_an_administrator(session: Session) -> None:
    with pytest.raises(access.NotFound):
        access.editable(session, ADMIN, "service", "nowhere")


def test_a_listing_of_no_collectivité_is_kept_by_administrators_only(session: Session) -> None:
    samples.add_structure(session, code_insee=None, commune=None)
    with pytest.raises(access.Forbidden):
        access.editable(session, GESTIONNAIRE_04, "structure", "essai--1")
    assert access.editable(session, ADMIN, "structure", "essai--1")


def shown(session: Session, model: type[Structure] | type[Service], condition: ColumnElement[bool]) -> set[str]:
    return set(session.exec(select(model.id).where(condition)).all())


def test_programs_are_given_what_is_published_and_whose_structure_is(session: Session) -> None:
    samples.add_structure(session)
    for statut in Statut:
        samples.add_structure(session, id=f"essai--{statut}", statut=statut)
        samples.add_service(session, id=f"essai--s-{statut}", statut=statut)
        samples.add_service(session, id=f"essai--chez-{statut}", structure_id=f"essai--{statut}")
    assert shown(session, Structure, access.published(Structure)) == {"essai--1", "essai--publiee"}
    assert shown(session, Service, access.published(Service)) == {"essai--s-publiee", "essai--chez-publiee"}


def test_a_keeper_keeps_what_is_theirs_whatever_its_statut(session: Session) -> None:
    samples.add_structure(session, statut=Statut.BROUILLON)
    samples.add_structure(session, id="essai--2", code_insee="37261", commune="Tours")
    samples.add_structure(session, id="essai--3", code_insee=None, commune=None)
    assert shown(session, Structure, access.kept(GESTIONNAIRE_04, Structure)) == {"essai--1"}
    assert shown(session, Structure, access.kept(GESTIONNAIRE_37, Structure)) == {"essai--2"}
    assert shown(session, Structure, access.kept(ADMIN, Structure)) == {"essai--1", "essai--2", "essai--3"}


@pytest.mark.parametrize("viewer", [CONSEILLER, PROGRAM], ids=lambda v: v.nom)
def test_who_keeps_nothing_asks_in_vain_for_what_they_keep(viewer: Viewer) -> None:
    with pytest.raises(access.Forbidden):
        access.kept(viewer, Structure)


def test_pages_of_keepers_are_closed_to_counsellors_only() -> None:
    access.admit_keepers(GESTIONNAIRE_04)
    access.admit_keepers(ADMIN)
    with pytest.raises(access.Forbidden):
        access.admit_keepers(CONSEILLER)
