"""Listings as rows of one table, for people and their spreadsheets: a column for each field of schema v1, in a stable order."""

import hashlib
import json
from datetime import date
from typing import Any

from app.interchange.data_inclusion import SERVICE_FIELDS, SETS, STRUCTURE_FIELDS
from app.models import Service, Structure

Row = dict[str, Any]
"""A value for each of COLUMNS: text, number, list of texts, or None. Dates are ISO texts."""

IDENTITY = ("genre", "id", "source", "structure_id")
FIELDS: tuple[str, ...] = tuple(name for name in dict.fromkeys((*SERVICE_FIELDS, *STRUCTURE_FIELDS)) if name not in IDENTITY)
EDITED: tuple[str, ...] = (*FIELDS, "statut")
"""What an export that comes back may change."""

STAMP = "empreinte"
COLUMNS: tuple[str, ...] = (*IDENTITY, "structure_nom", *EDITED, STAMP)
NUMBERS = frozenset({"longitude", "latitude", "volume_horaire_hebdomadaire", "nombre_semaines"})
LISTS = frozenset({*SETS, "zone_eligibilite"})

SEPARATOR = " | "
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def row(listing: Structure | Service, structure_nom: str | None = None) -> Row:
    """The listing's row. A confidential address has no point, not even that of its commune.

    `empreinte` tells, when the row comes back, whether the listing is still what it was.
    """
    found: Row = {name: _plain(getattr(listing, name, None)) for name in COLUMNS}
    found["genre"] = "service" if isinstance(listing, Service) else "structure"
    if listing.adresse_confidentielle:
        found["longitude"] = found["latitude"] = None
    found[STAMP] = stamp(found)
    found["structure_nom"] = structure_nom
    return found


def stamp(row: Row) -> str:
    """Digest of what a row tells of its listing; begins with a letter, so that no spreadsheet takes it for a number."""
    told = json.dumps([row[name] for name in (*IDENTITY, *EDITED)], ensure_ascii=False)
    return f"v-{hashlib.sha256(told.encode(errors='replace')).hexdigest()[:16]}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value or None if isinstance(value, list) else value


def as_text(value: Any) -> str:
    """What a cell shows: a list joined, a number with the comma that French spreadsheets read."""
    if value is None:
        return ""
    if isinstance(value, list):
        return SEPARATOR.join(map(str, value))
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


def parts(text: str) -> list[str]:
    """A joined list, back."""
    return list(dict.fromkeys(part.strip() for part in text.split(SEPARATOR.strip()) if part.strip()))


def protected(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe stands before it. `bare` takes it off."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def bare(text: str) -> str:
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text
