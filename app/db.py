"""Engine and session. SQLite by default, PostgreSQL by address; the same SQL for both."""

import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlmodel import Session

from app import json_text
from app.config import Settings

T = TypeVar("T")
MIGRATIONS = Path(__file__).parent / "migrations"
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")  # statements before which Python's driver begins a transaction
PATIENCE = 10.0  # seconds: SQLite's for the lock of the base, ours at the turnstile
CHUNK = 500  # rows a statement: under SQLite's limit of variables, and short enough that no other writer waits
LOOK = 0.002  # seconds between two looks at the turnstile


def make_engine(url: str) -> Engine:
    """An engine for `url`.

    On SQLite: write-ahead log, foreign keys, 10 s of patience for another writer, transactions that take the write lock
    when they begin to write, not when they commit, and writers that queue for it, so that none overtakes another for long.
    """
    if url.startswith("postgresql:"):
        url = url.replace("postgresql:", "postgresql+psycopg:", 1)
    # No parameters in error messages: they would carry people and confidential addresses into the logs.
    engine = create_engine(
        url,
        pool_pre_ping=url.startswith("postgresql"),
        hide_parameters=True,
        json_serializer=json_text.dumps,
        json_deserializer=json_text.loads,
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_sqlite_pragmas)
        if engine.url.database and engine.url.database != ":memory:":
            _queue_writers(engine, Path(f"{engine.url.database}.tourniquet"))
    return engine


def _queue_writers(engine: Engine, turnstile: Path) -> None:
    """Whoever begins to write passes a turnstile, and stays in it until the lock of the base is theirs.

    SQLite lets waiting writers look again up to 100 ms apart: one that writes lot after lot would have the lock again each
    time before they look. In the turnstile they stand before it. A courtesy, not a safety: who waits too long goes on.
    """

    def execute(run: str) -> Callable[..., bool]:
        def first_write(cursor: Any, statement: str, parameters: Any, _context: Any) -> bool:
            """Has the statement been executed here?"""
            if cursor.connection.in_transaction or not statement.lstrip()[:7].upper().startswith(WRITES):
                return False
            with _passing(turnstile):
                getattr(cursor, run)(statement, parameters)
            return True

        return first_write

    event.listen(engine, "do_execute", execute("execute"))
    event.listen(engine, "do_executemany", execute("executemany"))


@contextmanager
def _passing(turnstile: Path) -> Iterator[None]:
    with turnstile.open("ab") as file:
        until = time.monotonic() + PATIENCE
        while not _is_ours(file.fileno()) and time.monotonic() < until:
            time.sleep(LOOK)
        yield


def _is_ours(file: int) -> bool:
    """Is this file locked by us now? The lock falls when it is closed, however its holder ends."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _set_sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        f"busy_timeout={PATIENCE * 1000:.0f}",
        "synchronous=NORMAL",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def open_engine(settings: Settings) -> Engine:
    """The engine of this installation; makes the data folder if it is missing."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return make_engine(settings.base_url)


def migrate(engine: Engine) -> None:
    """Bring the base to the newest schema; does nothing where it is there already."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def of_dialect(dialect: str) -> Callable[..., bool]:
    """For Alembic: what the models declare for `dialect`. An index made for another one says so in its `info`."""

    def include(declared: Any, _name: str | None, _kind: str, _reflected: bool, _compared: Any) -> bool:
        return bool(declared.info.get("dialect", dialect) == dialect)

    return include


@contextmanager
def session_of(engine: Engine) -> Iterator[Session]:
    """A session that rolls back what was not committed."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


def chunks(rows: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The rows, `size` at a time."""
    return (rows[start : start + size] for start in range(0, len(rows), size))
