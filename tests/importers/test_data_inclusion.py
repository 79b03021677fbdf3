"""A folder of records of schema v1."""

import json
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select

from app.models import ImportRun, Quarantine, RawRecord, Service, Source, Structure
from tests.importers.conftest import Importing, counts, reasons
from tests.importers.parquet_files import write


@pytest.fixture
def run(importing: Importing) -> ImportRun:
    return importing("data-inclusion", "data-inclusion")


def test_good_records_come_in_and_bad_ones_say_why(run: ImportRun, session: Session) -> None:
    assert counts(run) == {"read": 9, "created": 4, "rejected": 5}
    said = sorted(" ".join(found) for found in _all_reasons(session, run))
    assert said == [
        "Cet identifiant est déjà celui d’une autre fiche du fichier.",
        "La ligne n’est pas du JSON lisible : elle est peut-être coupée.",
        "La structure « essai-b--court » de ce service est inconnue ou en quarantaine.",
        "service, champ « thematiques » : valeur inconnue du référentiel « mobilite--teleportation ».",
        "structure, champ « nom » : trop court « X ».",
    ]


def _all_reasons(session: Session, run: ImportRun) -> list[list[str]]:
    return list(session.exec(select(Quarantine.reasons).where(Quarantine.run_id == run.id)))


def test_a_record_keeps_its_own_source_which_levier_then_knows(run: ImportRun, session: Session) -> None:
    assert session.get_one(Structure, "essai-a--1").source == "essai-a"
    assert {source.id for source in session.exec(select(Source))} >= {"data-inclusion", "essai-a", "essai-b"}


def test_a_service_without_a_place_stands_where_its_structure_does(run: ImportRun, session: Session) -> None:
    service = session.get_one(Service, "essai-a--1-1")
    assert (service.commune, service.code_insee, service.latitude, service.departement) == ("Digne-les-Bains", "04070", 44.092, "04")
    assert (service.frais, service.zone_eligibilite, service.date_maj) == ("payant", ["04"], date(2026, 1, 2))


def test_a_national_service_needs_no_address(run: ImportRun, session: Session) -> None:
    service = session.get_one(Service, "essai-b--ecoute")
    assert (service.commune, service.departement, service.latitude, service.publics) == (None, None, None, None)


def test_a_folder_that_lacks_a_file_fails_in_french(importing: Importing, tmp_path: object) -> None:
    run = importing("data-inclusion", tmp_path)
    assert (run.etat, run.message) == ("echoue", f"Il manque « structures.ndjson » dans le dossier « {run.file_name} ».")


def test_the_parquet_files_that_data_inclusion_publishes(importing: Importing, session: Session, tmp_path: Path) -> None:
    """Of several deliveries in the folder, the last."""
    place = {"source": "essai-p", "commune": "Digne-les-Bains", "code_insee": "04070", "date_maj": date(2026, 1, 2), "score_qualite": 0.5}
    owner = {
        **place,
        "id": "essai-p--1",
        "nom": "Les Essais",
        "reseaux_porteurs": ["ccas-cias", "caf"],
        "latitude": 44.09,
        "longitude": 6.23,
    }
    offer = {
        **place,
        "id": "essai-p--1-1",
        "structure_id": "essai-p--1",
        "nom": "Un service",
        "description": "Pour essayer.",
        "publics": ["jeunes"],
    }
    write(tmp_path / "structures-inclusion-2026-01-05.parquet", [{**owner, "nom": "Ancien nom"}])
    write(tmp_path / "structures-inclusion-2026-01-12.parquet", [owner])
    write(tmp_path / "services-inclusion-2026-01-12.parquet", [offer])
    assert counts(importing("data-inclusion", tmp_path)) == {"read": 2, "created": 2}
    structure, service = session.get_one(Structure, "essai-p--1"), session.get_one(Service, "essai-p--1-1")
    assert (structure.nom, structure.reseaux_porteurs, structure.date_maj) == ("Les Essais", ["ccas-cias", "caf"], date(2026, 1, 2))
    assert (service.publics, service.departement) == (["jeunes"], "04")
    write(tmp_path / "services-inclusion-2026-01-12.parquet", [{**offer, "score_qualite": 0.4}])
    assert counts(importing("data-inclusion", tmp_path)) == {"read": 2, "unchanged": 2}


def test_lines_are_those_of_each_file(run: ImportRun, session: Session) -> None:
    assert set(reasons(session, run)) == {3, 4, 5}


def test_zones_that_schema_v1_has_no_word_for_are_written_as_what_they_hold(importing: Importing, session: Session, tmp_path: Path) -> None:
    place = {"source": "essai-z", "nom": "Les Essais", "commune": "Digne-les-Bains", "code_insee": "04070", "date_maj": "2026-01-02"}
    offer = {"structure_id": "essai-z--1", "description": "Un service pour essayer.", "zone_eligibilite": ["R93", "49095", "06", "31999"]}
    (tmp_path / "structures.ndjson").write_text(json.dumps({**place, "id": "essai-z--1"}), encoding="utf-8")
    (tmp_path / "services.ndjson").write_text(json.dumps({**place, **offer, "id": "essai-z--1-1"}), encoding="utf-8")
    assert counts(importing("data-inclusion", tmp_path)) == {"read": 2, "created": 2}
    assert session.get_one(Service, "essai-z--1-1").zone_eligibilite == ["04", "05", "06", "13", "83", "84", "49067", "31999"]
    [notes] = [row.notes for row in session.exec(select(RawRecord)) if row.notes]
    assert notes == [
        "Zone inconnue, qui ne couvre aucune commune : 31999.",
        "Zone écrite au schéma v1 : R93, 49095 devient 04, 05, 13, 83, 84, 49067.",
    ]
