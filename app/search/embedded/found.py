"""Answers found, with the columns that leave some out, count them and put them in order."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from tantivy import DocAddress

from app.search.embedded.columns import Facets, Kept
from app.search.embedded.index import Reader
from app.search.embedded.schema import DEGREE
from app.search.facts import REMOTE
from app.search.port import Hit, SearchRequest
from app.search.ranking import Floats, Numbers, distances_from, foremost, keys_of, sorted_by
from app.search.settings import Classement

ROUNDING = 1e-5  # km: coordinates are kept to the centimetre


class Found:
    """Answers in no order: address, score, and distance in km (NaN: none) of each."""

    def __init__(self, reader: Reader, request: SearchRequest, hits: list[tuple[Any, DocAddress]]) -> None:
        self._reader, self._request = reader, request
        scores, addresses = zip(*hits, strict=True) if hits else ((), ())
        self.addresses: list[DocAddress] = list(addresses)
        self.scores: Floats = np.array(scores, dtype=np.float64)
        self.facts = self._column("faits")
        self.distances = self._distances()
        self.facets = Facets(self._column)

    def __len__(self) -> int:
        return len(self.addresses)

    @cached_property
    def reached(self) -> Kept:
        """Which are in the circle, of those in the box around it; what is remote or nowhere on the map is."""
        radius = self._request.rayon_km
        if radius is None or not self._is_located:
            return np.ones(len(self), dtype=bool)
        remote = (self.facts & np.uint64(REMOTE)) > 0
        outside: Kept = ~remote & (self._points != 0) & (self.distances > radius + ROUNDING)
        return ~outside

    def places(self) -> Iterator[tuple[int, int]]:
        """Where those in the circle are in the index: segment and number there."""
        return ((self.addresses[i].segment_ord, self.addresses[i].doc) for i in np.flatnonzero(self.reached))

    def hits(self, weights: Classement, kept: Kept, start: int, end: int) -> tuple[Hit, ...]:
        """Of those `kept`, from `start` to `end` in the order that the request asks for."""
        places = np.flatnonzero(kept)
        if start >= min(end, len(places)):
            return ()
        keys = keys_of(self._request, weights, self.scores[places], self.facts[places], self.distances[places])
        first = foremost(keys, end)  # of ten thousand answers, a page shows twenty
        places = places[first]
        ordered = sorted_by([key[first] for key in keys], self._column("pk", [self.addresses[i] for i in places]))
        return tuple(self._hit(int(i)) for i in places[ordered[start:end]])

    def as_they_are(self) -> tuple[Hit, ...]:
        """All of them, in the order they were found in."""
        return tuple(self._hit(i) for i in range(len(self)))

    def _hit(self, i: int) -> Hit:
        key = str(self._reader.searcher.doc(self.addresses[i]).get_first("key"))
        genre, _, listing_id = key.partition(":")
        distance = float(self.distances[i])
        known = None if distance != distance else round(distance, 3)
        return Hit("structure" if genre == "structure" else "service", listing_id, known, float(self.scores[i]))

    @property
    def _is_located(self) -> bool:
        place = self._request.place
        return place is not None and place.latitude is not None and place.longitude is not None

    @cached_property
    def _points(self) -> Numbers:
        return self._column("point")

    def _distances(self) -> Floats:
        if not self._is_located or not self.addresses:
            return np.full(len(self), np.nan)
        latitudes = (self._points >> np.uint64(32)).astype(np.float64) / DEGREE - 90
        longitudes = (self._points & np.uint64(0xFFFFFFFF)).astype(np.float64) / DEGREE - 180
        return distances_from(self._request, np.where(self._points == 0, np.nan, latitudes), longitudes, self.facts)

    def _column(self, name: str, addresses: list[DocAddress] | None = None) -> Numbers:
        """A column of all of them, or of those at `addresses`."""
        values = self._reader.searcher.fast_field_values(name, self.addresses if addresses is None else addresses)
        return np.array(values, dtype=np.uint64)
