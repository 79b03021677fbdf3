"""One drain at a time, whatever the number of processes.

Two drains at once could put an older document after a newer one. The turn belongs to the database, as the queue does:
an advisory lock on PostgreSQL, a locked file beside an SQLite base. Both are freed when their holder is killed.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

DRAIN_LOCK = 0x1E71E7  # any number, the same for every Levier process

_in_memory = threading.Lock()


@contextmanager
def turn(engine: Engine) -> Iterator[bool]:
    """True if it is ours to drain now; never waits."""
    if engine.dialect.name == "postgresql":
        with _advisory(engine) as ours:
            yield ours
    elif not engine.url.database or engine.url.database == ":memory:":
        ours = _in_memory.acquire(blocking=False)
        try:
            yield ours
        finally:
            if ours:
                _in_memory.release()
    else:
        with _file_lock(Path(f"{engine.url.database}.indexation")) as ours:
            yield ours


@contextmanager
def _advisory(engine: Engine) -> Iterator[bool]:
    with engine.connect() as connection:  # held until this transaction ends
        yield bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": DRAIN_LOCK}).scalar())


@contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
