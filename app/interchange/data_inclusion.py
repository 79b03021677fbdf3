"""Listings as records of data·inclusion schema v1, in the shapes that its API answers.

Records are plain dictionaries made from stored columns, never validated again: one bad stored row must not hide the
thousands of good ones beside it. Nothing here opens a sealed address: the rows hold the commune only.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from data_inclusion.schema import v1

Record = dict[str, Any]

SERVICE_FIELDS: tuple[str, ...] = tuple(v1.Service.model_fields)
STRUCTURE_FIELDS: tuple[str, ...] = tuple(v1.Structure.model_fields)

SETS = ("thematiques", "publics", "modes_accueil", "modes_mobilisation", "mobilisable_par", "reseaux_porteurs")
"""Fields without an order of their own: given sorted, so that the same listing always gives the same bytes."""

LISTS = (*SETS, "zone_eligibilite")


class Row(Protocol):
    """A stored listing, whole or only its exported columns: every field of its schema, and the date of its file."""

    @property
    def date_maj(self) -> Any: ...
    @property
    def date_fichier(self) -> Any: ...


def service_record(row: Row) -> Record:
    """The service as ``/services`` lists it: all of schema v1, `adresse_certifiee` and `score_qualite`."""
    score = getattr(row, "score_qualite", None)
    return _record(row, SERVICE_FIELDS) | {"score_qualite": score or 0.0}


def structure_record(row: Row) -> Record:
    """The structure as a service carries it: all of schema v1 and `adresse_certifiee`."""
    return _record(row, STRUCTURE_FIELDS)


def detailed_service(service: Record, structure: Record) -> Record:
    """A service with its structure: one answer of a search, or ``/services/{id}``."""
    return {**service, "structure": structure}


def scored_structure(structure: Record, score: float | None) -> Record:
    """A structure as ``/structures`` lists it: with the mean score of its services, 0 without any, and its duplicates.

    Levier knows no duplicates yet: the list is there, empty, as clients expect it.
    """
    return {**structure, "score_qualite": score or 0.0, "doublons": []}


def detailed_structure(structure: Record, services: Iterable[Record]) -> Record:
    """A structure with its services: ``/structures/{id}``."""
    return {**structure, "services": list(services)}


def _record(row: Row, names: tuple[str, ...]) -> Record:
    record: Record = {name: getattr(row, name) for name in names}
    for name in LISTS:
        if name in record:
            record[name] = _values(record[name], name in SETS)
    # An unknown date is exported as that of the file it came in, never as the day of the import.
    record["date_maj"] = row.date_maj or row.date_fichier
    # Levier certifies no address: coordinates are the source's own or those of the commune.
    record["adresse_certifiee"] = False
    return record


def _values(value: Any, unordered: bool) -> list[str] | None:
    """The values of a list; None when nothing is known, which schema v1 never writes as an empty list."""
    known = [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
    return (sorted(set(known)) if unordered else known) or None


def source_record(id: str, nom: str, description: str | None) -> Record:
    """A source as ``/sources`` lists it."""
    return {"slug": id, "nom": nom, "description": description}
