"""Is this a record of schema v1? Asked of the published models themselves, with the two exceptions that real files need.

E-mail addresses are checked by the same library, through a cache: the same few stand in thousands of rows.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from data_inclusion.schema import v1
from pydantic import AfterValidator, Field, ValidationError, field_validator

from importers import contacts


def _courriel(value: str) -> str:
    if not contacts.is_email(value):
        raise ValueError("ce n’est pas une adresse de courriel")
    return value


Courriel = Annotated[str, AfterValidator(_courriel)]


class _Structure(v1.Structure):  # type: ignore[misc]  # the library has no types
    """Schema v1, where an unknown date is unknown."""

    date_maj: date | None = None
    courriel: Courriel | None = None

    @field_validator("date_maj")
    @classmethod
    def date_maj_valide(cls, value: date | None) -> date | None:
        return value


class _Service(v1.Service):  # type: ignore[misc]
    """Schema v1, where an unknown date is unknown, and a missing description is composed later."""

    date_maj: date | None = None
    description: Annotated[str, Field(min_length=5, max_length=10_000)] | None = None
    courriel: Courriel | None = None

    @field_validator("date_maj")
    @classmethod
    def date_maj_valide(cls, value: date | None) -> date | None:
        return value


MODELS: Mapping[str, type[_Structure] | type[_Service]] = {"structure": _Structure, "service": _Service}

SAID = {
    "missing": "il manque",
    "string_too_short": "trop court",
    "string_too_long": "trop long",
    "enum": "valeur inconnue du référentiel",
    "string_pattern_mismatch": "forme inattendue",
    "url_parsing": "ce n’est pas une adresse web",
    "url_scheme": "ce n’est pas une adresse web",
    "float_parsing": "ce n’est pas un nombre",
    "int_parsing": "ce n’est pas un nombre",
    "value_error": "valeur refusée",
}


def problems(genre: str, values: Mapping[str, Any]) -> list[str]:
    """Why this record is not one of schema v1, in French; empty when it is one."""
    try:
        MODELS[genre].__pydantic_validator__.validate_python(values)
    except ValidationError as error:
        return list(dict.fromkeys(_said(genre, dict(found)) for found in error.errors(include_url=False)))
    return []


def without_faults(genre: str, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The record without what schema v1 refuses, item by item of a list; and what was left out, in French."""
    kept = dict(values)
    try:
        MODELS[genre].__pydantic_validator__.validate_python(kept)
    except ValidationError as error:
        found: list[dict[str, Any]] = [dict(one) for one in error.errors(include_url=False) if one["type"] != "missing" and one["loc"]]
    else:
        return kept, []
    for one in found:
        name, *inside = one["loc"]
        cell = kept.get(name)
        kept[name] = [item for item in cell if item != one["input"]] or None if isinstance(cell, list) and inside else None
    return kept, list(dict.fromkeys(f"{_said(genre, one)[:-1]} : non repris." for one in found if one["input"] is not None))


def _said(genre: str, error: Mapping[str, Any]) -> str:
    field = error["loc"][0] if error["loc"] else ""
    shown = str(error.get("input", ""))
    value = f" « {shown[:80]} »" if error["type"] != "missing" and len(error["loc"]) >= 1 else ""
    return f"{genre}, champ « {field} » : {SAID.get(error['type'], 'valeur refusée')}{value}."
