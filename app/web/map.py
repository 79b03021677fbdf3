"""The map beside the results: where they are, and what is drawn under them."""

import gzip
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from app import listings
from app.config import Settings
from app.dependencies import Ctx, Db, Person
from app.search.port import Place, SearchPage, SearchRequest
from app.territory import gazetteer, outlines
from app.web import pages, wording
from app.web.asking import Asking

router = APIRouter()

MOST = 500
"""Results that are placed: all of them, nearly always; more would be a stain."""

FOREVER = "private, max-age=31536000, immutable"
NOTHING = SearchPage((), 0)


@router.get("/recherche/carte")
def points(request: Request, context: Ctx, session: Db, _viewer: Person) -> Response:
    """GeoJSON points of all that the search page of the same question answers, in its order, up to MOST.

    Beside `features`: `message` (a sentence: how many, and who is missing), `lieu` (the person's place and radius), `fond`
    (address of a base map, with {code}), `tuiles` (address and credit, when configured). Raises SearchUnavailable, QueryError.
    """
    asking = Asking(request, context)
    asked = asking.whole(MOST)
    found = context.search.search(asked) if asked else NOTHING
    genre = asked.genre if asked else "service"
    places = listings.points(session, genre, [hit.id for hit in found.hits])
    features = _features(places, found)
    answer = {
        "type": "FeatureCollection",
        "features": features,
        "message": _message(genre, found, placed=len(features), missing=len(places) - len(features)),
        "lieu": _lieu(asked) if asked and asked.place else None,
        "fond": base_map_address(),
        "tuiles": tiles(context.settings),
    }
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    return _geojson(request, text, gzip.compress(text, 6))  # it holds no token: compressing it tells nothing


@router.get("/recherche/carte/fond/{code}")
def base_map(request: Request, code: str, _viewer: Person, v: str = "") -> Response:
    """Outlines and towns of a département, or of "france", or the "emprises" of all; kept for ever when asked for by content (``?v=``)."""
    compressed = _base_map(code)
    if compressed is None:
        raise HTTPException(404)
    response = _geojson(request, gzip.decompress(compressed), compressed)
    response.headers["cache-control"] = FOREVER if v == outlines.version() else "private, no-cache"
    return response


@lru_cache(maxsize=128)
def _base_map(code: str) -> bytes | None:
    text = outlines.base_map(gazetteer.load(), code)
    return gzip.compress(text.encode(), 9) if text is not None else None


def _geojson(request: Request, text: bytes, compressed: bytes) -> Response:
    headers = {"vary": "Accept-Encoding"}
    accepted = "gzip" in request.headers.get("accept-encoding", "")
    if accepted:
        headers["content-encoding"] = "gzip"
    return Response(compressed if accepted else text, media_type="application/geo+json", headers=headers)


def _features(places: Sequence[listings.Point], found: SearchPage) -> list[dict[str, Any]]:
    """The points that have a place; `rang` is the rank among all the answers, from 1."""
    ranks = {hit.id: (rank, hit) for rank, hit in enumerate(found.hits, 1)}
    made = []
    for point in places:
        if point.longitude is None or point.latitude is None:
            continue
        rank, hit = ranks[point.id]
        about = {
            "nom": point.nom,
            "par": point.structure if point.structure != point.nom else None,
            "commune": point.commune,
            "distance": wording.distance(hit.distance_km) if hit.distance_km is not None else None,
            "approximatif": point.precision == "commune" or None,
            "href": pages.address(hit.genre, point.id),
            "rang": rank,
        }
        coordinates = [round(point.longitude, 5), round(point.latitude, 5)]  # some 1 m
        made.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": coordinates},
                "properties": {name: value for name, value in about.items() if value is not None},
            }
        )
    return made


def _message(genre: str, found: SearchPage, placed: int, missing: int) -> str:
    """« 8 ressources sur la carte. 4 ressources sans adresse connue ou publique n’y sont pas. »"""
    is_service = genre == "service"
    one, many = ("ressource", "ressources") if is_service else ("lieu", "lieux")
    none, first = ("Aucune", "premières") if is_service else ("Aucun", "premiers")
    said = [f"{wording.plural(placed, one, many) if placed else f'{none} {one}'} sur la carte."]
    if found.total > MOST:
        said.append(f"Ce sont les {first} sur {wording.plural(found.total, one, many)}\u00a0: affinez la recherche.")
    if missing:
        absent = "n’y est pas" if missing == 1 else "n’y sont pas"
        said.append(f"{wording.plural(missing, one, many)} sans adresse connue ou publique {absent}.")
    return " ".join(said)


def _lieu(asked: SearchRequest) -> dict[str, Any] | None:
    place: Place | None = asked.place
    if place is None or place.latitude is None:
        return None
    return {"nom": place.label, "latitude": place.latitude, "longitude": place.longitude, "rayon_km": asked.rayon_km}


def base_map_address() -> str:
    """Address of the base map of a département, with ``{code}`` in its place."""
    return f"/recherche/carte/fond/{{code}}?v={outlines.version()}"


def tiles(settings: Settings) -> dict[str, str] | None:
    """Address and credit of the tiles, when they are configured."""
    return {"adresse": settings.tiles_url, "credit": settings.tiles_credit} if settings.tiles_url else None
