"""The images of the guide's short paths and of the README, on the base that `make run` shows: ``make screenshots VIEWS=guide``."""

import html
import json
from pathlib import Path

from fastapi import FastAPI
from playwright.sync_api import Browser, Page

from app import accounts, db
from importers import demonstration_contacts, pipeline
from tests.conftest import ROOT
from tests.e2e.conftest import serving
from tests.e2e.views.bases import Gallery, deposited
from tests.e2e.views.states import State
from tests.web.scene import settle

IMAGES = ROOT / "docs" / "images"
SCREEN = State("guide", 1000, 640, {"device_scale_factor": 0.75})
SEARCH = "/recherche?q=garde+enfants+t%C3%B4t+le+matin&lieu=Digne-les-Bains"
FRONT = State("recherche", 1280, 860, {})
MISTYPED = "/recherche?q=gade+d%27enfants&lieu=Digne-les-Bains&tri=distance"
ASKED = "/api/v1/services?code_departement=04&thematiques=mobilite&frais=gratuit&size=1"
PRE = (
    "<style>body { margin: 0 } pre { margin: 1rem; font: 0.8125rem/1.5 monospace; white-space: pre-wrap }</style>"
    "<pre>$ {asked}\n\n{answer}</pre>"
)


def take(browser: Browser, template: Path, folder: Path) -> None:
    """Write the images of the three paths, and of the README, in docs/images."""
    (folder / "guide").mkdir()
    with serving(template, folder / "guide", _fill) as server:
        made = Gallery(browser, {"guide": server})
        with made.opened("guide", "conseiller", SCREEN) as page:
            _counsellor(page)
        with made.opened("guide", "conseiller", FRONT) as page:
            page.goto(MISTYPED)
            page.screenshot(path=IMAGES / "recherche.png")
        with made.opened("guide", "gestionnaire", SCREEN) as page:
            _keeper(page, folder)
        with made.opened("guide", None, SCREEN) as page:
            _partner(page, server.app)


def _fill(app: FastAPI) -> None:
    engine = app.state.context.engine
    pipeline.run(engine, "demonstration", settings=app.state.context.settings.model_copy(update={"geocoder_url": ""}))
    demonstration_contacts.load(engine)
    settle(app, 60)


def _counsellor(page: Page) -> None:
    page.goto(SEARCH)
    _keep(page, "conseiller-1")
    page.locator(".card-title a, a.card-title").first.click()
    page.wait_for_url("**/services/**")
    _keep(page, "conseiller-2")


def _keeper(page: Page, folder: Path) -> None:
    page.goto("/imports/nouveau")
    _keep(page, "gestionnaire-1")
    deposited(page, folder, "Lieux d’accueil", tried=True)
    _keep(page, "gestionnaire-2")
    page.goto(SEARCH)
    page.locator(".card-title a, a.card-title").first.click()
    page.get_by_role("link", name="Modifier").click()
    page.wait_for_url("**/modifier")
    _keep(page, "gestionnaire-3")


def _partner(page: Page, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        token = accounts.create_token(session, "logiciel du partenaire")
    answer = page.request.get(ASKED, headers={"Authorization": f"Bearer {token}"}).json()
    asked = f'curl -H "Authorization: Bearer $JETON" \\\n    "$LEVIER{ASKED}"'
    told = json.dumps(answer, ensure_ascii=False, indent=1)
    page.set_content(PRE.replace("{asked}", html.escape(asked)).replace("{answer}", html.escape(told)))
    _keep(page, "partenaire-1")


def _keep(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / f"guide-{name}.png")
