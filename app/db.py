"""Engine and session. SQLite by default, PostgreSQL by address; the same SQL for both."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlmodel import Session

from app.config import Settings

MIGRATIONS = Path(__file__).parent / "migrations"


def make_engine(url: str) -> Engine:
    """An engine for `url`.

    On SQLite: write-ahead log, foreign keys, 10 s of patience for another writer, and transactions that
    take the write lock when they begin to write, not when they commit.
    """
    if url.startswith("postgresql:"):
        url = url.replace("postgresql:", "postgresql+psycopg:", 1)
    # No parameters in error messages: they would carry people and confidential addresses into the logs.
    engine = create_engine(url, pool_pre_ping=url.startswith("postgresql"), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_sqlite_pragmas)
    return engine


def _set_sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=NORMAL", "cache_size=-65536"):
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
