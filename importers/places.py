"""Coordinates that are not two columns of WGS 84 degrees."""

import re
from functools import cache

from pyproj import Transformer

from importers import cleaning
from importers.mapping import Row, Rule


@cache
def _transformer() -> Transformer:
    return Transformer.from_crs("EPSG:2154", "EPSG:4326", always_xy=True)


def _degrees(row: Row, x: str, y: str) -> tuple[float, float] | None:
    east, north = cleaning.number(row.cell(x)), cleaning.number(row.cell(y))
    if east is None or north is None:
        return None
    longitude, latitude = _transformer().transform(east, north)
    return longitude, latitude


def lambert93_longitude(x: str, y: str) -> Rule:
    """Longitude of a point in Lambert-93 metres (columns `x` to the east, `y` to the north)."""
    return lambda row: (point := _degrees(row, x, y)) and round(point[0], 6)


def lambert93_latitude(x: str, y: str) -> Rule:
    """Latitude of the same point."""
    return lambda row: (point := _degrees(row, x, y)) and round(point[1], 6)


_PAIR = re.compile(r"(?<![\d.])([+-]?\d{1,2}\.\d+)\s*[,;]\s*([+-]?\d{1,3}\.\d+)")


def pair_latitude(column: str) -> Rule:
    """Latitude of a point written as "lat,lon" somewhere in a text or in the link to a map."""
    return lambda row: (pair := _PAIR.search(row[column] or "")) and float(pair[1])


def pair_longitude(column: str) -> Rule:
    """Longitude of the same point."""
    return lambda row: (pair := _PAIR.search(row[column] or "")) and float(pair[2])
