"""The base map of our own: simplified outlines of départements and EPCI, and the towns by which one finds one's way."""

import hashlib
import json
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from app.territory.gazetteer import DATA, Commune, Gazetteer

FRANCE = "france"
BOXES = "emprises"
TOWNS = 60
TOWNS_OF_FRANCE = 250
DECIMALS = 3  # of a degree
FOLDER = DATA / "contours"


def outlines(code: str) -> str | None:
    """GeoJSON text, WGS 84: one feature per area, with properties kind ("departement", "epci") and code.

    `code` is a département's, or "france" for all of them, coarser and without EPCI. An EPCI over two départements is
    whole in both. None for any other code, and for the overseas collectivités, whose outlines no source gives.
    """
    path = FOLDER / f"{code}.geojson"
    return path.read_text(encoding="utf-8") if code.isalnum() and path.is_file() else None


def base_map(gazetteer: Gazetteer, code: str) -> str | None:
    """The outlines of `code` without its EPCI, and its largest towns: points of kind "ville" ("arrondissement") with nom and population.

    EPCI would triple its weight, for lines that nobody reads without their names. "emprises" gives, without GeoJSON, each
    département's box: west, south, east, north. None for a code that has no outlines.
    """
    if code == BOXES:
        return json.dumps(_boxes(), separators=(",", ":"))
    text = outlines(code)
    if text is None:
        return None
    drawn = json.loads(text)
    drawn["features"] = [_lighter(area) for area in drawn["features"] if area["properties"]["kind"] == "departement"]
    drawn["features"] += [_town(commune) for commune in _towns(gazetteer, code)]
    return json.dumps(drawn, ensure_ascii=False, separators=(",", ":"))


@cache
def version() -> str:
    """Changes whenever any base map does; read once a process, in some 20 ms."""
    digest = hashlib.sha256()
    for path in (Path(__file__), DATA / "communes.tsv.gz", *sorted(FOLDER.glob("*.geojson"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _boxes() -> dict[str, tuple[float, float, float, float]]:
    found = {}
    for area in json.loads(outlines(FRANCE) or "")["features"]:
        points = [point for polygon in area["geometry"]["coordinates"] for ring in polygon for point in ring]
        longitudes, latitudes = zip(*points, strict=True)
        found[area["properties"]["code"]] = (min(longitudes), min(latitudes), max(longitudes), max(latitudes))
    return found


def _lighter(area: dict[str, Any]) -> dict[str, Any]:
    """To some 100 m: outlines are no more precise."""
    polygons = area["geometry"]["coordinates"]
    rings = [[[[round(x, DECIMALS), round(y, DECIMALS)] for x, y in ring] for ring in polygon] for polygon in polygons]
    area["geometry"]["coordinates"] = [[[point for point, _ in groupby(ring)] for ring in polygon] for polygon in rings]
    return area


def _towns(gazetteer: Gazetteer, code: str) -> list[Commune]:
    """The largest of `code`, and the districts of its city; over the whole country, the largest towns alone."""
    here = [commune for commune in gazetteer.communes() if code in {FRANCE, commune.departement} and commune.latitude is not None]
    towns = sorted((commune for commune in here if not commune.parent), key=lambda commune: -commune.population)
    if code == FRANCE:
        return towns[:TOWNS_OF_FRANCE]
    return towns[:TOWNS] + [commune for commune in here if commune.parent]


def _town(commune: Commune) -> dict[str, Any]:
    nom = commune.nom.rpartition(" ")[0].rpartition(" ")[2] + " arr." if commune.parent else commune.nom
    return {
        "type": "Feature",
        "properties": {"kind": "arrondissement" if commune.parent else "ville", "nom": nom, "population": commune.population},
        "geometry": {"type": "Point", "coordinates": [_degrees(commune.longitude), _degrees(commune.latitude)]},
    }


def _degrees(value: float | None) -> float:
    return round(value or 0, DECIMALS)
