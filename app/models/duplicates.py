"""Pairs of structures that may be one, as two sources describe it; and what people decided of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer
from sqlmodel import Field, SQLModel

from app.models.base import now


class EtatDoublon(StrEnum):
    """What is known of a pair. Only people decide: nothing is ever merged by itself."""

    A_EXAMINER = "a-examiner"
    MEME = "meme"
    DISTINCTS = "distincts"
    FUSIONNE = "fusionne"


class Doublon(SQLModel, table=True):
    """A pair of structures of two sources, `a_id` before `b_id`. Once decided, it is never proposed again.

    Without foreign keys: a decision outlives a listing that an undone import removed and a later one brings back.
    """

    __table_args__ = (Index("ix_doublon_paire", "a_id", "b_id", unique=True),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True))
    a_id: str
    b_id: str = Field(index=True)
    score: float  # from 0 to 1
    reasons: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # in French, for whoever decides
    etat: str = Field(default=EtatDoublon.A_EXAMINER, index=True)
    found_at: datetime = Field(default_factory=now)
    decided_by: str | None = None  # name shown
    decided_at: datetime | None = None
    # Of a merge, to undo it: {"gardee": id, "champs": {field: [before, after]}, "services": [ids moved], "archives": [ids]}
    fusion: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))


class PassageDoublons(SQLModel, table=True):
    """The last search for duplicates: listings written since are those that the next one looks at. One row."""

    __tablename__ = "passage_doublons"

    id: int = Field(default=1, primary_key=True)
    started_at: datetime
