"""What imports did: the runs, and the report of each with the rows it could not take. For those who keep listings."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlmodel import Session, col, func, select
from starlette.responses import Response

from app import access
from app.access import Viewer
from app.dependencies import Db, Person
from app.models import DeclaredSource, ImportRun, Quarantine, Source
from app.models.accounts import Role
from app.territory import gazetteer
from app.web import pages

router = APIRouter()

MOST_RUNS = 100
PER_PAGE = 50
ETATS = {"en-cours": "En cours", "termine": "Terminé", "interrompu": "Interrompu", "echoue": "Échoué", "retenu": "Retenu"}
ETATS |= {"annulation": "Annulation en cours", "annule": "Annulé"}
PRIVATE = ("adress", "address", "voie", "rue", "lat", "lon", "geo", "coord", "x", "y")
"""Beginnings of column names that are not shown: a rejected row may be a shelter's."""
SHOWN_VALUES = 6
UNNAMED = "depot-"
"""Beginning of the source of a file that is only being tried."""


@dataclass(frozen=True)
class RunsContext:
    """Runs, newest first, with the name of their source; and the sources described on screen: id and name."""

    saved: tuple[tuple[str, str], ...]
    runs: tuple[tuple[ImportRun, str], ...]
    etats: dict[str, str]


@dataclass(frozen=True)
class Row:
    """A row that was not taken: its line, why, and what identifies it."""

    line: int | None
    reasons: tuple[str, ...]
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RunContext:
    """One run and a page of its quarantine."""

    run: ImportRun
    source: str
    etat: str
    rows: tuple[Row, ...]
    page: int
    pages: int


@router.get("/imports")
def runs(request: Request, session: Db, viewer: Person) -> Response:
    """Raises access.Forbidden."""
    _admit(viewer)
    names = {source.id: source.nom for source in session.exec(select(Source))}
    first_tries = col(ImportRun.source).startswith(UNNAMED)  # the page of the file itself shows them
    recent = session.exec(select(ImportRun).where(~first_tries).order_by(col(ImportRun.id).desc()).limit(MOST_RUNS))
    declared = session.exec(select(DeclaredSource).order_by(col(DeclaredSource.id))).all()
    keepers = {row.id: row.collectivite for row in declared}
    saved = tuple((row.id, row.declaration["nom"]) for row in declared if viewer.keeps(row.collectivite))
    shown = tuple((run, names.get(run.source, run.source)) for run in recent if _concerns(viewer, run, keepers))
    return pages.render(request, "imports.html", RunsContext(saved, shown, ETATS))


@router.get("/imports/{run_id}")
def run_report(request: Request, session: Db, viewer: Person, run_id: int, page: int = 1) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    _admit(viewer)
    run = session.get(ImportRun, run_id) if 0 < run_id < 2**31 else None
    declared = session.get(DeclaredSource, run.source) if run else None
    if run is None or not _concerns(viewer, run, {declared.id: declared.collectivite} if declared else {}):
        raise access.NotFound
    source = session.get(Source, run.source)
    total = session.exec(select(func.count()).select_from(Quarantine).where(Quarantine.run_id == run_id)).one()
    last = max(1, -(-total // PER_PAGE))
    page = min(max(page, 1), last)
    shown = RunContext(run, source.nom if source else run.source, ETATS.get(run.etat, run.etat), _rows(session, run_id, page), page, last)
    return pages.render(request, "import_run.html", shown)


def _admit(viewer: Viewer) -> None:
    if viewer.role == Role.CONSEILLER:
        raise access.Forbidden


def _concerns(viewer: Viewer, run: ImportRun, keepers: Mapping[str, str]) -> bool:
    """Did this run touch what the viewer keeps? One without a département took all of its source's; `keepers`: source → collectivité."""
    if viewer.is_admin:
        return True
    if run.source in keepers or run.source.startswith(UNNAMED):
        return viewer.keeps(keepers.get(run.source))
    if run.departement is None:
        return True
    return any(run.departement in gazetteer.load().departements_of(code) for code in viewer.collectivites)


def _rows(session: Session, run_id: int, page: int) -> tuple[Row, ...]:
    query = select(Quarantine).where(Quarantine.run_id == run_id).order_by(col(Quarantine.line), col(Quarantine.id))
    found = session.exec(query.offset((page - 1) * PER_PAGE).limit(PER_PAGE))
    return tuple(Row(row.line, tuple(row.reasons), _values(row.content)) for row in found)


def _values(content: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """The first plain values of a raw row, without its address."""
    plain = [(name, str(value)) for name, value in content.items() if isinstance(value, str | int) and str(value).strip()]
    public = [(name, value if len(value) < 80 else f"{value[:79]}…") for name, value in plain if not name.lower().startswith(PRIVATE)]
    return tuple(public[:SHOWN_VALUES])
