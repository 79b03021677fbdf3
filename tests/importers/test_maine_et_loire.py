"""Maine-et-Loire: Lambert-93, broken dates, web pages in the e-mail column, archived listings."""

import pytest
from sqlmodel import Session, select

from app.models import ImportRun, RawRecord, Service, Structure
from tests.importers.conftest import Importing, counts, reasons


@pytest.fixture
def run(importing: Importing) -> ImportRun:
    return importing("maine-et-loire", "49-maine-et-loire.json")


def structure(session: Session, number: int) -> Structure:
    return session.get_one(Structure, f"maine-et-loire--ESS{number:03d}")


def services(session: Session, number: int) -> dict[str, Service]:
    found = session.exec(select(Service).where(Service.structure_id == f"maine-et-loire--ESS{number:03d}"))
    return {service.id.rsplit("ESS", 1)[1][4:]: service for service in found}


def test_every_true_row_comes_in_and_the_lost_one_says_why(run: ImportRun, session: Session) -> None:
    assert run.etat == "termine"
    assert counts(run) == {"read": 7, "blank": 1, "created": 6, "rejected": 1}
    assert reasons(session, run) == {8: ["Commune introuvable ou ambiguë : 99999 « Nulle-Part-sur-Rien »."]}


def test_a_maison_des_solidarités_is_where_it_says_and_serves_its_département(run: ImportRun, session: Session) -> None:
    mds = structure(session, 1)
    assert (mds.adresse, mds.complement_adresse) == ("12 rue des Essais", "CS 10001")
    assert (mds.code_insee, mds.departement, mds.collectivite, mds.precision_lieu) == ("49007", "49", "49D", "adresse")
    assert (mds.latitude, mds.longitude) == pytest.approx((47.473, -0.554), abs=1e-4)
    assert mds.reseaux_porteurs == ["maisons-des-solidarites", "departements"]
    service = services(session, 1)["accueil-social"]
    assert service.zone_eligibilite == ["49"]
    assert "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits" in (service.thematiques or [])
    assert (service.adresse, service.latitude, service.telephone) == (mds.adresse, mds.latitude, "+33261910001")


def test_a_cedex_is_the_commune_s_and_a_short_number_stays_as_written(run: ImportRun, session: Session) -> None:
    mission = structure(session, 2)
    assert (mission.commune, mission.code_insee, mission.telephone) == ("Cholet", "49099", "36 46")
    assert services(session, 2)["accompagnement-jeunes"].publics == ["jeunes"]


def test_a_broken_or_empty_date_is_unknown_and_the_file_s_is_kept_beside(run: ImportRun, session: Session) -> None:
    assert structure(session, 2).date_maj is None
    assert structure(session, 3).date_maj is None
    assert str(structure(session, 2).date_fichier) == "2020-12-09"
    notes = session.get_one(RawRecord, ("maine-et-loire", "ESS002")).notes
    assert "Date de mise à jour illisible : « 09/0102023 ». Date inconnue." in notes
    assert session.get_one(RawRecord, ("maine-et-loire", "ESS003")).notes == [
        "La colonne du courriel contenait une page web : reprise comme site web."
    ]


def test_a_web_page_in_the_email_column_is_the_web_site(run: ImportRun, session: Session) -> None:
    library = structure(session, 3)
    assert (library.courriel, library.site_web) == (None, "https://bibliotheque.example.org/contact")
    assert library.telephone is None


def test_a_library_without_a_ticked_service_is_a_lieu_généraliste(run: ImportRun, session: Session) -> None:
    assert services(session, 3) == {}


def test_ticked_columns_make_the_service_and_its_publics(run: ImportRun, session: Session) -> None:
    service = services(session, 4)["numerique"]
    assert service.thematiques == ["numerique--acceder-a-une-connexion-internet", "numerique--maitriser-les-fondamentaux-du-numerique"]
    assert (service.publics, service.conditions_acces) == (["tous-publics"], "Adhésion à l’association")
    assert service.description_composee


def test_a_postal_code_that_lost_its_last_digit_is_not_taken_for_another_département(run: ImportRun, session: Session) -> None:
    centre = structure(session, 4)
    assert (centre.commune, centre.code_postal, centre.departement) == ("Trélazé", "49800", "49")
    assert centre.site_web == "https://cyber.example.org"


def test_an_inactive_row_is_archived_with_its_services(run: ImportRun, session: Session) -> None:
    assert structure(session, 5).statut == "archivee"
    assert {service.statut for service in services(session, 5).values()} == {"archivee"}
    assert structure(session, 1).statut == "publiee"


def test_a_place_of_two_kinds_is_of_both(run: ImportRun, session: Session) -> None:
    assert structure(session, 7).reseaux_porteurs == ["france-service"]
    assert set(services(session, 7)) == {"france-services"}
    assert structure(session, 7).telephone is None
