"""How complete and fresh a service is: the score of data-inclusion-schema, computed on what Levier stores."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from data_inclusion.schema import v1
from data_inclusion.schema.v1 import score_qualite

STALE_DAYS = 365


def is_stale(value: date | None, today: date | None = None) -> bool:
    """Must what was last known to be true on `value` (None: nobody knows) be checked before it is relied on?"""
    return value is None or ((today or date.today()) - value).days > STALE_DAYS


def is_missing(disparu_le: date | None, verifie_le: date | None) -> bool:
    """Is the listing gone from its source's file since that day, and verified by nobody since?"""
    return disparu_le is not None and (verifie_le is None or verifie_le < disparu_le)


def score(values: Mapping[str, Any]) -> float:
    """Score from 0 to 1 of a service given as columns. A composed description counts as none.

    The library's model is built without validation: the values were validated when they came in.
    """
    known = {name: values.get(name) for name in v1.Service.model_fields}
    if values.get("description_composee") or not known["description"]:
        known["description"] = "-"  # the criterion refuses an empty text; one character scores 0
    value: float = score_qualite.score(v1.Service.model_construct(**known))[0]
    return value
