"""What sources say of fields that people typed."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer
from sqlmodel import Field, SQLModel

from app.models.base import now


class EtatProposition(StrEnum):
    """What became of a value: nobody answered yet, a person took it or refused it, or the source no longer differs."""

    OUVERTE = "ouverte"
    REPRISE = "reprise"
    REFUSEE = "refusee"
    RETIREE = "retiree"


class Proposition(SQLModel, table=True):
    """A value that a source gave for a field that a person typed; without a run, what the person replaced. The last of a field counts."""

    __table_args__ = (Index("ix_proposition_fiche", "genre", "listing_id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True))
    genre: str
    listing_id: str
    champ: str
    valeur: Any = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    etat: str = EtatProposition.OUVERTE
    run_id: int | None = Field(default=None, index=True)
    at: datetime = Field(default_factory=now)
