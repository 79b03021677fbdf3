"""The address of a shelter leaves the database nowhere.

It lies in a table of its own (``AdresseConfidentielle``); the listing's row holds its commune only. What is never
loaded can't be shown by mistake. A structure's confidentiality is its services' too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from app.models import AdresseConfidentielle, Listing, Proposition, Revision, SecretBefore, Structure
from app.territory import gazetteer

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
PRIVATE = ("adress", "address", "voie", "rue", "lat", "lon", "geo", "coord", "x", "y")
"""Beginnings of the names of columns whose cells are not shown of a raw row: it may be a shelter's, and not know it."""

HIDDEN = "(confidentiel)"
REDACTED = "[adresse confidentielle]"


def is_private(column: str) -> bool:
    """May this column of a raw row hold an address?"""
    return column.lower().startswith(PRIVATE)


class Sealing:
    """Seals the addresses of one chunk of records of one genre on their way to the table.

    What an import (`run_id`) replaces of a shelter's listing is set aside for its undo.
    """

    def __init__(
        self, session: Session, genre: str, records: Sequence[Mapping[str, Any]], stored: Mapping[str, Listing], run_id: int | None
    ) -> None:
        self.session = session
        self.genre = genre
        self.run_id = run_id
        self.before: list[dict[str, Any]] = []
        self.alike: set[str] = set()  # listings whose hidden fields are as they were
        self.scrubbed: dict[str, dict[str, Any]] = {}
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
        hidden: frozenset[str] = frozenset()
        if values.get("adresse_confidentielle", was):
            hidden = self._seal(values, listing, owner, was)
        elif was and listing is not None:
            self._unseal(values, listing)
            hidden = frozenset(SEALED_FIELDS)
        if hidden and listing is not None and self.run_id is not None:
            fields = {name: getattr(listing, name) for name in hidden}
            self.before.append({"listing_id": listing.id, "champs": fields})
            if all(values.get(name, value) == value for name, value in fields.items()):
                self.alike.add(listing.id)
        return hidden

    def store(self) -> None:
        """Write the sealed addresses, replacing those of the same listings."""
        self._set_aside()
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
            self.scrubbed[listing.id] = _scrub_history(self.session, self.genre, listing.id)
        return quoting.union(SEALED_FIELDS)

    def _set_aside(self) -> None:
        """Keep what was, once a run and if it changes; and the address that the run leaves."""
        if not self.before:
            return
        after = {row["listing_id"]: {name: row[name] for name in SEALED_FIELDS} for row in self.rows}
        mine = {"run_id": self.run_id, "genre": self.genre}
        kept = secrets_before(self.session, cast(int, self.run_id), self.genre, [row["listing_id"] for row in self.before])
        new = []
        for row in self.before:
            listing_id = row["listing_id"]
            if listing_id in kept:
                kept[listing_id].scellee_apres = after.get(listing_id)
                self.session.add(kept[listing_id])
                continue
            sealed = _address(self.known.get((self.genre, listing_id)))
            left = {"scellee_apres": after.get(listing_id), "revisions": self.scrubbed.get(listing_id, {})}
            if listing_id not in self.alike or sealed != left["scellee_apres"] or left["revisions"]:
                new.append({**mine, **row, "scellee": sealed, **left})
        if new:
            self.session.execute(insert(cast(Any, SecretBefore).__table__), new)

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


# --- undoing an import -----------------------------------------------------------------------------------------------


def secrets_before(session: Session, run_id: int, genre: str, ids: Sequence[str]) -> dict[str, SecretBefore]:
    """What a run set aside of the listings of `ids` (500 at most), by id."""
    mine = (SecretBefore.run_id == run_id, SecretBefore.genre == genre, col(SecretBefore.listing_id).in_(ids))
    return {row.listing_id: row for row in session.exec(select(SecretBefore).where(*mine))}


def moved_since(session: Session, secrets: Mapping[str, SecretBefore]) -> frozenset[str]:
    """Listings whose sealed address is not the one that the run left: a person has changed it."""
    if not secrets:
        return frozenset()
    genre = next(iter(secrets.values())).genre
    now = _sealed_rows(session, genre, secrets)
    return frozenset(i for i, secret in secrets.items() if _address(now.get((genre, i))) != secret.scellee_apres)


def put_back(session: Session, secrets: Mapping[str, SecretBefore], ids: Iterable[str]) -> None:
    """Seal again, or no longer, the addresses of `ids`, as before the run; what was set aside of all of `secrets` goes."""
    for listing_id in ids:
        if secret := secrets.get(listing_id):
            forget(session, secret.genre, [listing_id])
            if secret.scellee is not None:
                session.execute(insert(AdresseConfidentielle), [{"genre": secret.genre, "listing_id": listing_id, **secret.scellee}])
            for revision_id, changes in secret.revisions.items():
                session.execute(update(Revision).where(col(Revision.id) == int(revision_id)).values(changes=changes))
    for secret in secrets.values():
        session.delete(secret)


def forget(session: Session, genre: str, ids: Sequence[str]) -> None:
    """Remove the sealed addresses of these listings (500 at most)."""
    sealed = (col(AdresseConfidentielle.genre) == genre, col(AdresseConfidentielle.listing_id).in_(ids))
    session.execute(delete(AdresseConfidentielle).where(*sealed))


def _address(row: AdresseConfidentielle | None) -> dict[str, Any] | None:
    return None if row is None else {name: getattr(row, name) for name in SEALED_FIELDS}


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


def _scrub_history(session: Session, genre: str, listing_id: str) -> dict[str, Any]:
    """Hide the address in the revisions written before the listing became confidential, and in proposals; texts may quote it.

    Returns the changes of those revisions as they were, by id.
    """
    scrubbed: dict[str, Any] = {}
    telling = frozenset({*SEALED_FIELDS, *TEXT_FIELDS})
    proposed = (col(Proposition.genre) == genre, col(Proposition.listing_id) == listing_id, col(Proposition.champ).in_(telling))
    session.execute(delete(Proposition).where(*proposed))
    for revision in session.exec(select(Revision).where(Revision.genre == genre, Revision.listing_id == listing_id)):
        if revision.changes.keys() & telling:
            scrubbed[str(revision.id)] = revision.changes
            hidden = hide(revision.changes, telling)
            session.execute(update(Revision).where(col(Revision.id) == revision.id).values(changes=hidden))
    return scrubbed
