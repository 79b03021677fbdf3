"""Région Sud: lost letters, lost zeros, listings broken over two rows, free text where hours should be."""

import pytest
from sqlmodel import Session, select

from app.models import ImportRun, Service, Structure
from tests.importers.conftest import Importing, counts, reasons


@pytest.fixture
def run(importing: Importing) -> ImportRun:
    return importing("region-sud", "region-sud.csv")


def structure(session: Session, adresse: str) -> Structure:
    return session.exec(select(Structure).where(Structure.adresse == adresse)).one()


def services(session: Session, adresse: str) -> list[Service]:
    return list(session.exec(select(Service).where(Service.structure_id == structure(session, adresse).id).order_by(Service.id)))


def test_the_broken_listings_are_mended_or_told(run: ImportRun, session: Session) -> None:
    assert counts(run) == {"read": 7, "created": 6, "rejected": 1}
    assert reasons(session, run) == {8: ["Morceau d’une fiche coupée en deux dans le fichier (début ligne 7) : non repris."]}
    mended = structure(session, '252 avenue des Essais "zone des Essais"')
    assert (mended.commune, mended.code_postal, mended.latitude) == ("Camaret-sur-Aigues", "84850", 44.1633)
    assert structure(session, "cours des Essais").departement == "13"


def test_lost_zeros_come_back(run: ImportRun, session: Session) -> None:
    library = structure(session, "le village")
    assert (library.code_postal, library.code_insee, library.commune, library.departement) == ("04000", "04070", "Digne-les-Bains", "04")


def test_lost_letters_come_back_where_one_word_fits_and_stay_lost_elsewhere(run: ImportRun, session: Session) -> None:
    assert structure(session, "le village").nom == "Bibliothèque des Essais"
    assert structure(session, "3 rue Z\ufffdtoile").nom == "Point numérique de l\ufffdEssai"


def test_french_hours_become_osm_and_the_rest_can_still_be_read(run: ImportRun, session: Session) -> None:
    assert structure(session, "3 rue Z\ufffdtoile").horaires_accueil == "Mo-Fr 09:00-12:00,14:00-17:00"
    assert structure(session, "rue haute").horaires_accueil == "Mo-Fr 09:00-12:00"
    atelier = structure(session, "quai des Essais")
    assert atelier.horaires_accueil is None
    assert "Horaires : Sur rendez-vous, sauf le lundi" in (atelier.description or "")


def test_a_place_without_coordinates_gets_its_commune_s(run: ImportRun, session: Session) -> None:
    atelier = structure(session, "quai des Essais")
    assert (atelier.code_insee, atelier.precision_lieu) == ("13202", "commune")


def test_labels_and_words_say_what_is_offered(run: ImportRun, session: Session) -> None:
    point = services(session, "3 rue Z\ufffdtoile")
    assert [(s.frais, s.thematiques) for s in point] == [
        (
            "gratuit",
            [
                "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives",
                "numerique--acceder-a-des-services-en-ligne",
            ],
        ),
        (None, ["numerique--acceder-a-des-services-en-ligne"]),
    ]
    atelier = services(session, "quai des Essais")
    assert [s.thematiques for s in atelier] == [
        [
            "numerique--acceder-a-des-services-en-ligne",
            "numerique--acceder-a-une-connexion-internet",
            "numerique--maitriser-les-fondamentaux-du-numerique",
        ]
    ]
    assert services(session, "le village") == []


def test_no_date_is_made_up(run: ImportRun, session: Session) -> None:
    assert {s.date_maj for s in session.exec(select(Structure))} == {None}
    assert run.file_date is None or run.file_date < run.started_at.date()


def test_a_département_takes_only_its_rows(importing: Importing, session: Session) -> None:
    run = importing("13", "region-sud.csv")
    assert (run.source, run.departement) == ("region-sud", "13")
    assert {s.departement for s in session.exec(select(Structure))} == {"13"}
    assert run.created == 2
