"""Times to get to the answers of a page, by car and by public transport: asked for once it is shown, and only if configured."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import listings
from app.dependencies import Ctx, Db, Person
from app.territory.reach import Times
from app.web import pages, wording
from app.web.asking import Asking

router = APIRouter()


@dataclass(frozen=True)
class Journey:
    """The time to an answer, in words, by its rank on the page."""

    rank: int
    text: str


@dataclass(frozen=True)
class Journeys:
    journeys: tuple[Journey, ...]


@router.get("/recherche/trajets")
def journeys(request: Request, context: Ctx, session: Db, _viewer: Person) -> Response:
    """Pieces of the search page of the same question; 204 when nobody can tell. Raises SearchUnavailable, QueryError."""
    asking = Asking(request, context)
    asked, place = asking.shown(), asking.place
    if asked is None or context.reach is None or place is None or place.latitude is None or place.longitude is None:
        return Response(status_code=204)
    found = context.search.search(asked)
    ranks = {hit.id: rank for rank, hit in enumerate(found.hits, 1) if hit.distance_km is not None}
    points = [point for point in listings.points(session, asked.genre, list(ranks)) if point.latitude is not None]
    session.rollback()  # nothing is held while the servers are waited for
    times = context.reach.times((place.latitude, place.longitude), [(p.latitude or 0.0, p.longitude or 0.0) for p in points])
    said = ((ranks[point.id], _said(one, about=point.precision == "commune")) for point, one in zip(points, times, strict=True))
    shown = tuple(Journey(rank, text) for rank, text in said if text)
    return pages.render(request, "_partials/journeys.html", Journeys(shown)) if shown else Response(status_code=204)


def _said(times: Times, *, about: bool) -> str:
    """« environ 25 min en voiture, 1 h 10 en transports »; empty when nothing is known."""
    ways = ((times.voiture, "en voiture"), (times.transports, "en transports"))
    text = ", ".join(f"{wording.duration(minutes)} {way}" for minutes, way in ways if minutes is not None)
    return f"environ {text}" if text and about else text
