"""``/search``: Levier's engine for the words, data·inclusion's filters for the rest.

The engine answers the filters that it understands as data·inclusion does. The others (publics never guessed, the score, where
the service itself lies) are asked of the base. What it keeps is usually little: the engine is then told to answer among that
alone. Else what the base does not keep is dropped from the engine's answers.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlmodel import Session, col

from app.api import filters, nearby
from app.api.filters import Conditions
from app.api.paging import best_first, cut, first
from app.api.parameters import Search
from app.models import Service
from app.search.port import Hit, SearchEngine, SearchRequest
from app.territory.gazetteer import Gazetteer
from app.vocabulary import expand

BATCH = 1000
"""Hits asked of an engine at once: what every engine accepts."""
FEW, MOST_AMONG = 1000, 20_000
"""Services that an engine is told to answer among: those of a commune or a circle, MOST_AMONG; else FEW. With more of them,
it costs less to drop from the engine's answers what is not wanted."""


@dataclass(frozen=True)
class Ranked:
    """One answer: whole kilometres from the point asked for, and a score from 0 to 1; None: not asked for."""

    id: str
    distance: int | None = None
    score: float | None = None


def find(session: Session, engine: SearchEngine, gazetteer: Gazetteer, params: Search) -> tuple[list[Ranked], int]:
    """One page of answers, and the number of all. Raises SearchUnavailable when words were asked for."""
    conditions = filters.of_services_there(params, gazetteer)
    if params.q:
        return _by_words(session, engine, params, conditions)
    if params.point:
        metres = nearby.within(session, params.point, params.distance, conditions)
        closest = sorted(metres, key=lambda one: (metres[one], one))
        return [Ranked(one, round(metres[one] / 1000)) for one in cut(closest, params)], len(closest)
    ids, total = best_first(session, conditions, params)
    return [Ranked(one) for one in ids], total


def _by_words(session: Session, engine: SearchEngine, params: Search, conditions: Conditions) -> tuple[list[Ranked], int]:
    request = _request(params)
    if _engine_is_enough(params):
        hits, total = _read(engine, request, first(params), params.size)
        return [Ranked(hit.id, score=_zero_to_one(hit.score)) for hit in hits], total
    if params.point is not None:
        metres = nearby.within(session, params.point, params.distance, conditions)
        hits, _ = _read(engine, replace(request, among=frozenset(metres)) if len(metres) <= MOST_AMONG else request, 0, None)
        ranked = _near(hits, metres, params.distance)
        return list(cut(ranked, params)), len(ranked)
    most = FEW if params.code_commune is None else MOST_AMONG  # the engine knows départements, hence finds few; no commune
    ids = session.execute(select(col(Service.id)).where(*conditions).limit(most + 1)).scalars().all()
    if len(ids) <= most:
        page, total = _read(engine, replace(request, among=frozenset(ids)), first(params), params.size)
    else:
        hits, _ = _read(engine, request, 0, None)
        kept = frozenset(session.execute(select(col(Service.id)).where(*conditions)).scalars())
        whole = [hit for hit in hits if hit.id in kept]
        page, total = list(cut(whole, params)), len(whole)
    return [Ranked(hit.id, score=_zero_to_one(hit.score)) for hit in page], total


def _engine_is_enough(params: Search) -> bool:
    elsewhere = (params.publics, params.score_qualite_minimum, params.departements(), params.code_commune, params.point)
    return all(value is None for value in elsewhere)


def _near(hits: Iterable[Hit], metres: dict[str, float], radius_km: float) -> list[Ranked]:
    """Hits within the radius; words and nearness weigh the same."""
    ranked = [Ranked(hit.id, round(metres[hit.id] / 1000), _zero_to_one(hit.score)) for hit in hits if hit.id in metres]
    return sorted(ranked, key=lambda one: metres[one.id] / (radius_km * 1000) - (one.score or 0))


def _request(params: Search) -> SearchRequest:
    """What the engine is asked: never less than is wanted. It keeps more services by publics and département than is."""
    return SearchRequest(
        q=params.q or "",
        thematiques=_values(expand(_values(params.thematiques))),
        publics=frozenset() if filters.TOUS in (params.publics or ()) else _values(params.publics),
        frais=_values(params.frais),
        modes_accueil=_values(params.modes_accueil),
        types=_values(params.types),
        departements=params.departements() or frozenset(),
        sources=_values(params.sources),
    )


def _values(values: Iterable[str] | None) -> frozenset[str]:
    """Plain strings: the engine knows no enumeration."""
    return frozenset(str(value) for value in values or ())


def _read(engine: SearchEngine, request: SearchRequest, start: int, number: int | None) -> tuple[list[Hit], int]:
    """Hits from `start` on, at most `number` (None: all), and the number of all. An engine gives few at a time."""
    hits: list[Hit] = []
    size = BATCH if number is None else min(number, BATCH)  # a page of few is one question
    skipped, total = start % size, start + 1
    batch = start // size
    while batch * size < total and (number is None or len(hits) < skipped + number):
        batch += 1
        found = engine.search(replace(request, page=batch, size=size))
        hits.extend(found.hits)
        total = found.total
    return hits[skipped : None if number is None else skipped + number], total


def _zero_to_one(score: float) -> float:
    """An engine's score, in the engine's own unit, brought between 0 and 1; greater stays greater."""
    return 1 - 1 / (1 + math.log1p(max(0.0, score)))
