"""The real application on a real base, and a browser for each member of the cast.

Other folders of tests take these fixtures by importing them.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app import accounts, db
from app.access import Viewer
from app.config import Settings
from app.main import create_app
from app.search import sync
from tests import hashing

PASSWORD = "une phrase de passe inventée"
CAST: dict[str, tuple[str, tuple[str, ...]]] = {
    "conseiller": ("conseiller", ()),
    "gestionnaire": ("gestionnaire", ("04D",)),
    "gestionnaire-37": ("gestionnaire", ("37D",)),
    "administrateur": ("administrateur", ()),
}
"""Member of the cast → role and collectivités. Whoever is not here is a stranger."""


class Browser(TestClient):
    """A browser on this machine, without JavaScript. It follows no redirection by itself, so that tests see them."""

    def __init__(self, app: FastAPI, address: str = "127.0.0.1", base_url: str = "http://127.0.0.1:8000") -> None:
        super().__init__(app, base_url=base_url, client=(address, 50000), follow_redirects=False)

    @property
    def csrf_token(self) -> str:
        """The token of this browser's forms, read from one of them."""
        found = re.search(r'name="csrf_token" value="(\w+)"', self.get("/mot-de-passe/oublie").text)
        assert found
        return found[1]

    def submit(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> Any:
        """Send a form as a page of ours would."""
        return self.post(path, data={"csrf_token": self.csrf_token, **(fields or {})}, **more)


MakeApp = Callable[..., FastAPI]
ClientAs = Callable[[str], Browser]


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing.make_cheap(monkeypatch)


@pytest.fixture
def make_app(database_url: str, tmp_path: Path) -> Iterator[MakeApp]:
    """Start an application on the test's base, with the settings given: ``make_app(demo=True)``."""
    with ExitStack() as stack:

        def make(**settings: Any) -> FastAPI:
            chosen: dict[str, Any] = {"data_dir": tmp_path / "var", "database_url": database_url, "drain_seconds": 0.05}
            app = create_app(Settings(**(chosen | settings)))
            context = app.state.context
            sync.rebuild(context.engine, context.search)  # else the drainer makes the index, while the test asks already
            stack.enter_context(TestClient(app))  # its lifespan lasts as long as the test
            return app

        yield make


@pytest.fixture
def app(make_app: MakeApp) -> FastAPI:
    return make_app()


@pytest.fixture
def client_as(app: FastAPI) -> ClientAs:
    """A new browser, signed in as a member of the cast, or as nobody: ``client_as("stranger")``."""
    return lambda who: sign_in(app, who)


@pytest.fixture
def stranger(app: FastAPI) -> Browser:
    return Browser(app)


@pytest.fixture
def program(app: FastAPI) -> Browser:
    """A partner program that shows its token."""
    client = Browser(app)
    with db.session_of(app.state.context.engine) as session:
        client.headers["Authorization"] = f"Bearer {accounts.create_token(session, 'programme de test')}"
    return client


def sign_in(app: FastAPI, who: str) -> Browser:
    """A browser with a session of its own; the account is made when it is first needed."""
    client = Browser(app)
    if who == "stranger":
        return client
    role, collectivites = CAST[who]
    with db.session_of(app.state.context.engine) as session:
        courriel = f"{who}@essai.example.org"
        account = accounts.find_account(session, courriel)
        if account is None:
            account = accounts.create_account(session, courriel, f"{who.capitalize()} Fictif", role, collectivites)
        client.cookies.set(accounts.COOKIE, accounts.open_session(session, account, 12), domain="127.0.0.1")
    return client


def viewer(app: FastAPI, client: Browser) -> Viewer | None:
    """Who this browser is signed in as."""
    with db.session_of(app.state.context.engine) as session:
        return accounts.viewer_of_cookie(session, client.cookies.get(accounts.COOKIE))
