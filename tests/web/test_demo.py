"""One click signs in as each role of the demonstration, on this machine only."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from app.accounts import DEMO_ACCOUNTS
from app.config import ConfigurationError, Settings
from app.main import create_app, serve
from tests.web.conftest import Browser, MakeApp, viewer


@pytest.fixture
def demo(make_app: MakeApp) -> FastAPI:
    return make_app(demo=True)


@pytest.mark.parametrize("role", list(DEMO_ACCOUNTS))
def test_one_click_signs_in(demo: FastAPI, role: str) -> None:
    client = Browser(demo)
    assert f'value="{role}"' in client.get("/connexion").text
    answer = client.submit("/connexion/demo", {"role": role, "suite": "/recherche?q=a"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/recherche?q=a")
    who = viewer(demo, client)
    assert who is not None
    assert (who.role, who.collectivites) == (role, frozenset(DEMO_ACCOUNTS[role][2]))  # type: ignore[index]


def test_a_role_that_is_not_there_leads_back_to_the_buttons(demo: FastAPI) -> None:
    page = Browser(demo).submit("/connexion/demo", {"role": "ministre"})
    assert page.status_code == 422
    assert "ministre" in page.text
    assert 'value="conseiller"' in page.text


def test_outside_a_demonstration_there_is_no_such_page(stranger: Browser) -> None:
    assert "/connexion/demo" not in stranger.get("/connexion").text
    assert stranger.submit("/connexion/demo", {"role": "administrateur"}).status_code == 404


@pytest.mark.parametrize(
    ("address", "base_url", "headers"),
    [
        ("192.0.2.7", "http://127.0.0.1:8000", {}),
        ("127.0.0.1", "http://levier.example.org", {}),
        ("127.0.0.1", "http://127.0.0.1:8000", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.1", "http://127.0.0.1:8000", {"Forwarded": "for=192.0.2.7"}),
    ],
)
def test_nobody_from_elsewhere_gets_in_by_the_demonstration(demo: FastAPI, address: str, base_url: str, headers: dict[str, str]) -> None:
    client = Browser(demo, address, base_url)
    client.headers.update(headers)
    assert "/connexion/demo" not in client.get("/connexion").text
    assert client.submit("/connexion/demo", {"role": "administrateur"}).status_code == 404


def test_a_demonstration_refuses_a_public_address(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="LEVIER_DEMO"):
        create_app(Settings(demo=True, public_url="https://levier.example.org", data_dir=tmp_path))
    with pytest.raises(ConfigurationError, match=r"0\.0\.0\.0"):
        serve(Settings(demo=True, data_dir=tmp_path), 8000, "0.0.0.0")


def test_the_base_of_a_demonstration_served_in_earnest_knows_its_accounts_no_more(demo: FastAPI, make_app: MakeApp) -> None:
    client = Browser(demo)
    client.submit("/connexion/demo", {"role": "administrateur"})
    assert viewer(demo, client) is not None
    assert viewer(make_app(), client) is None
