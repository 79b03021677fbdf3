"""Simplified outlines of a département and of its EPCI, for a map."""

from app.territory.gazetteer import DATA


def outlines(departement: str) -> str | None:
    """GeoJSON text, WGS 84: one feature per area, with properties kind ("departement", "epci") and code.

    An EPCI over two départements is whole in both. None for a code that is no département, and for the overseas
    collectivités, whose outlines no source gives.
    """
    path = DATA / "contours" / f"{departement}.geojson"
    return path.read_text(encoding="utf-8") if departement.isalnum() and path.is_file() else None
