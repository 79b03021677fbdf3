"""One batch of rows: what is new is translated, located, checked and written, in one short transaction of its own."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import Engine, delete, insert
from sqlmodel import Session, col, select, update

from app import listings
from app.confidentiality import SEALED_FIELDS
from app.listings import ADDRESS_FIELDS, By, Genre, Listing
from app.models import ImportRun, Quarantine, RawRecord, Service, Structure
from app.models import Source as SourceRow
from app.territory.gazetteer import Gazetteer
from app.territory.zones import read_zones
from importers import placing, validation
from importers.placing import PLACE_FIELDS, Placing
from importers.source import Record, Source, version

Values = dict[str, Any]


@dataclass
class Rejected:
    """A row for quarantine."""

    line: int | None
    raw: Mapping[str, Any]
    reasons: list[str]


@dataclass
class Prepared:
    """A row ready to be written."""

    record: Record
    digest: str
    structures: list[Values]
    services: list[Values]
    notes: list[str]


@dataclass
class Outcome:
    """What one batch did, in rows."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)


@dataclass
class Batches:
    """Applies the batches of one run; remembers only what later batches need.

    `departement` None takes every row. With `dry_run`, the base is read and only the report is written.
    """

    engine: Engine
    source: Source
    gazetteer: Gazetteer
    placing: Placing
    run_id: int
    by: By
    file_date: date | None
    departement: str | None = None
    dry_run: bool = False
    _sources: set[str] = field(default_factory=set)
    _structures: dict[str, Values] = field(default_factory=dict)  # of a dry run, which finds none in the base

    def apply(self, records: Sequence[Record], rejected: Sequence[Rejected], counts: Mapping[str, int]) -> Outcome:
        """Write a batch and commit it with its report; `counts` are the run's totals before it. Ids are distinct."""
        outcome = Outcome(rejected=list(rejected))
        with Session(self.engine, expire_on_commit=False) as session:
            fresh = self._fresh(session, records, outcome)
            prepared = self._prepared(session, fresh, outcome)
            session.rollback()  # what was read is let go: the write begins on the base of that moment
            if self.dry_run:
                self._foresee(session, prepared, outcome)
            else:
                self._write(session, prepared, outcome)
            self._report(session, outcome, counts)
            session.commit()
        return outcome

    def wanted(self, raw: Mapping[str, Any]) -> bool:
        """Is this row of the département asked for, as far as its codes tell?"""
        if self.departement is None or self.source.only_departement == self.departement:
            return True
        told = self.source.translation.departement(raw, self.gazetteer)
        return told is None or told == self.departement

    def _fresh(self, session: Session, records: Sequence[Record], outcome: Outcome) -> list[tuple[Record, str]]:
        """The rows whose content, or whose translation, is not the one already in the base."""
        query = select(RawRecord.record_id, RawRecord.hash).where(
            RawRecord.source == self.source.id, col(RawRecord.record_id).in_([record.id for record in records])
        )
        known = dict(session.exec(query).all())
        hashed = [(record, _hash(record.raw)) for record in records]
        fresh = [(record, digest) for record, digest in hashed if known.get(record.id) != digest]
        outcome.unchanged += len(records) - len(fresh)
        return fresh

    def _prepared(self, session: Session, fresh: Iterable[tuple[Record, str]], outcome: Outcome) -> list[Prepared]:
        translated = [(record, digest, record.translated(self.source)) for record, digest in fresh]
        self._look_up(session, [values for _, _, found in translated for values in (*found.structures, *found.services)])
        owners = {s.get("structure_id") for _, _, found in translated if not found.structures for s in found.services}
        known = self._known_structures(session, owners)
        ready = []
        for record, digest, found in translated:
            reasons, notes = list(found.problems), list(found.notes)
            if not reasons:
                reasons = self._complete(found.structures, found.services, known, notes)
            if reasons:
                outcome.rejected.append(Rejected(record.line, _without_secrets(record.raw, found.structures + found.services), reasons))
            elif self._here(found.structures + found.services):  # else a row of another département after all
                known.update((values["id"], values) for values in found.structures)
                again = placing.AWAITED in notes  # a record without a digest is new at each import
                ready.append(Prepared(record, "" if again else digest, found.structures, found.services, notes))
        return ready

    def _look_up(self, session: Session, found: Sequence[Values]) -> None:
        """Look up the addresses that need it. A confidential one goes nowhere, whether the file or a person has said that it is."""
        if not (vague := self.placing.vague(found)):
            return
        closed = {values.get("id") for values in found if values.get("adresse_confidentielle")}
        ids = {i for values in vague for i in (values.get("id"), values.get("structure_id")) if i}
        for model in (Structure, Service):
            closed.update(session.scalars(select(model.id).where(col(model.id).in_(ids), col(model.adresse_confidentielle).is_(True))))
        session.rollback()  # nothing is held while the geocoder is waited for
        self.placing.look_up([values for values in vague if not closed & {values.get("id"), values.get("structure_id")}])

    def _complete(self, structures: list[Values], services: list[Values], known: Mapping[str, Values], notes: list[str]) -> list[str]:
        """Locate and check the listings of one row, in place; returns what forbids to import it."""
        reasons: list[str] = []
        owners = dict(known)
        for values in structures:
            reasons += self._place(values, notes)
            owners[values["id"]] = values
        for values in services:
            owner = owners.get(values["structure_id"])
            if owner is None:
                reasons.append(f"La structure « {values['structure_id']} » de ce service est inconnue ou en quarantaine.")
            elif any(values.get(name) not in (None, "") for name in PLACE_FIELDS):
                reasons += self._place(values, notes)
            else:
                values.update({name: owner.get(name) for name in ADDRESS_FIELDS})
            self._zones(values, notes)
        for genre, found in (("structure", structures), ("service", services)):
            for values in found:
                values["date_fichier"] = self.file_date
                reasons += validation.problems(genre, values)
        return list(dict.fromkeys(reasons))

    def _place(self, values: Values, notes: list[str]) -> list[str]:
        located = self.placing.place(values)
        values.update(located.values)
        notes.extend(note for note in located.notes if note not in notes)
        nowhere = not any(values.get(name) for name in ("commune", "code_postal", "code_insee"))
        return [located.problem] if located.problem and not (nowhere and self.source.place_optional) else []

    def _zones(self, values: Values, notes: list[str]) -> None:
        """Zones as schema v1 writes them; one that nobody knows stays as written, for the check to judge."""
        written = values.get("zone_eligibilite")
        if not written:
            return
        zones = read_zones(self.gazetteer, written)
        values["zone_eligibilite"] = [*zones.codes, *zones.unknown]
        if zones.unknown:
            notes.append(f"Zone inconnue, qui ne couvre aucune commune : {', '.join(zones.unknown)}.")
        if added := [code for code in zones.codes if code not in written]:
            left = [text for text in written if text not in values["zone_eligibilite"]]
            notes.append(f"Zone écrite au schéma v1 : {', '.join(left)} devient {', '.join(added)}.")

    def _here(self, found: Sequence[Values]) -> bool:
        if self.departement is None or self.source.only_departement == self.departement:
            return True
        communes = (self.gazetteer.commune(values["code_insee"]) for values in found if values.get("code_insee"))
        return any(commune is not None and commune.departement == self.departement for commune in communes)

    def _known_structures(self, session: Session, ids: Iterable[str | None]) -> dict[str, Values]:
        """The structures, already in the base, of the services of this batch; their address is what services inherit."""
        wanted = [i for i in ids if i]
        found = cast(Sequence[Structure], listings.by_ids(session, "structure", wanted))
        return {i: self._structures[i] for i in wanted if i in self._structures} | {
            row.id: {name: getattr(row, name) for name in ("id", *ADDRESS_FIELDS)} for row in found
        }

    def _write(self, session: Session, prepared: Sequence[Prepared], outcome: Outcome) -> None:
        structures = [values for item in prepared for values in item.structures]
        services = [values for item in prepared for values in item.services]
        self._introduce(session, {values["source"] for values in (*structures, *services)})
        done = [listings.write(session, genre, found, self.by) for genre, found in _by_genre(structures, services) if found]
        created = {i for written in done for i in written.created}
        changed = {i for written in done for i in written.changed}
        for item in prepared:
            _count(item, created, changed, outcome)
        self._keep_raw(session, prepared)

    def _foresee(self, session: Session, prepared: Sequence[Prepared], outcome: Outcome) -> None:
        """What writing would do, without writing."""
        created: set[str] = set()
        changed: set[str] = set()
        for genre, found in _by_genre([v for p in prepared for v in p.structures], [v for p in prepared for v in p.services]):
            stored = {row.id: row for row in listings.by_ids(session, genre, [values["id"] for values in found])}
            created |= {values["id"] for values in found if values["id"] not in stored}
            changed |= {values["id"] for values in found if values["id"] in stored and _differs(stored[values["id"]], values)}
        for item in prepared:
            _count(item, created, changed, outcome)
            self._structures.update((v["id"], {name: v.get(name) for name in ("id", *ADDRESS_FIELDS)}) for v in item.structures)

    def _introduce(self, session: Session, ids: Iterable[str]) -> None:
        """Listings name their source; a folder of records may bring sources that Levier has never heard of."""
        for source_id in sorted(set(ids) - self._sources):
            if session.get(SourceRow, source_id) is None:
                session.add(SourceRow(id=source_id, nom=source_id, description=f"Reçue par {self.source.nom}", licence=self.source.licence))
            self._sources.add(source_id)
        session.flush()

    def _keep_raw(self, session: Session, prepared: Sequence[Prepared]) -> None:
        rows = [
            {
                "source": self.source.id,
                "record_id": item.record.id,
                "hash": item.digest,
                "run_id": self.run_id,
                "content": _without_secrets(item.record.raw, item.structures + item.services),
                "line": item.record.line,
                "notes": item.notes,
                "listings": [f"{genre}:{v['id']}" for genre, found in _by_genre(item.structures, item.services) for v in found],
            }
            for item in prepared
        ]
        if rows:
            ids = [row["record_id"] for row in rows]
            session.execute(delete(RawRecord).where(col(RawRecord.source) == self.source.id, col(RawRecord.record_id).in_(ids)))
            session.execute(insert(cast(Any, RawRecord).__table__), rows)

    def _report(self, session: Session, outcome: Outcome, counts: Mapping[str, int]) -> None:
        if outcome.rejected:
            rows = [
                {"run_id": self.run_id, "source": self.source.id, "line": r.line, "reasons": r.reasons, "content": dict(r.raw)}
                for r in outcome.rejected
            ]
            session.execute(insert(cast(Any, Quarantine).__table__), rows)
        totals = {
            "created": counts["created"] + outcome.created,
            "changed": counts["changed"] + outcome.changed,
            "unchanged": counts["unchanged"] + outcome.unchanged,
            "rejected": counts["rejected"] + len(outcome.rejected),
            "blank": counts["blank"],
        }
        totals["read"] = sum(totals[name] for name in ("created", "changed", "unchanged", "rejected"))
        session.execute(update(ImportRun).where(col(ImportRun.id) == self.run_id).values(**totals))


def _by_genre(structures: list[Values], services: list[Values]) -> tuple[tuple[Genre, list[Values]], tuple[Genre, list[Values]]]:
    """Structures first: their services point at them."""
    return ("structure", structures), ("service", services)


def _count(item: Prepared, created: set[str], changed: set[str], outcome: Outcome) -> None:
    """A row counts once: created if its first listing is, changed if any of its listings came or changed, else unchanged."""
    ids = [values["id"] for values in (*item.structures, *item.services)]
    if ids[0] in created:
        outcome.created += 1
    elif any(i in created or i in changed for i in ids):
        outcome.changed += 1
    else:
        outcome.unchanged += 1


def _differs(stored: Listing, values: Values) -> bool:
    kept = {"date_fichier", *(stored.champs_humains or ()), *((*SEALED_FIELDS, "precision_lieu") if stored.adresse_confidentielle else ())}
    if getattr(stored, "description_composee", False) and values.get("description") is None:
        kept.add("description")
    return any(getattr(stored, name) != value for name, value in values.items() if name not in kept)


def _without_secrets(raw: Mapping[str, Any], found: Sequence[Values]) -> dict[str, Any]:
    """The raw row; of a confidential listing, without the address: it is kept sealed, and nowhere else."""
    if not any(values.get("adresse_confidentielle") for values in found):
        return dict(raw)
    return {name: value for name, value in raw.items() if name not in SEALED_FIELDS}


def _hash(raw: Mapping[str, Any]) -> str:
    """Digest of a raw row and of all that translates it."""
    content = json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.blake2b(f"{version()}{content}".encode(), digest_size=16).hexdigest()
