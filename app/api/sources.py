"""``/sources``: where listings come from."""

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlmodel import col
from starlette.responses import Response

from app.api.french import FrenchRoute
from app.api.paging import answer
from app.api.schemas import Source
from app.dependencies import Db, Program
from app.interchange import data_inclusion
from app.models import Source as SourceRow

router = APIRouter(route_class=FrenchRoute)


@router.get("/sources", response_model=list[Source], summary="Lister les sources")
def list_sources(request: Request, session: Db, _program: Program) -> Response:
    """Les fichiers et annuaires d’où viennent les fiches ; `slug` est la valeur du filtre `sources`."""
    query = select(col(SourceRow.id), col(SourceRow.nom), col(SourceRow.description)).order_by(col(SourceRow.id))
    return answer(request, [data_inclusion.source_record(*row) for row in session.execute(query)])
