"""``/services``: the full list, and one service."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.access import NotFound
from app.api import filters, publics, rows
from app.api.french import FrenchRoute
from app.api.paging import answer, cut, page, page_of_ids
from app.api.parameters import ListServices
from app.api.schemas import NOT_FOUND, DetailedService, Page, Service
from app.dependencies import Ctx, Db, Program
from app.models import Service as ServiceRow

router = APIRouter(route_class=FrenchRoute)


@router.get("/services/", include_in_schema=False)
@router.get("/services", response_model=Page[Service], summary="Lister les services")
def list_services(request: Request, context: Ctx, session: Db, _program: Program, params: Annotated[ListServices, Query()]) -> Response:
    """Tous les services publiés, dans l’ordre de leurs identifiants : en demandant les pages l’une après l’autre, on les a tous."""
    conditions = filters.of_services_there(params, context.gazetteer)
    if params.recherche_public is None:
        ids, total = page_of_ids(session, ServiceRow, conditions, params)
    else:
        found = publics.find(session, conditions, params.recherche_public)
        ids, total = list(cut(found, params)), len(found)
    return answer(request, page(rows.services(session, ids), total, params))


@router.get("/services/{id:path}", response_model=DetailedService, responses=NOT_FOUND, summary="Lire un service")
def read_service(request: Request, session: Db, _program: Program, id: str) -> Response:
    """Un service publié et sa structure."""
    found = rows.services_with_structure(session, [id])
    if id not in found:
        raise NotFound
    return answer(request, found[id])
