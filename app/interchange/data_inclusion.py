"""Listings as records of data·inclusion schema v1, in the shapes that its API answers.

Records are plain dictionaries made from stored columns, never validated again: one bad stored row must not hide the
thousands of good ones beside it. Nothing here opens a sealed address: the rows hold the commune only.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from data_inclusion.schema import v1

Record = dict[str, Any]
Values = Mapping[str, Any]
"""A stored listing by column: every field of its schema, and `date_fichier`."""

SERVICE_FIELDS: tuple[str, ...] = tuple(v1.Service.model_fields)
STRUCTURE_FIELDS: tuple[str, ...] = tuple(v1.Structure.model_fields)

SETS = ("thematiques", "publics", "modes_accueil", "modes_mobilisation", "mobilisable_par", "reseaux_porteurs")
"""Fields without an order of their own: given sorted, so that the same listing always gives the same bytes."""


def service_record(values: Values) -> Record:
    """The service as ``/services`` lists it: all of schema v1, `adresse_certifiee` and `score_qualite`."""
    record = _record(values, SERVICE_FIELDS)
    record["score_qualite"] = values["score_qualite"] or 0.0
    return record


def structure_record(values: Values) -> Record:
    """The structure as a service carries it: all of schema v1 and `adresse_certifiee`."""
    return _record(values, STRUCTURE_FIELDS)


def detailed_service(service: Record, structure: Record) -> Record:
    """A service with its structure: one answer of a search, or ``/services/{id}``."""
    return {**service, "structure": structure}


def scored_structure(structure: Record, score: float | None) -> Record:
    """A structure as ``/structures`` lists it: with the mean score of its services, 0 without any, and room for its duplicates."""
    return {**structure, "score_qualite": score or 0.0, "doublons": []}


def detailed_structure(structure: Record, services: Iterable[Record]) -> Record:
    """A structure with its services: ``/structures/{id}``."""
    return {**structure, "services": list(services)}


def _record(values: Values, names: tuple[str, ...]) -> Record:
    record: Record = {name: values[name] for name in names}
    for name, clean in _LISTS.items():
        if record.get(name) is not None:
            record[name] = clean(record[name])
    # An unknown date is exported as that of the file it came in, never as the day of the import.
    record["date_maj"] = values["date_maj"] or values["date_fichier"]
    # Levier certifies no address: coordinates are the source's own or those of the commune.
    record["adresse_certifiee"] = False
    return record


def listed(value: Any) -> tuple[str, ...] | None:
    """The values of a list; None when nothing is known, which schema v1 does not write as an empty list."""
    return tuple(item for item in value if isinstance(item, str)) or None if isinstance(value, list | tuple) else None


@lru_cache(maxsize=20_000)
def _in_order(items: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return tuple(sorted(set(items))) if items else None


def _sorted(value: Any) -> tuple[str, ...] | None:
    return _in_order(listed(value))


_LISTS = {name: _sorted for name in SETS} | {"zone_eligibilite": listed}


def source_record(id: str, nom: str, description: str | None) -> Record:
    """A source as ``/sources`` lists it."""
    return {"slug": id, "nom": nom, "description": description}
