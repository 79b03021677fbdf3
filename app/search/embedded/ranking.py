"""The order of answers, computed on columns."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tantivy import DocAddress

from app.search.embedded import text
from app.search.embedded.filters import Floats, distances_km
from app.search.embedded.schema import DEGREE, EPOCH, ONLY_REMOTE, REMOTE
from app.search.embedded.store import Reader
from app.search.port import SearchRequest, Tri
from app.search.settings import Classement


@dataclass(frozen=True)
class Ranked:
    """Every match in order: its address, score, and distance in km (NaN: none)."""

    addresses: list[DocAddress]
    order: NDArray[np.intp]
    scores: Floats
    distances: Floats


def rank(reader: Reader, request: SearchRequest, weights: Classement, hits: list[tuple[Any, DocAddress]]) -> Ranked:
    """All `hits` (score, address) in the order that `request` asks for. Ties are broken by a hash of the key."""
    addresses = [address for _, address in hits]
    scores = np.array([score for score, _ in hits], dtype=np.float64)
    facts = _column(reader, "faits", addresses)
    pks = _column(reader, "pk", addresses)
    distances = _distances(reader, request, addresses, facts)
    keys = _pertinence(request, weights, scores, facts, distances)
    if request.tri == Tri.DISTANCE and request.place is not None:
        keys = [np.nan_to_num(distances, nan=np.inf), *keys]
    elif request.tri == Tri.FRAICHEUR:
        keys = [-(facts >> np.uint64(16)).astype(np.float64)]
    # lexsort: the last key is the first that counts
    order = np.lexsort((pks, *reversed(keys)))
    return Ranked(addresses, order, scores, distances)


def _pertinence(request: SearchRequest, weights: Classement, scores: Floats, facts: NDArray[np.uint64], distances: Floats) -> list[Floats]:
    """Keys from the first that counts: words found, then what can be reached, then where the words stand, then value."""
    tiers = np.floor(scores / text.TYPO)
    remote = (facts & np.uint64(REMOTE)) > 0
    far = (np.nan_to_num(distances, nan=0.0) > weights.loin_km) & ~remote
    attributes = np.floor(scores / text.ATTRIBUTES) % (text.TYPO / text.ATTRIBUTES)
    form = np.minimum(1.0, (scores % text.ATTRIBUTES) / 3)
    value = weights.exactitude * form + _value(request, weights, facts, distances, remote)
    return [-tiers, far.astype(np.float64), -attributes, -value]


def _value(request: SearchRequest, weights: Classement, facts: NDArray[np.uint64], distances: Floats, remote: NDArray[np.bool_]) -> Floats:
    """Freshness, quality and, with a place, nearness, each from 0 to 1 times its weight."""
    days = (facts >> np.uint64(16)).astype(np.float64)
    age = np.maximum(0.0, (date.today() - EPOCH).days - days)
    fresh = np.where(days > 0, 0.5 ** (age / weights.fraicheur_demi_vie_jours), 0.0)
    quality = ((facts >> np.uint64(8)) & np.uint64(255)).astype(np.float64) / 255
    value: Floats = weights.fraicheur * fresh + weights.qualite * quality
    if request.place is None:
        return value
    near = weights.distance_demi_km / (weights.distance_demi_km + distances)
    near = np.where(np.isnan(near), weights.sans_distance, near)
    near = np.where(remote, np.maximum(near, weights.sans_distance), near)
    return value + weights.distance * near


def _distances(reader: Reader, request: SearchRequest, addresses: list[DocAddress], facts: NDArray[np.uint64]) -> Floats:
    place = request.place
    if place is None or place.latitude is None or place.longitude is None or not addresses:
        return np.full(len(addresses), np.nan)
    points = _column(reader, "point", addresses)
    latitudes = (points >> np.uint64(32)).astype(np.float64) / DEGREE - 90
    longitudes = (points & np.uint64(0xFFFFFFFF)).astype(np.float64) / DEGREE - 180
    found = distances_km(place.latitude, place.longitude, latitudes, longitudes)
    nowhere = (points == 0) | ((facts & np.uint64(ONLY_REMOTE)) > 0)
    return np.where(nowhere, np.nan, found)


def _column(reader: Reader, name: str, addresses: list[DocAddress]) -> NDArray[np.uint64]:
    return np.array(reader.searcher.fast_field_values(name, addresses), dtype=np.uint64)
