"""Services for a person of a commune: competent there, and remote or near. The geography of data·inclusion, mended.

Zones are codes, compared by ``territory.competence``; distances are geodesic (WGS 84), as PostGIS measures them.
"""

import math
from dataclasses import dataclass

from pyproj import Geod
from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlmodel import Session, col

from app.api.filters import Conditions, as_text, holds_any
from app.api.parameters import RADIUS_KM
from app.models import Service
from app.search.port import Place
from app.territory.competence import EVERYWHERE
from app.territory.gazetteer import Commune, Gazetteer

EARTH = Geod(ellps="WGS84")
KM_PER_DEGREE = 110.5  # of latitude, at the equator, where a degree is shortest
PRESENTIEL = '"en-presentiel"'
DISTANCE = "a-distance"


@dataclass(frozen=True)
class Found:
    """A service and its whole kilometres from the person; None: remote, or nobody knows."""

    id: str
    distance: int | None


def find(session: Session, place: Place, conditions: Conditions) -> list[Found]:
    """All services that meet `conditions` and serve `place`: nearest first, those without a distance last, then by id."""
    remote = holds_any(Service.modes_accueil, [DISTANCE])
    here = _in_place_by_code(place)
    columns = (col(Service.id), col(Service.longitude), col(Service.latitude), as_text(Service.modes_accueil), remote, here)
    reachable = or_(_in_box(place), remote, here)
    rows = session.execute(select(*columns).where(*conditions, _competent(place), reachable)).all()
    metres = _metres(place, [(row[1], row[2]) for row in rows])
    found = []
    for (service_id, _lon, _lat, modes, is_remote, is_here), far in zip(rows, metres, strict=True):
        near = far is not None and far <= RADIUS_KM * 1000
        if near or is_remote or is_here:
            shown = near and far is not None and PRESENTIEL in (modes or "")
            found.append(Found(service_id, round(far / 1000) if shown and far is not None else None))
    return sorted(found, key=lambda one: (one.distance is None, one.distance or 0, one.id))


def _competent(place: Place) -> ColumnElement[bool]:
    """No zone, or one that holds the place."""
    zone = col(Service.zone_eligibilite)
    return or_(zone.is_(None), as_text(zone) == "[]", holds_any(zone, place.codes))


def _in_place_by_code(place: Place) -> ColumnElement[bool]:
    """Without coordinates to measure from, a code may tell: the service lies in the commune, or its zone names the place."""
    named = or_(
        col(Service.code_insee).in_(sorted(place.codes)),
        holds_any(Service.zone_eligibilite, place.codes - EVERYWHERE),
    )
    return named if place.latitude is None else and_(col(Service.latitude).is_(None), named)


def _in_box(place: Place) -> ColumnElement[bool]:
    """A box around the circle: columns can be compared before anything is measured."""
    if place.latitude is None or place.longitude is None:
        return false()
    height = RADIUS_KM / KM_PER_DEGREE
    width = height / max(math.cos(math.radians(min(abs(place.latitude) + height, 90))), 0.001)
    return and_(
        col(Service.latitude).between(place.latitude - height, place.latitude + height),
        col(Service.longitude).between(place.longitude - width, place.longitude + width),
    )


def _metres(place: Place, points: list[tuple[float | None, float | None]]) -> list[float | None]:
    """Metres from the place to each point (longitude, latitude); None where either is unknown."""
    if place.latitude is None or place.longitude is None:
        return [None] * len(points)
    known = [(lon, lat) for lon, lat in points if lon is not None and lat is not None]
    start_lon, start_lat = [place.longitude] * len(known), [place.latitude] * len(known)
    measured = iter(EARTH.inv(start_lon, start_lat, [lon for lon, _ in known], [lat for _, lat in known])[2])
    return [None if lon is None or lat is None else next(measured) for lon, lat in points]


def nearest_commune(gazetteer: Gazetteer, latitude: float, longitude: float) -> Commune:
    """The commune whose town hall is nearest to the point. A flat map is enough to choose."""
    narrowing = math.cos(math.radians(latitude))

    def far(commune: Commune) -> float:
        if commune.latitude is None or commune.longitude is None:
            return math.inf
        return (commune.latitude - latitude) ** 2 + ((commune.longitude - longitude) * narrowing) ** 2

    return min(gazetteer.communes(), key=far)
