"""Writers of an SQLite base queue for it: one that writes again and again overtakes nobody. JSON columns are written as ever."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from app import db

PATIENCE = 10.0  # seconds


@pytest.fixture
def base(tmp_path: Path) -> Engine:
    engine = db.make_engine(f"sqlite:///{tmp_path / 'base.sqlite3'}")
    with Session(engine) as session:
        session.execute(text("CREATE TABLE line (id INTEGER PRIMARY KEY, said TEXT)"))
        session.commit()
    return engine


def say(session: Session, said: str) -> None:
    session.execute(text("INSERT INTO line (said) VALUES (:said)"), {"said": said})


def said(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.execute(text("SELECT said FROM line ORDER BY id")).scalars())


def someone_waits(turnstile: Path) -> bool:
    with turnstile.open("ab") as file:
        return not db._is_ours(file.fileno())


def write_elsewhere(engine: Engine) -> threading.Thread:
    """Someone else who wants to write, and who waits by now."""

    def write() -> None:
        with Session(engine) as session:
            say(session, "an edit")
            session.commit()

    thread = threading.Thread(target=write)
    thread.start()
    until = time.monotonic() + PATIENCE
    while not someone_waits(Path(f"{engine.url.database}.tourniquet")):
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.3)  # by now SQLite lets it look ten times a second at most
    return thread


def test_a_writer_that_waits_is_not_overtaken_by_the_one_that_writes_lot_after_lot(base: Engine) -> None:
    with Session(base) as importing:
        say(importing, "a lot")
        waiting = write_elsewhere(base)
        importing.commit()
        say(importing, "the next lot")
        importing.commit()
    waiting.join(PATIENCE)
    assert said(base) == ["a lot", "an edit", "the next lot"]


def test_rows_written_at_once_queue_as_well(base: Engine) -> None:
    many = text("INSERT INTO line (said) VALUES (:said)")
    with Session(base) as importing:
        importing.execute(many, [{"said": "a lot"}, {"said": "of rows"}])
        waiting = write_elsewhere(base)
        importing.commit()
        importing.execute(many, [{"said": "the next lot"}, {"said": "of rows"}])
        importing.commit()
    waiting.join(PATIENCE)
    assert said(base) == ["a lot", "of rows", "an edit", "the next lot", "of rows"]


def test_reading_passes_no_turnstile(base: Engine) -> None:
    with Session(base) as importing:
        say(importing, "a lot")
        waiting = write_elsewhere(base)
        assert said(base) == []
        importing.commit()
    waiting.join(PATIENCE)


def test_a_writer_that_fails_leaves_the_turnstile(base: Engine) -> None:
    with Session(base) as session, pytest.raises(Exception, match="no such table"):
        session.execute(text("INSERT INTO absent (said) VALUES ('x')"))
    assert not someone_waits(Path(f"{base.url.database}.tourniquet"))


def test_whoever_waits_too_long_at_the_turnstile_goes_on(base: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "PATIENCE", 0.05)
    with Path(f"{base.url.database}.tourniquet").open("ab") as stuck, Session(base) as session:
        assert db._is_ours(stuck.fileno())
        say(session, "an edit")
        session.commit()
    assert said(base) == ["an edit"]
