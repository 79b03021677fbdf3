"""One import of a source at a time, on this machine and on every other of the same base.

The kernel's lock and PostgreSQL's both fall with the process, however it dies. A SQLite base has one machine.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text, update
from sqlmodel import Session, col, select

from app.models import ImportRun
from app.models.base import now
from importers.problems import ImportProblem


class Busy(ImportProblem):
    """Another process is importing this source right now."""


@contextmanager
def held(engine: Engine, data_dir: Path, source_id: str) -> Iterator[None]:
    """Hold the source's lock while the block runs. Raises Busy."""
    with _of_this_machine(data_dir, source_id), _of_the_base(engine, source_id):
        yield


def is_free(engine: Engine, data_dir: Path, source_id: str) -> bool:
    """Is nobody importing this source right now? Somebody may begin the moment after."""
    try:
        with held(engine, data_dir, source_id):
            return True
    except Busy:
        return False


def bury(session: Session, source_id: str, mine: int | None = None) -> None:
    """Runs of this source, but `mine`, that still say "en-cours" are of processes that died: the lock proves it. Does not commit."""
    dead = (col(ImportRun.source) == source_id, col(ImportRun.etat) == "en-cours", col(ImportRun.id) != (mine or 0))
    session.execute(update(ImportRun).where(*dead).values(etat="interrompu", finished_at=now()))


def refuse_half_undone(session: Session, source_id: str) -> None:
    """Nothing is imported over what an undo has left half done. Raises Busy."""
    half = session.exec(select(ImportRun.id).where(ImportRun.source == source_id, ImportRun.etat == "annulation")).first()
    if half is not None:
        raise Busy(f"L’annulation de l’import {half} n’est pas finie : finissez-la (levier undo {half}), puis recommencez.")


@contextmanager
def _of_this_machine(data_dir: Path, source_id: str) -> Iterator[None]:
    folder = data_dir / "verrous"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"import-{source_id}").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _busy(source_id) from error
        yield


@contextmanager
def _of_the_base(engine: Engine, source_id: str) -> Iterator[None]:
    """An advisory lock, held by a connection of its own that stays out of any transaction."""
    if engine.dialect.name != "postgresql":
        yield
        return
    number = int.from_bytes(hashlib.blake2b(f"levier import {source_id}".encode(), digest_size=8).digest(), signed=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": number}):
            raise _busy(source_id)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})


def _busy(source_id: str) -> Busy:
    return Busy(f"Un import de « {source_id} » est déjà en cours : attendez qu’il finisse.")
