"""How fast a folder of schema v1 comes in on SQLite, on one core: ``python -m bench.importing DOSSIER``.

New rows, with their index made, then the same again unchanged, beside a bare bulk insert of the same listings in the same run;
and, while the new ones come in, how long another process, on another core, waits to write a line.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, func, insert
from sqlmodel import Session, col, select

from app import accounts, db
from app.config import Settings
from app.models import Account, Service, Source, Structure
from app.models.accounts import Role
from app.search import engines, sync
from bench import measures, serving
from importers import pipeline

CHUNK = 1000
EDIT_EVERY = 0.05  # seconds between two writes of the other process


def apart(folder: Path) -> dict[str, Any]:
    """`measure` in a process of its own, whose memory is the import's."""
    command = [sys.executable, "-m", "bench.importing", str(folder)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def measure(folder: Path, work: Path) -> dict[str, Any]:
    """Rows a second, seconds and MB, on a new SQLite base in `work`; rows are those of both files, structures and services."""
    settings = Settings(data_dir=work, geocoder_url="")
    engine = db.open_engine(settings)
    db.migrate(engine)
    with db.session_of(engine) as session:
        accounts.create_account(session, "essai@example.org", "Essai", Role.CONSEILLER, (), None)
        session.commit()
    stop = multiprocessing.Event()
    waits: Any = multiprocessing.Queue()
    other = multiprocessing.Process(target=_edit, args=(engine.url.render_as_string(), stop, waits))
    other.start()
    with serving.kept_on(0):
        new = _timed(lambda: _import(engine, settings, folder))
        stop.set()
        waited = sorted(waits.get(timeout=30))
        other.join(30)
        import_mb = measures.peak_mb()
        search = engines.open_search(settings)
        index = _timed(lambda: sync.rebuild(engine, search))
        unchanged = _timed(lambda: _import(engine, settings, folder))
        rows, bare = _bare(engine, work)
    return {
        "rows": rows,
        "new_per_second": round(rows / new),
        "new_and_indexed_per_second": round(rows / (new + index)),
        "unchanged_per_second": round(rows / unchanged),
        "bare_insert_per_second": round(rows / bare),
        "other_writes": len(waited),
        "longest_wait_of_another_write": round(waited[-1], 3),
        "wait_of_99_in_100": round(waited[len(waited) * 99 // 100], 3),
        "import_peak_mb": round(import_mb),
        "peak_mb": round(measures.peak_mb()),
    }


def _timed(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _import(engine: Engine, settings: Settings, folder: Path) -> None:
    run = pipeline.run(engine, "data-inclusion", settings=settings, file=folder, author="bench")[0]
    if run.etat != "termine":
        raise SystemExit(f"{run.etat} : {run.message}")


def _edit(url: str, stop: Event, waits: Any) -> None:
    """Write a line again and again, as an edit or a sign-in would; tells how long each took, in seconds."""
    engine, took = db.make_engine(url), list[float]()
    with serving.kept_on(1 if (os.cpu_count() or 1) > 1 else None):
        _write_until(stop, engine, took)
    waits.put(took)


def _write_until(stop: Event, engine: Engine, took: list[float]) -> None:
    while not stop.is_set():
        start = time.perf_counter()
        with Session(engine) as session:
            account = session.exec(select(Account)).one()
            account.nom = f"Essai {len(took)}"
            session.add(account)
            session.commit()
        took.append(time.perf_counter() - start)
        time.sleep(EDIT_EVERY)


def _bare(engine: Engine, work: Path) -> tuple[int, float]:
    """The same listings into the same tables of another base, by bulk statements alone."""
    bare = db.make_engine(f"sqlite:///{work / 'nue.sqlite3'}")
    db.migrate(bare)
    with Session(engine) as source, Session(bare) as target:
        target.add_all(Source(**row.model_dump()) for row in source.exec(select(Source)))
        target.commit()
        count, seconds = 0, 0.0
        for model in (Structure, Service):
            total = source.exec(select(func.count()).select_from(model)).one()
            for start in range(0, total, CHUNK):
                rows = [row.model_dump() for row in source.exec(select(model).order_by(col(model.id)).offset(start).limit(CHUNK))]
                began = time.perf_counter()
                target.execute(insert(cast(Any, model).__table__), rows)  # the class would make a statement for each pattern of blanks
                target.commit()
                count, seconds = count + len(rows), seconds + time.perf_counter() - began
    return count, seconds


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as place:
        print(json.dumps(measure(Path(sys.argv[1]), Path(place)), indent=2))
