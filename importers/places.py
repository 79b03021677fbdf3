"""Coordinates that are not WGS 84 degrees."""

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
