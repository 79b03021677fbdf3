"""One lot of rows written, in one short transaction of its own: listings, raw records, quarantine and the report's counts."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Engine, delete, insert, update
from sqlmodel import Session, col

from app import listings
from app.models import Genre, ImportRun, Quarantine
from app.models import Source as SourceRow
from app.writing import By
from importers import departures, foreseeing, raw_records, renumbering
from importers.departures import Departures, Gone, Plan
from importers.preparing import Lot, Prepared, Rejected
from importers.renumbering import Renumbered
from importers.source import Source
from importers.spool import Spool

ROWS = ("created", "changed", "unchanged", "rejected", "renumbered")
COUNTS = (*ROWS, "blank", "to_verify", "departed")
MOST_HELD = 0.2  # seconds that a lot should hold the base, for those who wait to write
FEWEST, MOST = 50, 400  # rows a transaction
DEPARTURES = 200  # rows a transaction, each with its services


@dataclass
class Batches:
    """Writes the lots of one run; `counts` are the report's, as far as it is written."""

    engine: Engine
    source: Source
    run_id: int
    by: By
    plan: Plan
    renumbered: Renumbered
    departures: Departures
    counts: Counter[str] = field(default_factory=Counter)
    _sources: set[str] = field(default_factory=set)
    _size: int = MOST

    def apply_all(self, spool: Spool, written: Callable[[int], None]) -> None:
        """Write what waits in the spool, then set aside the rows that are gone; `written` is told the rows of each lot."""
        for lot in spool.lots():
            for part in self._parts(lot):
                self.apply(part)
                written(part.read)
        for step, gone in ((self.flag, self.plan.to_verify), (self.archive, self.plan.to_archive)):
            for start in range(0, len(gone), DEPARTURES):
                step(gone[start : start + DEPARTURES])
        with Session(self.engine) as session:
            report(session, self.run_id, self.counts)
            session.commit()

    def _parts(self, lot: Lot) -> Iterator[Lot]:
        """The lot, in parts that a machine this slow, or this busy, writes soon enough for those who wait."""
        rest: Lot | None = lot
        while rest:
            part, rest = rest.cut(self._size)
            began = time.monotonic()
            yield part
            if (rows := len(part.prepared)) >= FEWEST:  # fewer say little
                self._size = max(FEWEST, min(MOST, round(rows * MOST_HELD / (time.monotonic() - began))))

    def apply(self, lot: Lot) -> None:
        """Write a lot and commit it with its report."""
        with Session(self.engine) as session:
            self._write(session, lot.prepared)
            self.counts.update(item.effect for item in lot.prepared)
            self.counts["rejected"] += len(lot.rejected)
            quarantine(session, self.source.id, self.run_id, lot.rejected)
            report(session, self.run_id, self.counts)
            session.commit()

    def flag(self, chunk: list[Gone]) -> None:
        """Set rows aside that the file no longer has."""
        with Session(self.engine) as session:
            self.departures.flag(session, chunk, self.run_id)
            self.counts["to_verify"] += sum(gone.published for gone in chunk)
            report(session, self.run_id, self.counts)
            session.commit()

    def archive(self, chunk: list[Gone]) -> None:
        with Session(self.engine) as session:
            self.departures.archive(session, chunk)
            self.counts["departed"] += len(chunk)
            report(session, self.run_id, self.counts)
            session.commit()

    def _write(self, session: Session, prepared: list[Prepared]) -> None:
        if not prepared:
            return
        came_back = self._rename(prepared)
        departures.restore(session, prepared)
        everything: dict[Genre, list[dict[str, Any]]] = {"structure": [], "service": []}  # structures first: services point at them
        for item in prepared:
            for genre, found in item.by_genre():
                everything[genre] += found
        self._introduce(session, {values["source"] for found in everything.values() for values in found})
        created: set[tuple[Genre, str]] = set()
        changed: set[tuple[Genre, str]] = set()
        for genre, found in everything.items():
            if found:
                written = listings.write(session, genre, found, self.by)
                created.update((genre, i) for i in written.created)
                changed.update((genre, i) for i in written.changed)
        for item in prepared:
            keys = [(genre, values["id"]) for genre, found in item.by_genre() for values in found]
            item.effect = foreseeing.effect(new=keys[0] in created, changed=any(one in created or one in changed for one in keys))
            if item.record.id in came_back:
                item.effect = "renumbered"
            if item.new and (item.main["id"] != item.given_id or item.record.id in came_back):
                self.renumbered.store(session, item.given_id, item.main["id"], self.run_id)
        lost = raw_records.store(session, self.source.id, self.run_id, prepared, came_back)
        self.departures.flag_listings(session, lost)

    def _rename(self, prepared: Iterable[Prepared]) -> dict[str, str]:
        """Put rows that came back under the ids of their listings; returns new record's id → the one it was."""
        records: dict[str, str] = {}
        for item in prepared:
            if kept := self.plan.came_back.get(item.given_id):
                records[item.record.id] = self.plan.replaced[kept]
        ids_are_given = self.source.translation.ids_are_given
        if self.plan.came_back:
            for item in prepared:
                renumbering.rename(item.structures, item.services, self.plan.came_back, ids_are_given=ids_are_given)
                if item.record.id in records:
                    for values in (*item.structures, *item.services):
                        values["disparu_le"] = None
        return records

    def _introduce(self, session: Session, ids: Iterable[str]) -> None:
        """Listings name their source; a folder of records may bring sources that Levier has never heard of."""
        for source_id in sorted(set(ids) - self._sources):
            if session.get(SourceRow, source_id) is None:
                session.add(SourceRow(id=source_id, nom=source_id, description=f"Reçue par {self.source.nom}", licence=self.source.licence))
                run = session.get_one(ImportRun, self.run_id)
                run.sources_before = {**(run.sources_before or {}), source_id: None}
            self._sources.add(source_id)
        session.flush()


def quarantine(session: Session, source_id: str, run_id: int, rejected: Iterable[Rejected]) -> None:
    """Set rows apart that are no listing."""
    own = {"run_id": run_id, "source": source_id}
    rows = [{**own, "line": r.line, "reasons": r.reasons, "content": dict(r.raw), "digest": r.digest} for r in rejected]
    if rows:
        session.execute(insert(cast(Any, Quarantine).__table__), rows)


def report(session: Session, run_id: int, counts: Mapping[str, int]) -> None:
    """Write the counts of a run so far."""
    totals = {name: counts.get(name, 0) for name in COUNTS}
    totals["read"] = sum(totals[name] for name in ROWS)
    session.execute(update(ImportRun).where(col(ImportRun.id) == run_id).values(**totals))


def forget(session: Session, run_id: int) -> None:
    """A held run is about to be made anew: its quarantine will be written again."""
    session.execute(delete(Quarantine).where(col(Quarantine.run_id) == run_id))
    report(session, run_id, {})
