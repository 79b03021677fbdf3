"""People and programs that use Levier. No job seeker is ever among them."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from app.models.base import now


class Role(StrEnum):
    CONSEILLER = "conseiller"
    GESTIONNAIRE = "gestionnaire"
    ADMINISTRATEUR = "administrateur"


class Account(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    courriel: str = Field(unique=True)  # lower case
    nom: str
    role: str
    password_hash: str | None = None  # argon2; None: must use a reset link
    actif: bool = True
    demonstration: bool = False
    created_at: datetime = Field(default_factory=now)


class AccountCollectivite(SQLModel, table=True):
    """The collectivités whose listings a gestionnaire keeps."""

    __tablename__ = "account_collectivite"

    account_id: int = Field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    collectivite: str = Field(primary_key=True)


class WebSession(SQLModel, table=True):
    """A signed-in browser. The cookie holds a secret; only its hash is stored."""

    __tablename__ = "web_session"

    token_hash: str = Field(primary_key=True)
    account_id: int = Field(index=True, foreign_key="account.id", ondelete="CASCADE")
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime


class ApiToken(SQLModel, table=True):
    """A partner program's bearer token; only its hash is stored."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    nom: str = Field(unique=True)
    token_hash: str = Field(unique=True)
    created_at: datetime = Field(default_factory=now)
    revoked_at: datetime | None = None


class ResetLink(SQLModel, table=True):
    """A one-time link to choose a password."""

    __tablename__ = "reset_link"

    token_hash: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    expires_at: datetime
    used_at: datetime | None = None


class SignInAttempt(SQLModel, table=True):
    """A failed sign-in, kept just long enough to slow down who guesses."""

    __tablename__ = "sign_in_attempt"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(index=True)  # hash of the e-mail or of the address asked from
    at: datetime = Field(default_factory=now)
