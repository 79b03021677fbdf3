"""One drain, and one rebuild, of an index at a time, whatever the number of processes.

Two drains at once could put an older document after a newer one; two rebuilds would only hinder each other. A turn belongs
to the database, as the queue does: an advisory lock on PostgreSQL, a locked file beside an SQLite base. Both are freed at
once when their holder is killed.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, text

Work = Literal["indexation", "indexation-secours", "reconstruction", "reconstruction-secours"]

KEYS: dict[Work, int] = {
    "indexation": 0x1E71E7,  # any numbers, the same for every Levier process
    "indexation-secours": 0x1E71E8,
    "reconstruction": 0x1E71E9,
    "reconstruction-secours": 0x1E71EA,
}
LOOK = 0.02  # seconds between two tries

_in_memory = {work: threading.Lock() for work in KEYS}


@contextmanager
def turn(engine: Engine, work: Work, patience: float = 0.0) -> Iterator[bool]:
    """True if it is ours to do this work now; waits at most `patience` seconds for whoever is at it."""
    limit = time.monotonic() + patience
    while True:
        with ExitStack() as stack:
            ours = _try(engine, work, stack)
            if ours or time.monotonic() >= limit:
                yield ours
                return
        time.sleep(LOOK)


def _try(engine: Engine, work: Work, stack: ExitStack) -> bool:
    """Is the turn ours? Then `stack` gives it back."""
    if engine.dialect.name == "postgresql":
        return stack.enter_context(_advisory(engine, KEYS[work]))
    if engine.url.database and engine.url.database != ":memory:":
        return stack.enter_context(_file_lock(Path(f"{engine.url.database}.{work}")))
    ours = _in_memory[work].acquire(blocking=False)
    if ours:
        stack.callback(_in_memory[work].release)
    return ours


@contextmanager
def _advisory(engine: Engine, key: int) -> Iterator[bool]:
    """Of the connection and not of a transaction: a server may end those that last."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ours = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar())
        try:
            yield ours
        finally:
            if ours:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


@contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
