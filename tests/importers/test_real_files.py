"""The real files of departments, where they are at hand: at least 98 % of their true rows come in, once."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import Quarantine, RawRecord, Service, Structure
from importers import pipeline
from tests.conftest import ROOT

DATA = ROOT / "../shared/data"
TRUE_ROWS = [
    ("maine-et-loire", "49-maine-et-loire.json", 240),
    ("gironde", "33-gironde.json", 347),
    ("haute-vienne", "87-haute-vienne.json", 208),  # 204 by name and address alone: four branches without an address are in other communes
    ("region-sud", "region-sud-04-05-06-13-83-84.csv", 1242),
    ("france-services", "france-services-2022-12.csv", 2683),
    ("france-services", "france-services-2024-08.csv", 2845),
]


@pytest.fixture
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip("The real files of ../shared/data are not here: the invented fixtures stand in for them")
    return DATA


@pytest.mark.parametrize(("target", "name", "true_rows"), TRUE_ROWS)
def test_a_real_file_comes_in_and_a_second_run_changes_nothing(
    engine: Engine, session: Session, settings: Settings, data: Path, target: str, name: str, true_rows: int
) -> None:
    first = pipeline.run(engine, target, settings=settings, file=data / name)[0]
    assert first.etat == "termine", first.message
    assert first.created >= 0.98 * true_rows
    assert first.created <= true_rows
    assert first.created + first.rejected == first.read
    reasons = list(session.exec(select(Quarantine.reasons).where(Quarantine.run_id == first.id)))
    assert len(reasons) == first.rejected
    assert all(reasons)
    second = pipeline.run(engine, target, settings=settings, file=data / name)[0]
    assert (second.created, second.changed, second.unchanged, second.rejected) == (0, 0, first.created, first.rejected)


def test_the_traps_of_maine_et_loire(engine: Engine, session: Session, settings: Settings, data: Path) -> None:
    run = pipeline.run(engine, "49", settings=settings, file=data / "49-maine-et-loire.json")[0]
    assert (run.read, run.blank) == (240, 3)
    structures = list(session.exec(select(Structure)))
    assert {s.departement for s in structures} == {"49"}
    assert sum(s.statut == "archivee" for s in structures) == 18
    assert sum(s.date_maj is None for s in structures) == 47 - 3
    assert sum(s.precision_lieu == "adresse" for s in structures) == 238  # two stand on their town hall: as good as the commune
    moved = "La colonne du courriel contenait une page web : reprise comme site web."
    assert sum(moved in notes for notes in session.exec(select(RawRecord.notes))) == 10


def test_the_traps_of_gironde(engine: Engine, session: Session, settings: Settings, data: Path) -> None:
    pipeline.run(engine, "33", settings=settings, file=data / "33-gironde.json")
    structures = list(session.exec(select(Structure)))
    assert {s.departement for s in structures} == {"33"}
    assert all(s.latitude and 44 < s.latitude < 46 and s.code_insee for s in structures)
    assert sum(s.precision_lieu == "adresse" for s in structures) >= 340
    assert sum(s.telephone == "3949" for s in structures) == 5
    assert all(s.date_maj for s in structures)


def test_the_traps_of_région_sud(engine: Engine, session: Session, settings: Settings, data: Path) -> None:
    run = pipeline.run(engine, "region-sud", settings=settings, file=data / "region-sud-04-05-06-13-83-84.csv")[0]
    lines = {row.line for row in session.exec(select(Quarantine).where(Quarantine.run_id == run.id))}
    assert {555, 612} <= lines
    structures = list(session.exec(select(Structure)))
    assert {s.departement for s in structures} == {"04", "05", "06", "13", "83", "84"}
    assert any(s.commune == "Camaret-sur-Aigues" and s.code_postal == "84850" for s in structures)
    assert not any("\ufffd" in (s.commune or "") for s in structures)
    assert sum("\ufffd" in s.nom for s in structures) < 60
    france_services = session.exec(select(Service).where(Service.nom == "Accompagnement aux démarches administratives et numériques")).all()
    assert len(france_services) > 140


def test_the_traps_of_haute_vienne(engine: Engine, session: Session, settings: Settings, data: Path) -> None:
    run = pipeline.run(engine, "87", settings=settings, file=data / "87-haute-vienne.json")[0]
    assert (run.read, run.created, run.rejected) == (208, 206, 2)
    reasons = {q.line: q.reasons for q in session.exec(select(Quarantine).where(Quarantine.run_id == run.id))}
    assert list(reasons) == [291, 497]  # a place without address or commune, another without a name: a human will know
    structures, services = list(session.exec(select(Structure))), list(session.exec(select(Service)))
    assert {s.departement for s in structures} == {"87"}  # the geocoder's columns put twenty rows in eight other départements
    assert all(s.latitude and 45.3 < s.latitude < 46.5 and s.longitude and 0.5 < s.longitude < 2 for s in structures)
    rows = [row for kept in session.exec(select(RawRecord.content)) for row in kept["lignes"]]
    assert len(rows) == 555  # and six of the two refused places
    named_after_a_kind = {"france-services", "prestations", "emploi", "aide-sociale", "accompagnement-jeunes", "information-jeunesse"}
    assert sum(service.id.split("-", 4)[-1] not in named_after_a_kind for service in services) >= 555
    said = [text for s in services for text in (s.description, s.conditions_acces, s.publics_precisions, s.mobilisation_precisions) if text]
    assert not any("<" in text or "&quot;" in text for text in said)
    assert any(text.startswith('Formation : "Mailchim, e-mailing et newletter"') for text in said)  # whole in the pop-up alone
    assert sum(s.conditions_acces == "Accès sur RDV" for s in services) == 88
    assert {s.telephone for s in structures if s.nom in ("Afpa", "CARSAT Centre-Ouest")} == {"39 36", "39 60"}


FAULTS = {
    "structure:005d3060-c322-4ec5-bd70-a60f054d3b81": [
        "l’en-tête « 2026-02-23 » est une date",
        "« colonne en trop »",
        "« colonne en double »",
        "« 750121 »",
        "« pas une adresse »",
        "« pas une url ! »",
        "se terminait par un point",
    ],
    "service:53669028-8862-4f42-a80c-d3f269456edc": [
        "l’en-tête « 2026-03-03 » est une date",
        "la colonne « lien_source » est en double",
        "« lien_url_gen »",
        "« lien_url_widget »",
        "« logement-hebergement--louer-un-appartement »",
        "« autres »",
        "« beaucoup »",
    ],
    "service:53669028-8862-4f42-a80c-d3f269456ed2": ["« 59999 »", "« autres »", "« beaucoup »"],
}


def test_every_planted_fault_of_the_contribution_workbook_is_named_and_all_else_is_in(
    engine: Engine, session: Session, settings: Settings, data: Path
) -> None:
    run = pipeline.run(engine, "contribution", settings=settings, file=data / "data-inclusion-template.xlsx")[0]
    assert (run.etat, run.read, run.created, run.rejected) == ("termine", 3, 3, 0)  # one structure and two services; examples left out
    for record, faults in FAULTS.items():
        notes = session.get_one(RawRecord, ("contribution", record)).notes
        assert [fault for fault in faults if not any(fault in note for note in notes)] == []
    [structure] = session.exec(select(Structure))
    assert (structure.nom, structure.siret, structure.departement) == ("AGENCE ACTION LOGEMENT", "82454114801871", "75")
    assert (structure.telephone, structure.horaires_accueil, str(structure.date_maj)) == ("+33970800800", "Mo-Fr 09:00-18:00", "2026-02-23")
    assert (structure.reseaux_porteurs, structure.courriel, structure.site_web) == (["action-logement"], None, None)
    lille, beside = sorted(session.exec(select(Service)), key=lambda service: service.id, reverse=True)
    assert (lille.commune, beside.commune) == ("Lille", "Paris")
    assert all(
        s.thematiques == ["logement-hebergement--louer-un-logement"] and s.volume_horaire_hebdomadaire == 10.5 for s in (lille, beside)
    )
    assert all(s.mobilisable_par == ["professionnels", "usagers"] and s.frais == "gratuit" for s in (lille, beside))


def test_the_traps_of_france_services(engine: Engine, session: Session, settings: Settings, data: Path) -> None:
    run = pipeline.run(engine, "france-services", settings=settings, file=data / "france-services-2022-12.csv")[0]
    structures = list(session.exec(select(Structure)))
    assert 0.98 * 2683 <= run.created == len(structures)
    assert all(s.date_maj is None and s.date_fichier for s in structures)  # the file's date stands beside, it is no row's
    assert all(s.latitude and s.longitude for s in structures)  # 30 had none: the commune's
    assert not any("Ã" in text for s in structures for text in (s.nom, s.adresse, s.commune) if text)
    assert sum(bool(s.horaires_accueil) for s in structures) > 2000
