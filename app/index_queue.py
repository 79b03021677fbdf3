"""The queue of the index: every write to a listing adds to it in its own transaction. Nothing here commits."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col

from app.db import chunks
from app.models import IndexQueue


def enqueue(session: Session, keys: Iterable[tuple[str, str]]) -> None:
    """Ask that the index documents of these (genre, id) be made again."""
    rows = [{"genre": genre, "listing_id": listing_id} for genre, listing_id in dict.fromkeys(keys)]
    if rows:
        session.execute(insert(cast(Any, IndexQueue).__table__), rows)


def forget(session: Session, ids: Sequence[int]) -> None:
    """Forget queue rows whose documents are in the index."""
    for some in chunks(ids):
        session.execute(delete(IndexQueue).where(col(IndexQueue.id).in_(some)))


def mark(session: Session, ids: Sequence[int], engine: Literal["principal", "secours"]) -> None:
    """One of two engines has the documents of these queue rows; forget those that the other has too."""
    other = col(IndexQueue.secours if engine == "principal" else IndexQueue.principal)
    for some in chunks(ids):
        rows = col(IndexQueue.id).in_(some)
        # In this order: the first statement holds the rows, so that of two engines at once the second sees the first's.
        session.execute(update(IndexQueue).where(rows).values({engine: True}).execution_options(synchronize_session=False))
        session.execute(delete(IndexQueue).where(rows, other.is_(True)).execution_options(synchronize_session=False))
