"""Imports: runs, the raw records they kept, and the rows they could not take."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer, text
from sqlmodel import Field, SQLModel

from app.models.base import now


class DeclaredSource(SQLModel, table=True):
    """A source that a clerk described on screen: what `importers.declaring.Declaration` says, as JSON."""

    __tablename__ = "declared_source"

    id: str = Field(primary_key=True)
    declaration: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    collectivite: str = Field(index=True)
    author: str  # who saved it last
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    every_days: int | None = None  # how often `levier import --due` asks its address again; None: never


class ImportRun(SQLModel, table=True):
    """One run of one source over one file."""

    __tablename__ = "import_run"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    started_at: datetime = Field(default_factory=now)
    finished_at: datetime | None = None
    etat: str = "en-cours"  # termine, interrompu, echoue, retenu (nothing written: waits for `pipeline.approve`), annulation, annule
    message: str | None = None  # why it failed, in French, for the clerk
    author: str = "levier"
    file_name: str | None = None
    file_sha256: str | None = None
    file_date: date | None = None
    departement: str | None = None  # only its rows were taken; None: all
    dry_run: bool = False
    read: int = 0
    blank: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    # Rows whose id changed: their listings keep theirs.
    renumbered: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    # Rows that the file no longer has, whose listings are still published; then those gone for long, whose were archived.
    to_verify: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    departed: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    retenue: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))  # why held, in French
    approved_by: str | None = None  # who let a held run be applied
    signale_le: datetime | None = None  # of a scheduled run: when people were told of it, or there was nothing to tell
    # The sources it told of, as they were before it (None: unknown until then); who undid it, and when.
    sources_before: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    undone_by: str | None = None
    undone_at: datetime | None = None


class RawRecord(SQLModel, table=True):
    """The record as the source gave it, and the hash that tells whether it changed.

    An empty hash is never that of a row: it will be read again, even if it comes back as it was.
    """

    __tablename__ = "raw_record"

    source: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    hash: str
    run_id: int = Field(index=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    line: int | None = None
    notes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))  # what was repaired or left out, in French
    listings: list[str] = Field(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )  # "structure:<id>", "service:<id>"; main first


class RawRecordBefore(SQLModel, table=True):
    """A raw record as it was before a run replaced it, or set it aside: what an undo puts back.

    A raw record of a run that has no row here is new with that run.
    """

    __tablename__ = "raw_record_before"

    run_id: int = Field(primary_key=True)  # of the run that replaced it
    source: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    hash: str
    previous_run_id: int  # of the run it came from
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    line: int | None = None
    notes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    listings: list[str] = Field(sa_column=Column(JSON, nullable=False))


class Renumbering(SQLModel, table=True):
    """A listing whose row came back under another id: the id that the row gives now, and the one that Levier keeps.

    It holds until `ended_by`, the run that saw the row change its id again.
    """

    __tablename__ = "renumbering"

    source: str = Field(primary_key=True)
    new_id: str = Field(primary_key=True)
    listing_id: str
    run_id: int = Field(index=True)
    ended_by: int | None = None


class RenumberingBefore(SQLModel, table=True):
    """A renumbering as it was before a run ended or replaced it: what an undo puts back."""

    __tablename__ = "renumbering_before"

    run_id: int = Field(primary_key=True)  # of the run that ended it
    source: str = Field(primary_key=True)
    new_id: str = Field(primary_key=True)
    listing_id: str
    previous_run_id: int
    ended_by: int | None = None


class Quarantine(SQLModel, table=True):
    """A row that could not become a listing: its line, its raw values and why, in French."""

    id: int | None = Field(default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True))
    run_id: int = Field(index=True, foreign_key="import_run.id")
    source: str
    line: int | None = None
    reasons: list[str] = Field(sa_column=Column(JSON, nullable=False))
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    digest: str | None = None  # of the whole row as the source says it; None: it can't be corrected on screen


class RowCorrection(SQLModel, table=True):
    """What a person corrected of a rejected row; it holds for as long as the source says the very same row."""

    __tablename__ = "row_correction"

    source: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)  # of the row as the source says it
    changes: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # column → its value; the others stay as they are
    author: str
    at: datetime = Field(default_factory=now)
    run_id: int | None = None  # the last import that read it


class AdresseSituee(SQLModel, table=True):
    """Where a listing's address is, as the geocoder once said: kept when it no longer answers. Never a confidential one's."""

    __tablename__ = "adresse_situee"

    cle: str = Field(primary_key=True)  # digest of the address and its commune
    latitude: float
    longitude: float
    score: float  # of the geocoder, from 0 to 1
    trouvee_le: datetime = Field(default_factory=now)
