"""Rows as listings ready to be written: translated, under the ids that Levier keeps, located and checked."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, cast

from sqlmodel import Session, col, select

from app import json_text, listings
from app.confidentiality import SEALED_FIELDS
from app.listings import ADDRESS_FIELDS
from app.models import Genre, RawRecord, Service, Structure
from app.territory.gazetteer import Gazetteer
from app.territory.zones import read_zones
from importers import placing, validation
from importers.placing import PLACE_FIELDS, Placing
from importers.renumbering import Renumbered
from importers.source import Record, Source, version

Values = dict[str, Any]
Effect = Literal["created", "changed", "unchanged", "renumbered"]


@dataclass
class Rejected:
    """A row for quarantine."""

    line: int | None
    raw: Mapping[str, Any]
    reasons: list[str]
    digest: str | None = None  # of the whole row, secrets included; None: it can't be corrected here


@dataclass
class Prepared:
    """A row ready to be written. `main` is the listing it stands for, the others are its services."""

    record: Record
    digest: str
    structures: list[Values]
    services: list[Values]
    notes: list[str]
    given_id: str  # of its main listing, as the row gives it: Levier may keep it under another
    new: bool  # no row of this id had come before
    effect: Effect = "created"

    @property
    def genre(self) -> Genre:
        return "structure" if self.structures else "service"

    @property
    def main(self) -> Values:
        return (self.structures or self.services)[0]

    def by_genre(self) -> tuple[tuple[Genre, list[Values]], tuple[Genre, list[Values]]]:
        """Structures first: their services point at them."""
        return ("structure", self.structures), ("service", self.services)


@dataclass
class Lot:
    """What some rows of the file came to."""

    prepared: list[Prepared] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    unchanged: int = 0
    read: int = 0  # rows of the file, blank ones too

    def cut(self, size: int) -> tuple["Lot", "Lot | None"]:
        """Its first rows, about `size`, and the rest if any; what is not to be written goes with the last."""
        if 2 * len(self.prepared) < 3 * size:
            return self, None
        return Lot(self.prepared[:size], read=size), Lot(self.prepared[size:], self.rejected, self.unchanged, self.read - size)


@dataclass
class Preparing:
    """Prepares the rows of one run; reads the base and writes nothing there. `departement` None takes every row."""

    source: Source
    gazetteer: Gazetteer
    placing: Placing
    renumbered: Renumbered
    file_date: date | None
    departement: str | None = None
    _structures: dict[str, tuple[Any, ...]] = field(default_factory=dict)  # addresses that services of later rows inherit

    def wanted(self, raw: Mapping[str, Any]) -> bool:
        """Is this row of the département asked for, as far as its codes tell?"""
        if self.departement is None or self.source.only_departement == self.departement:
            return True
        told = self.source.translation.departement(raw, self.gazetteer)
        return told is None or told == self.departement

    def lot(self, session: Session, records: Sequence[Record], rejected: Sequence[Rejected]) -> Lot:
        """What these rows come to, `rejected` added. Ids are distinct. Ends the session's transaction before it waits for anyone."""
        lot = Lot(rejected=list(rejected))
        known = self._known(session, [record.id for record in records])
        hashed = [(record, _hash(self.source, record.raw)) for record in records]
        fresh = [(record, digest) for record, digest in hashed if known.get(record.id) != digest]
        lot.unchanged = len(records) - len(fresh)
        if fresh:
            self._prepare(session, fresh, known.keys(), lot)
        return lot

    def _known(self, session: Session, ids: Sequence[str]) -> dict[str, str]:
        query = select(RawRecord.record_id, RawRecord.hash).where(RawRecord.source == self.source.id, col(RawRecord.record_id).in_(ids))
        return dict(session.exec(query).all())

    def _prepare(self, session: Session, fresh: Iterable[tuple[Record, str]], known: Iterable[str], lot: Lot) -> None:
        translated = [(record, digest, record.translated(self.source)) for record, digest in fresh]
        given = [(found.structures or found.services or [{}])[0].get("id") for _, _, found in translated]
        for _, _, found in translated:
            self.renumbered.rename(found.structures, found.services)
        self._look_up(session, [values for _, _, found in translated for values in (*found.structures, *found.services)])
        owners = {s.get("structure_id") for _, _, found in translated if not found.structures for s in found.services}
        structures = self._known_structures(session, owners)
        before = set(known)
        for (record, digest, found), given_id in zip(translated, given, strict=True):
            reasons, notes = list(found.problems), list(found.notes)
            if not reasons:
                reasons = self._complete(found.structures, found.services, structures, notes)
            if reasons:
                sealed_row = without_secrets(record.raw, found.structures + found.services)
                lot.rejected.append(Rejected(record.line, sealed_row, reasons, digest_of(record.raw)))
            elif given_id and self._here(found.structures + found.services):  # else a row of another département after all
                structures.update((values["id"], values) for values in found.structures)
                self._remember(found.structures)
                again = placing.AWAITED in notes  # a record without a digest is new at each import
                sealed = Record(record.id, record.line, without_secrets(record.raw, found.structures + found.services))
                new = record.id not in before
                lot.prepared.append(Prepared(sealed, "" if again else digest, found.structures, found.services, notes, given_id, new))

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
        for values in structures:
            reasons += self._place(values, notes)
        own = {values["id"]: values for values in structures}
        for values in services:
            owner = own.get(values["structure_id"]) or known.get(values["structure_id"])
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

    def _remember(self, structures: Iterable[Values]) -> None:
        """Keep the addresses that services of later rows inherit; of a shelter, what the base will hold of it."""
        for values in structures:
            address = {name: values.get(name) for name in ADDRESS_FIELDS}
            if values.get("adresse_confidentielle"):
                commune = self.gazetteer.commune(values["code_insee"]) if values.get("code_insee") else None
                point = {"latitude": commune.latitude, "longitude": commune.longitude} if commune else {}
                address |= {**dict.fromkeys(SEALED_FIELDS), **point, "precision_lieu": "commune" if commune else None}
            self._structures[values["id"]] = tuple(address.values())

    def _known_structures(self, session: Session, ids: Iterable[str | None]) -> dict[str, Values]:
        """The structures of the services of this lot, as they will be once this run has written its earlier rows."""
        wanted = [i for i in ids if i]
        coming = {i: {"id": i, **dict(zip(ADDRESS_FIELDS, self._structures[i], strict=True))} for i in wanted if i in self._structures}
        for row in cast(Sequence[Structure], listings.by_ids(session, "structure", wanted)):
            kept = ADDRESS_FIELDS if row.adresse_confidentielle or row.id not in coming else (row.champs_humains or ())
            coming.setdefault(row.id, {"id": row.id}).update({name: getattr(row, name) for name in ADDRESS_FIELDS if name in kept})
        return coming


def without_secrets(raw: Mapping[str, Any], found: Sequence[Values]) -> dict[str, Any]:
    """The raw row; of a confidential listing, without the address: it is kept sealed, and nowhere else."""
    if not any(values.get("adresse_confidentielle") for values in found):
        return dict(raw)
    return {name: value for name, value in raw.items() if name not in SEALED_FIELDS}


def digest_of(raw: Mapping[str, Any]) -> str:
    """What names a raw row, whatever its line: the digest of all that it says."""
    return hashlib.blake2b(json_text.dumps(raw, ordered=True).encode(), digest_size=16).hexdigest()


def _hash(source: Source, raw: Mapping[str, Any]) -> str:
    """Digest of a raw row and of all that translates it: mapping, cleaning, gazetteer."""
    content = json_text.dumps(raw, ordered=True)
    return hashlib.blake2b(f"{version()}{source.mapping}{content}".encode(), digest_size=16).hexdigest()
