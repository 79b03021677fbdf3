"""Times to get to the answers: off by default, after the page, and never instead of it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.territory.strangers import serving
from tests.territory.test_reach import RoutingManners
from tests.web.conftest import Browser, MakeApp, sign_in
from tests.web.scene import furnish

NEAR_DIGNE = {"q": "enfants", "lieu": "Digne-les-Bains", "rayon": "100", "tri": "distance"}


@pytest.fixture
def server() -> Iterator[Any]:
    with serving(RoutingManners) as stranger:
        stranger.seconds, stranger.rides = [300, 780, 5100], "transit"  # type: ignore[attr-defined]
        yield stranger


@pytest.fixture
def conseiller(make_app: MakeApp, server: Any) -> Browser:
    app = make_app(osrm_url=server.url)
    furnish(app)
    return sign_in(app, "conseiller")


def test_without_a_server_the_page_asks_for_nothing(make_app: MakeApp) -> None:
    app = make_app()
    furnish(app)
    browser = sign_in(app, "conseiller")
    page = browser.get("/recherche", params=NEAR_DIGNE).text
    assert "trajet" not in page
    assert browser.get("/recherche/trajets", params=NEAR_DIGNE).status_code == 204


def test_the_page_comes_first_and_the_times_after(conseiller: Browser, server: Any) -> None:
    page = conseiller.get("/recherche", params=NEAR_DIGNE).text
    assert server.asked == []
    address = re.search(r'hx-get="(/recherche/trajets[^"]+)"', page)
    assert address
    times = conseiller.get(address[1].replace("&amp;", "&")).text
    found = re.findall(r'id="(trajet-\d)"[^>]*>([^<]+)<', times)
    assert found == [
        ("trajet-1", "5\u00a0min en voiture"),
        ("trajet-2", "13\u00a0min en voiture"),
        ("trajet-3", "1\u00a0h\u00a025 en voiture"),
    ]
    assert all(f'id="{name}"' in page for name, _ in found)


@pytest.mark.parametrize("manner", ["hangs", "errs", "garbage"])
def test_a_server_that_does_not_answer_leaves_the_page_as_it_is(conseiller: Browser, server: Any, manner: str) -> None:
    server.manner = manner
    assert conseiller.get("/recherche/trajets", params=NEAR_DIGNE).status_code == 204
    assert not server.closing.is_set()


@pytest.mark.parametrize("params", [{}, {"q": "enfants"}, {"q": "enfants", "lieu": "04"}, {"lieu": "saint-denis"}])
def test_without_a_place_there_is_no_way_to_go(conseiller: Browser, server: Any, params: dict[str, str]) -> None:
    assert conseiller.get("/recherche/trajets", params=params).status_code == 204
    assert "trajet" not in conseiller.get("/recherche", params=params).text
    assert server.asked == []


@pytest.mark.parametrize("who", ["conseiller", "gestionnaire", "gestionnaire-37", "administrateur"])
def test_whoever_is_signed_in_learns_the_times(conseiller: Browser, who: str) -> None:
    assert sign_in(conseiller.app, who).get("/recherche/trajets", params=NEAR_DIGNE).status_code == 200  # type: ignore[arg-type]


def test_strangers_learn_nothing(conseiller: Browser, server: Any) -> None:
    assert Browser(conseiller.app).get("/recherche/trajets", params=NEAR_DIGNE).status_code == 303  # type: ignore[arg-type]
    assert server.asked == []
