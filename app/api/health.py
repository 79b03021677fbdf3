"""``/sante``: is Levier well? Open to all, so it tells numbers only."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.responses import Response

from app import __version__, access
from app.api.schemas import Health
from app.context import Context
from app.db import session_of
from app.dependencies import Ctx
from app.models import Service, Source, Structure
from app.search import sync
from app.search.port import SearchUnavailable

router = APIRouter()


@router.get("/sante", response_model=Health, responses={503: {"model": Health}}, summary="État de Levier", tags=["Exploitation"])
def health(context: Ctx) -> Response:
    """État, nombre de fiches publiées, moteur de recherche, version. 503 quand la base ne répond pas."""
    about = {"version": __version__, "moteur": context.search.name}
    documents = _documents(context)
    try:
        with session_of(context.engine) as session:
            counts, lag = {**_counts(session), "documents": documents}, sync.lag(session)
    except SQLAlchemyError:
        return JSONResponse({"etat": "indisponible", **about, "comptes": None, "retard": None}, 503)
    return JSONResponse({"etat": "degrade" if documents is None else "ok", **about, "comptes": counts, "retard": lag})


def _documents(context: Context) -> int | None:
    """Documents in the index; None when the engine does not answer."""
    try:
        return context.search.count()
    except SearchUnavailable:
        return None


def _counts(session: Session) -> dict[str, Any]:
    def count(model: type[Structure] | type[Service] | type[Source], *conditions: Any) -> int:
        number: int = session.execute(select(func.count()).select_from(model).where(*conditions)).scalar_one()
        return number

    return {
        "structures": count(Structure, access.published(Structure)),
        "services": count(Service, access.published(Service)),
        "sources": count(Source),
    }
