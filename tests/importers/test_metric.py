"""Metres of the grids that French files use, as degrees; and numbers that are no point."""

import pytest
from pyproj import Transformer

from importers.metric import GRIDS, of_metres
from importers.points import ordered

DIGNE = (44.0925, 6.2356)
THERE = {
    **{2975: (-20.88, 55.45), 4471: (-12.78, 45.23), 3942: (42.69, 2.89), 3943: (43.3, 5.37), 3946: (45.76, 4.83)},
    **{3947: (47.21, -1.55), 3948: (48.11, -1.68), 3949: (48.85, 2.35), 3950: (50.63, 3.06)},
}
"""Somewhere in each grid, where it is not Digne."""


@pytest.mark.parametrize("epsg", [grid.epsg for grid in GRIDS])
def test_a_point_comes_back_from_the_metres_of_its_grid(epsg: int) -> None:
    latitude, longitude = THERE.get(epsg, DIGNE)
    east, north = Transformer.from_crs("EPSG:4326", f"EPSG:{epsg}", always_xy=True).transform(longitude, latitude)
    assert of_metres(east, north) == pytest.approx((latitude, longitude), abs=1e-5)
    assert ordered(east, north) == ordered(north, east) == pytest.approx((latitude, longitude), abs=1e-5)


@pytest.mark.parametrize(("east", "north"), [(0, 0), (4000, 6_500_000), (912_000, 12), (500_000, 5_000_000), (1_958_964, 8_900_000)])
def test_other_numbers_are_no_point(east: float, north: float) -> None:
    assert of_metres(east, north) is None
