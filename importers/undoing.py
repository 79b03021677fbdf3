"""Undoing an import: structures, services, raw records, renumberings and sources as they were before it, in short batches.

What people changed since stays. Cut short, it goes on when it is asked for again; no import of the source comes between.
"""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Engine, delete, insert
from sqlmodel import Session, col, select

from app import proposals, reverting
from app.config import Settings
from app.db import chunks, session_of
from app.models import ImportRun, RawRecordBefore, Renumbering, RenumberingBefore, Revision, Service, Structure
from app.models import Source as SourceRow
from app.models.base import now
from app.progress import Report
from app.reverting import Survivor
from app.writing import By
from importers import exported, locking, raw_records
from importers.problems import NotUndoable

BATCH = 400  # listings a transaction: no other writer waits long
UNDOABLE = ("termine", "interrompu", "echoue", "annulation")


@dataclass(frozen=True)
class Undone:
    """What an undo did: listings that the run had written, and those that stay as people left them."""

    run: ImportRun
    listings: int
    survivors: list[Survivor]


def undo(engine: Engine, run_id: int, *, settings: Settings, author: str, progress: Report | None = None) -> Undone:
    """Take back all that a run wrote; `author` is who asks. An undo cut short is finished.

    Raises NotUndoable, or Busy while its source is being imported.
    """
    with session_of(engine) as session:
        run = _known(session, run_id)
    with locking.held(engine, settings.data_dir, run.source):
        with session_of(engine) as session:
            _begin(session, run_id, run.source, author)
            written = {genre: reverting.touched(session, run_id, genre) for genre in reverting.GENRES}
        _revert(engine, run_id, written, By(f"{author} (annulation de l’import {run_id})", run_id=run_id), progress)
        _put_back_records(engine, run.source, run_id)
        return _end(engine, run_id, sum(map(len, written.values())))


def _known(session: Session, run_id: int) -> ImportRun:
    run = session.get(ImportRun, run_id)
    if run is None:
        raise NotUndoable(f"L’import {run_id} n’existe pas : la page Imports donne leurs numéros.")
    return run


def _begin(session: Session, run_id: int, source_id: str, author: str) -> None:
    """The run is being undone from now on. Raises NotUndoable."""
    locking.bury(session, source_id)
    run = session.get_one(ImportRun, run_id, populate_existing=True)
    check(session, run)
    run.etat, run.undone_by = "annulation", author
    session.commit()


def check(session: Session, run: ImportRun) -> None:
    """Raises NotUndoable, which says why in French, unless the run can be undone now."""
    if run.dry_run:
        raise NotUndoable(f"L’import {run.id} était un essai : il n’a rien écrit.")
    if run.source == exported.TARGET:
        raise NotUndoable("Un export qui revient est fait des modifications d’une personne : reprenez-les fiche par fiche.")
    if run.etat == "annule":
        raise NotUndoable(f"L’import {run.id} est déjà annulé.")
    if run.etat == "en-cours":
        raise NotUndoable(f"L’import {run.id} est en cours : attendez qu’il finisse.")
    if run.etat not in UNDOABLE:
        raise NotUndoable(f"L’import {run.id} n’a rien écrit : il n’y a rien à annuler.")
    if (later := later_run(session, run)) is not None:
        raise NotUndoable(f"L’import {later}, plus récent, a touché les mêmes lignes : annulez-le d’abord (levier undo {later}).")


def later_run(session: Session, run: ImportRun) -> int | None:
    """The newest later import of the same source that wrote some of the same rows, and stands."""
    mine = select(ImportRun.id).where(ImportRun.source == run.source, col(ImportRun.id) > run.id, col(ImportRun.dry_run).is_(False))
    later = session.exec(mine.where(ImportRun.etat != "annule").order_by(col(ImportRun.id).desc())).all()
    return next((one for one in later if one is not None and _same_rows(session, cast(int, run.id), one)), None)


def _same_rows(session: Session, run_id: int, later: int) -> bool:
    ours = select(Revision.listing_id).where(Revision.run_id == run_id)
    if session.exec(select(Revision.id).where(Revision.run_id == later, col(Revision.listing_id).in_(ours)).limit(1)).first():
        return True
    kept = select(RawRecordBefore.record_id).where(RawRecordBefore.run_id == run_id)
    same = (col(RawRecordBefore.previous_run_id) == run_id) | col(RawRecordBefore.record_id).in_(kept)
    return session.exec(select(RawRecordBefore.record_id).where(RawRecordBefore.run_id == later, same).limit(1)).first() is not None


def _revert(engine: Engine, run_id: int, written: dict[Any, list[str]], by: By, progress: Report | None) -> None:
    done, total = 0, sum(map(len, written.values()))
    for genre, ids in written.items():
        for some in chunks(ids, BATCH):
            with Session(engine, expire_on_commit=False) as session:
                reverting.revert(session, run_id, genre, some, by)
                session.commit()
            done += len(some)
            if progress:
                progress(done, total)


def _put_back_records(engine: Engine, source_id: str, run_id: int) -> None:
    with session_of(engine) as session:
        before = raw_records.set_aside_by(session, source_id, run_id)
    for some in chunks(before, BATCH):
        with Session(engine) as session:
            raw_records.put_back(session, source_id, run_id, some)
            session.commit()
    with session_of(engine) as session:
        new = raw_records.made_by(session, source_id, run_id)
    for some in chunks(new, BATCH):
        with Session(engine) as session:
            raw_records.forget(session, source_id, some)
            session.commit()


def _end(engine: Engine, run_id: int, written: int) -> Undone:
    with session_of(engine) as session:
        run = session.get_one(ImportRun, run_id)
        _put_back_renumberings(session, run)
        _put_back_sources(session, run)
        proposals.forget_run(session, run_id)
        run.etat, run.undone_at = "annule", now()
        session.commit()
        left = reverting.survivors(session, run_id)
        session.refresh(run)
        session.expunge(run)
        return Undone(run, written, left)


def _put_back_renumberings(session: Session, run: ImportRun) -> None:
    before = session.exec(select(RenumberingBefore).where(RenumberingBefore.run_id == run.id)).all()
    session.execute(delete(Renumbering).where(col(Renumbering.source) == run.source, col(Renumbering.run_id) == run.id))
    for row in before:
        session.execute(delete(Renumbering).where(col(Renumbering.source) == row.source, col(Renumbering.new_id) == row.new_id))
        values = row.model_dump(exclude={"run_id", "previous_run_id"}) | {"run_id": row.previous_run_id}
        session.execute(insert(cast(Any, Renumbering).__table__), [values])
        session.delete(row)


def _put_back_sources(session: Session, run: ImportRun) -> None:
    """Sources as they were; one that the run brought goes, unless a listing still names it."""
    for source_id, before in (run.sources_before or {}).items():
        if (known := session.get(SourceRow, source_id)) is None:
            continue
        if before is not None:
            known.sqlmodel_update(before)
            session.add(known)
        elif not any(session.exec(select(model.id).where(model.source == source_id).limit(1)).first() for model in (Structure, Service)):
            session.delete(known)
