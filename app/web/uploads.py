"""A file that staff drop, from its first rows to published listings: read, mapped, tried without writing anything, applied."""

import logging
import threading
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from app import access
from app.access import Viewer
from app.context import Context
from app.dependencies import Ctx, Db, Person
from app.duplicates import finding
from app.models import ImportRun
from app.web import map, mapping, pages, trial
from importers import declared, delivering, guessing
from importers.declaring import Declaration
from importers.deposits import Deposit, Deposits, Preview
from importers.problems import ImportProblem

log = logging.getLogger("levier")
router = APIRouter()

ADDRESS = "/imports/nouveau"
"""Where files are sent: the one page that takes more than a form."""


async def _form(request: Request) -> FormData:
    return await request.form()


Typed = Annotated[FormData, Depends(_form)]


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
    known = _described(session, deposit)
    if source not in known or not mapping.fits(known[source], deposits.preview(deposit).columns):
        return _to(deposits.save(replace(deposit, source=source if source in known else "")))
    deposit = _as_before(deposits, deposit, source, known[source])
    try:
        return _start(context, viewer, deposit, "essai")
    except ImportProblem as problem:
        return _page(request, context, session, deposit, error=str(problem))


def _as_before(deposits: Deposits, deposit: Deposit, source: str, content: dict[str, Any]) -> Deposit:
    return deposits.save(replace(deposit, source=source, sheet=content.get("sheet"), declaration=content))


def _described(session: Session, deposit: Deposit) -> dict[str, dict[str, Any]]:
    """What was said of each source of the deposit's collectivité."""
    return {row.id: row.declaration for row in declared.of_collectivites(session, [deposit.collectivite])}


# --- the deposit's page ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    dry_run: bool
    done: int
    total: int | None

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True)
class DepositContext:
    """A file dropped: being read and mapped (`form`), tried (`trial`), or worked upon (`progress`).

    `again`: name of the source that it is a delivery of; `unlike`: without the columns of that source. `alike`: those that it may
    be one of, id and name.
    """

    deposit: Deposit
    address: str
    collectivite: str
    said: tuple[str, ...]
    again: str
    unlike: bool
    alike: tuple[tuple[str, str], ...]
    interrupted: bool
    progress: Progress | None
    trial: trial.Trial | None
    form: mapping.Form | None
    error: str


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
        return _leave(request, _address(deposit))
    return _page(request, context, session, deposit, working=working, tried=None if etape == "lecture" else tried, imported=imported)


@router.post("/imports/depots/{deposit_id}")
def map_deposit(request: Request, context: Ctx, session: Db, viewer: Person, typed: Typed, deposit_id: str) -> Response:
    """Keep the mapping sent; then read another sheet, show the values of a column, or try. Raises access.NotFound, access.Forbidden."""
    deposit = _readable(context, viewer, deposit_id)
    deposits = Deposits(context.settings)
    try:
        if typed.get("geste") == "feuille":
            return _to(deposits.another_sheet(deposit, str(typed.get("feuille", ""))))
        preview, known = deposits.preview(deposit), _described(session, deposit)
        if (source := str(typed.get("comme", ""))) in known and mapping.fits(known[source], preview.columns):
            return _start(context, viewer, _as_before(deposits, deposit, source, known[source]), "essai")
        read = mapping.read(typed, preview, _declaration(session, deposit, preview))
        deposit = deposits.save(replace(deposit, declaration=read.content, runs={}))  # what was tried was another mapping
        if typed.get("geste") != "essayer":
            return RedirectResponse(f"{_address(deposit)}?etape=lecture#t-sens", 303)
        if read.errors:
            return _page(request, context, session, deposit, errors=read.errors)
        return _start(context, viewer, deposit, "essai")
    except ImportProblem as problem:
        return _page(request, context, session, deposit, error=str(problem))


@router.post("/imports/depots/{deposit_id}/appliquer")
def apply_deposit(request: Request, context: Ctx, session: Db, viewer: Person, deposit_id: str) -> Response:
    """Save the mapping as a source of the collectivité, and import. Raises access.NotFound, access.Forbidden."""
    deposit = _readable(context, viewer, deposit_id)
    if deposit.declaration is None or not deposit.runs.get("essai"):
        return RedirectResponse(_address(deposit), 303)
    try:
        source = declared.save(session, deposit.source or None, Declaration.model_validate(deposit.declaration), viewer.nom)
        session.commit()
        deposit = Deposits(context.settings).save(replace(deposit, source=source))
        return _start(context, viewer, deposit, "import")
    except ImportProblem as problem:
        return _page(request, context, session, deposit, error=str(problem), tried=_run(context, session, deposit, "essai"))


@router.get("/imports/depots/{deposit_id}/carte")
def deposit_map(request: Request, context: Ctx, viewer: Person, deposit_id: str) -> Response:
    """GeoJSON of where the listings of the last trial fall. Raises access.NotFound, access.Forbidden."""
    deposit = _readable(context, viewer, deposit_id)
    told = Deposits(context.settings).note(deposit, "essai.json")
    return JSONResponse(trial.points(told, map.base_map_address(), map.tiles(context.settings)))


def _page(
    request: Request,
    context: Context,
    session: Session,
    deposit: Deposit,
    *,
    working: ImportRun | None = None,
    tried: ImportRun | None = None,
    imported: ImportRun | None = None,
    errors: dict[str, str] | None = None,
    error: str = "",
) -> Response:
    deposits = Deposits(context.settings)
    preview = deposits.preview(deposit)
    told = tried and working is None
    known = _described(session, deposit)
    keeper = context.gazetteer.territory(deposit.collectivite)
    shown = DepositContext(
        deposit=deposit,
        address=_address(deposit),
        collectivite=keeper.nom if keeper else deposit.collectivite,
        said=preview.said,
        again=known.get(deposit.source, {}).get("nom", ""),
        unlike=deposit.source in known and not mapping.fits(known[deposit.source], preview.columns),
        alike=() if deposit.source else tuple((i, one["nom"]) for i, one in known.items() if mapping.fits(one, preview.columns)),
        interrupted=bool(imported and imported.etat == "interrompu"),
        progress=_progress(deposits, deposit, working) if working else None,
        trial=trial.of(session, tried, deposits.note(deposit, "essai.json")) if tried and told else None,
        form=None if working or told else mapping.form(_declaration(session, deposit, preview), preview, errors or {}),
        error=error,
    )
    status = 422 if errors or error else 200
    return pages.render(
        request, "import_deposit.html", shown, status=status, fragment="_partials/import_progress.html" if working else None
    )


def _saved(session: Session, viewer: Viewer, source_id: str) -> Declaration | None:
    """The mapping saved under that id, if the viewer keeps its collectivité."""
    found = declared.load(session, source_id) if source_id else None
    return found if found and viewer.keeps(found.collectivite) else None


# --- shared ------------------------------------------------------------------------------------------------------------


def _readable(context: Context, viewer: Viewer, deposit_id: str) -> Deposit:
    """The deposit, if this viewer keeps its collectivité. Raises access.NotFound, access.Forbidden."""
    access.admit_keepers(viewer)
    deposit = Deposits(context.settings).get(deposit_id)
    if deposit is None or not viewer.keeps(deposit.collectivite):
        raise access.NotFound
    return deposit


def _declaration(session: Session, deposit: Deposit, preview: Preview) -> dict[str, Any]:
    """What was last sent for this file, else what Levier guesses of it; as plain values, for it may not be whole yet."""
    if deposit.declaration is not None:
        return deposit.declaration
    guessed: dict[str, Any] = guessing.guess(preview.opened, preview.sample, deposit.collectivite).model_dump(mode="json")
    before = _described(session, deposit).get(deposit.source, {})  # its columns have changed, not what it is
    return {
        **guessed,
        "url": deposit.url or None,
        **{name: before[name] for name in ("nom", "licence", "valeurs", "thematiques") if before},
    }


def _address(deposit: Deposit) -> str:
    return f"/imports/depots/{deposit.id}"


def _to(deposit: Deposit) -> Response:
    return RedirectResponse(_address(deposit), 303)


def _leave(request: Request, address: str) -> Response:
    """To another page, whole, even from a fragment."""
    return Response(headers={"HX-Redirect": address}) if pages.wants_fragment(request) else RedirectResponse(address, 303)


def _run(context: Context, session: Session, deposit: Deposit, kind: str) -> ImportRun | None:
    run_id = deposit.runs.get(kind)
    return delivering.state(session, context.engine, context.settings, run_id) if run_id else None


def _progress(deposits: Deposits, deposit: Deposit, run: ImportRun) -> Progress:
    note = deposits.note(deposit, "progression.json")
    mine = note if note.get("run") == run.id else {}
    return Progress(run.dry_run, mine.get("done", 0), mine.get("total"))


def _start(context: Context, viewer: Viewer, deposit: Deposit, kind: delivering.Kind) -> Response:
    """Begin a run of the deposit in a thread of its own, and lead to the page that shows it. Raises Busy."""
    deposits = Deposits(context.settings)
    deposit, run = delivering.begin(context.engine, deposits, deposit, kind, viewer.nom)
    threading.Thread(target=_work, args=(context, deposit, run), name=f"levier-import-{run.id}", daemon=True).start()
    return _to(deposit)


def _work(context: Context, deposit: Deposit, run: ImportRun) -> None:
    """In its own thread: the run, then what it calls for. A process that dies leaves a run that says interrompu, to launch again."""
    try:
        source = declared.source_of(run.source, Declaration.model_validate(deposit.declaration))
        done = delivering.work(context.engine, Deposits(context.settings), deposit, source, run)
        if not done.dry_run and done.etat == "termine":
            context.drainer.wake()
            finding.find(context.engine)
    except Exception:
        log.exception("import %s", run.id)
