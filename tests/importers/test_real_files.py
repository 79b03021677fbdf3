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
    run = pipeline.run(engine, "region-sud", settings=settings, file=data / TRUE_ROWS[2][1])[0]
    lines = {row.line for row in session.exec(select(Quarantine).where(Quarantine.run_id == run.id))}
    assert {555, 612} <= lines
    structures = list(session.exec(select(Structure)))
    assert {s.departement for s in structures} == {"04", "05", "06", "13", "83", "84"}
    assert any(s.commune == "Camaret-sur-Aigues" and s.code_postal == "84850" for s in structures)
    assert not any("\ufffd" in (s.commune or "") for s in structures)
    assert sum("\ufffd" in s.nom for s in structures) < 60
    france_services = session.exec(select(Service).where(Service.nom == "Accompagnement aux démarches administratives et numériques")).all()
    assert len(france_services) > 140
