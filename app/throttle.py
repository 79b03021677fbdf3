"""Slowing down who guesses passwords, per account guessed at and per address asked from.

An attempt is noted before it is tried and taken back when it succeeds, so that a hundred attempts at once
are counted like a hundred in a row.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from app.models import SignInAttempt
from app.models.base import now

MEMORY = timedelta(hours=1)  # failures older than this are forgotten
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True)
class Key:
    """What failures are counted by, and how many are free: a whole agency may share one address."""

    value: str
    free: int


class TooMany(Exception):
    """Too many failures; `again_at` is when to try again."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__()
        self.again_at = again_at

    @property
    def seconds(self) -> int:
        """Seconds to wait, at least 1."""
        return max(1, ceil((self.again_at - now()).total_seconds()))

    @property
    def message(self) -> str:
        """In French, for whoever must wait."""
        seconds = self.seconds
        wait = f"{seconds} s" if seconds < 90 else f"{ceil(seconds / 60)} minutes"
        return f"Trop d’essais. Réessayez dans {wait}."


def email_key(courriel: str) -> Key:
    return _key("courriel", courriel.strip().lower(), free=5)


def client_key(address: str) -> Key:
    """Key of an IPv4 address, or of the /64 network that one IPv6 subscriber has to themselves."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return _key("adresse", address, free=30)
    network = ipaddress.ip_network((ip, 64), strict=False) if ip.version == 6 else ip
    return _key("adresse", str(network), free=30)


def reset_keys(courriel: str, address: str) -> tuple[Key, Key]:
    """Keys for asking reset links, counted apart from sign-ins."""
    return _key("lien", courriel.strip().lower(), free=3), _key("lien-adresse", client_key(address).value, free=30)


def begin(session: Session, keys: Sequence[Key]) -> None:
    """Note an attempt under `keys`; raises TooMany, without noting it, if it comes too early. Commits."""
    at = now()
    session.execute(delete(SignInAttempt).where(col(SignInAttempt.at) < at - MEMORY))
    rows = [SignInAttempt(key=key.value, at=at) for key in keys]
    session.add_all(rows)
    session.commit()
    own = [row.id for row in rows]
    again_at = max(_again_at(session, key, own) for key in keys)
    if again_at > at:
        session.execute(delete(SignInAttempt).where(col(SignInAttempt.id).in_(own)))
        session.commit()
        raise TooMany(again_at)


def succeed(session: Session, keys: Sequence[Key]) -> None:
    """The attempt was good: forget the account's failures (first key), and this attempt of the address. Does not commit."""
    forget(session, keys[0])
    for key in keys[1:]:
        last = session.exec(select(func.max(SignInAttempt.id)).where(SignInAttempt.key == key.value)).one()
        session.execute(delete(SignInAttempt).where(col(SignInAttempt.id) == last))


def forget(session: Session, key: Key) -> None:
    """Forget all failures under `key`. Does not commit."""
    session.execute(delete(SignInAttempt).where(col(SignInAttempt.key) == key.value))


def _again_at(session: Session, key: Key, but: Sequence[int | None]) -> datetime:
    """When the next attempt under `key` may be made: the wait doubles with every failure beyond the free ones."""
    times: Sequence[datetime] = session.exec(
        select(SignInAttempt.at).where(SignInAttempt.key == key.value, col(SignInAttempt.id).not_in(but))
    ).all()
    beyond = len(times) - key.free
    if beyond < 0:
        return datetime.min.replace(tzinfo=now().tzinfo)
    return max(times) + min(FIRST_WAIT * (1 << min(beyond, 10)), LONGEST_WAIT)


def _key(kind: str, value: str, free: int) -> Key:
    return Key(hashlib.sha256(f"{kind}:{value}".encode()).hexdigest(), free)
