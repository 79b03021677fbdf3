"""``/search/services``: by place, from the base. ``/search``: by words, from Levier's engine."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.api import filters, nearby, publics, rows, words
from app.api.filters import Conditions
from app.api.french import FrenchRoute
from app.api.nearby import Found
from app.api.paging import all_ids, answer, cut, page, page_of_ids
from app.api.parameters import Search, SearchServices
from app.api.schemas import NO_ENGINE, FoundService, Page, RankedService
from app.dependencies import Ctx, Db, Program
from app.duplicates import groups
from app.models import Service
from app.territory.gazetteer import Gazetteer

router = APIRouter(route_class=FrenchRoute)


@router.get("/search/services", response_model=Page[FoundService], summary="Rechercher des services autour d’une commune")
def search_services(request: Request, context: Ctx, session: Db, _program: Program, params: Annotated[SearchServices, Query()]) -> Response:
    """Avec `code_commune` : les services ouverts à qui y vit, à distance ou à moins de 50 km de la mairie ou du point donné.

    - Ouvert : sans zone d’éligibilité, ou dont la zone nomme la commune, son intercommunalité, son département ou la France.
      Un arrondissement de Paris, Lyon ou Marseille est dans sa ville.
    - `distance`, en kilomètres, n’est donnée que pour ce qui accueille en présentiel et dans le rayon ; les réponses vont
      de la plus proche à la plus lointaine, celles sans distance à la fin, puis par identifiant.
    - Un service sans coordonnées n’est renvoyé que s’il est à distance.

    Sans `code_commune` : tous les services que gardent les filtres, sans distance ; `lat` et `lon` sont alors ignorés.
    Avec `exclure_doublons`, de chaque groupe de structures en double, seuls restent les services de la meilleure de celles qui ont
    une réponse.
    """
    found, total = _find(session, context.gazetteer, params)
    services = rows.services_with_structure(session, [one.id for one in found])
    items = [{"service": services[one.id], "distance": one.distance} for one in found if one.id in services]
    return answer(request, page(items, total, params))


@router.get("/search", response_model=Page[RankedService], responses=NO_ENGINE, summary="Rechercher des services par des mots")
def search(request: Request, context: Ctx, session: Db, _program: Program, params: Annotated[Search, Query()]) -> Response:
    """`q` est la recherche de Levier : accents, pluriels, débuts de mots, mots de tous les jours et fautes de frappe sont compris.

    Les autres paramètres sont des filtres sur le service lui-même : `code_commune`, le département et la région disent où il
    se trouve ; `lat` et `lon` ne gardent que ce qui est à moins de `distance` km. L’ordre est celui de la pertinence, où la
    proximité compte autant que les mots quand un point est donné ; sans `q`, celui de la qualité, ou de la distance.
    """
    found, total = words.find(session, context.search, context.gazetteer, params)
    services = rows.services_with_structure(session, [one.id for one in found])
    items = [{"service": services[one.id], "distance": one.distance, "score_recherche": one.score} for one in found if one.id in services]
    return answer(request, page(items, total, params))


def _find(session: Session, gazetteer: Gazetteer, params: SearchServices) -> tuple[list[Found], int]:
    """One page of answers, and the number of all."""
    conditions = filters.of_services(params)
    codes, start = _place(gazetteer, params)
    if not codes and params.recherche_public is None and not params.exclure_doublons:
        ids, total = page_of_ids(session, Service, conditions, params)
        return [Found(one, None) for one in ids], total
    found = _all(session, params, conditions, codes, start)
    if params.exclure_doublons:
        left_out = groups.worse_services(session, frozenset(one.id for one in found))
        found = [one for one in found if one.id not in left_out]
    return list(cut(found, params)), len(found)


def _all(
    session: Session, params: SearchServices, conditions: Conditions, codes: frozenset[str], start: nearby.Point | None
) -> list[Found]:
    """All answers, whatever the page."""
    if codes:
        found = nearby.find(session, codes, start, conditions)
        if params.recherche_public is not None:
            named = frozenset(publics.find(session, [*nearby.reachable(codes, start), *conditions], params.recherche_public))
            found = [one for one in found if one.id in named]
        return found
    if params.recherche_public is not None:
        return [Found(one, None) for one in publics.find(session, conditions, params.recherche_public)]
    return [Found(one, None) for one in all_ids(session, Service, conditions)]


def _place(gazetteer: Gazetteer, params: SearchServices) -> tuple[frozenset[str], nearby.Point | None]:
    """Codes of zones that hold the commune asked for (none: no commune), and the point to measure from."""
    if params.code_commune is None:
        return frozenset(), None
    commune = gazetteer.commune(params.code_commune)
    if commune is None:
        raise HTTPException(422, f"Aucune commune n’a le code INSEE « {params.code_commune} ». Ce n’est pas un code postal.")
    start = params.point
    if start is None and commune.latitude is not None and commune.longitude is not None:
        start = commune.latitude, commune.longitude
    return nearby.codes_of(gazetteer, commune, params.code_commune), start
