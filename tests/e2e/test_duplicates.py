"""The pages of doublons in a real browser: axe has nothing to say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import StorageState

from app import db
from tests.e2e.conftest import OpenAs, Server, serving
from tests.e2e.looking import violations
from tests.web.test_duplicates import add_pair


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A base of its own: two listings more would change what other tests count."""
    with serving(sqlite_template, tmp_path_factory.mktemp("doublons"), _fill) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in() -> dict[str, StorageState]:
    return {}


def _fill(app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        add_pair(app, session)


@pytest.mark.parametrize("width", [1280])
def test_axe_finds_nothing_to_say_of_doublons(open_as: OpenAs, width: int) -> None:
    page = open_as("gestionnaire", width=width)
    for address in ("/doublons", "/doublons/1"):
        page.goto(address)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
