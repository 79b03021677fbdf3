"""The first answers, chosen without sorting them all, are those that sorting them all puts first."""

import numpy as np
import pytest

from app.search.ranking import foremost, sorted_by


@pytest.mark.parametrize("seed", range(20))
def test_the_foremost_are_the_first_of_the_whole_order(seed: int) -> None:
    draw = np.random.default_rng(seed)
    size = int(draw.integers(1, 400))
    keys = [draw.integers(0, most, size).astype(np.float64) for most in (3, 2, 5, 40)]
    pks = draw.permutation(size).astype(np.uint64)
    whole = sorted_by(keys, pks)
    for number in (1, 7, size // 2 + 1, size, size + 5):
        chosen = foremost(keys, number)
        ordered = chosen[sorted_by([key[chosen] for key in keys], pks[chosen])]
        assert list(ordered[:number]) == list(whole[:number])


def test_answers_that_nothing_tells_apart_are_all_kept_for_the_tie_to_be_broken() -> None:
    assert sorted(foremost([np.zeros(5)], 2)) == [0, 1, 2, 3, 4]
