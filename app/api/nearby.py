"""Services for a person of a commune: eligible there, and remote or within 50 km. data·inclusion's geography, to the letter.

What Levier's own search adds (régions, services without coordinates, a radius of one's choice) is not here: clients of
data·inclusion rely on what is left out too. Distances are geodesic (WGS 84), as PostGIS measures them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pyproj import Geod
from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlmodel import Session, col

from app.api.filters import Conditions, as_text, holds_any
from app.api.parameters import RADIUS_KM
from app.models import Service
from app.territory.competence import EVERYWHERE
from app.territory.gazetteer import Commune, Gazetteer

EARTH = Geod(ellps="WGS84")
KM_PER_DEGREE = 110.5  # of latitude, at the equator, where a degree is shortest
PRESENTIEL, A_DISTANCE = "en-presentiel", "a-distance"

Point = tuple[float, float]
"""Latitude, longitude."""


@dataclass(frozen=True)
class Found:
    """A service, and its whole kilometres from the person; None: remote, far, or nobody knows."""

    id: str
    distance: int | None


def codes_of(gazetteer: Gazetteer, commune: Commune, asked: str) -> frozenset[str]:
    """The codes that make a zone hold a person of `commune`, asked for as `asked` (a former code, maybe). Never a région's.

    A district is in its city, and the city in its districts: the one rule of data·inclusion that is mended here.
    """
    codes = {asked, commune.code, commune.parent or commune.code, commune.departement, *gazetteer.members(commune.code)}
    return frozenset(codes | ({commune.epci} if commune.epci else set())) | EVERYWHERE


def reachable(codes: frozenset[str], start: Point | None) -> Conditions:
    """Conditions that all of `find` meets; the corners of a box around the circle meet them too."""
    return [or_(_near(codes, start), holds_any(Service.modes_accueil, [A_DISTANCE])), _eligible(codes)]


def find(session: Session, codes: frozenset[str], start: Point | None, conditions: Conditions) -> list[Found]:
    """Services that meet `conditions`, eligible in one of `codes`, remote or near `start`: nearest first, then by id.

    Those without a distance come last. `start` None: nobody knows where the commune is, so near is what lies in it.
    """
    modes = (holds_any(Service.modes_accueil, [mode]) for mode in (A_DISTANCE, PRESENTIEL))
    flags = (case((condition, 1), else_=0) for condition in (_near(codes, start), *modes))
    columns = (col(Service.id), col(Service.latitude), col(Service.longitude), *flags)
    rows = session.execute(select(*columns).where(*reachable(codes, start), *conditions)).all()
    metres = _metres(start, [(row[0], row[1], row[2]) for row in rows if row[3]]) if start else {}
    found = []
    for service_id, _lat, _lon, is_boxed, is_remote, is_on_site in rows:
        far = metres.get(service_id)
        is_near = bool(is_boxed) if start is None else far is not None and far <= RADIUS_KM * 1000
        if is_near or is_remote:
            found.append(Found(service_id, round(far / 1000) if is_near and is_on_site and far is not None else None))
    return sorted(found, key=lambda one: (one.distance is None, one.distance or 0, one.id))


def within(session: Session, start: Point, km: float, conditions: Conditions) -> dict[str, float]:
    """Metres from `start` to each service that meets `conditions` and lies within `km`, by id."""
    query = select(col(Service.id), col(Service.latitude), col(Service.longitude)).where(_in_box(start, km), *conditions)
    metres = _metres(start, [(row[0], row[1], row[2]) for row in session.execute(query)])
    return {service_id: far for service_id, far in metres.items() if far <= km * 1000}


def _eligible(codes: frozenset[str]) -> ColumnElement[bool]:
    """No zone (an empty one is none), or one that names one of `codes`."""
    zone = col(Service.zone_eligibilite)
    return or_(zone.is_(None), as_text(zone) == "[]", holds_any(zone, sorted(codes)))


def _near(codes: frozenset[str], start: Point | None) -> ColumnElement[bool]:
    if start is not None:
        return _in_box(start, RADIUS_KM)
    return and_(col(Service.code_insee).in_(sorted(codes)), col(Service.latitude).is_not(None), col(Service.longitude).is_not(None))


def _in_box(start: Point, km: float) -> ColumnElement[bool]:
    """A box around the circle: columns can be compared, by index, before anything is measured."""
    latitude, longitude = start
    height = km / KM_PER_DEGREE
    width = height / max(math.cos(math.radians(min(abs(latitude) + height, 90))), 0.001)
    crosses = abs(longitude) + width > 180  # the line where longitudes start again
    return and_(
        col(Service.latitude).between(max(latitude - height, -90), min(latitude + height, 90)),
        col(Service.longitude).between(-180 if crosses else longitude - width, 180 if crosses else longitude + width),
    )


def _metres(start: Point, points: Sequence[tuple[str, float, float]]) -> dict[str, float]:
    """Metres from `start` to each point (id, latitude, longitude), by id."""
    latitude, longitude = start
    lons, lats = [point[2] for point in points], [point[1] for point in points]
    measured = EARTH.inv([longitude] * len(points), [latitude] * len(points), lons, lats)[2]
    return dict(zip([point[0] for point in points], measured, strict=True))
