"""The address of a shelter leaves the database nowhere.

It lies in a table of its own (``AdresseConfidentielle``); the listing's row holds its commune only. What is never
loaded can't be shown by mistake.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, select

from app.models import AdresseConfidentielle, Revision, Service, Structure

SEALED_FIELDS = ("adresse", "complement_adresse", "longitude", "latitude")
HIDDEN = "(confidentiel)"
REDACTED = "[adresse confidentielle]"
TEXT_FIELDS = (
    "nom",
    "description",
    "conditions_acces",
    "publics_precisions",
    "frais_precisions",
    "mobilisation_precisions",
    "horaires_accueil",
)


def seal_rows(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store sealed addresses, replacing those of the same listings."""
    for row in rows:
        session.execute(_of(delete(AdresseConfidentielle), row["genre"], row["listing_id"]))
    if rows:
        session.execute(insert(AdresseConfidentielle), list(rows))


def unseal_rows(session: Session, genre: str, listing_id: str) -> dict[str, Any]:
    """Take back the address of a listing that is no longer confidential, as values to write."""
    row = session.get(AdresseConfidentielle, (genre, listing_id))
    if row is None:
        return {}
    values = {name: getattr(row, name) for name in SEALED_FIELDS}
    session.delete(row)
    return values | {"precision_lieu": "adresse" if row.adresse and row.latitude is not None else "commune"}


def redact(values: dict[str, Any], adresse: str | None, complement: str | None, listing: Structure | Service | None) -> None:
    """Replace the address, where it stands literally in a text of the listing."""
    for secret in (adresse, complement):
        words = re.findall(r"\w+", secret or "")
        if len(words) < 2:
            continue
        pattern = re.compile(r"\b" + r"\W+".join(map(re.escape, words)) + r"\b", re.IGNORECASE)
        for name in TEXT_FIELDS:
            text = values.get(name, getattr(listing, name, None))
            if isinstance(text, str) and pattern.search(text):
                values[name] = pattern.sub(REDACTED, text)


def scrub_history(session: Session, genre: str, listing_id: str) -> None:
    """Hide the address in the revisions written before the listing became confidential."""
    revisions = session.exec(select(Revision).where(Revision.genre == genre, Revision.listing_id == listing_id))
    for revision in revisions:
        if revision.changes.keys() & set(SEALED_FIELDS) or revision.changes.keys() & set(TEXT_FIELDS):
            hidden = {name: [HIDDEN, HIDDEN] if name in (*SEALED_FIELDS, *TEXT_FIELDS) else pair for name, pair in revision.changes.items()}
            session.execute(update(Revision).where(Revision.id == revision.id).values(changes=hidden))  # type: ignore[arg-type]


def _of(statement: Any, genre: str, listing_id: str) -> Any:
    return statement.where(AdresseConfidentielle.genre == genre, AdresseConfidentielle.listing_id == listing_id)
