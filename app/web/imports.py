"""What imports did: the runs, and the report of each with the rows it could not take. For those who keep listings."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, func, select
from starlette.responses import Response

from app import access
from app.access import Viewer
from app.confidentiality import is_private
from app.context import Context
from app.dependencies import Ctx, Db, Person
from app.models import DeclaredSource, ImportRun, Quarantine, RowCorrection, Source
from app.web import import_gestures, pages
from importers import correcting

router = APIRouter()

MOST_RUNS = 100
PER_PAGE = 50
ETATS = {"en-cours": "En cours", "termine": "Terminé", "interrompu": "Interrompu", "echoue": "Échoué", "retenu": "Retenu"}
ETATS |= {"annulation": "Annulation en cours", "annule": "Annulé"}
SHOWN_VALUES = 6


@dataclass(frozen=True)
class RunsContext:
    """Runs, newest first, with the name of their source; and the sources described on screen: id and name."""

    saved: tuple[tuple[str, str], ...]
    runs: tuple[tuple[ImportRun, str], ...]
    etats: dict[str, str]


@dataclass(frozen=True)
class Row:
    """A row that was not taken: its line, why, what identifies it, and who corrected it since."""

    number: int
    line: int | None
    reasons: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    correctable: bool
    corrected_by: str


@dataclass(frozen=True)
class RunContext:
    """One run and a page of its quarantine. `corrected`: rows that the next import reads as corrected; `lost`: those it no longer says."""

    run: ImportRun
    source: str
    etat: str
    rows: tuple[Row, ...]
    page: int
    pages: int
    gestures: import_gestures.Gestures
    corrected: int
    lost: int


@router.get("/imports")
def runs(request: Request, session: Db, viewer: Person) -> Response:
    """Raises access.Forbidden."""
    access.admit_keepers(viewer)
    names = {source.id: source.nom for source in session.exec(select(Source))}
    first_tries = col(ImportRun.source).startswith(import_gestures.UNNAMED)  # the page of the file itself shows them
    recent = session.exec(select(ImportRun).where(~first_tries).order_by(col(ImportRun.id).desc()).limit(MOST_RUNS))
    declared = session.exec(select(DeclaredSource).order_by(col(DeclaredSource.id))).all()
    keepers = {row.id: row.collectivite for row in declared}
    saved = tuple((row.id, row.declaration["nom"]) for row in declared if viewer.keeps(row.collectivite))
    shown = tuple((run, names.get(run.source, run.source)) for run in recent if import_gestures.concerns(viewer, run, keepers))
    return pages.render(request, "imports.html", RunsContext(saved, shown, ETATS))


@router.get("/imports/{run_id}")
def run_report(request: Request, context: Ctx, session: Db, viewer: Person, run_id: int, page: int = 1) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return _report(request, context, session, viewer, import_gestures.readable(session, viewer, run_id), page)


@router.get("/imports/{run_id}/annuler")
def undo_form(request: Request, session: Db, viewer: Person, run_id: int) -> Response:
    """What an undo would do. Raises access.NotFound, access.Forbidden."""
    return pages.render(request, "import_undo.html", import_gestures.before_undo(session, viewer, run_id))


@router.post("/imports/{run_id}/annuler")
def undo(request: Request, context: Ctx, session: Db, viewer: Person, run_id: int) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    run = import_gestures.commanded(session, viewer, run_id)
    return _answer(request, context, session, viewer, run, import_gestures.undo(context, viewer, run))


@router.post("/imports/{run_id}/appliquer")
def approve(request: Request, context: Ctx, session: Db, viewer: Person, run_id: int) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    run = import_gestures.commanded(session, viewer, run_id)
    return _answer(request, context, session, viewer, run, import_gestures.approve(context, viewer, run))


@router.post("/imports/{run_id}/reimporter")
def import_again(request: Request, context: Ctx, session: Db, viewer: Person, run_id: int) -> Response:
    """The same file again, rows read as they were corrected. Raises access.NotFound, access.Forbidden."""
    run = import_gestures.commanded(session, viewer, run_id)
    number, problem = import_gestures.again(context, session, viewer, run)
    return _answer(request, context, session, viewer, run, problem) if problem else RedirectResponse(f"/imports/{number}", 303)


def _answer(request: Request, context: Context, session: Session, viewer: Viewer, run: ImportRun, problem: str) -> Response:
    if problem:
        session.expire_all()
        return _report(request, context, session, viewer, run, problem=problem)
    return RedirectResponse(f"/imports/{run.id}", 303)


def _report(
    request: Request, context: Context, session: Session, viewer: Viewer, run: ImportRun, page: int = 1, problem: str = ""
) -> Response:
    run_id = run.id or 0
    source = session.get(Source, run.source)
    total = session.exec(select(func.count()).select_from(Quarantine).where(Quarantine.run_id == run_id)).one()
    last = max(1, -(-total // PER_PAGE))
    page = min(max(page, 1), last)
    corrections = correcting.of_run(session, run_id)
    shown = RunContext(
        run=run,
        source=source.nom if source else run.source,
        etat=ETATS.get(run.etat, run.etat),
        rows=_rows(session, run_id, page, corrections),
        page=page,
        pages=last,
        gestures=import_gestures.of(context, session, viewer, run, problem),
        corrected=len(corrections),
        lost=correcting.lost(session, run),
    )
    return pages.render(request, "import_run.html", shown, status=409 if problem else 200)


def _rows(session: Session, run_id: int, page: int, corrections: Mapping[str, RowCorrection]) -> tuple[Row, ...]:
    query = select(Quarantine).where(Quarantine.run_id == run_id).order_by(col(Quarantine.line), col(Quarantine.id))
    found = session.exec(query.offset((page - 1) * PER_PAGE).limit(PER_PAGE))
    return tuple(_row(row, corrections.get(row.digest or "")) for row in found)


def _row(row: Quarantine, correction: RowCorrection | None) -> Row:
    by = correction.author if correction else ""
    return Row(row.id or 0, row.line, tuple(row.reasons), _values(row.content), correctable=row.digest is not None, corrected_by=by)


def _values(content: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """The first plain values of a raw row, without its address."""
    plain = [(name, str(value)) for name, value in content.items() if isinstance(value, str | int) and str(value).strip()]
    public = [(name, value if len(value) < 80 else f"{value[:79]}…") for name, value in plain if not is_private(name)]
    return tuple(public[:SHOWN_VALUES])
