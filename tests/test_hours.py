"""Hours become OSM opening_hours when every word is understood, and stay text otherwise."""

import pytest

from app import hours


@pytest.mark.parametrize(
    ("written", "osm"),
    [
        ("Lundi au vendredi 9h-12h/14h-18h", "Mo-Fr 09:00-12:00,14:00-18:00"),
        ("Du lundi au jeudi de 08h30 à 12h00 et de 13h30 à 17h00", "Mo-Th 08:30-12:00,13:30-17:00"),
        ("lundi, mardi et jeudi : 9h30-12h; samedi 10h-12h", "Mo,Tu 09:30-12:00; Th 09:30-12:00; Sa 10:00-12:00"),
        ("Mardi 14h\ufffd18h | Mercredi 9h \ufffd 12h", "Tu 14:00-18:00; We 09:00-12:00"),
        ("Tous les jours 9h-20h", "Mo-Su 09:00-20:00"),
        ("Jeudi 9h-12h - Vendredi 9h-12h", "Th,Fr 09:00-12:00"),
        ("Lundi - mercredi 9h-12h", None),
        ("Lundi au vendredi 9h-12h, sauf en août", None),
        ("Sur rendez-vous", None),
        ("9h-18h", None),
        ("Lundi 9h-12h ; lundi 10h-11h", None),
        ("Lundi 18h-9h", None),
        ("Lundi 9h75-12h", None),
    ],
)
def test_plain_french(written: str, osm: str | None) -> None:
    assert hours.from_text(written) == osm


@pytest.mark.parametrize(
    ("written", "slots"),
    [
        ("09:00 - 12:00 / 13:30 - 17:00", [(540, 720), (810, 1020)]),
        ("09:00-12:30-13:30-17:00", [(540, 750), (810, 1020)]),
        ("09:00 - 12:00 / 09:00 - 12:00", [(540, 720)]),
        ("00:00 - 00:00 / 08:30 - 12:00", [(510, 720)]),
        ("08:30 - 17:30 / 08:30 - 12:30", None),
        ("09:00-13:00-/3:00-16:00", None),
        ("fermé", None),
    ],
)
def test_one_day(written: str, slots: list[hours.Slot] | None) -> None:
    assert hours.slots(written) == slots


def test_days_alike_are_said_together() -> None:
    week = {day: [(540, 720)] for day in (0, 1, 2, 4)}
    assert hours.from_week(week) == "Mo-We 09:00-12:00; Fr 09:00-12:00"
    assert hours.from_week({}) is None


def test_a_bare_comment_is_not_hours() -> None:
    assert hours.is_osm('Mo-Fr 09:00-12:00; "sauf août"')
    assert not hours.is_osm('"sur rendez-vous"')
