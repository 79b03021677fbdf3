"""The row of a run in the base: begun, described, ended; and what the rows of its source say of it."""

from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from app.db import session_of
from app.models import ImportRun
from app.models import Source as SourceRow
from app.models.base import now
from importers import batches
from importers.problems import NotHeld
from importers.source import Source


def is_last(session: Session, run: ImportRun) -> bool:
    """Has no import of the same rows ended well after this one?"""
    after = select(ImportRun.id).where(ImportRun.source == run.source, col(ImportRun.id) > run.id, ImportRun.etat == "termine")
    if run.departement:  # another département's rows are not these
        after = after.where(col(ImportRun.departement).is_(None) | (col(ImportRun.departement) == run.departement))
    return session.exec(after.where(col(ImportRun.dry_run).is_(False)).limit(1)).first() is None


def was_approved(engine: Engine, source_id: str, sha256: str) -> bool:
    """Did someone let this very file through, in a run that died and that no other has followed to its end?"""
    mine = select(ImportRun.id).where(ImportRun.source == source_id, col(ImportRun.dry_run).is_(False))
    with session_of(engine) as session:
        last = session.exec(mine.where(ImportRun.etat == "termine").order_by(col(ImportRun.id).desc()).limit(1)).first() or 0
        died = mine.where(ImportRun.etat == "interrompu", ImportRun.file_sha256 == sha256, col(ImportRun.approved_by).is_not(None))
        return session.exec(died.where(col(ImportRun.id) > last).limit(1)).first() is not None


def begin(engine: Engine, run: ImportRun, source: Source) -> None:
    """The run is in the base from now on, and its source as its file says it. Raises NotHeld if someone else approved it meanwhile."""
    with session_of(engine) as session:
        _introduce(session, run, source)
        if run.id is None:
            session.add(run)
        elif run.etat == "retenu":
            _resume(session, run, run.id)
        else:
            session.merge(run)
        session.commit()


def describe(engine: Engine, run: ImportRun, name: str, sha256: str, file_date: date | None) -> None:
    """Which file it reads, before its first row is read."""
    run.file_name, run.file_sha256, run.file_date = name, sha256, file_date
    with session_of(engine) as session:
        values = {"file_name": name, "file_sha256": sha256, "file_date": file_date}
        session.execute(update(ImportRun).where(col(ImportRun.id) == run.id).values(**values))
        session.commit()


def end(engine: Engine, run: ImportRun, etat: str, message: str | None = None, reasons: list[str] | None = None) -> ImportRun:
    """The run as the base has it, ended; one that never began is written down now."""
    with session_of(engine) as session:
        ended = session.get(ImportRun, run.id) if run.id else None
        if ended is None:
            session.add(ended := run)
        ended.etat, ended.message, ended.finished_at = etat, message, now()
        ended.retenue = reasons or ended.retenue
        session.commit()
        session.refresh(ended)
        session.expunge(ended)
        return ended


def _resume(session: Session, run: ImportRun, run_id: int) -> None:
    """A held run, about to be applied: its report is written anew. Raises NotHeld."""
    held = update(ImportRun).where(col(ImportRun.id) == run_id, col(ImportRun.etat) == "retenu")
    values = {"etat": "en-cours", "approved_by": run.approved_by, "finished_at": None, "sources_before": run.sources_before}
    if session.connection().execute(held.values(**values)).rowcount != 1:
        raise NotHeld(f"L’import {run_id} n’est plus retenu.")
    batches.forget(session, run_id)
    run.message = None


def _introduce(session: Session, run: ImportRun, source: Source) -> None:
    if run.dry_run:
        return
    known = session.get(SourceRow, source.id)
    run.sources_before = {source.id: known.model_dump() if known else None, **(run.sources_before or {})}
    known = known or SourceRow(id=source.id, nom=source.nom)
    known.nom, known.description = source.nom, source.description
    known.licence, known.url = source.licence, source.url
    session.add(known)
