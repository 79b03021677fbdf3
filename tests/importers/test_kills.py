"""An import killed at any moment, and run again, ends in the same base as one that nobody disturbed."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app import db
from app.config import Settings
from app.models import ImportRun, Quarantine, RawRecord, RawRecordBefore, Renumbering, Revision, Service, Source, Structure
from importers import pipeline
from tests.conftest import ROOT

TOWNS = [("Digne-les-Bains", "04000", "04070"), ("Tours", "37000", "37261"), ("Barcelonnette", "04400", "04019")]
SCRIPT = Path(__file__).parent / "importing_process.py"
STRUCTURES = 600
TIMES = frozenset({"created_at", "updated_at"})


def deliver(path: Path, ids: dict[int, str], said: str) -> Path:
    """Invented structures, a service each, by number; one record in fifty is faulty. A place's name is its number, whatever its id."""
    path.mkdir()
    lines: dict[str, list[str]] = {"structures": [], "services": []}
    for n, own_id in ids.items():
        commune, code_postal, code_insee = TOWNS[n % 3]
        own = {"source": f"essai-{n % 2}", "date_maj": "2026-02-03"}
        place = {"commune": commune, "code_postal": code_postal, "code_insee": code_insee, "adresse": f"{n} rue des Essais"}
        lines["structures"].append(json.dumps({**own, **place, "id": own_id, "nom": "X" if n % 50 == 7 else f"Structure {n}"}))
        service = {**own, "id": f"{own_id}-s", "structure_id": own_id, "nom": f"Service {n}", "description": said.format(n)}
        lines["services"].append(json.dumps(service))
    for name, records in lines.items():
        (path / f"{name}.ndjson").write_text("\n".join(records), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """600 structures: a first delivery."""
    return deliver(tmp_path / "fiches", {n: f"essai--{n}" for n in range(STRUCTURES)}, "Ce que fait {}.")


@pytest.fixture
def next_folder(tmp_path: Path) -> Path:
    """The next one: of twenty, one is gone and one has another id; all services say something new; forty places more."""
    ids = {n: f"essai--n{n}" if n % 20 == 3 else f"essai--{n}" for n in range(STRUCTURES + 40) if n % 20 != 5}
    return deliver(tmp_path / "suite", ids, "Ce que fait désormais {}.")


def base(engine: Engine) -> dict[str, Any]:
    """All that an import leaves, but for times and run numbers."""
    with Session(engine) as session:
        found: dict[str, Any] = {
            model.__name__: sorted(
                (row.model_dump(exclude=set(TIMES)) for row in session.exec(select(model))), key=lambda row: str(row["id"])
            )
            for model in (Structure, Service, Source)
        }
        raw = session.exec(select(RawRecord).order_by(RawRecord.source, RawRecord.record_id))
        found["raw"] = [(row.source, row.record_id, row.hash, row.content, row.notes, row.line, row.listings) for row in raw]
        ids = select(Renumbering.new_id, Renumbering.listing_id).where(col(Renumbering.ended_by).is_(None))
        found["renumbered"] = sorted(session.exec(ids).all())
        before = session.exec(select(RawRecordBefore.record_id, RawRecordBefore.content, RawRecordBefore.listings))
        found["before"] = sorted(before.all(), key=str)
        revisions = session.exec(select(Revision.genre, Revision.listing_id, Revision.changes, Revision.author))
        found["revisions"] = sorted(revisions, key=str)
        last = session.exec(select(ImportRun).order_by(col(ImportRun.id).desc())).first()
        assert last is not None
        found["last"] = (last.etat, last.read, last.rejected)
        quarantine = session.exec(select(Quarantine.line, Quarantine.reasons).where(Quarantine.run_id == last.id))
        found["quarantine"] = sorted(quarantine, key=str)
        return found


def start(url: str, data_dir: Path, folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-W", "ignore", str(SCRIPT), url, str(data_dir), str(folder)]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LEVIER_GEOCODER_URL": ""}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)


def kill_after(process: "subprocess.Popen[str]", batches: int, delay: float) -> None:
    """Kill -9 once that many batches are committed, a little later: reading, locating, writing or committing."""
    assert process.stdout is not None
    for _ in range(batches):
        process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    process.stdout.close()


def undisturbed(tmp_path: Path, sqlite_template: Path, folders: Sequence[Path]) -> dict[str, Any]:
    path = tmp_path / "undisturbed.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    engine = db.make_engine(f"sqlite:///{path}")
    for folder in folders:
        run = pipeline.run(engine, "data-inclusion", settings=Settings(data_dir=tmp_path / "calm"), file=folder)[0]
        assert run.etat == "termine"
    found = base(engine)
    engine.dispose()
    return found


def kill_and_run_again(engine: Engine, url: str, tmp_path: Path, folder: Path, seed: int, kills: int) -> None:
    """A kill falls while the file is prepared, while it is written, or while those that are gone are set aside."""
    chance = random.Random(seed)
    for _ in range(kills):
        kill_after(start(url, tmp_path / "var", folder), chance.randrange(2 * STRUCTURES * 2 // 40), chance.random() * 0.03)
    last = start(url, tmp_path / "var", folder)
    _, _ = last.communicate(timeout=120)
    assert last.returncode == 0
    with Session(engine) as session:
        states = list(session.exec(select(ImportRun.etat).order_by(col(ImportRun.id))))
    assert states[-1] == "termine"
    assert "interrompu" in states


def test_killed_midway_and_run_again(engine: Engine, database_url: str, sqlite_template: Path, tmp_path: Path, folder: Path) -> None:
    kill_and_run_again(engine, database_url, tmp_path, folder, seed=3, kills=2)
    found = base(engine)
    assert found == undisturbed(tmp_path, sqlite_template, [folder])
    assert found["last"] == ("termine", 2 * STRUCTURES, 24)


def test_killed_while_rows_go_and_come_back_under_another_id(
    engine: Engine, database_url: str, sqlite_template: Path, tmp_path: Path, folder: Path, next_folder: Path
) -> None:
    assert pipeline.run(engine, "data-inclusion", settings=Settings(data_dir=tmp_path / "var"), file=folder)[0].etat == "termine"
    kill_and_run_again(engine, database_url, tmp_path, next_folder, seed=5, kills=2)
    found = base(engine)
    assert found == undisturbed(tmp_path, sqlite_template, [folder, next_folder])
    assert len(found["renumbered"]) == 2 * STRUCTURES // 20
    assert sum(row["disparu_le"] is not None for row in found["Structure"]) == STRUCTURES // 20


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_thirty_points(engine: Engine, database_url: str, sqlite_template: Path, tmp_path: Path, folder: Path, seed: int) -> None:
    kill_and_run_again(engine, database_url, tmp_path, folder, seed=100 + seed, kills=3)
    assert base(engine) == undisturbed(tmp_path, sqlite_template, [folder])


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_thirty_points_of_a_second_delivery(
    engine: Engine, database_url: str, sqlite_template: Path, tmp_path: Path, folder: Path, next_folder: Path, seed: int
) -> None:
    pipeline.run(engine, "data-inclusion", settings=Settings(data_dir=tmp_path / "var"), file=folder)
    kill_and_run_again(engine, database_url, tmp_path, next_folder, seed=200 + seed, kills=3)
    assert base(engine) == undisturbed(tmp_path, sqlite_template, [folder, next_folder])
