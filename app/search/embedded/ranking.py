"""The columns that the order of answers is computed on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tantivy import DocAddress

from app.search.embedded.schema import DEGREE
from app.search.embedded.store import Reader
from app.search.port import SearchRequest
from app.search.ranking import Floats, Numbers, distances_from, order
from app.search.settings import Classement


@dataclass(frozen=True)
class Ranked:
    """Every match in order: its address, score, and distance in km (NaN: none)."""

    addresses: list[DocAddress]
    order: NDArray[np.intp]
    scores: Floats
    distances: Floats


def rank(reader: Reader, request: SearchRequest, weights: Classement, hits: list[tuple[Any, DocAddress]]) -> Ranked:
    """All `hits` (score, address) in the order that `request` asks for."""
    addresses = [address for _, address in hits]
    scores = np.array([score for score, _ in hits], dtype=np.float64)
    facts = _column(reader, "faits", addresses)
    distances = _distances(reader, request, addresses, facts)
    ordered = order(request, weights, scores, facts, distances, _column(reader, "pk", addresses))
    return Ranked(addresses, ordered, scores, distances)


def _distances(reader: Reader, request: SearchRequest, addresses: list[DocAddress], facts: Numbers) -> Floats:
    place = request.place
    if place is None or place.latitude is None or not addresses:
        return np.full(len(addresses), np.nan)
    points = _column(reader, "point", addresses)
    latitudes = (points >> np.uint64(32)).astype(np.float64) / DEGREE - 90
    longitudes = (points & np.uint64(0xFFFFFFFF)).astype(np.float64) / DEGREE - 180
    return distances_from(request, np.where(points == 0, np.nan, latitudes), longitudes, facts)


def _column(reader: Reader, name: str, addresses: list[DocAddress]) -> Numbers:
    return np.array(reader.searcher.fast_field_values(name, addresses), dtype=np.uint64)
