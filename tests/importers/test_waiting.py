"""While an import writes, others write too: between any two lots, whoever waits gets through."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from app.config import Settings
from app.models import Source
from importers import batches, pipeline
from importers.preparing import Lot
from tests.importers.conftest import Importing
from tests.importers.test_kills import base, deliver, undisturbed

LOT = 40
PATIENCE = 5.0  # seconds


class Clerks:
    """At the end of each lot, its transaction still open, one more clerk edits something; none is left behind by the next lot."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.waiting: threading.Thread | None = None
        self.overtaken = 0
        self.served = 0

    def come(self, *_report: Any) -> None:
        self.leave()
        self.waiting = threading.Thread(target=self._edit)
        self.waiting.start()
        time.sleep(0.05)  # the clerk asks SQLite a few times, and waits

    def leave(self) -> None:
        if self.waiting is not None:
            self.waiting.join(PATIENCE)  # it has written already, unless the lot that is open came before it
            self.overtaken += self.waiting.is_alive()
            self.served += not self.waiting.is_alive()

    def _edit(self) -> None:
        with Session(self.engine) as session:
            edit = update(Source).where(col(Source.id) == "data-inclusion")
            session.connection().execute(edit.values(nom=f"data·inclusion {self.served}"))
            session.commit()


def test_between_any_two_lots_whoever_waits_gets_through(
    engine: Engine, importing: Importing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = deliver(tmp_path / "fiches", {n: f"essai--{n}" for n in range(300)}, "Ce que fait {}.")
    clerks, report = Clerks(engine), batches.report

    def reported(session: Session, *counted: Any) -> None:
        report(session, *counted)
        clerks.come()

    monkeypatch.setattr(pipeline, "BATCH", LOT)
    monkeypatch.setattr(batches, "report", reported)
    assert importing("data-inclusion", folder).etat == "termine"
    clerks.leave()
    assert clerks.overtaken == 0
    assert clerks.served == 2 * 300 // LOT + 1  # the last one as the run ends
    with Session(engine) as session:
        assert session.exec(select(Source.nom).where(Source.id == "data-inclusion")).one() == f"data·inclusion {clerks.served - 1}"


def test_a_machine_that_is_too_slow_writes_fewer_rows_at_once_to_the_same_end(
    engine: Engine, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = deliver(tmp_path / "fiches", {n: f"essai--{n}" for n in range(500)}, "Ce que fait {}.")
    expected = undisturbed(tmp_path, sqlite_template, [folder])
    written, apply = list[int](), batches.Batches.apply

    def counted(self: batches.Batches, lot: Lot) -> None:
        written.append(lot.read)
        apply(self, lot)

    monkeypatch.setattr(batches, "MOST_HELD", 0.000_001)
    monkeypatch.setattr(batches.Batches, "apply", counted)
    told = list[int]()
    settings = Settings(data_dir=tmp_path / "var")
    pipeline.run(engine, "data-inclusion", settings=settings, file=folder, progress=lambda done, _total: told.append(done))
    assert base(engine) == expected
    assert sum(written) == 2 * 500
    assert written[1] == batches.FEWEST
    assert max(written[1:]) < 2 * batches.FEWEST
    assert told[-1] == 2 * 500
