"""Gironde: the latitude in `Coord. X`, the address in one string, a file in Windows-1252."""

import pytest
from sqlmodel import Session, select

from app.models import ImportRun, RawRecord, Service, Structure
from tests.importers.conftest import FIXTURES, Importing, counts


@pytest.fixture
def run(importing: Importing) -> ImportRun:
    return importing("gironde", "33-gironde.json")


def structure(session: Session, nom: str) -> Structure:
    return session.exec(select(Structure).where(Structure.nom == nom)).one()


def service(session: Session, nom: str, key: str) -> Service:
    return session.get_one(Service, f"{structure(session, nom).id}-{key}")


def test_a_file_in_windows_1252_is_read(run: ImportRun, session: Session) -> None:
    with pytest.raises(UnicodeDecodeError):
        (FIXTURES / "33-gironde.json").read_text(encoding="utf-8")
    assert counts(run) == {"read": 3, "created": 3}
    assert structure(session, "Pôle Essai").commune == "Libourne"


def test_the_address_is_taken_apart_and_the_point_turned_the_right_way(run: ImportRun, session: Session) -> None:
    atelier = structure(session, "Atelier des Essais")
    assert (atelier.adresse, atelier.code_postal, atelier.code_insee) == ("8 rue des Essais", "33000", "33063")
    assert (atelier.latitude, atelier.longitude, atelier.precision_lieu) == (44.84, -0.58, "adresse")
    assert structure(session, "Café Essai").adresse == "2 place des Essais"


def test_a_place_without_a_postal_code_is_found_in_its_département(run: ImportRun, session: Session) -> None:
    pole = structure(session, "Pôle Essai")
    assert (pole.adresse, pole.code_insee, pole.departement) == ("1 rue sans code", "33243", "33")


def test_what_is_offered_is_said_once_as_thématiques(run: ImportRun, session: Session) -> None:
    atelier = service(session, "Atelier des Essais", "numerique")
    assert atelier.thematiques == ["numerique--acceder-a-une-connexion-internet", "numerique--maitriser-les-fondamentaux-du-numerique"]
    assert atelier.description == "Un atelier pour apprendre.\nGratuit,\nsur rendez-vous."
    assert not atelier.description_composee
    pole = service(session, "Pôle Essai", "numerique")
    assert pole.thematiques == [
        "numerique--acceder-a-des-services-en-ligne",
        "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives",
    ]
    assert pole.description_composee


def test_an_agency_for_employment_answers_to_the_need_of_a_job(run: ImportRun, session: Session) -> None:
    assert structure(session, "Pôle Essai").reseaux_porteurs == ["france-travail"]
    assert "trouver-un-emploi--repondre-a-des-offres-demploi" in (service(session, "Pôle Essai", "emploi").thematiques or [])
    assert structure(session, "Pôle Essai").telephone == "3949"


def test_a_place_that_offers_nothing_known_has_no_service(run: ImportRun, session: Session) -> None:
    assert session.exec(select(Service).where(Service.structure_id == structure(session, "Café Essai").id)).all() == []


def test_what_is_no_web_address_can_still_be_read(run: ImportRun, session: Session) -> None:
    cafe = structure(session, "Café Essai")
    assert (cafe.site_web, cafe.courriel, cafe.telephone) == (None, None, "+33536490002")
    assert "Site web indiqué : Facebook : Café Essai" in (cafe.description or "")
    assert session.exec(select(RawRecord.notes).where(RawRecord.line == 3)).one() == ["Site web illisible : « Facebook : Café Essai »."]


def test_equipment_stands_in_the_description_of_the_place(run: ImportRun, session: Session) -> None:
    assert (structure(session, "Atelier des Essais").description or "").endswith("Équipements : Accès Internet / Ordinateur")
