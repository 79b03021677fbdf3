"""The order of answers, the same for both engines, computed on columns."""

import math
from datetime import date

import numpy as np
from numpy.typing import NDArray

from app.search import reading
from app.search.facts import EPOCH, ONLY_REMOTE, REMOTE
from app.search.port import SearchRequest, Tri
from app.search.settings import Classement

Floats = NDArray[np.float64]
Numbers = NDArray[np.uint64]

EARTH_KM = 6371.0088


def order(request: SearchRequest, weights: Classement, scores: Floats, facts: Numbers, distances: Floats, pks: Numbers) -> NDArray[np.intp]:
    """Positions of the answers, best first. Ties are broken by a hash of the key."""
    return sorted_by(keys_of(request, weights, scores, facts, distances), pks)


def keys_of(request: SearchRequest, weights: Classement, scores: Floats, facts: Numbers, distances: Floats) -> list[Floats]:
    """What sorts the answers but for ties, from the first that counts; the least is the best."""
    if request.tri == Tri.FRAICHEUR:
        return [-(facts >> np.uint64(16)).astype(np.float64)]
    keys = _pertinence(request, weights, scores, facts, distances)
    if request.tri == Tri.DISTANCE and request.place is not None:
        keys = [np.nan_to_num(distances, nan=np.inf), *keys]
    return keys


def sorted_by(keys: list[Floats], pks: Numbers) -> NDArray[np.intp]:
    """Positions in the order of `keys`, then of `pks`."""
    return np.lexsort((pks, *reversed(keys)))  # whose last key is the first that counts


def foremost(keys: list[Floats], number: int) -> NDArray[np.intp]:
    """Positions that hold the first `number` in the order of `keys`, whatever breaks ties; in no order. `number` at least 1."""
    tied = np.arange(len(keys[0]))
    surely = []
    for key in keys:
        if len(tied) <= number:
            break
        values = key[tied]
        last = np.partition(values, number - 1)[number - 1]
        surely.append(tied[values < last])
        number -= len(surely[-1])
        tied = tied[values == last]
    return np.concatenate([*surely, tied])


def _pertinence(request: SearchRequest, weights: Classement, scores: Floats, facts: Numbers, distances: Floats) -> list[Floats]:
    """Keys from the first that counts: words found, then what can be reached, then where the words stand, then value."""
    tiers = np.floor(scores / reading.TYPO)
    remote = (facts & np.uint64(REMOTE)) > 0
    far = (np.nan_to_num(distances, nan=0.0) > weights.loin_km) & ~remote
    attributes = np.floor(scores / reading.ATTRIBUTES) % (reading.TYPO / reading.ATTRIBUTES)
    form = np.minimum(1.0, (scores % reading.ATTRIBUTES) / 3)
    value = weights.exactitude * form + _value(request, weights, facts, distances, remote)
    return [-tiers, far.astype(np.float64), -attributes, -value]


def _value(request: SearchRequest, weights: Classement, facts: Numbers, distances: Floats, remote: NDArray[np.bool_]) -> Floats:
    """Freshness, quality and, with a place, nearness, each from 0 to 1 times its weight."""
    value = worth(weights, facts, date.today())
    if request.place is None:
        return value
    near = weights.distance_demi_km / (weights.distance_demi_km + distances)
    near = np.where(np.isnan(near), weights.sans_distance, near)
    near = np.where(remote, np.maximum(near, weights.sans_distance), near)
    return value + weights.distance * near


def worth(weights: Classement, facts: Numbers, today: date) -> Floats:
    """Freshness and quality."""
    days = (facts >> np.uint64(16)).astype(np.float64)
    age = np.maximum(0.0, (today - EPOCH).days - days)
    fresh = np.where(days > 0, 0.5 ** (age / weights.fraicheur_demi_vie_jours), 0.0)
    quality = ((facts >> np.uint64(8)) & np.uint64(255)).astype(np.float64) / 255
    value: Floats = weights.fraicheur * fresh + weights.qualite * quality
    return value


def distances_from(request: SearchRequest, latitudes: Floats, longitudes: Floats, facts: Numbers) -> Floats:
    """Kilometres from the place to each; NaN: one of the two is nowhere, or the answer is only remote."""
    place = request.place
    if place is None or place.latitude is None or place.longitude is None:
        return np.full(len(facts), np.nan)
    found = distances_km(place.latitude, place.longitude, latitudes, longitudes)
    return np.where((facts & np.uint64(ONLY_REMOTE)) > 0, np.nan, found)


def distances_km(latitude: float, longitude: float, latitudes: Floats, longitudes: Floats) -> Floats:
    """Great-circle distances from one point to many, in kilometres; NaN where a coordinate is."""
    phi, phis = math.radians(latitude), np.radians(latitudes)
    delta = np.radians(longitudes - longitude)
    a = np.sin((phis - phi) / 2) ** 2 + math.cos(phi) * np.cos(phis) * np.sin(delta / 2) ** 2
    distances: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(1.0, a)))
    return distances
