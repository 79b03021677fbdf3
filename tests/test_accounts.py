"""Accounts, sessions, one-time links and tokens, on both databases."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import argon2
import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from app import accounts, db, throttle
from app.models import Account, AccountCollectivite, ApiToken, ResetLink, SignInAttempt, WebSession
from app.models.accounts import Role
from app.models.base import now
from tests import hashing

PASSWORD = "une phrase de passe inventée"
REAL_HASHER = accounts._hasher
CAMILLE = "camille.fictive@example.org"
PUBLIC_URL = "https://levier.example.org/"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing.make_cheap(monkeypatch)


@pytest.fixture
def camille(session: Session) -> Account:
    return accounts.create_account(session, CAMILLE, "Camille Fictive", "gestionnaire", ["04D"], PASSWORD)


def attempt(session: Session, courriel: str = CAMILLE, password: str = PASSWORD, client: str = "192.0.2.1") -> str:
    return accounts.sign_in(session, courriel, password, client, hours=12)


def secret_of(link: str) -> str:
    return link.partition("lien=")[2]


# --- accounts ------------------------------------------------------------------------------------------------------


def test_an_account_is_kept_with_what_it_may_do(session: Session) -> None:
    accounts.create_account(session, "  Alix.Fictif@EXAMPLE.org ", " Alix Fictif ", "gestionnaire", ["04d", "04D", "37D"])
    account = accounts.find_account(session, "alix.fictif@example.org")
    assert account is not None
    assert (account.nom, account.role, account.password_hash) == ("Alix Fictif", "gestionnaire", None)
    assert sorted(session.exec(select(AccountCollectivite.collectivite))) == ["04D", "37D"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("pas une adresse", "Alix", "conseiller"), "mal écrite"),
        (("alix@example.org", "  ", "conseiller"), "Indiquez le nom"),
        (("alix@example.org", "Alix", "chef"), "Rôles possibles : conseiller, gestionnaire, administrateur"),
        (("alix@example.org", "Alix", "gestionnaire"), "collectivité"),
        (("alix@example.org", "Alix", "conseiller", ["04D"]), "collectivité"),
        (("alix@example.org", "Alix", "conseiller", [], "trop court"), "au moins 12 caractères"),
        (("alix@example.org", "Alix", "conseiller", [], "a" * 40), "répète"),
        (("alix@example.org", "Alix", "conseiller", [], "ab12" * 300), "dépasser 1000"),
    ],
)
def test_what_can_t_be_an_account_is_refused_in_words(session: Session, values: tuple[object, ...], words: str) -> None:
    with pytest.raises(accounts.AccountError, match=words):
        accounts.create_account(session, *values)  # type: ignore[arg-type]
    assert session.exec(select(Account)).all() == []


def test_one_address_has_one_account(session: Session, camille: Account) -> None:
    with pytest.raises(accounts.AccountError, match="existe déjà"):
        accounts.create_account(session, CAMILLE.upper(), "Une autre", "conseiller")


def test_no_secret_lies_in_the_base(session: Session, camille: Account) -> None:
    cookie = attempt(session)
    link = secret_of(accounts.make_reset_link(session, CAMILLE, PUBLIC_URL))
    token = accounts.create_token(session, "programme")
    rows = [
        *session.exec(select(Account)),
        *session.exec(select(WebSession)),
        *session.exec(select(ResetLink)),
        *session.exec(select(ApiToken)),
    ]
    stored = repr([row.model_dump() for row in rows])
    for secret in (PASSWORD, cookie, link, token):
        assert secret not in stored


def test_passwords_are_hashed_by_argon2_with_the_memory_that_its_authors_advise() -> None:
    advised = argon2.profiles.RFC_9106_LOW_MEMORY
    assert REAL_HASHER.type is argon2.Type.ID
    assert (REAL_HASHER.memory_cost, REAL_HASHER.time_cost) == (advised.memory_cost, advised.time_cost)


def test_disabling_signs_out_at_once_and_closes_every_door(session: Session, camille: Account) -> None:
    cookie = attempt(session)
    link = secret_of(accounts.make_reset_link(session, CAMILLE, PUBLIC_URL))
    accounts.disable_account(session, CAMILLE)
    assert accounts.viewer_of_cookie(session, cookie) is None
    assert not accounts.is_link_good(session, link)
    with pytest.raises(accounts.SignInRefused):
        attempt(session)
    with pytest.raises(accounts.AccountError, match="désactivé"):
        accounts.make_reset_link(session, CAMILLE, PUBLIC_URL)
    with pytest.raises(accounts.AccountError, match="Aucun compte"):
        accounts.disable_account(session, "personne@example.org")


# --- sessions ------------------------------------------------------------------------------------------------------


def test_a_cookie_tells_who_and_what_they_keep(session: Session, camille: Account) -> None:
    viewer = accounts.viewer_of_cookie(session, attempt(session))
    assert viewer is not None
    assert (viewer.account_id, viewer.role, viewer.collectivites) == (camille.id, "gestionnaire", {"04D"})


@pytest.mark.parametrize("cookie", [None, "", "n’importe quoi", "x" * 5000])
def test_any_other_cookie_tells_nothing(session: Session, camille: Account, cookie: str | None) -> None:
    attempt(session)
    assert accounts.viewer_of_cookie(session, cookie) is None


def test_the_hash_of_a_cookie_is_not_a_cookie(session: Session, camille: Account) -> None:
    cookie = attempt(session)
    assert accounts.viewer_of_cookie(session, hashlib.sha256(cookie.encode()).hexdigest()) is None


def test_a_session_that_is_over_is_forgotten_at_the_next_sign_in(session: Session, camille: Account) -> None:
    attempt(session)
    row = session.exec(select(WebSession)).one()
    row.expires_at = now() - timedelta(minutes=1)
    session.add(row)
    session.commit()
    attempt(session)
    assert len(session.exec(select(WebSession)).all()) == 1


def test_an_account_without_password_can_t_sign_in(session: Session) -> None:
    accounts.create_account(session, CAMILLE, "Camille", "conseiller")
    for password in ("", "None", PASSWORD):
        with pytest.raises(accounts.SignInRefused):
            attempt(session, password=password)


def test_an_unknown_account_costs_as_much_work_as_a_known_one(session: Session, camille: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    real = accounts._verify
    monkeypatch.setattr(accounts, "_verify", lambda stored, given: verified.append(stored) or real(stored, given))
    for courriel in (CAMILLE, "personne@example.org"):
        with pytest.raises(accounts.SignInRefused):
            attempt(session, courriel, "pas le bon du tout")
    parameters = [stored.split("$")[:4] for stored in verified]
    assert len(parameters) == 2
    assert parameters[0] == parameters[1]


# --- throttle ------------------------------------------------------------------------------------------------------


def fail(session: Session, times: int, courriel: str = CAMILLE, client: str = "192.0.2.1") -> None:
    for _ in range(times):
        with pytest.raises(accounts.SignInRefused):
            attempt(session, courriel, "pas le bon du tout", client)


def shift(session: Session, by: timedelta) -> None:
    """As if this much time had passed since every failure."""
    for row in session.exec(select(SignInAttempt)):
        row.at -= by
        session.add(row)
    session.commit()


def wait_after(session: Session, client: str = "192.0.2.1", courriel: str = CAMILLE) -> int:
    with pytest.raises(throttle.TooMany) as caught:
        attempt(session, courriel, client=client)
    return caught.value.seconds


def test_the_wait_doubles_with_each_failure_and_has_an_end(session: Session, camille: Account) -> None:
    waits = []
    fail(session, 5)
    for _ in range(7):
        waits.append(wait_after(session))
        shift(session, timedelta(seconds=waits[-1]))
        fail(session, 1)
    assert [round(wait / 30) for wait in waits] == [1, 2, 4, 8, 16, 30, 30]


def test_asking_during_the_wait_does_not_lengthen_it(session: Session, camille: Account) -> None:
    fail(session, 5)
    waits = [wait_after(session) for _ in range(10)]
    assert max(waits) <= 30


def test_an_account_is_protected_from_many_addresses(session: Session, camille: Account) -> None:
    for number in range(5):
        fail(session, 1, client=f"198.51.100.{number}")
    assert wait_after(session, client="203.0.113.9") <= 30


def test_one_address_can_t_try_many_accounts_but_an_agency_may_mistype(session: Session, camille: Account) -> None:
    for number in range(30):
        fail(session, 1, f"personne{number}@example.org", "2001:db8::1")
    assert wait_after(session, client="2001:db8::ffff") <= 30, "the same network is the same subscriber"
    assert attempt(session, client="2001:db8:0:1::1")


def test_success_forgets_the_account_s_failures(session: Session, camille: Account) -> None:
    for _ in range(3):
        fail(session, 4)
        attempt(session)


def test_failures_are_forgotten_after_an_hour(session: Session, camille: Account) -> None:
    fail(session, 8 - 3)
    shift(session, timedelta(minutes=61))
    attempt(session)
    assert session.exec(select(SignInAttempt)).all() == []


def test_attempts_hold_neither_address_nor_e_mail(session: Session, camille: Account) -> None:
    fail(session, 1)
    stored = "".join(row.key for row in session.exec(select(SignInAttempt)))
    assert "192.0.2.1" not in stored
    assert CAMILLE not in stored


def test_a_burst_of_guesses_counts_like_as_many_in_a_row(engine: Engine, session: Session, camille: Account) -> None:
    def guess(_number: int) -> str:
        with db.session_of(engine) as own:
            try:
                attempt(own, password="pas le bon du tout")
            except (accounts.SignInRefused, throttle.TooMany) as error:
                return type(error).__name__
        return "in"

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(guess, range(24)))
    assert outcomes.count("SignInRefused") <= 5
    assert outcomes.count("TooMany") >= 19


# --- one-time links ------------------------------------------------------------------------------------------------


def test_a_link_sets_a_password_once_and_signs_out_everywhere(session: Session, camille: Account) -> None:
    cookie = attempt(session)
    fail(session, 4)
    link = accounts.make_reset_link(session, CAMILLE.upper(), PUBLIC_URL)
    other = accounts.make_reset_link(session, CAMILLE, PUBLIC_URL)
    assert link.startswith("https://levier.example.org/mot-de-passe/nouveau?lien=")
    accounts.use_reset_link(session, secret_of(link), "une autre phrase inventée")
    assert accounts.viewer_of_cookie(session, cookie) is None
    assert attempt(session, password="une autre phrase inventée")
    with pytest.raises(accounts.SignInRefused):
        attempt(session)
    for spent in (link, other):
        with pytest.raises(accounts.AccountError, match="déjà servi ou a expiré"):
            accounts.use_reset_link(session, secret_of(spent), PASSWORD)


def test_a_link_lasts_an_hour(session: Session, camille: Account) -> None:
    secret = secret_of(accounts.make_reset_link(session, CAMILLE, PUBLIC_URL))
    assert accounts.is_link_good(session, secret)
    row = session.exec(select(ResetLink)).one()
    row.expires_at -= timedelta(hours=1)
    session.add(row)
    session.commit()
    assert not accounts.is_link_good(session, secret)
    with pytest.raises(accounts.AccountError, match="expiré"):
        accounts.use_reset_link(session, secret, "une autre phrase inventée")
    assert attempt(session)


def test_a_refused_password_does_not_spend_the_link(session: Session, camille: Account) -> None:
    secret = secret_of(accounts.make_reset_link(session, CAMILLE, PUBLIC_URL))
    with pytest.raises(accounts.AccountError, match="12 caractères"):
        accounts.use_reset_link(session, secret, "court")
    assert accounts.is_link_good(session, secret)


def test_of_two_uses_at_once_one_goes_through(engine: Engine, session: Session, camille: Account) -> None:
    secret = secret_of(accounts.make_reset_link(session, CAMILLE, PUBLIC_URL))

    def use(number: int) -> bool:
        with db.session_of(engine) as own:
            try:
                accounts.use_reset_link(own, secret, f"phrase inventée numéro {number}")
            except accounts.AccountError:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(use, range(4))).count(True) == 1


# --- programs and demonstration ------------------------------------------------------------------------------------


def test_a_token_reads_what_is_published_and_keeps_nothing(session: Session) -> None:
    viewer = accounts.viewer_of_token(session, accounts.create_token(session, " annuaire "))
    assert viewer is not None
    assert (viewer.nom, viewer.account_id, viewer.keeps("04D"), viewer.is_admin) == ("annuaire", None, False, False)
    assert accounts.viewer_of_token(session, "levier_inconnu") is None


def test_a_revoked_token_is_unknown(session: Session) -> None:
    token = accounts.create_token(session, "annuaire")
    row = session.exec(select(ApiToken)).one()
    row.revoked_at = now()
    session.add(row)
    session.commit()
    assert accounts.viewer_of_token(session, token) is None


@pytest.mark.parametrize("nom", ["", "  ", "annuaire"])
def test_a_token_has_a_name_of_its_own(session: Session, nom: str) -> None:
    accounts.create_token(session, "annuaire")
    with pytest.raises(accounts.AccountError):
        accounts.create_token(session, nom)


def test_demonstration_accounts_are_made_once_and_have_no_password(session: Session) -> None:
    accounts.ensure_demo_accounts(session)
    accounts.ensure_demo_accounts(session)
    rows = session.exec(select(Account)).all()
    assert sorted(row.role for row in rows) == sorted(Role)
    assert all(row.demonstration and row.password_hash is None for row in rows)
    with pytest.raises(accounts.AccountError, match="démonstration"):
        accounts.make_reset_link(session, "administrateur@example.org", PUBLIC_URL)


def test_a_real_account_of_the_same_address_is_not_a_demonstration(session: Session) -> None:
    accounts.create_account(session, "administrateur@example.org", "Une vraie personne", "administrateur", password=PASSWORD)
    accounts.ensure_demo_accounts(session)
    with pytest.raises(accounts.AccountError, match="administrateur"):
        accounts.demo_sign_in(session, "administrateur", 12)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_knowing_who_asks_costs_one_short_question(engine: Engine, session: Session, camille: Account) -> None:
    cookie = attempt(session)
    with db.session_of(engine) as own, statements(engine) as seen:
        assert accounts.viewer_of_cookie(own, cookie)
    assert len(seen) == 1


def test_a_viewer_knows_every_collectivité_of_its_account(session: Session) -> None:
    account = accounts.create_account(session, "bo@example.org", "Bo Gestion", "gestionnaire", ["04D", "37D"])
    viewer = accounts.viewer_of_cookie(session, accounts.open_session(session, account, 1))
    assert viewer is not None
    assert viewer.keeps("04D")
    assert viewer.keeps("37D")
    assert not viewer.keeps("2AD")
