"""The servers that the views are seen on: one full, one empty, one without its engine, one that crashes."""

import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from playwright.sync_api import Browser, Page, StorageState, expect

from app import accounts, db, listings
from app.models import ImportRun
from app.search.port import SearchUnavailable
from tests import samples
from tests.e2e.conftest import Server, fill_small, serving, sign_in
from tests.e2e.views.listed import View
from tests.e2e.views.states import BY_NAME, State
from tests.importers.test_grouped import Rows, services, written
from tests.web.scene import settle
from tests.web.test_duplicates import add_pair

# The longest names of the open data that Levier has met: an association of Gironde, a commune.
LONG = "AGIRABCD (Association Générale des Intervenants Retraités actions de bénévoles de coopération et de développement)"
LONG_PLACE: dict[str, Any] = {
    "code_insee": "51513",
    "commune": "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson",
    "code_postal": "51290",
    "adresse": "1 chemin des Essais",
    "latitude": 48.6521,
    "longitude": 4.6536,
}
MANY = 1000
LOST = ["Épicerie Perdue des Essais", "9 rue des Essais", "99999", "Villeperdue-les-Essais", "01 99 00 00 90", "Aide alimentaire", "", ""]
HELD = ("5 fiches sur 20 seraient touchées (25 %), plus que les 20 % admis sans relecture.", "5 ne sont plus dans le fichier")


@dataclass(frozen=True)
class Gallery:
    """Running servers by name, and what stands in ``{names}`` of their addresses."""

    browser: Browser
    servers: dict[str, Server]
    names: dict[str, str] = field(default_factory=dict)
    _cookies: dict[tuple[str, str], StorageState] = field(default_factory=dict)

    @contextmanager
    def opened(self, base: str, role: str | None, state: State) -> Iterator[Page]:
        """A page of a new browser in this state, signed in; nothing asked for yet."""
        size = {"width": state.width, "height": state.height}
        server = self.servers[base]
        cookies = self._signed_in(base, role) if role else None
        context = self.browser.new_context(
            base_url=server.address, viewport=size, locale="fr-FR", timezone_id="Europe/Paris", storage_state=cookies, **state.options
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        if not state.scripts:
            page.route("**/*.js*", lambda route: route.abort())
        try:
            yield page
        finally:
            context.close()

    def show(self, page: Page, view: View) -> None:
        """Lead `page` to `view`. Fails if the page answers another status than expected."""
        statuses: list[int] = []
        page.on("response", lambda response: statuses.append(response.status) if response.request.is_navigation_request() else None)
        page.goto(view.address.format(**self.names))
        if view.act:
            view.act(page)
        assert statuses[-1] == view.status, f"{view.name}: {statuses[-1]}, not {view.status}"

    def _signed_in(self, base: str, role: str) -> StorageState:
        key = (base, role)
        if key not in self._cookies:
            context = self.browser.new_context(base_url=self.servers[base].address)
            page = context.new_page()
            page.goto("/connexion")
            sign_in(page, role)
            page.wait_for_url("**/recherche")
            self._cookies[key] = context.storage_state()
            context.close()
        return self._cookies[key]


@contextmanager
def gallery(browser: Browser, template: Path, folder: Path) -> Iterator[Gallery]:
    """Start every server, in `folder`, on copies of the migrated base `template`."""
    fills = {"full": _fill_full, "empty": _fill_nothing, "down": _take_engine_down, "broken": _break}
    with ExitStack() as stack:
        servers = {}
        for name, fill in fills.items():
            (folder / name).mkdir()
            servers[name] = stack.enter_context(serving(template, folder / name, fill))
        made = Gallery(browser, servers)
        made.names.update(_names(made, folder))
        yield made


# --- what each base holds ------------------------------------------------------------------------------------------


def _fill_full(app: FastAPI) -> None:
    """The base of the other tests, and what is long, many, doubled or failed."""
    fill_small(app)
    with db.session_of(app.state.context.engine) as session:
        add_pair(app, session)
        samples.add_contact(session)
        samples.add_structure(session, id="essai--agir", nom=LONG, **LONG_PLACE)
        samples.add_service(session, id="essai--long", structure_id="essai--agir", nom=f"Accompagnement par {LONG}", **LONG_PLACE)
        samples.add_structure(session, id="essai--mille", nom="Les Permanences fictives")
        of_them = {"structure_id": "essai--mille", "description": "Sur rendez-vous."}
        many = [samples.service(id=f"essai--m{n}", nom=f"Permanence n° {n}", **of_them) for n in range(1, MANY + 1)]
        listings.write(session, "service", many, samples.IMPORT)
        session.commit()
    settle(app, 60)


def _fill_nothing(app: FastAPI) -> None:
    settle(app)


def _take_engine_down(app: FastAPI) -> None:
    app.state.context.search.search = _raise(SearchUnavailable("arrêté pour la photo"))


def _break(app: FastAPI) -> None:
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # its crashes are wanted
    app.state.context.search.search = _raise(RuntimeError("cassé pour la photo"))


def _raise(error: Exception) -> Any:
    def search(*_args: Any, **_options: Any) -> None:
        raise error

    return search


# --- addresses that only a base in use gives -------------------------------------------------------------------------


def _names(made: Gallery, folder: Path) -> dict[str, str]:
    names = _rows(made.servers["full"])
    with made.opened("full", "gestionnaire", BY_NAME["1440"]) as page:
        names["mapped"] = deposited(page, folder, "Lieux à décrire")
        names["tried"] = deposited(page, folder, "Lieux essayés", tried=True)
        deposited(page, folder, "Lieux publiés", tried=True)
        page.get_by_role("button", name="Appliquer", exact=True).first.click()
        page.wait_for_url(re.compile(r"/imports/\d+$"), timeout=60_000)
        names["applied"] = page.url.rsplit("/", 1)[-1]
        deposited(page, folder, "Lieux à corriger", rows=[*services()[:8], LOST], tried=True)
        page.get_by_role("button", name="Appliquer", exact=True).first.click()
        page.wait_for_url(re.compile(r"/imports/\d+$"), timeout=60_000)
        names["rejecting"] = page.url.rsplit("/", 1)[-1]
        names["row"] = page.get_by_role("link", name="Corriger").first.get_attribute("href") or ""
    settle(made.servers["full"].app, 60)
    return names


def _rows(server: Server) -> dict[str, str]:
    with db.session_of(server.app.state.context.engine) as session:
        failed = ImportRun(source="essai", etat="echoue", file_name="essai.csv", message="Le fichier est vide : envoyez-en un autre.")
        held = ImportRun(source="essai", etat="retenu", file_name="essai.csv", read=15, to_verify=5, retenue=list(HELD))
        session.add_all([failed, held])
        accounts.create_account(session, "camille@example.org", "Camille Essai", "conseiller")
        link = accounts.make_reset_link(session, "camille@example.org", server.address)
        session.commit()
        return {"failed": str(failed.id), "held": str(held.id), "link": link}


def deposited(page: Page, folder: Path, name: str, tried: bool = False, rows: Rows | None = None) -> str:
    """Address of a file dropped, named and, if asked, tried."""
    page.goto("/imports/nouveau")
    page.get_by_label("Fichier", exact=True).set_input_files(written(folder / f"{name}.csv", rows or services()))
    page.get_by_role("button", name="Lire le fichier", exact=True).click()
    if tried:
        page.get_by_label("Nom de la source").fill(name)
        page.get_by_role("button", name="Essayer sans rien écrire", exact=True).first.click()
        expect(page.get_by_role("heading", name="Ce que ce fichier ferait")).to_be_visible(timeout=60_000)
    return page.url.split("#")[0]
