"""A point in one cell, however it is written: "lat,lon", "POINT(lon lat)", [lon, lat], GeoJSON, {"lat": …, "lon": …}."""

import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

from importers import cleaning
from importers.metric import of_metres

Point = tuple[float, float]  # latitude, longitude, in WGS 84 degrees

BOXES = (  # south, north, west, east: where France is
    (41.0, 51.6, -5.6, 10.0), (-21.6, -20.6, 55.0, 56.0), (-13.2, -12.4, 44.9, 45.4), (14.2, 18.3, -63.3, -60.6),
    (2.0, 6.0, -54.9, -51.3), (46.6, 47.3, -56.6, -56.0),
)  # fmt: skip
_LATITUDES = ("lat", "latitude", "y")
_LONGITUDES = ("lon", "lng", "long", "longitude", "x")
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}\.\d{2,}|\d{6,7}(?:\.\d+)?)")  # degrees with decimals, or metres: phones have neither
_DECIMAL_COMMAS = re.compile(r"\s*[+-]?\d{1,3},\d{2,}\s*[,;/ ]\s*[+-]?\d{1,3},\d{2,}\s*")
_DEGREES = re.compile(r"(\d{1,3})\s*°\s*(\d{1,2})\s*['’′]\s*(\d{1,2}(?:[.,]\d+)?)?\s*(?:\"|''|”|″)?\s*([NSEOW])", re.IGNORECASE)


def in_france(latitude: float, longitude: float) -> bool:
    return any(south <= latitude <= north and west <= longitude <= east for south, north, west, east in BOXES)


def point_of(cell: Any) -> Point | None:
    """The point of a cell, its order told by where France is; None when there is none, or it is elsewhere."""
    if isinstance(cell, str) and cell.lstrip().startswith(("{", "[")):
        try:
            cell = json.loads(cell)
        except ValueError:
            cell = str(cell)
    if isinstance(cell, dict):
        return _of_object(cell)
    if isinstance(cell, str):
        return _of_text(cell)
    if isinstance(cell, Sequence):
        numbers = [cleaning.number(part) for part in cell[:2]]
        return ordered(numbers[1], numbers[0]) if len(numbers) == 2 else None
    return None


def ordered(latitude: float | None, longitude: float | None) -> Point | None:
    """Two numbers as a point of France: as they come, turned round, or out of metres."""
    if latitude is None or longitude is None:
        return None
    for first, second in ((latitude, longitude), (longitude, latitude)):
        if in_france(first, second):
            return first, second
        if (point := of_metres(second, first)) and in_france(*point):
            return point
    return None


def _of_object(cell: dict[Any, Any]) -> Point | None:
    named = {str(name).lower(): value for name, value in cell.items()}
    if "coordinates" in named:
        return point_of(named["coordinates"])
    found = [next((cleaning.number(named[name]) for name in names if name in named), None) for names in (_LATITUDES, _LONGITUDES)]
    return ordered(found[0], found[1])


def _of_text(cell: str) -> Point | None:
    """Well-known text says the longitude first, everybody else the latitude."""
    if degrees := _DEGREES.findall(cell):
        found = [_signed(*part) for part in degrees]
        return ordered(found[0], found[1]) if len(found) == 2 else None
    bare = cell.strip(" ()[]")
    parts = re.findall(r"[+-]?\d{1,3},\d+", bare) if _DECIMAL_COMMAS.fullmatch(bare) else _NUMBER.findall(cell)
    numbers = [float(part.replace(",", ".")) for part in parts if len(part) < 20]
    if len(numbers) < 2:
        return None
    pairs = list(itertools.pairwise(numbers))
    if "point" in cell.lower():
        pairs = [(second, first) for first, second in pairs]
    return next((point for first, second in pairs if (point := ordered(first, second))), None)


def _signed(degrees: str, minutes: str, seconds: str, side: str) -> float:
    """44° 5' 32" N in degrees, negative to the south and the west ("O" in French)."""
    found = int(degrees) + int(minutes) / 60 + (cleaning.number(seconds) or 0) / 3600
    return round(-found if side.upper() in "SOW" else found, 6)
