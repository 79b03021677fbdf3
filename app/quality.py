"""How complete and fresh a service is: the score of data-inclusion-schema, computed on what Levier stores."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
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

    The library's model is built without validation: the values were validated when they came in. Its criteria are asked
    one by one, because the age of a date takes longer than all the others.
    """
    known = {name: values.get(name) for name in v1.Service.model_fields}
    if values.get("description_composee") or not known["description"]:
        known["description"] = "-"  # the criterion refuses an empty text; one character scores 0
    service = v1.Service.model_construct(**known)
    told = [round(value, 2) for criterion in CRITERIA if (value := criterion(service)) is not None]
    return round(sum(told) / len(told), 2)


def _freshness(service: v1.Service) -> float | None:
    return None if _is_of_no_date(service.source) else _freshness_on(service.date_maj, date.today())


@lru_cache(maxsize=1000)
def _is_of_no_date(source: str | None) -> bool:
    """Does the library ask no date of this source?"""
    return score_qualite.date_maj_recente(v1.Service.model_construct(source=source, date_maj=None)) is None


@lru_cache(maxsize=20_000)
def _freshness_on(date_maj: date | None, _today: date) -> float | None:
    value: float | None = score_qualite.date_maj_recente(v1.Service.model_construct(source=None, date_maj=date_maj))
    return value


CRITERIA: tuple[Callable[[v1.Service], float | None], ...] = tuple(
    _freshness if criterion is score_qualite.date_maj_recente else criterion for criterion in score_qualite.CRITERES
)
"""The library's, in its order."""
