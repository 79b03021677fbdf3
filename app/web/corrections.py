"""A rejected row, corrected: its columns as the source says them, what is wrong with them, and what the listing would be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from app import access
from app.access import Viewer
from app.confidentiality import is_private
from app.context import Context
from app.dependencies import Ctx, Db, Person
from app.models import ImportRun, Quarantine, RowCorrection, Source
from app.web import import_gestures, pages, wording
from importers import correcting
from importers.formats.rows import RawRow

router = APIRouter()

LONG = 80  # characters beyond which a cell gets several lines
SHORT = 3  # characters up to which a value is too common to be known in a sentence
MOST_COLUMNS = 300
SEALED = (
    "Ce lieu est confidentiel : son adresse ne s’écrit pas ici, elle resterait lisible. "
    "Corrigez-la dans le fichier, puis importez-le de nouveau ; vos autres corrections sont ci-dessous."
)


@dataclass(frozen=True)
class Cell:
    """A column of the row: `name` of its form field, what it holds now, what the source says, and whether a reason speaks of it."""

    name: str
    column: str
    value: str
    said: str
    faulty: bool
    many: bool  # a list, a value a line
    long: bool
    private: bool  # what the source says is not shown: it may be a shelter's address
    theirs: str | None = None  # what somebody else wrote meanwhile


@dataclass(frozen=True)
class RowContext:
    """`reasons`: why the row is rejected, as it stands in the form; `typed`: it was sent, and is not kept yet."""

    run: ImportRun
    source: str
    row: Quarantine
    cells: tuple[Cell, ...]
    reasons: tuple[str, ...]
    typed: bool
    version: str
    theirs: str = ""  # who corrected the row while it was being corrected here
    kept: RowCorrection | None = None


async def _form(request: Request) -> FormData:
    return await request.form(max_fields=MOST_COLUMNS + 10)


@router.get("/imports/{run_id}/lignes/{row_id}")
def row_form(request: Request, context: Ctx, session: Db, viewer: Person, run_id: int, row_id: int) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    run, row = _correctable(context, session, viewer, run_id, row_id)
    kept = session.get(RowCorrection, (row.source, row.digest))
    reasons = tuple(row.reasons) if kept is None else _judged(context, run, row, kept.changes)
    return pages.render(request, "import_row.html", _shown(session, run, row, kept, kept.changes if kept else {}, reasons, typed=False))


@router.post("/imports/{run_id}/lignes/{row_id}")
def correct(
    request: Request, context: Ctx, session: Db, viewer: Person, run_id: int, row_id: int, form: Annotated[FormData, Depends(_form)]
) -> Response:
    """Keep what was typed, once it makes a listing, or if the person insists. Raises access.NotFound, access.Forbidden."""
    run, row = _correctable(context, session, viewer, run_id, row_id)
    kept = session.get(RowCorrection, (row.source, row.digest))
    changes = _changes(row.content, form)
    if kept is not None and _version(kept) != form.get("version"):
        return _overtaken(request, context, session, run, row, changes)
    judged = correcting.judged(context.engine, run, RawRow(row.line, {**row.content, **changes}))
    if judged.confidential and any(map(is_private, changes)):
        reasons: tuple[str, ...] = (SEALED, *judged.reasons)
        changes = {column: value for column, value in changes.items() if not is_private(column)}
        return pages.render(request, "import_row.html", _shown(session, run, row, kept, changes, reasons, typed=True), status=422)
    if (reasons := judged.reasons) and form.get("geste") != "garder":
        return pages.render(request, "import_row.html", _shown(session, run, row, kept, changes, reasons, typed=True), status=422)
    if not correcting.save(session, row, changes, viewer.nom, over=kept):
        return _overtaken(request, context, session, run, row, changes)
    session.commit()
    return RedirectResponse(f"/imports/{run.id}#lignes", 303)


def _overtaken(
    request: Request, context: Context, session: Session, run: ImportRun, row: Quarantine, changes: Mapping[str, Any]
) -> Response:
    """What was typed, beside what somebody else saved meanwhile."""
    theirs = session.get_one(RowCorrection, (row.source, row.digest), populate_existing=True)
    shown = _shown(session, run, row, theirs, changes, _judged(context, run, row, changes), typed=True, theirs=theirs)
    return pages.render(request, "import_row.html", shown, status=409)


def _correctable(context: Context, session: Session, viewer: Viewer, run_id: int, row_id: int) -> tuple[ImportRun, Quarantine]:
    """Raises access.NotFound, access.Forbidden."""
    run = import_gestures.commanded(session, viewer, run_id)
    row = session.get(Quarantine, row_id) if 0 < row_id < 2**63 else None
    if row is None or row.run_id != run.id or row.digest is None or not import_gestures.of(context, session, viewer, run).correct:
        raise access.NotFound
    return run, row


def _judged(context: Context, run: ImportRun, row: Quarantine, changes: Mapping[str, Any]) -> tuple[str, ...]:
    return correcting.judged(context.engine, run, RawRow(row.line, {**row.content, **changes})).reasons


# --- cells -----------------------------------------------------------------------------------------------------------


def _columns(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Field of the form and column; what holds more than texts and numbers is left to the file."""
    kinds = (str, int, float, type(None))
    plain = [column for column, value in content.items() if isinstance(value, kinds) or _is_list(value)]
    return [(f"c{i}", column) for i, column in enumerate(plain[:MOST_COLUMNS])]


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _told(value: Any) -> str:
    return "" if value is None else "\n".join(value) if isinstance(value, list) else str(value)


def _changes(content: Mapping[str, Any], form: FormData) -> dict[str, Any]:
    """The columns whose text is not what the source says, in the kind of value that it gives."""
    found: dict[str, Any] = {}
    for name, column in _columns(content):
        text = str(form.get(name, _told(content[column]))).replace("\r\n", "\n").strip()
        if is_private(column) and not text:  # what is not shown comes back empty when nothing is typed over it
            continue
        if text != _told(content[column]).strip():
            found[column] = _typed(content[column], text)
    return found


def _typed(before: Any, text: str) -> Any:
    if isinstance(before, list):
        return [line.strip() for line in text.split("\n") if line.strip()]
    if isinstance(before, int | float) and not isinstance(before, bool):
        try:
            return float(text.replace(",", ".")) if "." in text or "," in text else int(text)
        except ValueError:
            return text
    return text or None


def _shown(
    session: Session,
    run: ImportRun,
    row: Quarantine,
    kept: RowCorrection | None,
    changes: Mapping[str, Any],
    reasons: tuple[str, ...],
    *,
    typed: bool,
    theirs: RowCorrection | None = None,
) -> RowContext:
    source = session.get(Source, run.source)
    cells = [_cell(name, column, row.content[column], changes, reasons, theirs) for name, column in _columns(row.content)]
    ordered = tuple(sorted(cells, key=lambda cell: not cell.faulty))
    return RowContext(
        run=run,
        source=source.nom if source else run.source,
        row=row,
        cells=ordered,
        reasons=reasons,
        typed=typed,
        version=_version(kept),
        theirs=theirs.author if theirs else "",
        kept=kept,
    )


def _cell(name: str, column: str, said: Any, changes: Mapping[str, Any], reasons: tuple[str, ...], theirs: RowCorrection | None) -> Cell:
    private = is_private(column)
    value = _told(changes.get(column, None if private else said))
    other = _told(theirs.changes.get(column, None if private else said)) if theirs else value
    cited = [f"« {word} »" for word in (column, value, _told(said)) if word] + [word for word in (value, _told(said)) if len(word) > SHORT]
    return Cell(
        name=name,
        column=wording.FIELDS.get(column, column),
        value=value,
        said="" if private else _told(said),
        private=private and bool(_told(said)),
        faulty=any(word in reason for reason in reasons for word in cited),
        many=isinstance(said, list),
        long=len(value) > LONG or "\n" in value,
        theirs=other if other != value else None,
    )


def _version(kept: RowCorrection | None) -> str:
    return kept.at.isoformat() if kept else ""
