"""Opening hours in French."""

import pytest

from app.web.hours import in_french


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Mo-Fr 09:00-12:00,13:30-17:00", [("du lundi au vendredi", "9 h – 12 h, 13 h 30 – 17 h")]),
        ("Mo,We 08:30-12:00; Sa 09:00-12:00; PH off", [("lundi, mercredi", "8 h 30 – 12 h"), ("samedi", "9 h – 12 h")]),
        ("Mo-Tu 09:00-12:00", [("lundi et mardi", "9 h – 12 h")]),
        ("Mo-Su 00:00-24:00", [("tous les jours", "0 h – 24 h")]),
        ("24/7", [("tous les jours", "24 h sur 24")]),
        ("Tu off", [("mardi", "fermé")]),
    ],
)
def test_simple_hours_are_said_in_french(written: str, said: list[tuple[str, str]]) -> None:
    assert [(days, times.replace("\u00a0", " ")) for days, times in in_french(written)] == said


@pytest.mark.parametrize("written", ["Mo[1] 14:00-17:00", "Jan-Mar Mo 09:00-12:00", "sur rendez-vous", 'Mo 09:00-12:00 "sur rendez-vous"'])
def test_what_is_not_simple_is_left_to_the_reader(written: str) -> None:
    assert in_french(written) == ()
