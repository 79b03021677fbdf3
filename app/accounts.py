"""Accounts, sessions, tokens and one-time links: who is who, never who may what (that is ``app.access``).

Secrets (cookies, tokens, links) leave here once and are stored as hashes. Every function that changes
something is one whole act and commits it.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from urllib.parse import quote

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import bindparam, delete, update
from sqlmodel import Session, col, select

from app import throttle
from app.access import Viewer
from app.models import Account, AccountCollectivite, ApiToken, ResetLink, WebSession
from app.models.accounts import Role
from app.models.base import now

COOKIE = "levier_session"
PASSWORD_MIN = 12
PASSWORD_MAX = 1000  # argon2 reads it all: a novel would keep a processor busy
LINK_LIFE = timedelta(hours=1)

DEMO_ACCOUNTS = {
    Role.CONSEILLER: ("conseiller@example.org", "Camille Conseil (démonstration)", ()),
    Role.GESTIONNAIRE: ("gestionnaire@example.org", "Gaël Gestion (démonstration)", ("04D",)),
    Role.ADMINISTRATEUR: ("administrateur@example.org", "Alix Admin (démonstration)", ()),
}
"""Role → e-mail, name, collectivités of the account that one click signs in as."""

_hasher = PasswordHasher()


class AccountError(ValueError):
    """What was asked can't be done; the message, in French, says what to do instead."""


class SignInRefused(AccountError):
    """Wrong e-mail or password, or an account that can't sign in: on purpose, the message doesn't say which."""


# --- accounts ------------------------------------------------------------------------------------------------------


def clean_email(courriel: str) -> str:
    """The address in lower case, without spaces around. Raises AccountError if it can't be one."""
    try:
        return validate_email(courriel.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise AccountError("Cette adresse électronique est incomplète ou mal écrite. Exemple : prenom.nom@example.org") from None


def check_password(password: str) -> None:
    """Raises AccountError if the password is too short, too long, or one thing repeated."""
    if len(password) < PASSWORD_MIN:
        raise AccountError(f"Le mot de passe doit compter au moins {PASSWORD_MIN} caractères. Une phrase de quelques mots convient bien.")
    if len(password) > PASSWORD_MAX:
        raise AccountError(f"Le mot de passe ne peut pas dépasser {PASSWORD_MAX} caractères.")
    if len(set(password)) < 4:
        raise AccountError("Ce mot de passe répète les mêmes caractères : choisissez plutôt une phrase de quelques mots.")


def create_account(
    session: Session,
    courriel: str,
    nom: str,
    role: str,
    collectivites: Iterable[str] = (),
    password: str | None = None,
) -> Account:
    """A new account. Without a password, its owner chooses one by a reset link. Raises AccountError."""
    courriel = clean_email(courriel)
    kept = sorted({code.strip().upper() for code in collectivites})
    if role not in set(Role):
        raise AccountError(f"Le rôle « {role} » n’existe pas. Rôles possibles : {', '.join(Role)}.")
    if (role == Role.GESTIONNAIRE) != bool(kept):
        raise AccountError(
            "Un gestionnaire tient les fiches d’une collectivité au moins, les autres rôles d’aucune. Exemple de code : 04D."
        )
    if not nom.strip():
        raise AccountError("Indiquez le nom à montrer pour ce compte.")
    if password is not None:
        check_password(password)
    if find_account(session, courriel) is not None:
        raise AccountError(f"Un compte existe déjà pour {courriel}.")
    account = Account(courriel=courriel, nom=nom.strip(), role=role, password_hash=_hasher.hash(password) if password else None)
    _add(session, account, kept)
    session.commit()
    return account


def find_account(session: Session, courriel: str) -> Account | None:
    """The account of this address, written in any case."""
    return session.exec(select(Account).where(Account.courriel == courriel.strip().lower())).one_or_none()


def disable_account(session: Session, courriel: str) -> Account:
    """Nobody signs in to this account any more, and who is signed in is signed out. Raises AccountError if there is none."""
    account = _known(session, courriel)
    account.actif = False
    session.add(account)
    _shut(session, [account.id])
    session.commit()
    return account


def set_password(session: Session, account: Account, password: str) -> None:
    """Change the password, sign the account out everywhere and void its links. Raises AccountError."""
    check_password(password)
    account.password_hash = _hasher.hash(password)
    session.add(account)
    _shut(session, [account.id])
    throttle.forget(session, throttle.email_key(account.courriel))
    session.commit()


def ensure_demo_accounts(session: Session) -> None:
    """One account per role, without a password: only demonstration mode signs in as them."""
    for role, (courriel, nom, collectivites) in DEMO_ACCOUNTS.items():
        if find_account(session, courriel) is None:
            _add(session, Account(courriel=courriel, nom=nom, role=role, demonstration=True), collectivites)
    session.commit()


def close_demo_accounts(session: Session) -> None:
    """Sign the demonstration accounts out: the base of a demonstration may serve in earnest later."""
    _shut(session, list(session.exec(select(Account.id).where(col(Account.demonstration).is_(True)))))
    session.commit()


# --- signing in ----------------------------------------------------------------------------------------------------


def sign_in(session: Session, courriel: str, password: str, client: str, hours: int) -> str:
    """The cookie of a new session of `hours`, for who gives the right password.

    `client` is the address asked from. Raises ``throttle.TooMany`` after too many failures, or SignInRefused.
    """
    keys = (throttle.email_key(courriel), throttle.client_key(client))
    throttle.begin(session, keys)
    account = find_account(session, courriel)
    stored = account.password_hash if account else None
    right = _verify(stored or _nobody(), password)
    if account is None or stored is None or not right or not account.actif or account.demonstration:
        raise SignInRefused(
            "Adresse électronique ou mot de passe incorrect. Vérifiez-les, ou choisissez un nouveau mot de passe ci-dessous."
        )
    throttle.succeed(session, keys)
    if _hasher.check_needs_rehash(stored):
        account.password_hash = _hasher.hash(password)
        session.add(account)
    return open_session(session, account, hours)


def demo_sign_in(session: Session, role: str, hours: int) -> str:
    """The cookie of a new session of the demonstration account of `role`. The caller knows that this is a demonstration."""
    courriel = DEMO_ACCOUNTS[Role(role)][0] if role in set(Role) else ""
    account = find_account(session, courriel)
    if account is None or not account.demonstration:
        raise AccountError(f"Il n’y a pas de compte de démonstration pour le rôle « {role} ».")
    return open_session(session, account, hours)


def open_session(session: Session, account: Account, hours: int) -> str:
    """The cookie of a new session of `account`; forgets the sessions that have ended."""
    cookie = secrets.token_urlsafe(32)
    session.execute(delete(WebSession).where(col(WebSession.expires_at) < now()))
    assert account.id is not None  # noqa: S101  # it comes from the base
    session.add(WebSession(token_hash=_hash(cookie), account_id=account.id, expires_at=now() + timedelta(hours=hours)))
    session.commit()
    return cookie


def viewer_of(session: Session, courriel: str) -> Viewer:
    """The person of this account, for a command run in their name. Raises AccountError if there is none, or it is disabled."""
    account = _known(session, courriel)
    if not account.actif:
        raise AccountError(f"Le compte {account.courriel} est fermé.")
    kept = select(AccountCollectivite.collectivite).where(AccountCollectivite.account_id == account.id)
    return Viewer(account.id, account.nom, account.role, frozenset(session.exec(kept)))


def sign_out(session: Session, cookie: str | None) -> None:
    """End the session behind this cookie, if there is one."""
    session.execute(delete(WebSession).where(col(WebSession.token_hash) == _hash(cookie or "")))
    session.commit()


_SIGNED_IN = (
    select(col(Account.id), col(Account.nom), col(Account.role), col(AccountCollectivite.collectivite))
    .join(WebSession, col(WebSession.account_id) == Account.id)
    .outerjoin(AccountCollectivite, col(AccountCollectivite.account_id) == Account.id)
    .where(col(WebSession.token_hash) == bindparam("token_hash"), col(WebSession.expires_at) > bindparam("at"), col(Account.actif))
)
"""Asked by every page: made once, and answered in one go."""


def viewer_of_cookie(session: Session, cookie: str | None) -> Viewer | None:
    """Who is behind a session cookie; None if it is unknown, over, or its account disabled."""
    if not cookie:
        return None
    rows = session.connection().execute(_SIGNED_IN, {"token_hash": _hash(cookie), "at": now()}).all()
    if not rows:
        return None
    return Viewer(rows[0].id, rows[0].nom, rows[0].role, frozenset(row.collectivite for row in rows if row.collectivite))


# --- one-time links ------------------------------------------------------------------------------------------------


def make_reset_link(session: Session, courriel: str, public_url: str) -> str:
    """A link, good once and for an hour, to choose a password. Raises AccountError for an account that can't have one."""
    account = _known(session, courriel)
    if not account.actif or account.demonstration:
        raise AccountError(f"Le compte {account.courriel} est désactivé ou de démonstration : il ne peut pas choisir de mot de passe.")
    secret = secrets.token_urlsafe(32)
    session.execute(delete(ResetLink).where(col(ResetLink.expires_at) < now()))
    assert account.id is not None  # noqa: S101  # it comes from the base
    session.add(ResetLink(token_hash=_hash(secret), account_id=account.id, expires_at=now() + LINK_LIFE))
    session.commit()
    # In the query string: never in a log, as the path might be.
    return f"{public_url.rstrip('/')}/mot-de-passe/nouveau?lien={quote(secret)}"


def is_link_good(session: Session, secret: str) -> bool:
    """Can this link still be used?"""
    link = session.get(ResetLink, _hash(secret))
    return link is not None and link.used_at is None and link.expires_at > now()


def use_reset_link(session: Session, secret: str, password: str) -> None:
    """Set the password of the link's account and spend the link. Raises AccountError; a refused password spends nothing."""
    check_password(password)
    at = now()
    # One statement spends the link, so that of two requests at once only one goes through.
    good = (col(ResetLink.token_hash) == _hash(secret), col(ResetLink.used_at).is_(None), col(ResetLink.expires_at) > at)
    account_id = session.execute(update(ResetLink).where(*good).values(used_at=at).returning(col(ResetLink.account_id))).scalar()
    account = session.get(Account, account_id) if account_id is not None else None
    if account is None or not account.actif:
        session.rollback()
        raise AccountError("Ce lien a déjà servi ou a expiré. Demandez-en un nouveau.")
    set_password(session, account, password)


# --- programs ------------------------------------------------------------------------------------------------------


def create_token(session: Session, nom: str) -> str:
    """A new bearer token for the program called `nom`. Raises AccountError if the name is empty or taken."""
    nom = nom.strip()
    if not nom:
        raise AccountError("Donnez un nom au jeton, celui du programme qui s’en servira.")
    if session.exec(select(ApiToken).where(ApiToken.nom == nom)).first() is not None:
        raise AccountError(f"Un jeton s’appelle déjà « {nom} ». Choisissez un autre nom.")
    token = f"levier_{secrets.token_urlsafe(32)}"
    session.add(ApiToken(nom=nom, token_hash=_hash(token)))
    session.commit()
    return token


def viewer_of_token(session: Session, token: str) -> Viewer | None:
    """The program behind a token, which reads what is published; None if the token is unknown or revoked."""
    row = session.exec(select(ApiToken).where(ApiToken.token_hash == _hash(token))).first()
    return Viewer(None, row.nom, Role.CONSEILLER) if row is not None and row.revoked_at is None else None


# --- within --------------------------------------------------------------------------------------------------------


def _hash(secret: str) -> str:
    """Hash of a secret of 256 random bits: nothing to guess, so nothing slow is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


@cache
def _nobody() -> str:
    """Verified for unknown accounts, so that they take as long as known ones. Made when first needed: it is slow on purpose."""
    return _hasher.hash(secrets.token_urlsafe())


def _verify(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password[: PASSWORD_MAX + 1])
    except (VerificationError, InvalidHashError):
        return False


def _known(session: Session, courriel: str) -> Account:
    account = find_account(session, courriel)
    if account is None:
        raise AccountError(f"Aucun compte pour {courriel.strip().lower()}.")
    return account


def _add(session: Session, account: Account, collectivites: Iterable[str]) -> None:
    session.add(account)
    session.flush()
    session.add_all(AccountCollectivite(account_id=account.id or 0, collectivite=code) for code in collectivites)


def _shut(session: Session, account_ids: list[int | None]) -> None:
    """End the sessions of these accounts and void their links."""
    session.execute(delete(WebSession).where(col(WebSession.account_id).in_(account_ids)))
    session.execute(delete(ResetLink).where(col(ResetLink.account_id).in_(account_ids)))
