"""A point for any geometry: where the listing is."""

from collections.abc import Iterable, Sequence
from math import atan, degrees, exp
from typing import Any

EARTH = 6_378_137.0  # metres, of Web Mercator
WEB_MERCATOR = frozenset({3857, 102100, 102113, 900913})
MAX_DEPTH = 6  # of nested geometries

Point = tuple[float, float]


def geojson_point(geometry: Any, depth: int = 0) -> Point | None:
    """A point of a GeoJSON geometry, (x, y): itself, the middle of a line, or inside an area; None if it has none."""
    if not isinstance(geometry, dict) or depth > MAX_DEPTH:
        return None
    if isinstance(inner := geometry.get("geometries"), list):
        return next((point for part in inner if (point := geojson_point(part, depth + 1))), None)
    given, kind = geometry.get("coordinates"), str(geometry.get("type")).removeprefix("Multi")
    shapes = given if str(geometry.get("type")).startswith("Multi") else [given]
    if not isinstance(shapes, list):
        return None
    return next((point for shape in shapes if (point := _of_shape(kind, shape))), None)


def esri_point(geometry: Any) -> Point | None:
    """The same of an ArcGIS geometry: `x` and `y`, `points`, `paths` or `rings`."""
    if not isinstance(geometry, dict):
        return None
    if "x" in geometry:
        return _pair([geometry.get("x"), geometry.get("y")])
    for name, kind in (("points", "Point"), ("paths", "LineString")):
        if isinstance(shapes := geometry.get(name), list):
            return next((point for shape in shapes if (point := _of_shape(kind, shape))), None)
    return _of_shape("Polygon", geometry.get("rings"))


def from_web_mercator(point: Point) -> Point:
    """Metres to degrees."""
    x, y = point
    return degrees(x / EARTH), degrees(2 * atan(exp(max(-20.0, min(20.0, y / EARTH)))) - atan(1) * 2)


def is_degrees(point: Point) -> bool:
    return abs(point[0]) <= 180 and abs(point[1]) <= 90


def place(geometry: Any, values: dict[str, Any]) -> None:
    """Add the geometry's point: « longitude » and « latitude », or « x » and « y » when it is projected."""
    put(geojson_point(geometry) or esri_point(geometry), values)


def put(point: Point | None, values: dict[str, Any]) -> None:
    """Add a point, its names told apart from columns that are already so called."""
    if point is None:
        return
    names = ("longitude", "latitude") if is_degrees(point) else ("x", "y")
    for name, value in zip(names, point, strict=True):
        values[f"{name} (2)" if name in values else name] = value


def _of_shape(kind: str, shape: Any) -> Point | None:
    if kind == "Point":
        return _pair(shape)
    if kind == "LineString":
        points = _pairs(shape)
        return points[len(points) // 2] if points else None
    rings = [ring for part in shape if len(ring := _pairs(part)) > 2] if isinstance(shape, list) else []
    return _inside(rings) if rings else None


def _inside(rings: list[list[Point]]) -> Point:
    """The middle of the widest stretch of the area at half its height: inside, holes and hollows notwithstanding."""
    heights = sorted(y for _, y in rings[0])
    height = (heights[0] + heights[-1]) / 2
    crossed = sorted(_crossings(rings, height))
    stretches = list(zip(crossed[::2], crossed[1::2], strict=False))
    if not stretches:
        return rings[0][0]
    left, right = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    return (left + right) / 2, height


def _crossings(rings: Iterable[list[Point]], height: float) -> Iterable[float]:
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 <= height) != (y2 <= height):
                yield x1 + (height - y1) * (x2 - x1) / (y2 - y1)


def _pairs(shape: Any) -> list[Point]:
    return [pair for item in shape if (pair := _pair(item))] if isinstance(shape, list) else []


def _pair(item: Any) -> Point | None:
    """Two numbers, written as numbers or as text."""
    if not isinstance(item, Sequence) or isinstance(item, str) or len(item) < 2:
        return None
    x, y = (_number(part) for part in item[:2])
    return (x, y) if x is not None and y is not None else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value.strip().replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < 1e9 else None
