"""Rejected rows, corrected by a person. A correction is kept for as long as the source says the very same row, and read in its place.

Nothing else knows of it: a corrected row goes the way of all rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from app.db import session_of
from app.models import ImportRun, Quarantine, RowCorrection, Service, Structure
from app.models.base import now
from app.territory import gazetteer
from importers import declared, registry
from importers.placing import Placing
from importers.preparing import Lot, Preparing, digest_of
from importers.readers import RawRow
from importers.renumbering import Renumbered
from importers.rows import Sorting


@dataclass
class Corrections:
    """Those of one source, while a file of it is read."""

    by_digest: Mapping[str, RowCorrection]
    used: set[str] = field(default_factory=set)
    _origins: dict[str, str] = field(default_factory=dict)  # digest of a corrected row → of the row as the source says it

    @classmethod
    def load(cls, session: Session, source_id: str) -> "Corrections":
        found = session.exec(select(RowCorrection).where(RowCorrection.source == source_id)).all()
        session.expunge_all()
        return cls({one.digest: one for one in found})

    def applied(self, rows: Iterator[RawRow]) -> Iterator[RawRow]:
        """`rows`, those that somebody corrected as corrected; what made one unusable is then no longer true."""
        return map(self._applied, rows) if self.by_digest else rows

    def _applied(self, row: RawRow) -> RawRow:
        digest = digest_of(row.values)
        if (correction := self.by_digest.get(digest)) is None:
            return row
        values = {**row.values, **correction.changes}
        self.used.add(digest)
        self._origins[digest_of(values)] = digest
        return RawRow(row.line, values)

    def tell(self, lot: Lot) -> None:
        """Of the lot's rows, rejected ones are named as the source says them; prepared ones say who corrected them."""
        if not self._origins:
            return
        for one in lot.rejected:
            one.digest = self._origins.get(one.digest or "", one.digest)
        for item in lot.prepared:  # a shelter's row has lost its address by now, and says nothing
            if (origin := self._origins.get(digest_of(item.record.raw))) is not None:
                item.notes.append(f"Ligne corrigée par {self.by_digest[origin].author}.")

    def used_by(self, session: Session, source_id: str, run_id: int) -> None:
        """Note which were of use to this run; those that weren't are of rows that the source no longer says."""
        for digest in sorted(self.used):
            row = update(RowCorrection).where(col(RowCorrection.source) == source_id, col(RowCorrection.digest) == digest)
            session.execute(row.values(run_id=run_id))


def save(session: Session, quarantined: Quarantine, changes: Mapping[str, Any], author: str, over: RowCorrection | None) -> bool:
    """Keep what a person corrected of this row, over the correction that they saw. Does not commit.

    False, and the transaction is undone, if somebody else corrected it meanwhile: be it in the very same instant.
    """
    source, digest, values = quarantined.source, quarantined.digest or "", {"changes": dict(changes), "author": author, "at": now()}
    if over is not None:
        seen = (col(RowCorrection.source) == source, col(RowCorrection.digest) == digest, col(RowCorrection.at) == over.at)
        saved = session.connection().execute(update(RowCorrection).where(*seen).values(**values)).rowcount == 1
    else:
        try:
            session.connection().execute(insert(RowCorrection).values(source=source, digest=digest, **values))
            saved = True  # an insert's count of rows is not told by every base
        except IntegrityError:
            saved = False
    if not saved:
        session.rollback()
    return saved


def of_run(session: Session, run_id: int) -> dict[str, RowCorrection]:
    """The corrections of the rows that this run rejected, by digest: they wait for the next."""
    digests = select(Quarantine.digest).where(Quarantine.run_id == run_id, col(Quarantine.digest).is_not(None))
    source = select(ImportRun.source).where(ImportRun.id == run_id).scalar_subquery()
    found = session.exec(select(RowCorrection).where(RowCorrection.source == source, col(RowCorrection.digest).in_(digests)))
    return {one.digest: one for one in found}


def lost(session: Session, run: ImportRun) -> int:
    """Corrections that served the imports of this source before, and no longer this one: its rows have changed, or are gone."""
    if run.etat != "termine" or run.dry_run or run.departement:
        return 0
    of_before = select(func.count()).select_from(RowCorrection).where(RowCorrection.source == run.source)
    return session.exec(of_before.where(col(RowCorrection.run_id) < run.id)).one()


@dataclass(frozen=True)
class Judged:
    """Why a row would still be rejected, in French; and is it a shelter's, as it says itself or as the base knows?"""

    reasons: tuple[str, ...]
    confidential: bool


def judged(engine: Engine, run: ImportRun, row: RawRow) -> Judged:
    """What the next import would make of this row. Nothing is written, nobody is asked."""
    known, source = gazetteer.load(), registry.resolve(run.source, declared=declared.sources(engine))[0][0]
    with session_of(engine) as session:
        renumbered = Renumbered.load(session, source.id, ids_are_given=source.translation.ids_are_given)
        placing = Placing(engine, known, None, source.only_departement, dry_run=True)
        preparing = Preparing(source, known, placing, renumbered, run.file_date, run.departement)
        records, rejected = Sorting(source, preparing.wanted).sorted_out([row])
        translated = [record.translated(source) for record in records]
        found = [values for one in translated for values in (*one.structures, *one.services)]
        lot = preparing.lot(session, records, rejected)
        confidential = any(values.get("adresse_confidentielle") for values in found) or _are_closed(session, found)
    return Judged(tuple(reason for one in lot.rejected for reason in one.reasons), confidential)


def _are_closed(session: Session, found: Sequence[Mapping[str, Any]]) -> bool:
    """Does the base know one of these listings, or its structure, as a shelter's?"""
    ids = [i for values in found for i in (values.get("id"), values.get("structure_id")) if i]
    closed = (select(model.id).where(col(model.id).in_(ids), col(model.adresse_confidentielle).is_(True)) for model in (Structure, Service))
    return any(session.exec(query.limit(1)).first() for query in closed)
