"""A shelter's address is sealed on its way in, and nothing that can be read holds it."""

from typing import Any

from sqlalchemy import inspect, text
from sqlmodel import Session

from app import listings
from app.models import AdresseConfidentielle, Service, Structure
from app.writing import By
from tests import samples

PERSON = By("Camille Fictive", account_id=7)
SECRET = "27 impasse du Refuge"


def readable_text(session: Session) -> str:
    """All the base, as text, but the one table that is never read out and the raw records."""
    bind = session.get_bind()
    tables = set(inspect(bind).get_table_names()) - {"adresse_confidentielle", "raw_record"}
    return "\n".join(str(row) for table in sorted(tables) for row in session.execute(text(f'SELECT * FROM "{table}"')))


def add_shelter(session: Session, **values: Any) -> Structure:
    return samples.add_structure(session, adresse=SECRET, latitude=44.1234, longitude=6.5432, adresse_confidentielle=True, **values)


def test_an_imported_shelter_shows_its_commune_only(session: Session) -> None:
    shelter = add_shelter(session)
    assert (shelter.adresse, shelter.commune, shelter.precision_lieu) == (None, "Digne-les-Bains", "commune")
    assert shelter.latitude is not None
    assert abs(shelter.latitude - 44.1234) > 0.001
    assert SECRET not in readable_text(session)
    assert "44.1234" not in readable_text(session)


def test_the_address_is_kept_for_the_day_it_ceases_to_be_confidential(session: Session) -> None:
    shelter = add_shelter(session)
    sealed = session.get_one(AdresseConfidentielle, ("structure", shelter.id))
    assert (sealed.adresse, sealed.latitude) == (SECRET, 44.1234)
    listings.edit(session, shelter, {"adresse_confidentielle": False}, PERSON)
    session.commit()
    assert (shelter.adresse, shelter.latitude, shelter.precision_lieu) == (SECRET, 44.1234, "adresse")
    assert session.get(AdresseConfidentielle, ("structure", shelter.id)) is None


def test_services_of_a_shelter_are_sealed_too(session: Session) -> None:
    add_shelter(session)
    service = samples.add_service(session, adresse=SECRET, latitude=44.1234, longitude=6.5432)
    assert service.adresse_confidentielle
    assert SECRET not in readable_text(session)


def test_becoming_confidential_hides_past_history_and_the_services(session: Session) -> None:
    structure = samples.add_structure(session)
    listings.edit(session, structure, {"adresse": SECRET, "description": f"Venez au {SECRET}, tout simplement."}, PERSON)
    service = samples.add_service(session, adresse=SECRET)
    listings.edit(session, structure, {"adresse_confidentielle": True}, PERSON)
    session.commit()
    session.refresh(service)
    assert service.adresse_confidentielle
    assert service.adresse is None
    assert SECRET not in readable_text(session)


def test_an_address_quoted_in_a_text_is_taken_out_whatever_its_punctuation(session: Session) -> None:
    shelter = add_shelter(session, description="Accueil de nuit : 27, Impasse du refuge (sonnez).")
    assert shelter.description == "Accueil de nuit : [adresse confidentielle] (sonnez)."
    listings.edit(session, shelter, {"description": f"On est au {SECRET} !"}, PERSON)
    session.commit()
    assert SECRET not in readable_text(session)


def test_a_service_text_that_quotes_its_structure_s_address_is_redacted(session: Session) -> None:
    add_shelter(session)
    service = samples.add_service(session, adresse=None, description=f"Rendez-vous au {SECRET}.")
    assert service.description == "Rendez-vous au [adresse confidentielle]."


def test_a_new_import_of_a_shelter_changes_nothing_and_shows_nothing(session: Session) -> None:
    add_shelter(session)
    record = samples.structure(adresse=SECRET, latitude=44.1234, longitude=6.5432)
    written = listings.write(session, "structure", [record], samples.IMPORT)
    session.commit()
    assert written.unchanged == ["essai--1"]
    assert SECRET not in readable_text(session)


def test_a_moved_shelter_s_new_address_is_sealed_and_its_revision_tells_nothing(session: Session) -> None:
    shelter = add_shelter(session)
    listings.edit(session, shelter, {"adresse": "99 allée Cachée"}, PERSON)
    session.commit()
    assert session.get_one(AdresseConfidentielle, ("structure", shelter.id)).adresse == "99 allée Cachée"
    assert "99 allée Cachée" not in readable_text(session)


def test_an_edit_without_the_address_keeps_the_sealed_one(session: Session) -> None:
    shelter = add_shelter(session)
    listings.edit(session, shelter, {"telephone": "+33465710055", "adresse": None}, PERSON)
    session.commit()
    assert session.get_one(AdresseConfidentielle, ("structure", shelter.id)).adresse == SECRET


def test_the_confidentiality_a_person_set_survives_an_import(session: Session) -> None:
    samples.add_structure(session)
    service = samples.add_service(session, adresse=SECRET)
    listings.edit(session, service, {"adresse_confidentielle": True}, PERSON)
    session.commit()
    listings.write(session, "service", [samples.service(adresse=SECRET, nom="Autre nom")], samples.IMPORT)
    session.commit()
    stored = session.get_one(Service, service.id)
    session.refresh(stored)
    assert (stored.nom, stored.adresse, stored.adresse_confidentielle) == ("Autre nom", None, True)
