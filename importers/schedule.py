"""Imports by the calendar: which sources are due, and one run of each. Meant to be asked every hour, by any number of machines."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.config import Settings
from app.db import session_of
from app.models import ImportRun
from app.models.base import now
from app.progress import Report
from importers import declared, fetching, locking, pipeline
from importers.registry import SOURCES
from importers.source import Source

logger = logging.getLogger(__name__)

AUTHOR = "levier (planifié)"
LOCK = "--due"  # no source's id
RETRY_DAYS = 1
SLACK = timedelta(hours=1)  # called at three every night, the seventh night is no minute too early
TAKEN = ("termine", "retenu")
Told = Callable[[ImportRun], None]


@dataclass(frozen=True)
class Due:
    """A source to import now; only the rows of `departement`, unless it is None."""

    source: Source
    departement: str | None


def due(session: Session, at: datetime, sources: Iterable[Source]) -> list[Due]:
    """What is to be imported at that moment: sources with an address, as far as they came in once, when their time has come.

    A département never chosen doesn't come by itself, nor a source: a person imports it first. After a failure, it is
    tried again the next day. A source that was once taken whole is taken whole, unless its address gives a département at a time.
    """
    last: dict[tuple[str, str | None], tuple[str, datetime]] = {}
    chosen: set[tuple[str, str | None]] = set()
    columns = (col(ImportRun.source), col(ImportRun.departement), col(ImportRun.etat), col(ImportRun.started_at))
    tried = select(*columns).where(col(ImportRun.dry_run).is_(False)).order_by(col(ImportRun.id))
    for source_id, departement, etat, started_at in session.exec(tried):
        last[source_id, departement] = (etat, started_at)
        if etat in TAKEN:
            chosen.add((source_id, departement))
    scheduled = {source.id: source for source in sources if source.url and source.every_days}
    askable = {one for one in chosen if one[0] in scheduled and (one[1] or not scheduled[one[0]].endpoints)}
    return [
        Due(scheduled[source_id], departement)
        for source_id, departement in sorted(askable, key=lambda one: (one[0], one[1] or ""))
        if (departement is None or (source_id, None) not in askable) and _next(scheduled[source_id], *last[source_id, departement]) <= at
    ]


def _next(source: Source, etat: str, started_at: datetime) -> datetime:
    days = source.every_days or RETRY_DAYS
    return started_at + timedelta(days=days if etat in TAKEN else min(days, RETRY_DAYS)) - SLACK


def run_due(engine: Engine, *, settings: Settings, at: datetime | None = None, progress: Report | None = None) -> Iterator[ImportRun]:
    """Import what is due, one after the other, and give each run when it is finished, whatever became of it.

    A source that somebody is importing at this moment is left to them. Raises Busy if another process is at it already.
    """
    with locking.held(engine, settings.data_dir, LOCK):
        with session_of(engine) as session:
            found = due(session, at or now(), (*SOURCES, *declared.sources(engine)))
        for one in found:
            if fetching.is_at_hand(one.source, settings) and locking.is_free(engine, settings.data_dir, one.source.id):
                yield _run(engine, one, settings, progress)


def _run(engine: Engine, one: Due, settings: Settings, progress: Report | None) -> ImportRun:
    """One run; an error that nobody foresaw is logged, and stops no other source."""
    run = ImportRun(source=one.source.id, author=AUTHOR, departement=one.departement)
    try:
        return pipeline.run_source(engine, one.source, run, settings=settings, progress=progress)
    except Exception:
        logger.exception("scheduled import of %s", one.source.id)
        run.etat = "echoue"  # as the pipeline wrote it down
        return run
