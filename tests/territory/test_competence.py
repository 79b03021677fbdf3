"""Whom a zone covers: the same answer for every engine and every page."""

import pytest

from app.territory import gazetteer
from app.territory.competence import place_of, zones_of
from app.territory.gazetteer import Commune

FRANCE = gazetteer.load()


def commune(code: str) -> Commune:
    found = FRANCE.commune(code)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("lives_in", "zone", "covered"),
    [
        ("04070", "04070", True),
        ("04070", "04", True),
        ("04070", "200067437", True),  # Provence-Alpes-Agglomération
        ("04070", "france", True),
        ("04070", "99100", True),
        ("04070", "04019", False),
        ("04070", "05", False),
        ("04070", "R93", False),  # schema v1 has no régions
        ("75111", "75111", True),
        ("75111", "75056", True),
        ("75111", "75112", False),
        ("75111", "75", True),
        ("75056", "75112", True),  # the district isn't known: any may be theirs
        ("69383", "200046977", True),
        ("69383", "69123", True),
        ("2A004", "2A", True),
        ("2A004", "20", False),
        ("97411", "974", True),
        ("85113", "85", True),  # L'Île-d'Yeu has no EPCI
    ],
)
def test_a_zone_covers_who_lives_in_it(lives_in: str, zone: str, covered: bool) -> None:
    assert (zone in zones_of(FRANCE, commune(lives_in))) is covered


def test_a_person_is_at_their_address_or_else_at_the_town_hall() -> None:
    digne = commune("04070")
    assert place_of(FRANCE, digne, 44.1, 6.2).latitude == 44.1
    assert place_of(FRANCE, digne).latitude == digne.latitude
    assert place_of(FRANCE, digne, latitude=44.1).latitude == digne.latitude, "half a point is no point"
    assert place_of(FRANCE, commune("98818")).latitude is None
