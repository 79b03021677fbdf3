"""Rows that a whole file no longer has: à vérifier first, archived when they stay away, never deleted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlmodel import Session, col, select

from app import listings
from app.db import chunks
from app.models import Genre, RawRecord, Service, Statut, Structure
from app.writing import By
from importers import raw_records, renumbering
from importers.placing import Placing
from importers.preparing import Prepared
from importers.renumbering import Renumbered, Sign
from importers.source import Record, Source

Listing = Structure | Service
GENRES: tuple[Genre, ...] = ("structure", "service")


@dataclass
class Gone:
    """A row that is no longer in the file, and the listings it made ("genre:id", the main one first)."""

    record_id: str
    listings: list[str]
    published: bool


@dataclass
class Plan:
    """What becomes of the rows that are gone. `came_back`: id a new row gives → id its listing keeps; `replaced`: its record."""

    came_back: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)  # kept listing's id → id of the record it had
    to_verify: list[Gone] = field(default_factory=list)
    to_archive: list[Gone] = field(default_factory=list)


@dataclass
class Departures:
    """The departures of one run of one source; `today` is the day the rows were found missing."""

    source: Source
    placing: Placing
    renumbered: Renumbered
    by: By
    today: date

    def plan(self, session: Session, gone: Collection[str], new: Mapping[str, Sign]) -> Plan:
        """`gone`: ids of records that the file doesn't have; `new`: id given by each new row → what it is known by."""
        plan = Plan()
        mains: dict[str, str] = {}  # main listing's id → record's
        signs: dict[str, Sign] = {}
        left: list[tuple[Gone, Listing, bool]] = []
        for rows in chunks(sorted(gone)):
            records = self._records(session, rows, with_content=bool(new))
            stored = self._stored(session, [one for record in records for one in record.listings])
            for record in records:
                main = stored.get(record.listings[0]) if record.listings else None
                if main is None:  # undone, or made before Levier knew what a row made
                    continue
                mains[main.id] = record.record_id
                if new and (one := self._sign(record, main)):
                    signs[main.id] = one
                all_of_it = [stored[one] for one in record.listings if one in stored]
                published = any(listing.statut == Statut.PUBLIEE for listing in all_of_it)
                left.append((Gone(record.record_id, list(record.listings), published), main, any(map(_kept_by_a_person, all_of_it))))
            session.expunge_all()
        plan.came_back = renumbering.match(session, signs, new) if signs else {}
        plan.replaced = {kept: mains[kept] for kept in plan.came_back.values()}
        self._sort(plan, left)
        return plan

    def _sort(self, plan: Plan, left: Iterable[tuple[Gone, Listing, bool]]) -> None:
        for gone, main, kept in left:
            if main.id in plan.replaced:
                continue
            if main.disparu_le is None:
                plan.to_verify.append(gone)
            elif gone.published and not kept and (self.today - main.disparu_le).days >= self.source.archive_after_days:
                plan.to_archive.append(gone)

    def _records(self, session: Session, ids: Sequence[str], *, with_content: bool) -> Sequence[Any]:
        columns = [RawRecord.record_id, RawRecord.listings, *([RawRecord.content, RawRecord.line] if with_content else [])]
        query = cast(Any, select)(*columns).where(RawRecord.source == self.source.id, col(RawRecord.record_id).in_(ids))
        return session.execute(query.order_by(RawRecord.record_id)).all()

    def _stored(self, session: Session, keys: Iterable[str]) -> dict[str, Listing]:
        found: dict[str, Listing] = {}
        for genre in GENRES:
            ids = [one.partition(":")[2] for one in keys if one.startswith(f"{genre}:")]
            found.update((f"{genre}:{row.id}", row) for row in cast(Sequence[Listing], listings.by_ids(session, genre, ids)))
        return found

    def _sign(self, record: Any, main: Listing) -> Sign | None:
        """What the row itself said, as it would be read today: a person may have renamed its listing since."""
        found = Record(record.record_id, record.line, record.content).translated(self.source)
        self.renumbered.rename(found.structures, found.services)
        own = next((values for values in (*found.structures, *found.services) if values.get("id") == main.id), None)
        if own is None or found.problems:
            return None
        genre = listings.genre_of(main)
        place = self.placing.place(own).values
        if not place.get("code_insee"):  # a service that stands where its structure does
            place = {"code_insee": main.code_insee, "commune": main.commune}
        return renumbering.sign(genre, {**own, **place})

    def flag(self, session: Session, chunk: Sequence[Gone], run_id: int) -> None:
        """Listings of rows just found missing: still published, and to be verified. Does not commit."""
        ids = [gone.record_id for gone in chunk]
        raw_records.set_aside(session, self.source.id, run_id, ids)
        raw_records.forget_hash(session, self.source.id, ids)
        self.flag_listings(session, [one for gone in chunk for one in gone.listings])

    def flag_listings(self, session: Session, keys: Sequence[str]) -> None:
        self._set(session, keys, lambda row: row.disparu_le is None, {"disparu_le": self.today})

    def archive(self, session: Session, chunk: Sequence[Gone]) -> None:
        """Listings of rows that stayed away. Does not commit."""
        keys = [one for gone in chunk for one in gone.listings]
        self._set(session, keys, lambda row: row.statut == Statut.PUBLIEE, {"statut": str(Statut.ARCHIVEE)})

    def _set(self, session: Session, keys: Sequence[str], concerned: Any, values: Mapping[str, Any]) -> None:
        stored = self._stored(session, keys)
        for genre in GENRES:
            rows = [row for one, row in stored.items() if one.startswith(f"{genre}:") and concerned(row)]
            if rows:
                listings.write(session, genre, [{"id": row.id, **values} for row in rows], self.by)


def restore(session: Session, prepared: Iterable[Prepared]) -> None:
    """Rows that came back after an import archived them are published again, unless the row says otherwise."""
    for item in prepared:
        for genre, found in item.by_genre():
            for values in found:
                if "disparu_le" in values and "statut" not in values and (before := _archived_by_an_import(session, genre, values["id"])):
                    values["statut"] = before


def not_told(unreadable: int, gone: int) -> str:
    """Why a file with lines that can't be read does not say what is gone, in French."""
    lines = "1 ligne est illisible" if unreadable == 1 else f"{unreadable} lignes sont illisibles"
    which = "la fiche que le fichier n’a plus est gardée" if gone == 1 else f"les {gone} fiches que le fichier n’a plus sont gardées"
    advice = "corrigez-la" if unreadable == 1 else "corrigez-les"
    return f"{lines} : {which} comme avant. Pour savoir ce qui a disparu, {advice}, puis importez le fichier de nouveau."


def _archived_by_an_import(session: Session, genre: Genre, listing_id: str) -> str | None:
    """The statut that an import took from the listing by archiving it; None if a person did, or nobody."""
    for revision in listings.history(session, genre, listing_id):
        if "statut" in revision.changes:
            before, after = revision.changes["statut"]
            return str(before) if revision.run_id is not None and after == Statut.ARCHIVEE else None
    return None


def _kept_by_a_person(listing: Listing) -> bool:
    """Typed in by a person, or verified since it went missing: a person will say when it ends."""
    seen = listing.verifie_le is not None and listing.disparu_le is not None and listing.verifie_le >= listing.disparu_le
    return bool(listing.champs_humains) or seen
