"""Points in metres: the projections that French files use, told apart by their numbers alone."""

from dataclasses import dataclass
from functools import cache

from pyproj import Transformer

Point = tuple[float, float]  # latitude, longitude, in WGS 84 degrees
Range = tuple[float, float]


@dataclass(frozen=True)
class Grid:
    """A projection: its EPSG code, and where its metres fall, to the east and to the north."""

    epsg: int
    east: Range
    north: Range

    def holds(self, east: float, north: float) -> bool:
        return self.east[0] <= east <= self.east[1] and self.north[0] <= north <= self.north[1]


GRIDS = (
    Grid(2154, (50_000, 1_300_000), (6_000_000, 7_200_000)),  # Lambert-93
    *(  # conical, a zone each degree of latitude from the 42nd: CC42 to CC50
        Grid(3942 + zone, (1_200_000, 2_300_000), (1_000_000 * zone + 1_020_000, 1_000_000 * zone + 1_380_000)) for zone in range(9)
    ),
    Grid(27572, (40_000, 1_200_000), (1_600_000, 2_700_000)),  # Lambert II étendu
    Grid(2975, (310_000, 385_000), (7_630_000, 7_710_000)),  # La Réunion
    Grid(4471, (500_000, 545_000), (8_550_000, 8_620_000)),  # Mayotte
)


def of_metres(east: float, north: float) -> Point | None:
    """The point of these metres, in the first grid that holds them; None if none does."""
    grid = next((grid for grid in GRIDS if grid.holds(east, north)), None)
    if grid is None:
        return None
    longitude, latitude = _transformer(grid.epsg).transform(east, north)
    return round(latitude, 6), round(longitude, 6)


def is_east(number: float) -> bool:
    return any(grid.east[0] <= number <= grid.east[1] for grid in GRIDS)


def is_north(number: float) -> bool:
    return any(grid.north[0] <= number <= grid.north[1] for grid in GRIDS)


@cache
def _transformer(epsg: int) -> Transformer:
    return Transformer.from_crs(f"EPSG:{epsg}", "EPSG:4326", always_xy=True)
