"""An import killed at any moment, and run again, ends in the same base as one that nobody disturbed."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app import db
from app.config import Settings
from app.models import ImportRun, Quarantine, RawRecord, Revision, Service, Source, Structure
from importers import pipeline
from tests.conftest import ROOT

TOWNS = [("Digne-les-Bains", "04000", "04070"), ("Tours", "37000", "37261"), ("Barcelonnette", "04400", "04019")]
SCRIPT = Path(__file__).parent / "importing_process.py"
STRUCTURES = 600
TIMES = frozenset({"created_at", "updated_at"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """600 invented structures, a service each; one record in fifty is faulty."""
    path = tmp_path / "fiches"
    path.mkdir()
    lines: dict[str, list[str]] = {"structures": [], "services": []}
    for n in range(STRUCTURES):
        commune, code_postal, code_insee = TOWNS[n % 3]
        own = {"source": f"essai-{n % 2}", "date_maj": "2026-02-03"}
        place = {"commune": commune, "code_postal": code_postal, "code_insee": code_insee, "adresse": f"{n} rue des Essais"}
        lines["structures"].append(json.dumps({**own, **place, "id": f"essai--{n}", "nom": "X" if n % 50 == 7 else f"Structure {n}"}))
        service = {**own, "id": f"essai--{n}-s", "structure_id": f"essai--{n}", "nom": f"Service {n}", "description": f"Ce que fait {n}."}
        lines["services"].append(json.dumps(service))
    for name, records in lines.items():
        (path / f"{name}.ndjson").write_text("\n".join(records), encoding="utf-8")
    return path


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
        found["raw"] = [(row.source, row.record_id, row.hash, row.content, row.notes, row.line) for row in raw]
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


def undisturbed(tmp_path: Path, sqlite_template: Path, folder: Path) -> dict[str, Any]:
    path = tmp_path / "undisturbed.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    engine = db.make_engine(f"sqlite:///{path}")
    run = pipeline.run(engine, "data-inclusion", settings=Settings(data_dir=tmp_path / "calm"), file=folder)[0]
    assert (run.etat, run.rejected) == ("termine", 24)
    found = base(engine)
    engine.dispose()
    return found


def kill_and_run_again(engine: Engine, url: str, tmp_path: Path, folder: Path, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    for _ in range(kills):
        kill_after(start(url, tmp_path / "var", folder), chance.randrange(12), chance.random() * 0.15)
    last = start(url, tmp_path / "var", folder)
    _, _ = last.communicate(timeout=120)
    assert last.returncode == 0
    with Session(engine) as session:
        states = [run.etat for run in session.exec(select(ImportRun).order_by(col(ImportRun.id)))]
    assert states[-1] == "termine"
    assert states[:-1] == ["interrompu"] * kills


def test_killed_midway_and_run_again(engine: Engine, database_url: str, sqlite_template: Path, tmp_path: Path, folder: Path) -> None:
    kill_and_run_again(engine, database_url, tmp_path, folder, seed=3, kills=2)
    assert base(engine) == undisturbed(tmp_path, sqlite_template, folder)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_thirty_points(engine: Engine, database_url: str, sqlite_template: Path, tmp_path: Path, folder: Path, seed: int) -> None:
    kill_and_run_again(engine, database_url, tmp_path, folder, seed=100 + seed, kills=3)
    assert base(engine) == undisturbed(tmp_path, sqlite_template, folder)
