"""Pages that the law asks for, open to everyone."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from sqlmodel import select
from starlette.responses import Response

from app.dependencies import Ctx, Db, Visitor
from app.models import Source
from app.territory import gazetteer
from app.web import pages

router = APIRouter()


@dataclass(frozen=True)
class LegalPage:
    """Who publishes this, and the licences of what it shows.

    `territory`: (origin, licence) of the gazetteer; `sources`: (name, licence, address), by name.
    """

    territory: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str | None, str | None], ...]


@dataclass(frozen=True)
class StatementPage:
    """A page of text alone; `session_hours` is how long a sign-in lasts."""

    session_hours: int


@router.get("/mentions-legales")
def legal_page(request: Request, session: Db, _viewer: Visitor) -> Response:
    rows = session.exec(select(Source).order_by(Source.nom))
    sources = tuple((row.nom, row.licence, row.url) for row in rows)
    return pages.render(request, "legal.html", LegalPage(gazetteer.ATTRIBUTIONS, sources))


@router.get("/accessibilite")
def accessibility_page(request: Request, context: Ctx, _viewer: Visitor) -> Response:
    return pages.render(request, "legal_accessibility.html", StatementPage(context.settings.session_hours))


@router.get("/donnees-personnelles")
def privacy_page(request: Request, context: Ctx, _viewer: Visitor) -> Response:
    return pages.render(request, "legal_privacy.html", StatementPage(context.settings.session_hours))
