"""GeoJSON and ArcGIS: features, their fields and their place."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from importers.formats.geometry import WEB_MERCATOR, esri_point, from_web_mercator, geojson_point, is_degrees, place, put
from importers.formats.records import flat, raw_object
from importers.formats.rows import RawRow

DATE_WORDS = ("date", "edit", "creat", "maj", "modif")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECONDS = range(631_152_000_000, 4_102_444_800_000)  # of 1990 to 2100


def is_geojson(document: Any) -> bool:
    features = document.get("features") if isinstance(document, dict) else None
    return isinstance(features, list) and (document.get("type") == "FeatureCollection" or _has(features, "properties"))


def is_arcgis(document: Any) -> bool:
    features = document.get("features") if isinstance(document, dict) else None
    return isinstance(features, list) and (_has(features, "attributes") or "geometryType" in document)


def _has(features: list[Any], name: str) -> bool:
    return bool(features) and isinstance(features[0], dict) and name in features[0]


def said(document: dict[str, Any]) -> list[str]:
    """What was made of the geometries."""
    kinds = {str(geometry.get("type")) for feature in document["features"][:1000] if (geometry := _geometry(feature))}
    other = kinds - {"Point", "None"}
    return [f"Géométries réduites à un point : {', '.join(sorted(other))}."] if other else []


def _geometry(feature: Any) -> dict[str, Any] | None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    return geometry if isinstance(geometry, dict) else None


def features(document: dict[str, Any]) -> Iterator[RawRow]:
    """The features of a GeoJSON collection; an id of their own that no field holds is kept as « id »."""
    mercator = any(f"{code}" in str(document.get("crs")) for code in WEB_MERCATOR)
    for rank, feature in enumerate(document["features"], 1):
        own = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(feature, dict) or not isinstance(own, dict | None):
            yield raw_object(rank, None)
            continue
        values = {name: _moment(name, value) for name, value in flat(own or {}).items()}
        if "id" in feature:
            values.setdefault("id", feature["id"])
        if mercator and (point := geojson_point(feature.get("geometry"))) and not is_degrees(point):
            put(from_web_mercator(point), values)
        else:
            place(feature.get("geometry"), values)
        yield RawRow(rank, values)


def arcgis_features(document: dict[str, Any]) -> Iterator[RawRow]:
    """The features of an ArcGIS answer: dates out of milliseconds, codes told by their domains, Web Mercator as degrees."""
    described = document.get("fields")
    fields = {str(field.get("name")): field for field in described if isinstance(field, dict)} if isinstance(described, list) else {}
    reference = document.get("spatialReference")
    mercator = isinstance(reference, dict) and bool(WEB_MERCATOR & {_whole(reference.get(key)) for key in ("wkid", "latestWkid")})
    for rank, feature in enumerate(document["features"], 1):
        own = feature.get("attributes") if isinstance(feature, dict) else None
        if not isinstance(own, dict):
            yield raw_object(rank, None)
            continue
        values = {name: _told(name, value, fields.get(name)) for name, value in flat(own).items()}
        point = esri_point(feature.get("geometry"))
        put(from_web_mercator(point) if point and mercator else point, values)
        yield RawRow(rank, values)


def _told(name: str, value: Any, field: dict[str, Any] | None) -> Any:
    if field is None:
        return _moment(name, value)
    if field.get("type") == "esriFieldTypeDate":
        return _as_date(value)
    domain = field.get("domain")
    coded = domain.get("codedValues") if isinstance(domain, dict) else None
    for choice in coded if isinstance(coded, list) else ():
        if isinstance(choice, dict) and choice.get("code") == value:
            return choice.get("name")
    return value


def _moment(name: str, value: Any) -> Any:
    """Milliseconds in a column that speaks of a date."""
    return _as_date(value) if any(word in name.casefold() for word in DATE_WORDS) else value


def _as_date(value: Any) -> Any:
    number = _whole(value)
    if number is None or number not in MILLISECONDS:
        return value
    return (EPOCH + timedelta(milliseconds=number)).date().isoformat()


def _whole(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
