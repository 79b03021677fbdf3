"""A real server, a real Chromium, and a small invented base around Digne-les-Bains."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from app import db
from app.config import Settings
from app.main import create_app
from app.models import ImportRun, Quarantine
from app.search import sync
from tests.samples import add_structure
from tests.web.scene import furnish

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Server:
    """A running Levier, in demonstration mode."""

    address: str
    app: FastAPI


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@contextmanager
def serving(template: Path, folder: Path, fill: Callable[[FastAPI], None] | None = None, **settings: Any) -> Iterator[Server]:
    """Serve over HTTP on a free port of this machine, with a base of its own in `folder`, filled by `fill`."""
    shutil.copy(template, folder / "levier.sqlite3")
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    app = create_app(Settings(data_dir=folder, demo=True, public_url=address, **settings))
    sync.rebuild(app.state.context.engine, app.state.context.search)
    running = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    (fill or fill_small)(app)
    yield Server(address, app)
    running.should_exit = True
    thread.join(20)
    listening.close()


@pytest.fixture(scope="session")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(sqlite_template, tmp_path_factory.mktemp("e2e")) as running:
        yield running


def fill_small(app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        add_structure(session, id="essai--abri", nom="Le Refuge fictif", adresse="17 impasse des Secrets", adresse_confidentielle=True)
        run = ImportRun(source="essai", etat="termine", read=2, created=1, rejected=1, file_name="essai.csv")
        session.add(run)
        session.flush()
        session.add(Quarantine(run_id=run.id, source="essai", line=3, reasons=["Aucun nom."], content={"nom": "", "ville": "Tours"}))
        session.commit()
    furnish(app)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("Chromium is not installed here: no page was tried in a browser (`make test` as root installs it)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


OpenAs = Callable[..., Page]


@pytest.fixture(scope="session")
def signed_in() -> dict[str, StorageState]:
    """Cookies by demo role, once somebody signed in as it."""
    return {}


def sign_in(page: Page, role: str) -> None:
    """One click on the button of a demo role, from wherever the sign-in page is open."""
    page.locator(f'form:has(input[name="role"][value="{role}"]) button, button[name="role"][value="{role}"]').first.click()


@pytest.fixture
def open_as(chromium: Browser, server: Server, signed_in: dict[str, StorageState]) -> Iterator[OpenAs]:
    """A page of a new browser, signed in by one click as a demo role: ``open_as("conseiller", width=360, javascript=False)``.

    Fails the test afterwards if a page asked another host for anything, or if the browser complained.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(role: str | None, width: int = 1280, height: int = 900, javascript: bool = True) -> Page:
        context = chromium.new_context(
            base_url=server.address,
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            locale="fr-FR",
            storage_state=signed_in.get(role or ""),
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda request: None if request.url.startswith(server.address) else complaints.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if _is_complaint(message.text, message.type) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if role and role in signed_in:
            page.goto("/recherche")
        elif role:
            page.goto("/connexion")
            sign_in(page, role)
            page.wait_for_url("**/recherche")
            signed_in[role] = context.storage_state()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(text: str, kind: str) -> bool:
    """An answer of 4xx is a page like another, though Chromium writes it in red."""
    return kind in {"error", "warning"} and not text.startswith("Failed to load resource")
