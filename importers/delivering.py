"""A deposit, tried then imported: the run is in the base before the work begins, so that any page can show how far it is."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from sqlalchemy import Engine, update
from sqlmodel import Session, col

from app.config import Settings
from app.db import session_of
from app.models import ImportRun
from app.models.base import now
from app.territory import gazetteer
from importers import locking, pipeline
from importers.deposits import Deposit, Deposits
from importers.differences import Differences
from importers.source import Source

Kind = Literal["essai", "import"]
UNNAMED = "depot-"  # a first file is tried before its source exists: its runs are of this and the deposit
BETWEEN = 0.5  # seconds between two notes of progress
STARTING = timedelta(seconds=10)


def begin(engine: Engine, deposits: Deposits, deposit: Deposit, kind: Kind, author: str) -> tuple[Deposit, ImportRun]:
    """The run, in the base and en-cours, and the deposit that knows it. Raises Busy if its source is being imported."""
    source_id = deposit.source or f"{UNNAMED}{deposit.id}"
    with locking.held(engine, deposits.settings.data_dir, source_id):
        pass
    with session_of(engine) as session:
        run = ImportRun(source=source_id, author=author, dry_run=kind == "essai", file_name=deposit.name)
        session.add(run)
        session.commit()
        session.refresh(run)
        session.expunge(run)
    deposits.write(deposit.id, "progression.json", {"run": run.id, "done": 0, "total": None})
    return deposits.save(replace(deposit, runs={**deposit.runs, kind: run.id or 0})), run


def work(engine: Engine, deposits: Deposits, deposit: Deposit, source: Source, run: ImportRun) -> ImportRun:
    """Make the run; its progress and what a dry run foretells are written beside the deposit. Returns it, finished."""
    return pipeline.run_source(
        engine,
        source,
        run,
        settings=deposits.settings,
        file=deposits.path(deposit),
        progress=_noted(deposits, deposit, run.id or 0),
        foretold=Differences(gazetteer.load(), lambda told: deposits.write(deposit.id, "essai.json", {"run": run.id, **told})),
    )


def state(session: Session, engine: Engine, settings: Settings, run_id: int) -> ImportRun | None:
    """The run as it stands: one whose process died is said to be interrompu."""
    run = session.get(ImportRun, run_id)
    if (
        run is None
        or run.etat != "en-cours"
        or now() - run.started_at < STARTING
        or not locking.is_free(engine, settings.data_dir, run.source)
    ):
        return run
    dead = update(ImportRun).where(col(ImportRun.id) == run_id, col(ImportRun.etat) == "en-cours")
    session.execute(dead.values(etat="interrompu", finished_at=now()))
    session.commit()
    session.refresh(run)
    return run


def _noted(deposits: Deposits, deposit: Deposit, run_id: int) -> Callable[[int, int | None], None]:
    last = 0.0

    def note(done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= BETWEEN:
            last = time.monotonic()
            deposits.write(deposit.id, "progression.json", {"run": run_id, "done": done, "total": total})

    return note
