"""``/structures``: the full list, and one structure. Lieux généralistes are structures too."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from app.access import NotFound
from app.api import filters, rows
from app.api.french import FrenchRoute
from app.api.paging import all_ids, answer, cut, page, page_of_ids
from app.api.parameters import ListStructures
from app.api.schemas import NOT_FOUND, DetailedStructure, ListedStructure, Page
from app.dependencies import Ctx, Db, Program
from app.duplicates import groups
from app.interchange import data_inclusion
from app.interchange.data_inclusion import Record
from app.models import Structure as StructureRow

router = APIRouter(route_class=FrenchRoute)


@router.get("/structures/", include_in_schema=False)
@router.get("/structures", response_model=Page[ListedStructure], summary="Lister les structures")
def list_structures(request: Request, context: Ctx, session: Db, _program: Program, params: Annotated[ListStructures, Query()]) -> Response:
    """Toutes les structures publiées, dans l’ordre de leurs identifiants, avec ou sans service : les mairies en sont.

    Avec `exclure_doublons`, de chaque groupe de structures en double, seule la meilleure est renvoyée, parmi ce que gardent les
    autres paramètres.
    """
    conditions = filters.of_structures(params, context.gazetteer)
    if params.exclure_doublons:
        found = all_ids(session, StructureRow, conditions)
        left_out = groups.worse_structures(session, found)
        kept = [one for one in found if one not in left_out]
        ids, total = list(cut(kept, params)), len(kept)
    else:
        ids, total = page_of_ids(session, StructureRow, conditions, params)
    doubles = _doubles(session, ids)
    listed = rows.structures(session, ids)
    for record in listed:
        record["doublons"] = [{"source": one["source"], "id": one["id"]} for one in doubles.get(record["id"], ())]
    return answer(request, page(listed, total, params))


@router.get("/structures/{id:path}", response_model=DetailedStructure, responses=NOT_FOUND, summary="Lire une structure")
def read_structure(request: Request, session: Db, _program: Program, id: str) -> Response:
    """Une structure publiée et ses services publiés."""
    found = rows.structures(session, [id])
    if not found:
        raise NotFound
    structure = {**found[0], "doublons": _doubles(session, [id]).get(id, [])}
    return answer(request, data_inclusion.detailed_structure(structure, rows.services_of(session, id)))


def _doubles(session: Session, ids: Sequence[str]) -> dict[str, list[Record]]:
    """The published doubles of each of these structures, as schema v1 has them."""
    together = groups.members(session, ids)
    found = {one["id"]: one for one in rows.structures(session, sorted({other for others in together.values() for other in others}))}
    plain = {i: {name: one[name] for name in one.keys() - {"score_qualite", "doublons"}} for i, one in found.items()}
    return {i: [plain[other] for other in others if other in plain] for i, others in together.items()}
