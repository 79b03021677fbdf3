"""What a request keeps, as queries that do not touch the score."""

import math
from collections.abc import Iterable

import numpy as np
from tantivy import FieldType, Occur, Query

from app.search.embedded.index import Reader
from app.search.embedded.schema import state_of
from app.search.facts import ANY, FILTER_FIELDS, pk_of
from app.search.port import Place, SearchRequest, key_of
from app.search.ranking import EARTH_KM, distances_km
from app.territory.competence import EVERYWHERE

KM_PER_DEGREE = EARTH_KM * math.pi / 180
MOST_CIRCLES = MOST_SCOPES = 64


def filter_query(reader: Reader, name: str, values: Iterable[str]) -> Query:
    return one_of(reader, FILTER_FIELDS[name], values)


def one_of(reader: Reader, field: str, values: Iterable[str]) -> Query:
    terms = sorted(values)
    query = (
        Query.term_query(reader.schema, field, terms[0], index_option="basic")
        if len(terms) == 1
        else Query.term_set_query(reader.schema, field, terms)
    )
    return Query.const_score_query(query, 0.0)


def among(reader: Reader, genre: str, ids: Iterable[str]) -> Query:
    """These listings alone."""
    query = Query.term_set_query(reader.schema, "pk", [pk_of(key_of(genre, listing_id)) for listing_id in ids])
    return Query.const_score_query(query, 0.0)


def scope(reader: Reader, request: SearchRequest, exact: bool = True, beside: bool = False) -> list[Query]:
    """What whoever asks may see, competent for the place and within reach; not `exact`: or in the corners of the box around it.
    `beside`: of the genre asked beside, too. One page asks for the same several times."""
    genres = (request.genre, request.beside) if beside and request.beside else (request.genre,)
    key = (genres, request.statuts, request.collectivites, request.place, request.rayon_km, exact)
    if key not in reader.scopes:
        if len(reader.scopes) >= MOST_SCOPES:
            reader.scopes.clear()
        reader.scopes[key] = _scope(reader, request, genres, exact)
    return reader.scopes[key]


def _scope(reader: Reader, request: SearchRequest, genres: Iterable[str], exact: bool) -> list[Query]:
    queries = [one_of(reader, "etat", {state_of(genre, statut) for genre in genres for statut in request.statuts})]
    if request.collectivites is not None:
        queries.append(one_of(reader, "collectivite", request.collectivites))
    if request.place is not None:
        queries.append(one_of(reader, "zones", {*request.place.codes, ANY}))
        if request.rayon_km is not None:
            queries.append(_within_reach(reader, request.place, request.rayon_km, exact))
    return queries


def _within_reach(reader: Reader, place: Place, radius_km: float, exact: bool) -> Query:
    """Remote, or within the radius, or nowhere on the map but named for here (see ``SearchRequest``)."""
    nowhere = one_of(reader, "lieu", {ANY})
    if place.latitude is None or place.longitude is None:
        nowhere, circle = Query.all_query(), None  # a place without coordinates has no distances
    else:
        around = _circle if exact else _box
        circle = around(reader, place.latitude, place.longitude, radius_km)
    unzoned = _all(one_of(reader, "zones", {ANY}), one_of(reader, "departement", {place.departement}))
    named = _any(one_of(reader, "zones", place.codes - EVERYWHERE), one_of(reader, "code_insee", place.codes), unzoned)
    ways = [one_of(reader, "modes_accueil", {"a-distance"}), _all(nowhere, named)]
    return Query.const_score_query(_any(*ways, *([circle] if circle else [])), 0.0)


def _circle(reader: Reader, latitude: float, longitude: float, radius_km: float) -> Query:
    """Points within the radius: those of the box around it, less the box's corners."""
    box = _box(reader, latitude, longitude, radius_km)
    key = (latitude, longitude, radius_km)
    if key not in reader.circles:
        if len(reader.circles) >= MOST_CIRCLES:
            reader.circles.clear()
        reader.circles[key] = _corners(reader, box, latitude, longitude, radius_km)
    corners = reader.circles[key]
    if not corners:
        return box
    outside = Query.term_set_query(reader.schema, "pk", corners)
    return Query.boolean_query([(Occur.Must, box), (Occur.MustNot, outside)])


def _corners(reader: Reader, box: Query, latitude: float, longitude: float, radius_km: float) -> list[int]:
    found = [address for _, address in reader.searcher.search(box, limit=max(1, reader.searcher.num_docs), count=False).hits]
    latitudes = np.array(reader.searcher.fast_field_values("lat", found), dtype=float)
    longitudes = np.array(reader.searcher.fast_field_values("lon", found), dtype=float)
    far = np.flatnonzero(distances_km(latitude, longitude, latitudes, longitudes) > radius_km)
    return [int(pk) for pk in reader.searcher.fast_field_values("pk", [found[i] for i in far]) if pk is not None]


def _box(reader: Reader, latitude: float, longitude: float, radius_km: float) -> Query:
    """A rectangle that holds the circle, a little larger for rounding; the whole parallel where it crosses 180°."""
    height = radius_km / KM_PER_DEGREE + 1e-6
    sides = [_between(reader, "lat", latitude - height, latitude + height)]
    widest = math.cos(math.radians(min(89.0, abs(latitude) + height)))
    width = height / widest
    if longitude - width > -180 and longitude + width < 180:
        sides.append(_between(reader, "lon", longitude - width, longitude + width))
    return _all(*sides)


def _between(reader: Reader, field: str, low: float, high: float) -> Query:
    return Query.range_query(reader.schema, field, FieldType.Float, low, high)


def _all(*queries: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def _any(*queries: Query) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])
