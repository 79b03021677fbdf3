"""Suggestions of communes, and what is understood of a place that was typed."""

import pytest

from app.territory import gazetteer
from app.territory.lieux import understand, written
from tests.web.conftest import Browser, ClientAs

GAZETTEER = gazetteer.load()


def test_suggestions_are_options_written_so_that_they_are_understood(client_as: ClientAs) -> None:
    answer = client_as("conseiller").get("/lieux?q=barcelo")
    assert 'data-value="Barcelonnette (04400)"' in answer.text
    assert understand(GAZETTEER, "Barcelonnette (04400)").commune == GAZETTEER.commune("04019")


def test_nothing_typed_suggests_nothing(client_as: ClientAs) -> None:
    assert 'role="option"' not in client_as("conseiller").get("/lieux?q=").text


def test_strangers_are_sent_to_sign_in(stranger: Browser) -> None:
    assert stranger.get("/lieux?q=digne").status_code == 303


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("digne", "04070"),
        ("Digne-les-Bains (04000)", "04070"),
        ("04000", "04070"),
        ("Saint-Denis (93200)", "93066"),
        ("Saint-Denis (974)", "97411"),
        ("barcelonette", "04019"),
        ("Tours", "37261"),
        ("2A004", "2A004"),
    ],
)
def test_a_place_is_understood(typed: str, code: str) -> None:
    lieu = understand(GAZETTEER, typed)
    assert (lieu.state, lieu.commune and lieu.commune.code) == ("found", code)


@pytest.mark.parametrize(("typed", "state"), [("", "none"), ("saint-denis", "ambiguous"), ("Xqzvwkj", "unknown"), ("99999", "unknown")])
def test_a_place_that_is_not_understood_is_not_guessed(typed: str, state: str) -> None:
    lieu = understand(GAZETTEER, typed)
    assert (lieu.state, lieu.commune) == (state, None)


def test_a_postal_code_shared_with_villages_means_its_town_and_names_the_others() -> None:
    lieu = understand(GAZETTEER, "04000")
    assert "La Javie" in [commune.nom for commune in lieu.others]


def test_every_commune_is_found_by_the_way_the_field_writes_it() -> None:
    sample = GAZETTEER.communes()[::97]
    lost = []
    for commune in sample:
        lieu = understand(GAZETTEER, written(commune), commune.code)
        if lieu.commune != commune:
            lost.append(written(commune))
    assert lost == []
