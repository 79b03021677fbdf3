"""``/structures``: the full list, and one structure. Lieux généralistes are structures too."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.access import NotFound
from app.api import filters, rows
from app.api.french import FrenchRoute
from app.api.paging import answer, page, page_of_ids
from app.api.parameters import ListStructures
from app.api.schemas import NOT_FOUND, DetailedStructure, ListedStructure, Page
from app.dependencies import Ctx, Db, Program
from app.interchange import data_inclusion
from app.models import Structure as StructureRow

router = APIRouter(route_class=FrenchRoute)


@router.get("/structures/", include_in_schema=False)
@router.get("/structures", response_model=Page[ListedStructure], summary="Lister les structures")
def list_structures(request: Request, context: Ctx, session: Db, _program: Program, params: Annotated[ListStructures, Query()]) -> Response:
    """Toutes les structures publiées, dans l’ordre de leurs identifiants, avec ou sans service : les mairies en sont.

    `exclure_doublons` est accepté mais reste sans effet : Levier ne rapproche pas encore les doublons.
    """
    ids, total = page_of_ids(session, StructureRow, filters.of_structures(params, context.gazetteer), params)
    return answer(request, page(rows.structures(session, ids), total, params))


@router.get("/structures/{id:path}", response_model=DetailedStructure, responses=NOT_FOUND, summary="Lire une structure")
def read_structure(request: Request, session: Db, _program: Program, id: str) -> Response:
    """Une structure publiée et ses services publiés."""
    found = rows.structures(session, [id])
    if not found:
        raise NotFound
    return answer(request, data_inclusion.detailed_structure(found[0], rows.services_of(session, id)))
