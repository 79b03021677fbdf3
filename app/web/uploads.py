"""A file that staff drop, from its first rows to published listings: read, mapped, tried without writing anything, applied."""

from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse
from sqlmodel import Session
from starlette.datastructures import UploadFile
from starlette.responses import Response

from app import access
from app.access import Viewer
from app.context import Context
from app.dependencies import Ctx, Db, Person, Typed
from app.duplicates import finding
from app.models import ImportRun
from app.web import deposit_page, map, mapping, pages, trial
from app.web.deposit_page import Runs, address
from importers import on_screen
from importers.on_screen import Declaration, Deposit, Deposits, ImportProblem

router = APIRouter()

ADDRESS = "/imports/nouveau"
"""Where files are sent: the one page that takes more than a form."""


@dataclass(frozen=True)
class NewContext:
    """The form that takes a file. `source`: the saved source whose new version is awaited, if any."""

    collectivites: tuple[tuple[str, str], ...]
    collectivite: str
    url: str
    source: str
    source_name: str
    error: str
    most: int


@router.get(ADDRESS)
def drop_form(request: Request, context: Ctx, session: Db, viewer: Person, source: str = "") -> Response:
    """Raises access.Forbidden."""
    return _drop_form(request, context, session, viewer, {"source": source})


@router.post(ADDRESS)
def drop(request: Request, context: Ctx, session: Db, viewer: Person, typed: Typed) -> Response:
    """Take a file or an address, and lead to what was read of it. Raises access.Forbidden."""
    access.admit_keepers(viewer)
    given = {name: str(typed.get(name, "")).replace("\x00", "").strip() for name in ("collectivite", "url", "source")}
    try:
        deposit = _taken(context, viewer, given, typed.get("fichier"))
    except ImportProblem as problem:
        return _drop_form(request, context, session, viewer, given, str(problem))
    return _first_look(request, context, session, viewer, deposit, given["source"])


def _drop_form(request: Request, context: Context, session: Session, viewer: Viewer, given: dict[str, str], error: str = "") -> Response:
    access.admit_keepers(viewer)
    known = {place.code: place.nom for place in context.gazetteer.collectivites() if viewer.keeps(place.code)}
    saved = _saved(session, viewer, given.get("source", ""))
    chosen = given.get("collectivite") or (saved.collectivite if saved else "") or (next(iter(known)) if len(known) == 1 else "")
    shown = NewContext(
        collectivites=tuple(known.items()),
        collectivite=chosen,
        url=given.get("url", "") or (saved.url or "" if saved else ""),
        source=given.get("source", "") if saved else "",
        source_name=saved.nom if saved else "",
        error=error,
        most=context.settings.upload_mb,
    )
    return pages.render(request, "import_new.html", shown, status=422 if error else 200)


def _taken(context: Context, viewer: Viewer, given: dict[str, str], file: Any) -> Deposit:
    """Raises ImportProblem, access.Forbidden."""
    deposits = Deposits(context.settings)
    who = {"collectivite": given["collectivite"], "author": viewer.nom}
    if not given["collectivite"]:
        raise ImportProblem("Choisissez la collectivité dont ce fichier donne les ressources.")
    if not viewer.keeps(given["collectivite"]) or context.gazetteer.territory(given["collectivite"]) is None:
        raise access.Forbidden
    if isinstance(file, UploadFile) and file.filename:
        return deposits.receive(file.file, file.filename, **who)
    if not given["url"]:
        raise ImportProblem("Choisissez un fichier, ou donnez son adresse.")
    if not given["url"].lower().startswith("https://"):
        raise ImportProblem("Une adresse commence par https:// : copiez-la depuis votre navigateur.")
    return deposits.fetch(given["url"], **who)


def _first_look(request: Request, context: Context, session: Session, viewer: Viewer, deposit: Deposit, source: str) -> Response:
    """The delivery of a saved source is tried at once, if it can be read as before; anything else is shown with what Levier makes of it."""
    deposits = Deposits(context.settings)
    known = on_screen.described(session, deposit)
    if source not in known or not on_screen.fits(known[source], deposits.preview(deposit).columns):
        return _to(deposits.save(replace(deposit, source=source if source in known else "")))
    deposit = on_screen.as_before(deposits, deposit, source, known[source])
    try:
        return _start(context, viewer, deposit, "essai")
    except ImportProblem as problem:
        return deposit_page.show(request, context, session, deposit, wrong=str(problem))


# --- the deposit's page ------------------------------------------------------------------------------------------------


@router.get("/imports/depots/{deposit_id}")
def show_deposit(request: Request, context: Ctx, session: Db, viewer: Person, deposit_id: str, etape: str = "") -> Response:
    """Where this file stands. Raises access.NotFound, access.Forbidden."""
    deposit = _readable(context, viewer, deposit_id)
    imported = _run(context, session, deposit, "import")
    if imported and imported.etat not in {"en-cours", "interrompu"} and etape != "lecture":
        return _leave(request, f"/imports/{imported.id}")
    tried = _run(context, session, deposit, "essai")
    working = next((run for run in (imported, tried) if run and run.etat == "en-cours"), None)
    if working is None and pages.wants_fragment(request):
        return _leave(request, address(deposit))
    runs = Runs(working, None if etape == "lecture" else tried, imported)
    return deposit_page.show(request, context, session, deposit, runs)


@router.post("/imports/depots/{deposit_id}")
def map_deposit(request: Request, context: Ctx, session: Db, viewer: Person, typed: Typed, deposit_id: str) -> Response:
    """Keep the mapping sent; then read another sheet, show the values of a column, or try. Raises access.NotFound, access.Forbidden."""
    deposit = _readable(context, viewer, deposit_id)
    deposits = Deposits(context.settings)
    try:
        if typed.get("geste") == "feuille":
            return _to(deposits.another_sheet(deposit, str(typed.get("feuille", ""))))
        preview, known = deposits.preview(deposit), on_screen.described(session, deposit)
        if (source := str(typed.get("comme", ""))) in known and on_screen.fits(known[source], preview.columns):
            return _start(context, viewer, on_screen.as_before(deposits, deposit, source, known[source]), "essai")
        read = mapping.read(typed, preview, on_screen.content_of(session, deposit, preview))
        deposit = deposits.save(replace(deposit, declaration=read.content, runs={}))  # what was tried was another mapping
        if typed.get("geste") != "essayer":
            return RedirectResponse(f"{address(deposit)}?etape=lecture#t-sens", 303)
        if read.errors:
            return deposit_page.show(request, context, session, deposit, wrong=read.errors)
        return _start(context, viewer, deposit, "essai")
    except ImportProblem as problem:
        return deposit_page.show(request, context, session, deposit, wrong=str(problem))


@router.post("/imports/depots/{deposit_id}/appliquer")
def apply_deposit(request: Request, context: Ctx, session: Db, viewer: Person, deposit_id: str) -> Response:
    """Save the mapping as a source of the collectivité, and import. Raises access.NotFound, access.Forbidden."""
    deposit = _readable(context, viewer, deposit_id)
    if deposit.declaration is None or not deposit.runs.get("essai"):
        return RedirectResponse(address(deposit), 303)
    try:
        deposit = on_screen.keep_source(session, Deposits(context.settings), deposit, viewer.nom)
        return _start(context, viewer, deposit, "import")
    except ImportProblem as problem:
        runs = Runs(tried=_run(context, session, deposit, "essai"))
        return deposit_page.show(request, context, session, deposit, runs, wrong=str(problem))


@router.get("/imports/depots/{deposit_id}/carte")
def deposit_map(request: Request, context: Ctx, viewer: Person, deposit_id: str) -> Response:
    """GeoJSON of where the listings of the last trial fall. Raises access.NotFound, access.Forbidden."""
    deposit = _readable(context, viewer, deposit_id)
    told = Deposits(context.settings).note(deposit, "essai.json")
    return JSONResponse(trial.points(told, map.base_map_address(), map.tiles(context.settings)))


def _saved(session: Session, viewer: Viewer, source_id: str) -> Declaration | None:
    """The mapping saved under that id, if the viewer keeps its collectivité."""
    found = on_screen.saved(session, source_id)
    return found if found and viewer.keeps(found.collectivite) else None


# --- shared ------------------------------------------------------------------------------------------------------------


def _readable(context: Context, viewer: Viewer, deposit_id: str) -> Deposit:
    """The deposit, if this viewer keeps its collectivité. Raises access.NotFound, access.Forbidden."""
    access.admit_keepers(viewer)
    deposit = Deposits(context.settings).get(deposit_id)
    if deposit is None or not viewer.keeps(deposit.collectivite):
        raise access.NotFound
    return deposit


def _to(deposit: Deposit) -> Response:
    return RedirectResponse(address(deposit), 303)


def _leave(request: Request, where: str) -> Response:
    """To another page, whole, even from a fragment."""
    return Response(headers={"HX-Redirect": where}) if pages.wants_fragment(request) else RedirectResponse(where, 303)


def _run(context: Context, session: Session, deposit: Deposit, kind: str) -> ImportRun | None:
    run_id = deposit.runs.get(kind)
    return on_screen.state(session, context.engine, context.settings, run_id) if run_id else None


def _start(context: Context, viewer: Viewer, deposit: Deposit, kind: on_screen.Kind) -> Response:
    """Begin a run of the deposit, and lead to the page that shows it. Raises Busy."""

    def written() -> None:
        context.drainer.wake()
        finding.find(context.engine)

    return _to(on_screen.launch(context.engine, Deposits(context.settings), deposit, kind, viewer.nom, written=written))
