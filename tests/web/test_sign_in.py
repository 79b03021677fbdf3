"""Signing in and out: who gets in, who waits, where it leads."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from app import accounts
from app.models import Account, SignInAttempt, WebSession
from app.models.base import now
from tests.web.conftest import PASSWORD, Browser, ClientAs, MakeApp, viewer

CAMILLE = "camille.fictive@example.org"


@pytest.fixture
def camille(session: Session) -> Account:
    return accounts.create_account(session, CAMILLE, "Camille Fictive", "conseiller", password=PASSWORD)


def test_the_right_password_leads_to_the_search(app: FastAPI, stranger: Browser, camille: Account) -> None:
    answer = stranger.submit("/connexion", {"courriel": f" {CAMILLE.upper()} ", "mot_de_passe": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/recherche")
    who = viewer(app, stranger)
    assert who is not None
    assert who.nom == "Camille Fictive"


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(stranger: Browser, camille: Account) -> None:
    answer = stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": PASSWORD})
    flags = answer.headers["set-cookie"].lower()
    assert flags.startswith("levier_session=")
    assert "httponly" in flags
    assert "samesite=lax" in flags
    assert "max-age=43200" in flags


def test_over_https_cookies_never_travel_in_the_clear(make_app: MakeApp, session: Session, camille: Account) -> None:
    client = Browser(make_app(public_url="https://levier.example.org"), base_url="https://levier.example.org")
    page = client.get("/connexion")
    answer = client.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": PASSWORD})
    for cookie in (page.headers["set-cookie"], answer.headers["set-cookie"]):
        assert "secure" in cookie.lower()
    assert page.headers["strict-transport-security"]


def test_a_wrong_password_and_an_unknown_account_read_the_same(stranger: Browser, camille: Account) -> None:
    pages = [
        stranger.submit("/connexion", {"courriel": courriel, "mot_de_passe": "pas le bon du tout"})
        for courriel in (CAMILLE, "inconnue.fictive@example.org")
    ]
    assert [page.status_code for page in pages] == [422, 422]
    texts = [page.text.replace(CAMILLE, "X").replace("inconnue.fictive@example.org", "X") for page in pages]
    assert texts[0] == texts[1]
    assert "Adresse électronique ou mot de passe incorrect." in texts[0]


def test_what_was_typed_stays_but_the_password(stranger: Browser) -> None:
    page = stranger.submit("/connexion", {"courriel": "quelqu’un@", "mot_de_passe": "un secret bien gardé", "suite": "/recherche?q=a"})
    assert 'value="quelqu’un@"' in page.text
    assert 'value="/recherche?q=a"' in page.text
    assert "un secret bien gardé" not in page.text


def test_an_empty_form_says_so_in_words(stranger: Browser) -> None:
    page = stranger.submit("/connexion")
    assert page.status_code == 422
    assert "incorrect" in page.text


@pytest.mark.parametrize("suite", ["/recherche?q=garde&lieu=Digne", "/services/essai--1", "/imports"])
def test_signing_in_leads_back_to_the_page_asked_for(stranger: Browser, camille: Account, suite: str) -> None:
    answer = stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": PASSWORD, "suite": suite})
    assert answer.headers["location"] == suite


@pytest.mark.parametrize(
    "suite",
    [
        "https://ailleurs.example.org/",
        "//ailleurs.example.org/",
        "/\\ailleurs.example.org",
        "\\\\ailleurs.example.org",
        "/\t/ailleurs.example.org",
        "javascript:alert(1)",
        "recherche",
        "/connexion?suite=/connexion",
        "/deconnexion",
        "/a\r\nSet-Cookie: b=c",
        "",
    ],
)
def test_no_link_to_the_sign_in_leads_elsewhere(stranger: Browser, camille: Account, suite: str) -> None:
    answer = stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": PASSWORD, "suite": suite})
    assert answer.headers["location"] == "/recherche"


def test_a_page_asked_for_by_a_stranger_comes_after_the_sign_in(stranger: Browser) -> None:
    answer = stranger.get("/api/openapi.json")
    assert answer.status_code == 401
    answer = stranger.get("/recherche?q=garde d’enfants&lieu=Digne")
    assert answer.headers["location"] == "/connexion?suite=/recherche%3Fq%3Dgarde%2520d%25E2%2580%2599enfants%26lieu%3DDigne"


def test_htmx_leaves_for_the_sign_in_from_the_page_it_stands_on(stranger: Browser) -> None:
    answer = stranger.get("/recherche?q=a", headers={"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8000/recherche?q=ancien"})
    assert answer.headers["hx-redirect"] == "/connexion?suite=/recherche%3Fq%3Dancien"
    assert not answer.text


def test_who_is_signed_in_does_not_sign_in_again(client_as: ClientAs) -> None:
    assert client_as("conseiller").get("/connexion?suite=/imports").headers["location"] == "/imports"


def test_signing_out_ends_the_session_for_good(app: FastAPI, client_as: ClientAs) -> None:
    client = client_as("conseiller")
    kept = client.cookies.get(accounts.COOKIE)
    answer = client.submit("/deconnexion")
    assert answer.headers["location"] == "/connexion?message=sortie"
    assert answer.headers["clear-site-data"] == '"cache"'
    assert accounts.COOKIE not in client.cookies
    client.cookies.set(accounts.COOKIE, kept or "", domain="127.0.0.1")
    assert client.get("/recherche").headers["location"].startswith("/connexion")
    assert "Vous êtes déconnecté." in client.get("/connexion?message=sortie").text


def test_a_session_ends_by_itself(client_as: ClientAs, session: Session) -> None:
    client = client_as("conseiller")
    assert client.get("/connexion").status_code == 303
    row = session.exec(select(WebSession)).one()
    assert now() + timedelta(hours=11) < row.expires_at < now() + timedelta(hours=13)
    row.expires_at = now() - timedelta(seconds=1)
    session.add(row)
    session.commit()
    assert client.get("/connexion").status_code == 200


def test_a_new_sign_in_ends_the_session_that_the_browser_had(app: FastAPI, client_as: ClientAs, camille: Account, session: Session) -> None:
    client = client_as("conseiller")
    client.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": PASSWORD})
    assert [row.account_id for row in session.exec(select(WebSession))] == [camille.id]


def test_guessing_is_slowed_down_even_with_the_right_password_in_the_end(stranger: Browser, camille: Account) -> None:
    for _ in range(5):
        assert stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": "une mauvaise pioche"}).status_code == 422
    page = stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": PASSWORD})
    assert page.status_code == 429
    assert "Trop d’essais. Réessayez dans" in page.text
    assert 1 <= int(page.headers["retry-after"]) <= 30
    assert f'value="{CAMILLE}"' in page.text


def test_a_wait_that_is_over_lets_in_and_wipes_the_slate(stranger: Browser, camille: Account, session: Session) -> None:
    for _ in range(5):
        stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": "une mauvaise pioche"})
    for row in session.exec(select(SignInAttempt)):
        row.at -= timedelta(minutes=1)
        session.add(row)
    session.commit()
    assert stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": PASSWORD}).status_code == 303
    stranger.submit("/deconnexion")
    assert stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": "une mauvaise pioche"}).status_code == 422


def test_no_log_says_who_tried(stranger: Browser, camille: Account, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="levier")
    stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": "une mauvaise pioche"})
    assert CAMILLE not in "".join(record.getMessage() for record in caplog.records if record.name == "levier")
