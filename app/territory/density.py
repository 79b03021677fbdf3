"""How far people usually go for a service, by how many live around."""

import math
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from app.search.port import Place
from app.territory.gazetteer import Commune, Gazetteer

STEPS = ((10, 100_000), (20, 50_000), (30, 50_000))
"""City, town, countryside: the first radius in km within which so many people live. Measured in decision 0105."""
FARTHEST = 50
"""Mountains, islands, and communes whose place is unknown."""

RADII = (5, 10, 20, 30, 50, 100)
"""Those that are proposed, in km."""

EARTH_KM = 6371.0
Floats = npt.NDArray[np.float64]

_peopled: WeakKeyDictionary[Gazetteer, "_Peopled"] = WeakKeyDictionary()


def usual_radius(gazetteer: Gazetteer, place: Place) -> int:
    """Kilometres within which to look for who lives in `place`, unless they say otherwise. The same all over a commune."""
    if gazetteer not in _peopled:
        _peopled[gazetteer] = _Peopled(gazetteer)
    at: Place | Commune = gazetteer.commune(place.code_insee) or place
    if at.latitude is None or at.longitude is None:
        return FARTHEST
    return _peopled[gazetteer].radius(at.latitude, at.longitude)


class _Peopled:
    """Where people live: the population of each town hall, of districts rather than of their city."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        kept = [c for c in gazetteer.communes() if not gazetteer.members(c.code)]
        located = [(c.latitude, c.longitude, c.population) for c in kept if c.latitude is not None and c.longitude is not None]
        latitudes, longitudes, self._populations = np.array(located, dtype=np.float64).T
        self._points = _on_unit_sphere(latitudes, longitudes)
        self.radius = lru_cache(maxsize=4096)(self._radius)

    def _radius(self, latitude: float, longitude: float) -> int:
        here = _on_unit_sphere(np.array(latitude), np.array(longitude))
        nearness = np.asarray(np.dot(self._points, here), dtype=np.float64)
        return next((km for km, people in STEPS if self._living(nearness, km) >= people), FARTHEST)

    def _living(self, nearness: Floats, km: int) -> float:
        return float(self._populations[nearness >= math.cos(km / EARTH_KM)].sum())


def _on_unit_sphere(latitudes: Floats, longitudes: Floats) -> Floats:
    phi, theta = np.radians(latitudes), np.radians(longitudes)
    return np.stack((np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)), axis=-1)
