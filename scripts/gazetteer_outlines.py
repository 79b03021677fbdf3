"""Simplified outlines for a map: one GeoJSON file per département, with its own outline and those of its EPCI.

``france.geojson`` has every département, coarser, for a map of the whole.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

Row = dict[str, Any]

TOLERANCE = 0.0025  # degrees, some 250 m: nothing that shows on a map of a département
DECIMALS = 4  # some 10 m
SPECK = 1e-5  # square degrees, some 10 ha: islets smaller than this are left out
FAR_TOLERANCE = 0.02  # some 2 km: nothing that shows on a map of several départements
FAR_DECIMALS = 2
FAR_SPECK = 1e-3  # some 10 km²


def write_outlines(folder: Path, drawn: dict[str, list[dict[str, str]]], communes: dict[str, Row], former: dict[str, str]) -> str:
    """Write ``folder/<département>.geojson``; a sentence that says how many and how large.

    `former`: today's code by former code. The outlines may be older than the codes: what was merged since is drawn with its commune.
    """
    members: dict[tuple[str, str], list[BaseGeometry]] = defaultdict(list)
    homes: dict[str, set[str]] = defaultdict(set)
    for code, rows in sorted(drawn.items()):
        row = communes.get(former.get(code, code))
        shape = _outline(rows)
        if row is None or row["parent"] or shape is None:
            continue
        members["departement", row["departement"]].append(shape)
        if row["epci"]:
            members["epci", row["epci"]].append(shape)
            homes[row["departement"]].add(row["epci"])
    simple = {kind: _simplified({code: parts for (of, code), parts in members.items() if of == kind}) for kind in ("departement", "epci")}
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for departement, outline in sorted(simple["departement"].items()):
        features = [_feature("departement", departement, outline)]
        features += [_feature("epci", code, simple["epci"][code]) for code in sorted(homes[departement])]
        text = json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))
        written += (folder / f"{departement}.geojson").write_text(text + "\n")
    written += (folder / "france.geojson").write_text(_overview(simple["departement"]) + "\n")
    return f"{len(simple['departement'])} outlines of départements, {len(simple['epci'])} of EPCI, {written / 1e6:.1f} MB"


def _outline(rows: list[dict[str, str]]) -> BaseGeometry | None:
    """A commune's own outline, else that of the former communes it is made of."""
    own = [row for row in rows if row["type"] in ("COM", "ARM") and row["geometry"]]
    parts = own or [row for row in rows if row["geometry"]]
    return shapely.union_all([shapely.make_valid(shapely.from_wkb(row["geometry"])) for row in parts]) if parts else None


def _simplified(members: dict[str, list[BaseGeometry]]) -> dict[str, BaseGeometry]:
    """Each area as one shape; neighbours keep the same border."""
    whole = [shapely.union_all(parts, grid_size=1e-6) for parts in members.values()]
    return dict(zip(members, shapely.coverage_simplify(whole, TOLERANCE), strict=True))


def _overview(departements: dict[str, BaseGeometry]) -> str:
    """GeoJSON text of every département, coarsely."""
    codes = sorted(departements)
    shapes = shapely.coverage_simplify([departements[code] for code in codes], FAR_TOLERANCE)
    features = [_feature("departement", code, shape, FAR_SPECK, FAR_DECIMALS) for code, shape in zip(codes, shapes, strict=True)]
    return json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"))


def _feature(kind: str, code: str, shape: BaseGeometry, speck: float = SPECK, decimals: int = DECIMALS) -> Row:
    parts = [part for part in getattr(shape, "geoms", [shape]) if part.geom_type == "Polygon"]
    large = [part for part in parts if part.area >= speck] or [max(parts, key=lambda part: part.area)]
    polygons = [[_ring(ring, decimals) for ring in [part.exterior, *_holes(part, speck)]] for part in large]
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "properties": {"kind": kind, "code": code}, "geometry": geometry}


def _holes(polygon: BaseGeometry, speck: float) -> list[BaseGeometry]:
    return [hole for hole in polygon.interiors if shapely.Polygon(hole).area >= speck]


def _ring(ring: BaseGeometry, decimals: int) -> list[list[float]]:
    return [[round(x, decimals), round(y, decimals)] for x, y in ring.coords]
