"""How long it takes to get there, as a routing server says: by car, by public transport. Straight lines need none of this."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Protocol

from pydantic import BaseModel, Field, FiniteFloat
from pydantic_core import from_json

from app.territory.addresses import kilometres
from app.territory.outside import Outside, Refused, Unanswered, read

Point = tuple[float, float]  # latitude, longitude in WGS 84 degrees
Durations = Sequence[float | None]  # seconds, in the order of the places; None: no way there

SECONDS = 3.0  # limit of one call
FASTEST_KMH = 130  # in a straight line: a faster car is a mistake
LONGEST = 12 * 3600  # seconds


class Router(Protocol):
    """A way to travel, asked of a server: a coroutine of the durations to several places at once."""

    def __call__(self, origin: Point, places: Sequence[Point]) -> Coroutine[Any, Any, Durations]: ...


@dataclass(frozen=True)
class Times:
    """Minutes to a place; None: no way there, or nobody can tell."""

    voiture: int | None = None
    transports: int | None = None


class Reach:
    """Asks the servers that are configured, each within its own time; what one cannot say is left out."""

    def __init__(self, drive: Router | None, ride: Router | None, seconds: float = SECONDS) -> None:
        self._drive, self._ride = drive, ride
        self._driving, self._riding = Outside(seconds), Outside(seconds)

    def times(self, origin: Point, places: Sequence[Point]) -> tuple[Times, ...]:
        """Times from `origin` to each place, in twice `seconds` at most. Never fails."""
        driven = _asked(self._driving, self._drive, origin, places)
        ridden = _asked(self._riding, self._ride, origin, places)
        return tuple(
            Times(_minutes(by_car, fastest=kilometres(*origin, *place) / FASTEST_KMH * 3600), _minutes(by_bus))
            for place, by_car, by_bus in zip(places, driven, ridden, strict=True)
        )


def open_reach(osrm_url: str, valhalla_url: str) -> Reach | None:
    """By car with OSRM, else with Valhalla; by public transport with Valhalla. None when there is neither."""
    if not (osrm_url or valhalla_url):
        return None
    drive: Router = osrm(osrm_url) if osrm_url else valhalla_driving(valhalla_url)
    return Reach(drive, valhalla_riding(valhalla_url) if valhalla_url else None)


# --- servers ---------------------------------------------------------------------------------------------------------


class _Table(BaseModel):
    durations: list[list[FiniteFloat | None]] = Field(min_length=1, max_length=1)


class _Cell(BaseModel):
    time: FiniteFloat | None
    to_index: int


class _Matrix(BaseModel):
    sources_to_targets: list[list[_Cell]] = Field(min_length=1, max_length=1)


class _Maneuver(BaseModel):
    travel_mode: str


class _Leg(BaseModel):
    maneuvers: list[_Maneuver]


class _Summary(BaseModel):
    time: FiniteFloat


class _Trip(BaseModel):
    summary: _Summary
    legs: list[_Leg]


class _Route(BaseModel):
    trip: _Trip


def osrm(url: str) -> Router:
    """OSRM's table service, with the profile that the server was made for."""

    async def drive(origin: Point, places: Sequence[Point]) -> Durations:
        points = ";".join(f"{longitude:.5f},{latitude:.5f}" for latitude, longitude in (origin, *places))
        body = await read("GET", f"{url.rstrip('/')}/table/v1/driving/{points}", params={"sources": "0", "annotations": "duration"})
        return _Table.model_validate(from_json(body)).durations[0][1:]

    return drive


def valhalla_driving(url: str) -> Router:
    """Valhalla's matrix service, by car."""

    async def drive(origin: Point, places: Sequence[Point]) -> Durations:
        asked = {"sources": [_location(origin)], "targets": [_location(place) for place in places], "costing": "auto"}
        body = await read("POST", f"{url.rstrip('/')}/sources_to_targets", json=asked)
        cells = _Matrix.model_validate(from_json(body)).sources_to_targets[0]
        found = {cell.to_index: cell.time for cell in cells}
        return [found.get(number) for number in range(len(places))]

    return drive


def valhalla_riding(url: str) -> Router:
    """Valhalla's routes, one a place, since its matrix knows no public transport: on the next working day at nine."""

    async def ride(origin: Point, place: Point, leaves: str) -> float | None:
        asked = {"locations": [_location(origin), _location(place)], "costing": "multimodal", "date_time": {"type": 1, "value": leaves}}
        try:
            trip = _Route.model_validate(from_json(await read("POST", f"{url.rstrip('/')}/route", json=asked))).trip
        except Refused:  # no way there
            return None
        rides = any(maneuver.travel_mode == "transit" for leg in trip.legs for maneuver in leg.maneuvers)
        return trip.summary.time if rides else None  # else it is a walk

    async def rides(origin: Point, places: Sequence[Point]) -> Durations:
        leaves = f"{_next_working_day(date.today())}T09:00"
        return await asyncio.gather(*(ride(origin, place, leaves) for place in places))

    return rides


def _location(point: Point) -> dict[str, float]:
    return {"lat": round(point[0], 5), "lon": round(point[1], 5)}


def _next_working_day(day: date) -> date:
    """Public holidays are not known here."""
    return day + timedelta(days={4: 3, 5: 2}.get(day.weekday(), 1))


# --- answers ---------------------------------------------------------------------------------------------------------


def _asked(outside: Outside, router: Router | None, origin: Point, places: Sequence[Point]) -> Durations:
    if router is None or not places:
        return [None] * len(places)
    try:
        found = outside.ask(partial(router, origin, places))
    except (Unanswered, Refused):
        found = ()
    return found if len(found) == len(places) else [None] * len(places)


def _minutes(seconds: float | None, fastest: float = 0.0) -> int | None:
    """Whole minutes, at least one; None for what cannot be: less than `fastest` seconds, or half a day."""
    if seconds is None or not fastest <= seconds <= LONGEST:
        return None
    return max(1, round(seconds / 60))
