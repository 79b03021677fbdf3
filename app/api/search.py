"""``/search/services``: by place, from the database. ``/search``: by words, from Levier's engine."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import select
from sqlmodel import Session, col
from starlette.responses import Response

from app.api import filters, nearby, publics, rows
from app.api.nearby import Found
from app.api.paging import answer, cut, first, page, page_of_ids
from app.api.parameters import Search, SearchServices
from app.api.schemas import NO_ENGINE, FoundService, Page, RankedService
from app.dependencies import Ctx, Db, Program
from app.interchange.data_inclusion import Record
from app.models import Service
from app.search.port import Hit, Place, SearchEngine, SearchRequest
from app.territory.competence import place_of
from app.territory.gazetteer import Gazetteer
from app.vocabulary import expand

BATCH = 1000
"""Hits asked of an engine at once: what every engine accepts."""

router = APIRouter()


@router.get("/search/services", response_model=Page[FoundService], summary="Rechercher des services autour d’une commune")
def search_services(request: Request, context: Ctx, session: Db, _program: Program, params: Annotated[SearchServices, Query()]) -> Response:
    """Avec `code_commune` : les services compétents pour qui y vit, à distance ou à moins de 50 km de la mairie ou du point donné.

    - Compétent : sans zone d’éligibilité, ou dont la zone contient la commune. Un arrondissement de Paris, Lyon ou
      Marseille est dans sa ville.
    - `distance`, en kilomètres, n’est donnée que pour ce qui accueille en présentiel et dans le rayon ; les réponses vont
      de la plus proche à la plus lointaine, celles sans distance à la fin.
    - Un service dont la position est inconnue reste s’il est dans la commune, ou si sa zone la nomme.

    Sans `code_commune` : tous les services que gardent les filtres, sans distance ; `lat` et `lon` sont alors ignorés.
    `exclure_doublons` est accepté mais reste sans effet : Levier ne rapproche pas encore les doublons.
    """
    found, total = _find(session, _place(context.gazetteer, params), params)
    services = rows.services_with_structure(session, [one.id for one in found])
    items = [{"service": services[one.id], "distance": one.distance} for one in found if one.id in services]
    return answer(request, page(items, total, params))


@router.get("/search", response_model=Page[RankedService], responses=NO_ENGINE, summary="Rechercher des services par des mots")
def search(request: Request, context: Ctx, session: Db, _program: Program, params: Annotated[Search, Query()]) -> Response:
    """La recherche de Levier : accents, pluriels, débuts de mots, mots de tous les jours et fautes de frappe sont compris.

    Un lieu (`code_commune`, ou `lat` et `lon`) ne garde que ce qui est compétent pour qui y vit, et à distance ou dans le
    rayon `distance`. Les réponses vont de la plus pertinente à la moins pertinente.
    """
    hits, total = _hits(session, context.search, params, _request(context.gazetteer, params))
    services = rows.services_with_structure(session, [hit.id for hit in hits])
    items = [_ranked(hit, services[hit.id], bool(params.q)) for hit in hits if hit.id in services]
    return answer(request, page(items, total, params))


def _find(session: Session, place: Place | None, params: SearchServices) -> tuple[list[Found], int]:
    """One page of answers, and the number of all."""
    conditions = filters.of_services(params)
    named = None if params.recherche_public is None else publics.find(session, conditions, params.recherche_public)
    if place is not None:
        found = nearby.find(session, place, conditions)
        if named is not None:
            kept = frozenset(named)
            found = [one for one in found if one.id in kept]
        return list(cut(found, params)), len(found)
    ids, total = page_of_ids(session, Service, conditions, params) if named is None else (list(cut(named, params)), len(named))
    return [Found(one, None) for one in ids], total


def _place(gazetteer: Gazetteer, params: SearchServices | Search) -> Place | None:
    """The place of the commune asked for, at the point given or else at its town hall. Raises RequestValidationError."""
    if params.code_commune is None:
        return None
    commune = gazetteer.commune(params.code_commune)
    if commune is None:
        error = {"type": "commune_inconnue", "loc": ("query", "code_commune"), "input": params.code_commune}
        raise RequestValidationError([{**error, "msg": "Aucune commune n’a ce code INSEE."}])
    return place_of(gazetteer, commune, params.lat, params.lon)


def _place_of_words(gazetteer: Gazetteer, params: Search) -> Place | None:
    """The same, where a point alone is enough: its commune is that of the nearest town hall."""
    if params.code_commune is not None or params.lat is None or params.lon is None:
        return _place(gazetteer, params)
    return place_of(gazetteer, nearby.nearest_commune(gazetteer, params.lat, params.lon), params.lat, params.lon)


def _request(gazetteer: Gazetteer, params: Search) -> SearchRequest:
    place = _place_of_words(gazetteer, params)
    return SearchRequest(
        q=params.q or "",
        thematiques=_values(expand(_values(params.thematiques))),
        place=place,
        rayon_km=params.distance if place else None,
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


def _hits(session: Session, engine: SearchEngine, params: Search, request: SearchRequest) -> tuple[Sequence[Hit], int]:
    """One page of hits, and the number of all. An engine gives few at a time; it does not know the score of quality."""
    if params.departements() == frozenset():
        return [], 0  # a département outside the région asked for
    if params.score_qualite_minimum is None:
        return _read(engine, request, first(params), params.size)
    hits, _ = _read(engine, request, 0, None)
    good = frozenset(session.execute(select(col(Service.id)).where(*filters.of_services(params))).scalars())
    kept = [hit for hit in hits if hit.id in good]
    return cut(kept, params), len(kept)


def _read(engine: SearchEngine, request: SearchRequest, start: int, number: int | None) -> tuple[list[Hit], int]:
    """Hits from `start` on, at most `number` (None: all), and the number of all."""
    hits: list[Hit] = []
    skipped, total = start % BATCH, start + 1
    batch = start // BATCH
    while batch * BATCH < total and (number is None or len(hits) < skipped + number):
        batch += 1
        found = engine.search(replace(request, page=batch, size=BATCH))
        hits.extend(found.hits)
        total = found.total
    return hits[skipped : None if number is None else skipped + number], total


def _ranked(hit: Hit, service: Record, has_words: bool) -> dict[str, Any]:
    distance = None if hit.distance_km is None else round(hit.distance_km)
    return {"service": service, "distance": distance, "score_recherche": _zero_to_one(hit.score) if has_words else None}


def _zero_to_one(score: float) -> float:
    """An engine's score, in the engine's own unit, brought between 0 and 1; greater stays greater."""
    return 1 - 1 / (1 + math.log1p(max(0.0, score)))
