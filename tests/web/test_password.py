"""A forgotten password: the link by mail, through a real SMTP server, and the page it leads to."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from app import accounts
from app.models import Account, ResetLink
from tests.letters import Letters, body, receiving
from tests.web.conftest import PASSWORD, Browser, MakeApp, viewer

CAMILLE = "camille.fictive@example.org"
NEW = "une autre phrase inventée"


@pytest.fixture
def letters() -> Iterator[Letters]:
    with receiving() as letters:
        yield letters


@pytest.fixture
def app(make_app: MakeApp, letters: Letters) -> FastAPI:
    return make_app(smtp_url=f"smtp://127.0.0.1:{letters.port}", mail_from="levier@departement.example.org")


@pytest.fixture
def camille(session: Session) -> Account:
    return accounts.create_account(session, CAMILLE, "Camille Fictive", "conseiller", password=PASSWORD)


def test_a_letter_brings_a_link_that_changes_the_password(app: FastAPI, stranger: Browser, camille: Account, letters: Letters) -> None:
    page = stranger.submit("/mot-de-passe/oublie", {"courriel": CAMILLE})
    assert page.status_code == 200
    assert "Si un compte existe" in page.text
    (letter,) = letters.received
    assert (letter["To"], letter["From"]) == (CAMILLE, "levier@departement.example.org")
    found = re.search(r"http://127\.0\.0\.1:8000(/mot-de-passe/nouveau\?lien=(\S+))", body(letter))
    assert found
    assert 'name="mot_de_passe"' in stranger.get(found[1]).text
    answer = stranger.submit("/mot-de-passe/nouveau", {"lien": found[2], "mot_de_passe": NEW, "confirmation": NEW})
    assert answer.headers["location"] == "/connexion?message=change"
    assert stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": NEW}).status_code == 303
    assert viewer(app, stranger) is not None


def test_the_answer_does_not_tell_who_has_an_account(stranger: Browser, camille: Account, letters: Letters) -> None:
    pages = [stranger.submit("/mot-de-passe/oublie", {"courriel": courriel}) for courriel in (CAMILLE, "personne@example.org")]
    assert [page.status_code for page in pages] == [200, 200]
    assert pages[0].text.replace(CAMILLE, "X") == pages[1].text.replace("personne@example.org", "X")
    assert [letter["To"] for letter in letters.received] == [CAMILLE]


def test_a_letter_goes_to_the_account_s_own_address_only(stranger: Browser, camille: Account, letters: Letters) -> None:
    page = stranger.submit("/mot-de-passe/oublie", {"courriel": f"{CAMILLE}, voleur@ailleurs.example.org"})
    assert page.status_code == 422
    assert "mal écrite" in page.text
    assert 'value="camille.fictive@example.org, voleur@ailleurs.example.org"' in page.text
    assert letters.received == []


def test_asking_again_and_again_fills_no_letter_box(stranger: Browser, camille: Account, letters: Letters) -> None:
    statuses = [stranger.submit("/mot-de-passe/oublie", {"courriel": CAMILLE}).status_code for _ in range(6)]
    assert statuses == [200, 200, 200, 429, 429, 429]
    assert len(letters.received) == 3


def test_asking_for_links_does_not_shut_the_account_out(stranger: Browser, camille: Account) -> None:
    for _ in range(6):
        stranger.submit("/mot-de-passe/oublie", {"courriel": CAMILLE})
    assert stranger.submit("/connexion", {"courriel": CAMILLE, "mot_de_passe": PASSWORD}).status_code == 303


def test_a_mail_server_that_is_down_shows_nothing_and_is_logged_without_the_address(
    make_app: MakeApp, camille: Account, caplog: pytest.LogCaptureFixture
) -> None:
    client = Browser(make_app(smtp_url="smtp://127.0.0.1:1"))
    assert "Si un compte existe" in client.submit("/mot-de-passe/oublie", {"courriel": CAMILLE}).text
    assert "LEVIER_SMTP_URL" in caplog.text
    assert CAMILLE not in caplog.text


def test_without_a_mail_server_the_page_says_whom_to_ask(make_app: MakeApp, camille: Account, session: Session) -> None:
    page = Browser(make_app()).submit("/mot-de-passe/oublie", {"courriel": CAMILLE})
    assert "levier account reset" in page.text
    assert session.exec(select(ResetLink)).all() == []


def link_of(session: Session) -> str:
    return accounts.make_reset_link(session, CAMILLE, "http://127.0.0.1:8000").partition("lien=")[2]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [("court", "court", "12 caractères"), (NEW, "autre chose de long", "ne sont pas les mêmes"), ("", "", "12 caractères")],
)
def test_a_refused_password_says_why_and_the_link_still_serves(
    stranger: Browser, camille: Account, session: Session, first: str, second: str, words: str
) -> None:
    secret = link_of(session)
    page = stranger.submit("/mot-de-passe/nouveau", {"lien": secret, "mot_de_passe": first, "confirmation": second})
    assert page.status_code == 422
    assert words in page.text
    answer = stranger.submit("/mot-de-passe/nouveau", {"lien": secret, "mot_de_passe": NEW, "confirmation": NEW})
    assert answer.status_code == 303


def test_a_spent_or_invented_link_says_how_to_have_another(stranger: Browser, camille: Account, session: Session) -> None:
    secret = link_of(session)
    accounts.use_reset_link(session, secret, NEW)
    for lien in (secret, "inventé", ""):
        for page in (
            stranger.get(f"/mot-de-passe/nouveau?lien={lien}"),
            stranger.submit("/mot-de-passe/nouveau", {"lien": lien, "mot_de_passe": NEW, "confirmation": NEW}),
        ):
            assert "déjà servi ou a expiré" in page.text
            assert 'href="/mot-de-passe/oublie"' in page.text


def test_the_page_of_a_link_is_kept_nowhere(stranger: Browser, camille: Account, session: Session) -> None:
    page = stranger.get(f"/mot-de-passe/nouveau?lien={link_of(session)}")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
