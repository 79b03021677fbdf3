"""The page of a dropped file: read and mapped, being worked upon, or tried."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from app.context import Context
from app.models import ImportRun
from app.web import mapping, pages, trial
from importers import on_screen
from importers.on_screen import Deposit, Deposits, Preview


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


@dataclass(frozen=True)
class Runs:
    """Where the deposit's runs stand: the one under way, the last trial if it is what to show, the last import."""

    working: ImportRun | None = None
    tried: ImportRun | None = None
    imported: ImportRun | None = None


NOTHING = Runs()
Wrong = str | dict[str, str]
"""Why nothing was done; or what is wrong of the mapping sent, by the control to correct."""


def show(request: Request, context: Context, session: Session, deposit: Deposit, runs: Runs = NOTHING, *, wrong: Wrong = "") -> Response:
    """The page, as far as the file has come."""
    deposits = Deposits(context.settings)
    preview, known = deposits.preview(deposit), on_screen.described(session, deposit)
    tried = runs.tried if runs.working is None else None
    content = None if runs.working or tried else on_screen.content_of(session, deposit, preview)
    shown = DepositContext(
        deposit=deposit,
        address=address(deposit),
        collectivite=keeper.nom if (keeper := context.gazetteer.territory(deposit.collectivite)) else deposit.collectivite,
        said=preview.said,
        again=known.get(deposit.source, {}).get("nom", ""),
        unlike=deposit.source in known and not on_screen.fits(known[deposit.source], preview.columns),
        alike=_alike(deposit, preview, known),
        interrupted=bool(runs.imported and runs.imported.etat == "interrompu"),
        progress=_progress(deposits, deposit, runs.working) if runs.working else None,
        trial=trial.of(session, tried, deposits.note(deposit, "essai.json")) if tried else None,
        form=mapping.form(content, preview, wrong if isinstance(wrong, dict) else {}) if content else None,
        error=wrong if isinstance(wrong, str) else "",
    )
    fragment = "_partials/import_progress.html" if runs.working else None
    return pages.render(request, "import_deposit.html", shown, status=422 if wrong else 200, fragment=fragment)


def address(deposit: Deposit) -> str:
    return f"/imports/depots/{deposit.id}"


def _alike(deposit: Deposit, preview: Preview, known: dict[str, dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """The sources that it may be a delivery of, when nobody said of which."""
    return () if deposit.source else tuple((i, one["nom"]) for i, one in known.items() if on_screen.fits(one, preview.columns))


def _progress(deposits: Deposits, deposit: Deposit, run: ImportRun) -> Progress:
    note = deposits.note(deposit, "progression.json")
    mine = note if note.get("run") == run.id else {}
    return Progress(run.dry_run, mine.get("done", 0), mine.get("total"))
