"""Addresses looked up in a real service, on this machine, that answers well, badly or not at all."""

import logging
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from app.territory import gazetteer
from app.territory.geocoding import Geocoder, Wanted, open_geocoder
from app.territory.outside import Unanswered
from tests.territory.strangers import MISBEHAVIOURS, a_geocoder, an_answer

GAZETTEER = gazetteer.load()
TYPED = "12 rue des Essais"
AT_DIGNE = an_answer("12 Rue des Essais 04000 Digne-les-Bains", "04070", 44.0951, 6.2411)


def commune(code: str) -> Any:
    found = GAZETTEER.commune(code)
    assert found
    return found


DIGNE = commune("04070")


@pytest.fixture
def service() -> Iterator[Any]:
    with a_geocoder({TYPED: [AT_DIGNE]}) as stranger:
        yield stranger


@pytest.fixture
def geocoder(service: Any) -> Geocoder:
    return Geocoder(GAZETTEER, service.url, seconds=0.4, batch_seconds=0.4)


@pytest.fixture
def patient(service: Any) -> Geocoder:
    """For tests in which the service answers, however busy the machine."""
    return Geocoder(GAZETTEER, service.url, seconds=30, batch_seconds=30)


def test_an_address_is_found_in_the_commune_asked_for(service: Any, patient: Geocoder) -> None:
    (found,) = patient.find(TYPED, DIGNE)
    assert (found.latitude, found.longitude, found.commune) == (44.0951, 6.2411, DIGNE)
    assert "citycode=04070" in service.asked[0][0]
    assert patient.find(TYPED, commune("13055")) == ()


def test_the_same_address_is_asked_for_once(service: Any, patient: Geocoder) -> None:
    assert patient.find(TYPED, DIGNE) == patient.find(TYPED, DIGNE)
    assert len(service.asked) == 1


def test_what_the_service_cannot_read_is_not_asked(service: Any, patient: Geocoder) -> None:
    assert patient.find("  - ", DIGNE) == patient.find("", DIGNE) == ()
    assert service.asked == []
    patient.find(", " + TYPED + " a" * 300)
    assert "q=12+rue+des+Essais" in service.asked[0][0]


@pytest.mark.parametrize(
    "lie",
    [
        an_answer("12 Rue des Essais 05000 Gap", "05061", 44.5594, 6.0786),
        an_answer("12 Rue des Essais 04000 Digne-les-Bains", "04070", 6.2411, 44.0951),
        an_answer("12 Rue des Essais 04000 Digne-les-Bains", "04070", 48.8566, 2.3522),
        an_answer("12 Rue des Essais 04000 Digne-les-Bains", "04070", 44.0951, 6.2411, score=0.41),
        an_answer("Digne-les-Bains", "04070", 44.0951, 6.2411, type="municipality"),
        an_answer("12 Calle de Ensayos, Madrid", "99134", 40.4168, -3.7038),
        an_answer("12 Rue des Essais", "04070", 4409.51, 624.11),
        {**AT_DIGNE, "score": float("nan")},
        {**AT_DIGNE, "score": None},
        {"label": "12 Rue des Essais", "latitude": 44.0951, "longitude": 6.2411},
    ],
    ids=["wrong town", "swapped axes", "far away", "unsure", "no address", "abroad", "metres", "no number", "no score", "no town"],
)
def test_a_lie_is_not_believed(service: Any, patient: Geocoder, lie: dict[str, Any]) -> None:
    service.manner, service.known = "lies", {TYPED: [lie]}
    with suppress(Unanswered):  # so wrong that it is no answer
        assert patient.find(TYPED, DIGNE) == ()
    with suppress(Unanswered):
        assert patient.find_all([Wanted(TYPED, None, DIGNE)]) == [None]
    assert len(service.asked) == 2


def test_a_lie_among_true_answers_spoils_only_itself(service: Any, patient: Geocoder) -> None:
    service.known = {TYPED: [{**AT_DIGNE, "score": "haut"}, AT_DIGNE]}
    assert [found.label for found in patient.find(TYPED, DIGNE)] == [AT_DIGNE["label"]]


def test_districts_and_merged_communes_agree_with_their_city(service: Any, patient: Geocoder) -> None:
    service.known = {TYPED: [an_answer("12 Rue des Essais 75011 Paris", "75111", 48.8594, 2.3765)]}
    (found,) = patient.find(TYPED, commune("75056"))
    assert found.commune.code == "75111"
    assert "citycode" not in service.asked[0][0], "the service knows the districts alone"
    assert patient.find(TYPED, commune("75112")) == ()


def test_the_code_of_a_merged_commune_is_followed_to_todays(service: Any, patient: Geocoder) -> None:
    today = commune("04033")  # Ubaye-Serre-Ponçon, of which La Bréole is now part
    service.known = {"1 place": [an_answer("1 Place des Essais", "04198", today.latitude, today.longitude)]}
    assert [found.commune for found in patient.find("1 place des Essais")] == [today]


@pytest.mark.parametrize("manner", MISBEHAVIOURS)
def test_a_service_that_misbehaves_is_dropped_at_the_limit_then_left_alone(service: Any, geocoder: Geocoder, manner: str) -> None:
    service.manner = manner
    for _ in range(3):
        with pytest.raises(Unanswered):
            geocoder.find(TYPED, DIGNE)
    assert not service.closing.is_set(), "the service would have gone on"
    assert geocoder.is_resting
    asked = len(service.asked)
    with pytest.raises(Unanswered):
        geocoder.find(TYPED, DIGNE)
    assert len(service.asked) == asked


@pytest.mark.parametrize("manner", MISBEHAVIOURS)
def test_a_batch_that_misbehaves_is_dropped_too(service: Any, geocoder: Geocoder, manner: str) -> None:
    service.manner = manner
    with pytest.raises(Unanswered):
        geocoder.find_all([Wanted(TYPED, None, DIGNE)])


def test_nobody_listening_is_no_answer() -> None:
    with pytest.raises(Unanswered):
        Geocoder(GAZETTEER, "http://127.0.0.1:9").find(TYPED, DIGNE)


def test_an_unknown_host_is_no_answer() -> None:
    with pytest.raises(Unanswered):
        Geocoder(GAZETTEER, "http://geocodeur.invalid").find(TYPED, DIGNE)


def test_a_question_refused_is_not_a_failure_of_the_service(service: Any, patient: Geocoder) -> None:
    service.manner = "400"
    for number in range(5):
        assert patient.find(f"{number} rue des Essais", DIGNE) == ()
    assert not patient.is_resting
    service.manner = "well"
    assert patient.find(TYPED, DIGNE)


def test_too_many_calls_is_a_failure(service: Any, patient: Geocoder) -> None:
    service.manner = "429"
    with pytest.raises(Unanswered):
        patient.find(TYPED, DIGNE)


def test_a_failure_is_not_remembered(service: Any, patient: Geocoder) -> None:
    service.manner = "errs"
    with pytest.raises(Unanswered):
        patient.find(TYPED, DIGNE)
    service.manner = "well"
    assert patient.find(TYPED, DIGNE)


def test_callers_at_once_do_not_wait_for_each_other(service: Any, geocoder: Geocoder) -> None:
    service.manner = "hangs"
    refusals: list[str] = []

    def call(number: int) -> None:
        try:
            geocoder.find(f"{number} rue des Essais", DIGNE)
        except Unanswered as error:
            refusals.append(str(error))

    callers = [threading.Thread(target=call, args=(number,)) for number in range(10)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)
    assert len(refusals) == 10


def test_listings_are_looked_up_by_lots_in_their_order(service: Any, patient: Geocoder) -> None:
    wanted = [Wanted("1 rue inconnue", "04000", DIGNE), Wanted(TYPED, "04995", DIGNE), Wanted(TYPED, "75011", commune("75056"))]
    assert [found and found.label for found in patient.find_all(wanted)] == [None, AT_DIGNE["label"], None]
    (path, body) = service.asked[0]
    assert path.endswith("/search/csv")
    assert b"0,1 rue inconnue,,04070" in body
    assert b"2,12 rue des Essais,75011," in body
    assert patient.find_all([]) == []
    assert len(service.asked) == 1


def test_a_table_of_other_rows_is_not_believed(service: Any, patient: Geocoder) -> None:
    service.known = {TYPED: [{**AT_DIGNE, "label": 'x"\n99,"y'}]}
    assert [bool(found) for found in patient.find_all([Wanted(TYPED, None, DIGNE)])] == [True]


def test_no_address_is_no_geocoder() -> None:
    assert open_geocoder(GAZETTEER, "") is None


@pytest.mark.parametrize("manner", ["well", "errs", "garbage", "redirects", "cuts", "400"])
def test_what_is_asked_is_in_no_log_and_no_error(service: Any, patient: Geocoder, manner: str, caplog: pytest.LogCaptureFixture) -> None:
    service.manner = manner
    error = None
    with caplog.at_level(logging.DEBUG):
        try:
            patient.find("12 rue des Essais", DIGNE)
        except Unanswered as raised:
            error = raised
    assert "Essais" not in f"{error!r} {error and error.__cause__!r}"
    assert error is None or error.__suppress_context__
    assert "Essais" not in caplog.text
    assert "Essais" in service.asked[0][0]
