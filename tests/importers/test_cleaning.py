"""One raw value in, one clean value out."""

from datetime import date
from typing import Any

import pytest

from importers import cleaning


@pytest.mark.parametrize("nothing", [None, "", "  ", "-", "#N/A", "NULL", "null", "@", "\xa0"])
def test_nothing_is_nothing_however_it_is_written(nothing: Any) -> None:
    assert cleaning.text(nothing) is None
    assert cleaning.number(nothing) is None
    assert cleaning.day(nothing) is None


def test_html_becomes_text_and_scripts_nothing() -> None:
    html = "<p>Ouvert &agrave; tous</p><script>alert(1)</script><ul><li>lundi</li><li>mardi</li></ul>"
    assert cleaning.text(html) == "Ouvert à tous\nlundi\nmardi"
    assert cleaning.line(html) == "Ouvert à tous lundi mardi"


def test_a_lone_sign_less_than_is_not_html() -> None:
    assert cleaning.text("Revenus < 1 000 €, > 25 ans") == "Revenus < 1 000 €, > 25 ans"


def test_mojibake_is_mended_and_good_text_left_alone() -> None:
    assert cleaning.text("ChÃ¢teau des Essais") == "Château des Essais"
    assert cleaning.text("Île, Âne, Ãtre") == "Île, Âne, Ãtre"


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("19/02/2020", date(2020, 2, 19)),
        ("2020-02-19T10:00:00", date(2020, 2, 19)),
        ("09/0102023", None),
        ("31/02/2020", None),
        ("01/01/1999", None),
        ("01/01/2999", None),
    ],
)
def test_a_broken_date_is_unknown(written: str, known: date | None) -> None:
    assert cleaning.day(written) == known


@pytest.mark.parametrize(("written", "number"), [("475198,121", 475198.121), (3.5, 3.5), ("-0,5", -0.5), ("12 rue", None), ("1e5", None)])
def test_a_decimal_comma_is_forgiven(written: Any, number: float | None) -> None:
    assert cleaning.number(written) == number


def test_a_lost_zero_comes_back_only_where_the_source_says_there_was_one() -> None:
    assert cleaning.postal_code(4000, ("04", "06")) == "04000"
    assert cleaning.postal_code("4900", ("49",)) is None
    assert cleaning.insee_code("6088", ("06",)) == "06088"
    assert cleaning.insee_code("2A004") == "2A004"


@pytest.mark.parametrize(
    ("written", "siret"),
    [
        ("130 033 013 00016", None),
        ("13003301300016", None),
        ("13003013300016", "13003013300016"),
        ("35600000049837", "35600000049837"),
        ("36750100000000", None),
    ],
)
def test_a_siret_has_a_right_key_or_is_dropped(written: str, siret: str | None) -> None:
    assert cleaning.siret(written) == siret


def test_a_long_text_is_cut_between_words() -> None:
    assert cleaning.cut("un deux trois quatre", 15) == "un deux trois…"
    assert len(cleaning.cut("x" * 200, 150)) == 150


@pytest.mark.parametrize(
    "value", ["<<scrit>script>alert(1)</script>", "<<i><<b>script>x</script>", "<" * 40 + "i>" * 40 + "script>alert(1)</script>"]
)
def test_a_tag_inside_a_tag_leaves_no_tag(value: str) -> None:
    assert "<script" not in (cleaning.text(value) or "")


def test_a_sign_is_no_tag() -> None:
    assert cleaning.text("Âge < 26 ans, revenus > 500 €") == "Âge < 26 ans, revenus > 500 €"
