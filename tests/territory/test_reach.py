"""Times to get somewhere, from real servers on this machine that speak as OSRM and Valhalla do, or misbehave."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.territory.reach import Reach, Times, open_reach, osrm
from tests.territory.strangers import MISBEHAVIOURS, Manners, serving

DIGNE, AIGLUN, BARCELONNETTE = (44.0934, 6.2352), (44.0605, 6.1369), (44.3869, 6.6522)
PLACES = [AIGLUN, BARCELONNETTE]


class RoutingManners(Manners):
    """OSRM's table, Valhalla's matrix and routes. `server.seconds`: by car, in order; `server.rides`: how one travels."""

    def reply(self, url: str, body: bytes) -> tuple[str, bytes]:
        server: Any = self.server
        if "/table/" in url:
            answer: Any = {"code": "Ok", "durations": [[0, *server.seconds]], "sources": [], "destinations": []}
        elif url.endswith("/sources_to_targets"):
            cells = [{"time": s, "distance": 1.0, "from_index": 0, "to_index": i} for i, s in enumerate(server.seconds)]
            answer = {"sources_to_targets": [cells[::-1]], "units": "kilometers"}
        else:
            asked = json.loads(body)
            assert asked["costing"] == "multimodal"
            legs = [{"maneuvers": [{"travel_mode": mode} for mode in ("pedestrian", server.rides)]}]
            answer = {"trip": {"status": 0, "summary": {"time": 4000, "length": 30.0}, "legs": legs}}
        return "application/json", json.dumps(answer).encode()


@pytest.fixture
def server() -> Iterator[Any]:
    with serving(RoutingManners) as stranger:
        stranger.seconds, stranger.rides = [780.0, 5100], "transit"  # type: ignore[attr-defined]
        yield stranger


def test_no_server_is_no_reach() -> None:
    assert open_reach("", "") is None


def test_osrm_tells_driving_times(server: Any) -> None:
    assert Reach(osrm(server.url), None, 30).times(DIGNE, PLACES) == (Times(13), Times(85))
    path = server.asked[0][0]
    assert path == ("/service/table/v1/driving/6.23520,44.09340;6.13690,44.06050;6.65220,44.38690?sources=0&annotations=duration"), (
        "longitude comes first"
    )


def test_valhalla_tells_both(server: Any) -> None:
    reach = open_reach("", server.url)
    assert reach
    assert reach.times(DIGNE, PLACES) == (Times(13, 67), Times(85, 67))


def test_a_walk_is_no_public_transport(server: Any) -> None:
    server.rides = "pedestrian"
    reach = open_reach("", server.url)
    assert reach
    assert [one.transports for one in reach.times(DIGNE, PLACES)] == [None, None]


def test_osrm_drives_and_valhalla_rides_when_both_are_there(server: Any) -> None:
    reach = open_reach(server.url, server.url)
    assert reach
    reach.times(DIGNE, PLACES)
    assert sorted(path.partition("/service/")[2].partition("/")[0] for path, _ in server.asked) == ["route", "route", "table"]


@pytest.mark.parametrize("seconds", [[None, 5100], [12.0, 5100], [-1, 5100], [1e9, 5100]], ids=["no way", "flying", "before", "days"])
def test_what_cannot_be_is_left_out(server: Any, seconds: list[Any]) -> None:
    server.seconds = seconds
    assert Reach(osrm(server.url), None, 30).times(DIGNE, PLACES) == (Times(None), Times(85))


@pytest.mark.parametrize("seconds", [[780.0], [780.0, 5100, 9], ["bientôt", 5100]], ids=["too few", "too many", "no number"])
def test_an_answer_to_another_question_is_none(server: Any, seconds: list[Any]) -> None:
    server.seconds = seconds
    assert Reach(osrm(server.url), None, 30).times(DIGNE, PLACES) == (Times(), Times())


@pytest.mark.parametrize("manner", [*MISBEHAVIOURS, "400", "503"])
def test_a_server_that_misbehaves_tells_nothing_and_holds_nobody(server: Any, manner: str) -> None:
    server.manner = manner
    assert Reach(osrm(server.url), None, 0.4).times(DIGNE, PLACES) == (Times(), Times())
    assert not server.closing.is_set(), "the server would have gone on"


def test_no_place_asks_nobody(server: Any) -> None:
    assert Reach(osrm(server.url), None, 30).times(DIGNE, []) == ()
    assert server.asked == []
