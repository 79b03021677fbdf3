"""The address of a shelter leaves the database nowhere.

It lies in a table of its own (``AdresseConfidentielle``); the listing's row holds its commune only. What is never
loaded can't be shown by mistake. A structure's confidentiality is its services' too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from app.models import AdresseConfidentielle, Contact, Revision, Service, Structure
from app.territory import gazetteer

Listing = Structure | Service | Contact
SEALED_FIELDS = ("adresse", "complement_adresse", "longitude", "latitude")
TEXT_FIELDS = (
    "nom",
    "description",
    "conditions_acces",
    "publics_precisions",
    "frais_precisions",
    "mobilisation_precisions",
    "horaires_accueil",
)
HIDDEN = "(confidentiel)"
REDACTED = "[adresse confidentielle]"


class Sealing:
    """Seals the addresses of one chunk of records of one genre on their way to the table."""

    def __init__(self, session: Session, genre: str, records: Sequence[Mapping[str, Any]], stored: Mapping[str, Listing]) -> None:
        self.session = session
        self.genre = genre
        self.rows: list[dict[str, Any]] = []
        self.forgotten: list[str] = []
        owners = {record.get("structure_id") for record in records} | {getattr(row, "structure_id", None) for row in stored.values()}
        self.confidential_structures = _confidential(session, [o for o in owners if o])
        sealed = [listing.id for listing in stored.values() if listing.adresse_confidentielle]
        self.known = _sealed_rows(session, genre, sealed) | _sealed_rows(session, "structure", self.confidential_structures)

    def apply(self, values: dict[str, Any], listing: Listing | None) -> frozenset[str]:
        """Seal or unseal `values` in place; returns the fields whose values the revision must not tell."""
        was = listing is not None and listing.adresse_confidentielle
        owner = values.get("structure_id", getattr(listing, "structure_id", None))
        if owner in self.confidential_structures:
            values["adresse_confidentielle"] = True
        if values.get("adresse_confidentielle", was):
            return self._seal(values, listing, owner, was)
        if was and listing is not None:
            self._unseal(values, listing)
            return frozenset(SEALED_FIELDS)
        return frozenset()

    def store(self) -> None:
        """Write the sealed addresses, replacing those of the same listings."""
        for listing_id in [row["listing_id"] for row in self.rows] + self.forgotten:
            self.session.execute(
                delete(AdresseConfidentielle).where(
                    col(AdresseConfidentielle.genre) == self.genre, col(AdresseConfidentielle.listing_id) == listing_id
                )
            )
        if self.rows:
            self.session.execute(insert(AdresseConfidentielle), self.rows)

    def _seal(self, values: dict[str, Any], listing: Listing | None, owner: str | None, was: bool) -> frozenset[str]:
        before = self.known.get((self.genre, values["id"])) if was else listing
        address = {name: values.get(name, getattr(before, name, None)) for name in SEALED_FIELDS}
        if was and not values.get("adresse"):  # the row shows none: what comes back empty is not a new address
            address = {name: getattr(before, name, None) for name in SEALED_FIELDS}
        self.rows.append({"genre": self.genre, "listing_id": values["id"], **address})
        secrets = [address, *(row.model_dump() for key, row in self.known.items() if key == ("structure", owner))]
        quoting = _redact(values, [s[name] for s in secrets for name in ("adresse", "complement_adresse")], listing)
        code = values.get("code_insee", getattr(listing, "code_insee", None))
        commune = gazetteer.load().commune(code) if code else None
        values.update(adresse=None, complement_adresse=None)
        values["latitude"] = commune.latitude if commune else None
        values["longitude"] = commune.longitude if commune else None
        values["precision_lieu"] = "commune" if values["latitude"] is not None else None
        if listing is not None and not was:
            _scrub_history(self.session, self.genre, listing.id)
        return quoting.union(SEALED_FIELDS)

    def _unseal(self, values: dict[str, Any], listing: Listing) -> None:
        row = self.known.get((self.genre, listing.id))
        if row is not None:
            for name in SEALED_FIELDS:
                if values.get(name) is None:
                    values[name] = getattr(row, name)
            values.setdefault("precision_lieu", "adresse" if row.adresse and row.latitude is not None else "commune")
        self.forgotten.append(listing.id)


def hide(changes: Mapping[str, list[Any]], names: frozenset[str]) -> dict[str, list[Any]]:
    """The changes of a revision, without the values of these fields."""
    return {name: [HIDDEN, HIDDEN] if name in names else pair for name, pair in changes.items()}


def _confidential(session: Session, structure_ids: Iterable[str]) -> frozenset[str]:
    query = select(Structure.id).where(col(Structure.id).in_(list(structure_ids)), col(Structure.adresse_confidentielle).is_(True))
    return frozenset(session.exec(query))


def _sealed_rows(session: Session, genre: str, ids: Iterable[str]) -> dict[tuple[str, str], AdresseConfidentielle]:
    if not (wanted := list(ids)):
        return {}
    query = select(AdresseConfidentielle).where(AdresseConfidentielle.genre == genre, col(AdresseConfidentielle.listing_id).in_(wanted))
    return {(row.genre, row.listing_id): row for row in session.exec(query)}


def _redact(values: dict[str, Any], secrets: Sequence[str | None], listing: Listing | None) -> frozenset[str]:
    """Replace the address where it stands in a text of the listing, whatever its punctuation and case; returns those texts."""
    quoting = set()
    for secret in secrets:
        words = re.findall(r"\w+", secret or "")
        if len(words) < 2:
            continue
        pattern = re.compile(r"\b" + r"\W+".join(map(re.escape, words)) + r"\b", re.IGNORECASE)
        for name in TEXT_FIELDS:
            text = values.get(name, getattr(listing, name, None))
            if isinstance(text, str) and pattern.search(text):
                values[name] = pattern.sub(REDACTED, text)
                quoting.add(name)
    return frozenset(quoting)


def _scrub_history(session: Session, genre: str, listing_id: str) -> None:
    """Hide the address in the revisions written before the listing became confidential; texts may quote it."""
    telling = frozenset({*SEALED_FIELDS, *TEXT_FIELDS})
    for revision in session.exec(select(Revision).where(Revision.genre == genre, Revision.listing_id == listing_id)):
        if revision.changes.keys() & telling:
            hidden = hide(revision.changes, telling)
            session.execute(update(Revision).where(col(Revision.id) == revision.id).values(changes=hidden))
