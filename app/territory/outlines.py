"""The base map of our own: simplified outlines of départements and EPCI, and the towns by which one finds one's way."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from app.territory.gazetteer import DATA, Commune, Gazetteer

FRANCE = "france"
TOWNS = 30
TOWNS_OF_FRANCE = 250
FOLDER = DATA / "contours"


def outlines(code: str) -> str | None:
    """GeoJSON text, WGS 84: one feature per area, with properties kind ("departement", "epci") and code.

    `code` is a département's, or "france" for all of them, coarser and without EPCI. An EPCI over two départements is
    whole in both. None for any other code, and for the overseas collectivités, whose outlines no source gives.
    """
    path = FOLDER / f"{code}.geojson"
    return path.read_text(encoding="utf-8") if code.isalnum() and path.is_file() else None


def base_map(gazetteer: Gazetteer, code: str) -> str | None:
    """The outlines of `code` without its EPCI, and its largest towns: points of kind "ville" with nom and population.

    EPCI would triple its weight, for lines that nobody reads without their names.
    """
    text = outlines(code)
    if text is None:
        return None
    drawn = json.loads(text)
    drawn["features"] = [area for area in drawn["features"] if area["properties"]["kind"] == "departement"]
    drawn["features"] += [_town(commune) for commune in _towns(gazetteer, code)]
    return json.dumps(drawn, ensure_ascii=False, separators=(",", ":"))


@cache
def version() -> str:
    """Changes whenever any base map does; read once a process, in some 20 ms."""
    digest = hashlib.sha256()
    for path in (Path(__file__), DATA / "communes.tsv.gz", *sorted(FOLDER.glob("*.geojson"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _towns(gazetteer: Gazetteer, code: str) -> list[Commune]:
    here = [
        commune
        for commune in gazetteer.communes()
        if code in {FRANCE, commune.departement} and not commune.parent and commune.latitude is not None
    ]
    return sorted(here, key=lambda commune: -commune.population)[: TOWNS_OF_FRANCE if code == FRANCE else TOWNS]


def _town(commune: Commune) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"kind": "ville", "nom": commune.nom, "population": commune.population},
        "geometry": {"type": "Point", "coordinates": [commune.longitude, commune.latitude]},
    }
