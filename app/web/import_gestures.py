"""What may be done with an import from its page: applied although it was held, undone. The work goes on in a thread of its own.

A run says in the base where it stands; one whose process died is taken up again from the same page.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app import access, proposals, reverting
from app.access import Viewer
from app.context import Context
from app.db import session_of
from app.duplicates import finding
from app.models import DeclaredSource, ImportRun, Source
from app.reverting import Survivor
from app.territory import gazetteer
from app.web import wording
from importers import delivering, locking, pipeline, registry, runs, undoing
from importers.problems import ImportProblem, NotUndoable

log = logging.getLogger("levier")
WAITED = 2.0  # seconds: time for the work to begin, or to say why it can't
LOOK = 0.02
UNNAMED = delivering.UNNAMED
"""Beginning of the source of a file that is only being tried."""


@dataclass(frozen=True)
class Kept:
    """A listing that an undo leaves, or leaves in part, with the names of the fields changed since."""

    genre: str
    id: str
    nom: str
    created: bool
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Gestures:
    """What the viewer may do with a run, and what becomes of it. `survivors`: of a run undone, else None."""

    approve: bool
    undo: bool
    working: bool
    stopped: bool
    problem: str
    survivors: tuple[Kept, ...] | None
    proposed: int = 0  # values that wait for an answer, of fields that people typed
    correct: bool = False  # may its rejected rows be corrected, and the file be imported again?


@dataclass(frozen=True)
class UndoContext:
    """The page that asks before an undo. `problem`: why it can't be done; `count`: listings that the run wrote."""

    run: ImportRun
    source: str
    problem: str
    count: int
    gestures: Gestures


# --- who -----------------------------------------------------------------------------------------------------------


def concerns(viewer: Viewer, run: ImportRun, keepers: Mapping[str, str]) -> bool:
    """Did this run touch what the viewer keeps? One without a département took all of its source's; `keepers`: source → collectivité."""
    if viewer.is_admin:
        return True
    if run.source in keepers or run.source.startswith(UNNAMED):
        return viewer.keeps(keepers.get(run.source))
    return run.departement is None or run.departement in _kept(viewer)


def readable(session: Session, viewer: Viewer, run_id: int) -> ImportRun:
    """Raises access.NotFound, access.Forbidden."""
    access.admit_keepers(viewer)
    run = session.get(ImportRun, run_id) if 0 < run_id < 2**31 else None
    described = session.get(DeclaredSource, run.source) if run else None
    if run is None or not concerns(viewer, run, {described.id: described.collectivite} if described else {}):
        raise access.NotFound
    return run


def commanded(session: Session, viewer: Viewer, run_id: int) -> ImportRun:
    """The run, if the viewer may apply or undo it. Raises access.NotFound, access.Forbidden."""
    run = readable(session, viewer, run_id)
    if not _commands(session, viewer, run):
        raise access.Forbidden
    return run


def _commands(session: Session, viewer: Viewer, run: ImportRun) -> bool:
    """Whoever keeps the source described on screen, or every département that the run took rows of; of the country, administrators."""
    if viewer.is_admin:
        return True
    if (described := session.get(DeclaredSource, run.source)) is not None:
        return viewer.keeps(described.collectivite)
    if run.departement is not None:
        return run.departement in _kept(viewer)
    departements = next((source.departements for source in registry.SOURCES if source.id == run.source), ())
    return bool(departements) and set(departements) <= _kept(viewer)


def _kept(viewer: Viewer) -> frozenset[str]:
    """The départements of the collectivités that a gestionnaire keeps."""
    return frozenset[str]().union(*(gazetteer.load().departements_of(code) for code in viewer.collectivites))


# --- what ----------------------------------------------------------------------------------------------------------


def of(context: Context, session: Session, viewer: Viewer, run: ImportRun, problem: str = "") -> Gestures:
    """What this viewer may do with the run now."""
    commands = _commands(session, viewer, run)
    at_work = run.etat in ("en-cours", "annulation") and not locking.is_free(context.engine, context.settings.data_dir, run.source)
    return Gestures(
        approve=commands and run.etat == "retenu" and not run.dry_run,
        undo=commands and not run.dry_run and run.etat in undoing.UNDOABLE and not at_work,
        working=at_work,
        stopped=run.etat == "annulation" and not at_work,
        problem=problem,
        survivors=_told(reverting.survivors(session, run.id or 0, run.undone_at)) if run.etat == "annule" else None,
        proposed=proposals.count_of_run(session, run.id or 0),
        correct=commands and run.etat in ("termine", "retenu") and not run.dry_run and runs.is_last(session, run),
    )


def before_undo(session: Session, viewer: Viewer, run_id: int) -> UndoContext:
    """What an undo would do, or why there can be none. Raises access.NotFound, access.Forbidden."""
    run = commanded(session, viewer, run_id)
    problem = ""
    try:
        undoing.check(session, run)
    except NotUndoable as found:
        problem = str(found)
    source = session.get(Source, run.source)
    kept = () if problem else _told(reverting.survivors(session, run_id))
    gestures = Gestures(approve=False, undo=not problem, working=False, stopped=False, problem=problem, survivors=kept)
    return UndoContext(run, source.nom if source else run.source, problem, 0 if problem else reverting.count(session, run_id), gestures)


def _told(found: list[Survivor]) -> tuple[Kept, ...]:
    names = wording.FIELDS
    return tuple(Kept(one.genre, one.id, one.nom, one.created, tuple(names.get(name, name) for name in one.champs)) for one in found)


# --- the work ------------------------------------------------------------------------------------------------------


def undo(context: Context, viewer: Viewer, run: ImportRun) -> str:
    """Begin to undo the run; returns why it can't be, in French, or nothing."""
    run_id = run.id or 0
    return _begin(context, run, lambda: undoing.undo(context.engine, run_id, settings=context.settings, author=viewer.nom))


def approve(context: Context, viewer: Viewer, run: ImportRun) -> str:
    """Begin to apply a held run; returns why it can't be, in French, or nothing."""
    run_id = run.id or 0
    return _begin(context, run, lambda: pipeline.approve(context.engine, run_id, settings=context.settings, author=viewer.nom))


def again(context: Context, session: Session, viewer: Viewer, run: ImportRun) -> tuple[int, str]:
    """Begin to import the same file again, as corrected since; the new run's number, or why there is none, in French."""
    try:
        made = pipeline.begin_again(session, run, viewer.nom)
    except ImportProblem as problem:
        return 0, str(problem)
    session.commit()
    number = made.id or 0
    problem_met = _begin(context, made, lambda: pipeline.again(context.engine, number, settings=context.settings))
    return number, problem_met


def _begin(context: Context, run: ImportRun, work: Callable[[], object]) -> str:
    """Start `work` on this run in a thread, and wait until it has begun, or is over. Returns why it could not begin."""
    problems: list[str] = []
    run_id, before = run.id or 0, run.etat

    def whole() -> None:
        try:
            work()
        except ImportProblem as problem:
            problems.append(str(problem))
            return
        except Exception:
            log.exception("import %s", run_id)
            return
        context.drainer.wake()
        finding.find(context.engine)

    thread = threading.Thread(target=whole, name=f"levier-import-{run_id}", daemon=True)
    thread.start()
    until = time.monotonic() + WAITED
    while thread.is_alive() and time.monotonic() < until and _etat(context, run_id) == before:
        time.sleep(LOOK)
    return problems[0] if problems else ""


def _etat(context: Context, run_id: int) -> str:
    with session_of(context.engine) as session:
        return session.get_one(ImportRun, run_id).etat
