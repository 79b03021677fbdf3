"""A write leaves its revision and its queue row; an import never overwrites a person."""

import threading
from datetime import date

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app import index_queue, listings
from app.db import CHUNK, session_of
from app.models import MODEL_OF, Genre, IndexQueue, Revision, Service
from app.writing import By
from tests import samples

PERSON = By("Camille Fictive", account_id=7)


def queue(session: Session) -> set[tuple[str, str]]:
    return {(row.genre, row.listing_id) for row in session.exec(select(IndexQueue))}


def empty_queue(session: Session) -> None:
    index_queue.forget(session, [row.id for row in session.exec(select(IndexQueue)) if row.id])
    session.commit()


def test_a_new_listing_gets_its_département_and_the_collectivité_that_manages_it(session: Session) -> None:
    structure = samples.add_structure(session)
    assert (structure.departement, structure.collectivite) == ("04", "04D")


def test_a_creation_leaves_one_empty_revision_and_asks_for_its_document(session: Session) -> None:
    samples.add_structure(session)
    assert [r.changes for r in listings.history(session, "structure", "essai--1")] == [{}]
    assert queue(session) == {("structure", "essai--1")}


def test_writing_the_same_values_again_changes_nothing(session: Session) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    empty_queue(session)
    again = listings.write(session, "service", [samples.service()], samples.IMPORT)
    assert (again.created, again.changed, again.unchanged) == ([], [], ["essai--s1"])
    assert queue(session) == set()


def test_a_change_is_told_with_before_after_and_author(session: Session) -> None:
    samples.add_structure(session)
    service = samples.add_service(session)
    assert listings.edit(session, service, {"nom": "Crèche de nuit"}, PERSON)
    session.commit()
    newest = listings.history(session, "service", service.id)[0]
    assert newest.author == "Camille Fictive"
    assert newest.changes["nom"] == ["Halte-garderie du matin", "Crèche de nuit"]


def test_an_edit_is_dated_today_and_queued(session: Session) -> None:
    samples.add_structure(session)
    service = samples.add_service(session)
    empty_queue(session)
    listings.edit(session, service, {"nom": "Crèche de nuit"}, PERSON)
    assert service.date_maj == date.today()
    assert queue(session) == {("service", "essai--s1")}


def test_a_service_that_goes_or_moves_is_queued_with_the_structures_it_leaves_or_joins(session: Session) -> None:
    samples.add_structure(session)
    samples.add_structure(session, id="essai--2")
    service = samples.add_service(session)
    for changes, structures in (({"statut": "archivee"}, ["essai--1"]), ({"structure_id": "essai--2"}, ["essai--1", "essai--2"])):
        empty_queue(session)
        listings.edit(session, service, changes, PERSON)
        assert queue(session) == {("service", "essai--s1"), *(("structure", one) for one in structures)}


def test_a_structure_s_change_makes_its_services_documents_again(session: Session) -> None:
    structure = samples.add_structure(session)
    samples.add_service(session)
    empty_queue(session)
    listings.edit(session, structure, {"nom": "Les Grands Pas"}, PERSON)
    assert queue(session) == {("structure", "essai--1"), ("service", "essai--s1")}


def test_a_write_that_is_not_committed_leaves_nothing(engine: Engine) -> None:
    with session_of(engine) as session:
        samples.add_source(session)
        session.commit()
        listings.write(session, "structure", [samples.structure()], PERSON)
        session.rollback()
    with session_of(engine) as session:
        assert listings.by_ids(session, "structure", ["essai--1"]) == []
        assert queue(session) == set()
        assert session.exec(select(Revision)).all() == []


def test_an_import_keeps_what_a_person_typed_and_updates_the_rest(session: Session) -> None:
    samples.add_structure(session)
    service = samples.add_service(session)
    listings.edit(session, service, {"telephone": "+33465710099"}, PERSON)
    session.commit()
    changed = samples.service(telephone="+33465710001", frais="gratuit", date_maj=date(2026, 10, 2))
    listings.write(session, "service", [changed], samples.IMPORT)
    session.commit()
    session.refresh(service)
    assert (service.telephone, service.frais) == ("+33465710099", "gratuit")
    assert service.date_maj == date.today(), "an older file does not make a person's edit older"


def test_a_missing_description_is_composed_and_marked_and_a_written_one_replaces_it(session: Session) -> None:
    samples.add_structure(session)
    service = samples.add_service(session, description=None)
    assert service.description == "Accompagnement : garde d’enfants, à Digne-les-Bains."
    assert service.description_composee
    listings.edit(session, service, {"description": "Une vraie description."}, PERSON)
    assert not service.description_composee
    listings.edit(session, service, {"description": None}, PERSON)
    assert service.description_composee


def test_a_composed_description_does_not_count_in_the_quality_score(session: Session) -> None:
    samples.add_structure(session)
    full = samples.add_service(session, description="x" * 300)
    composed = samples.add_service(session, id="essai--s2", description=None)
    assert full.score_qualite is not None
    assert composed.score_qualite is not None
    assert composed.score_qualite < full.score_qualite


def test_services_at_the_structure_s_address_move_with_it_and_others_stay(session: Session) -> None:
    structure = samples.add_structure(session)
    together = samples.add_service(session)
    elsewhere = samples.add_service(session, id="essai--s2", adresse="12 chemin d’Ailleurs")
    listings.edit(session, structure, {"adresse": "1 rue Neuve", "latitude": 44.1, "longitude": 6.24}, PERSON)
    for listing in (together, elsewhere):
        session.refresh(listing)
    assert (together.adresse, elsewhere.adresse) == ("1 rue Neuve", "12 chemin d’Ailleurs")


def test_a_new_file_date_alone_is_not_a_change(session: Session) -> None:
    samples.add_structure(session, date_maj=None, date_fichier=date(2024, 8, 1))
    record = samples.structure(date_maj=None, date_fichier=date(2025, 8, 1))
    assert listings.write(session, "structure", [record], samples.IMPORT).unchanged == ["essai--1"]


def test_by_ids_keeps_the_order_asked_for_and_leaves_out_what_is_gone(session: Session) -> None:
    samples.add_structure(session)
    for i in range(3):
        samples.add_service(session, id=f"essai--s{i}")
    found = listings.by_ids(session, "service", ["essai--s2", "gone", "essai--s0"])
    assert [row.id for row in found] == ["essai--s2", "essai--s0"]


def test_more_listings_than_one_statement_holds(session: Session) -> None:
    samples.add_source(session)
    records = [samples.structure(id=f"essai--{i}") for i in range(CHUNK + 7)]
    assert len(listings.write(session, "structure", records, samples.IMPORT).created) == CHUNK + 7
    assert len(listings.by_ids(session, "structure", [r["id"] for r in records])) == CHUNK + 7


def test_an_edit_and_an_import_at_the_same_moment_lose_nothing(engine: Engine) -> None:
    """An import and a person write the same service from two threads, many times: the person's words always stay."""
    with session_of(engine) as session:
        samples.add_structure(session)
        samples.add_service(session)
    failures: list[BaseException] = []

    def keep_importing() -> None:
        try:
            for i in range(15):
                with session_of(engine) as session:
                    listings.write(session, "service", [samples.service(nom=f"Nom du fichier {i}")], samples.IMPORT)
                    session.commit()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=keep_importing)
    thread.start()
    with session_of(engine) as session:
        listings.edit(session, session.get_one(Service, "essai--s1"), {"nom": "Nom d’une personne"}, PERSON)
        session.commit()
    thread.join()
    assert failures == []
    with session_of(engine) as session:
        assert session.get_one(Service, "essai--s1").nom == "Nom d’une personne"


def test_a_contact_is_written_like_a_listing_but_enters_no_index(session: Session) -> None:
    contact = samples.add_contact(session)
    assert listings.edit(session, contact, {"telephone": "+33465710091"}, PERSON)
    listings.verify(session, contact, PERSON)
    session.commit()
    assert (contact.date_maj, contact.verifie_par, contact.champs_humains) == (date.today(), "Camille Fictive", ["telephone"])
    told = [revision.changes.get("telephone") for revision in listings.history(session, "contact", contact.id)]
    assert told == [None, ["+33465710090", "+33465710091"], None]
    assert queue(session) == set()


def test_a_contact_stays_with_its_collectivité_wherever_its_door_is(session: Session) -> None:
    contact = samples.add_contact(session, **samples.TOURS)
    assert (contact.collectivite, contact.departement) == ("04D", "37")


def test_contacts_of_a_collectivité_are_the_published_ones(session: Session) -> None:
    samples.add_contact(session)
    samples.add_contact(session, id="essai-c2", statut="archivee")
    samples.add_contact(session, id="essai-c3", collectivite="37D")
    assert [c.id for c in listings.contacts_of(session, "04D")] == ["essai-c1"]
    assert [c.id for c in listings.contacts_of(session, "04D", every_statut=True)] == ["essai-c1", "essai-c2"]


@pytest.mark.parametrize("genre", ["structure", "service"])
def test_every_field_of_schema_v1_has_its_column(genre: Genre) -> None:
    from data_inclusion.schema import v1

    model = v1.Structure if genre == "structure" else v1.Service
    assert set(model.model_fields) <= set(MODEL_OF[genre].model_fields)
