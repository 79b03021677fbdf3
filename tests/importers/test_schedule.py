"""Imports by the calendar, on real bases and a real server."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import ImportRun, Structure
from app.models.base import now
from importers import locking, registry, schedule
from importers.source import Source
from importers.sources.gironde import SOURCE as GIRONDE
from importers.sources.ille_et_vilaine import SOURCE as ILLE
from importers.sources.maine_et_loire import SOURCE as WITHOUT_ADDRESS
from tests.importers.conftest import FIXTURES

LATER = timedelta(days=7)


class Server(BaseHTTPRequestHandler):
    """Gives the fixture of Gironde; `down`: answers 500; `asked`: how many times."""

    down = False
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        content = b"" if self.down else (FIXTURES / "33-gironde.json").read_bytes()
        self.send_response(500 if self.down else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"sources_hosts": "127.0.0.1"})


@pytest.fixture
def gironde() -> Iterator[Source]:
    Server.down = False
    Server.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield replace(GIRONDE, url=f"http://127.0.0.1:{server.server_port}/gironde.json")
    server.shutdown()
    thread.join()
    server.server_close()


Running = Callable[..., list[ImportRun]]


@pytest.fixture
def due(engine: Engine, settings: Settings, gironde: Source, monkeypatch: pytest.MonkeyPatch) -> Running:
    """``due(in_days=7)`` → the runs made at that moment."""
    monkeypatch.setattr(schedule, "SOURCES", (gironde, ILLE, WITHOUT_ADDRESS))

    def run(in_days: float = 0) -> list[ImportRun]:
        return list(schedule.run_due(engine, settings=settings, at=now() + timedelta(days=in_days)))

    return run


@pytest.fixture
def once(engine: Engine, settings: Settings, gironde: Source) -> ImportRun:
    """A person imported Gironde."""
    from importers import pipeline

    run = pipeline.run_source(engine, gironde, ImportRun(source=gironde.id), settings=settings)
    assert run.etat == "termine"
    return run


def test_nothing_comes_that_nobody_imported_once(due: Running) -> None:
    assert due(365) == []
    assert Server.asked == []


def test_what_came_in_once_comes_again_in_its_time(due: Running, once: ImportRun, session: Session) -> None:
    before = len(session.exec(select(Structure.id)).all())
    assert before
    assert due(6.9) == []
    [run] = due(7)
    assert (run.etat, run.author, run.created, run.unchanged) == ("termine", "levier (planifié)", 0, once.created)
    assert due(0) == [], "the last run counts, whoever made it"
    assert len(session.exec(select(Structure.id)).all()) == before


def test_a_failure_is_tried_again_the_next_day_and_not_before(due: Running, once: ImportRun, engine: Engine) -> None:
    Server.down = True
    [failed] = due(7)
    assert failed.etat == "echoue"
    assert "erreur 500" in (failed.message or "")
    asked = len(Server.asked)
    assert due(0.9) == []
    assert len(Server.asked) == asked
    Server.down = False
    assert [run.etat for run in due(1)] == ["termine"]


def test_a_first_import_that_failed_chose_nothing(due: Running, session: Session) -> None:
    session.add(ImportRun(source="gironde", etat="echoue"))
    session.add(ImportRun(source="gironde", etat="termine", dry_run=True))
    session.commit()
    assert due(30) == []


def test_one_source_that_breaks_stops_no_other(
    due: Running, once: ImportRun, session: Session, monkeypatch: pytest.MonkeyPatch, gironde: Source
) -> None:
    class Broken:
        def __call__(self, path: object) -> object:
            raise RuntimeError("nobody foresaw this")

    broken = replace(gironde, id="aaa-essai", read=Broken())
    monkeypatch.setattr(schedule, "SOURCES", (broken, gironde))
    session.add(ImportRun(source=broken.id, etat="termine"))
    session.commit()
    runs = due(7)
    assert [(run.source, run.etat) for run in runs] == [("aaa-essai", "echoue"), ("gironde", "termine")]
    stored = session.get_one(ImportRun, runs[0].id)
    assert (stored.etat, stored.message) == ("echoue", "Erreur inattendue : RuntimeError. Voir le journal.")


def test_a_departement_alone_stays_alone_until_the_whole_is_taken(session: Session, gironde: Source) -> None:
    national = replace(gironde, id="france-services", departements=())
    session.add(ImportRun(source="france-services", etat="termine", departement="49"))
    session.add(ImportRun(source="france-services", etat="retenu", departement="04"))
    session.commit()
    at = now() + LATER
    assert [one.departement for one in schedule.due(session, at, [national])] == ["04", "49"]
    session.add(ImportRun(source="france-services", etat="termine"))
    session.commit()
    assert [one.departement for one in schedule.due(session, now() + LATER, [national])] == [None]


def test_a_source_that_says_never_never_comes(session: Session, gironde: Source) -> None:
    session.add(ImportRun(source="gironde", etat="termine"))
    session.commit()
    at: datetime = now() + LATER
    assert schedule.due(session, at, [gironde])
    assert schedule.due(session, at, [replace(gironde, every_days=None)]) == []
    assert schedule.due(session, at, [replace(gironde, url=None)]) == []


def test_two_machines_at_once_do_the_work_once(due: Running, once: ImportRun, engine: Engine, settings: Settings) -> None:
    with locking.held(engine, settings.data_dir, schedule.LOCK), pytest.raises(locking.Busy):
        due(7)
    with locking.held(engine, settings.data_dir, "gironde"):
        assert due(7) == [], "a person is importing it"
    assert len(due(7)) == 1


def test_every_published_source_is_asked_now_and_then() -> None:
    assert {source.every_days for source in registry.SOURCES if source.url} == {7}
