"""Intercommunalités and départements as places."""

import pytest

from app.search.embedded.engine import EmbeddedEngine
from app.search.port import SearchRequest
from app.territory import gazetteer
from app.territory.areas import areas_of
from tests.search.documents import make_document

AREAS = areas_of(gazetteer.load())
UBAYE, DIGNE_EPCI = "200072304", "200067437"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("04", "04"),
        ("2a", "2A"),
        ("974", "974"),
        ("alpes de haute", "04"),
        ("ubaye", UBAYE),
        ("cc ubaye", UBAYE),
        ("provence-alpes agglo", "04"),
        ("communauté d'agglomération provence alpes agglomération", "04"),
        (DIGNE_EPCI, DIGNE_EPCI),
        ("métropole de lyon", "200046977"),
    ],
)
def test_an_area_is_suggested_by_code_or_by_starts_of_its_words(typed: str, first: str) -> None:
    assert AREAS.suggest(typed)[0].territory.code == first


@pytest.mark.parametrize("typed", ["", " ", "l", "cc", "communauté de communes", "xqzvwkj", "(", "1234567890"])
def test_nothing_is_suggested_for_what_says_nothing(typed: str) -> None:
    assert AREAS.suggest(typed) == ()


def test_every_area_is_found_by_the_way_it_is_written() -> None:
    every = [area for code in ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9") for area in AREAS.suggest(code, 2000)]
    assert not every, "codes are whole or nothing"
    named = {
        area.territory.code: area
        for word in ("cc d", "pays", "vallee", "val", "me", "sa", "mo", "ha", "co")
        for area in AREAS.suggest(word, 2000)
    }
    assert len(named) > 300
    assert [area.written for area in named.values() if AREAS.find(area.written) != area] == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Alpes-de-Haute-Provence", "04"),
        ("alpes de haute provence (DÉPARTEMENT 04)", "04"),
        ("Vallée de l'Ubaye Serre-Ponçon", UBAYE),
        ("Mayenne", "53"),
        ("deux vallées", None),
        ("Alpes-de-Haute-Provence (département 05)", None),
        ("", None),
    ],
)
def test_a_name_means_an_area_or_nothing(typed: str, code: str | None) -> None:
    found = AREAS.find(typed)
    assert (found and found.territory.code) == code


def test_the_place_holds_what_covers_all_of_it_and_what_covers_a_part() -> None:
    place = AREAS.place(UBAYE)
    assert place.is_area
    assert place.codes - place.parts == {UBAYE, "04", "04D", "france", "99100"}
    assert "04019" in place.parts
    assert "04070" not in place.codes
    departement = AREAS.place("04")
    assert departement.codes - departement.parts == {"04", "04D", "france", "99100"}
    assert {UBAYE, DIGNE_EPCI, "04070", "04019"} <= departement.parts
    assert "05" not in departement.codes


def test_a_search_for_an_area_keeps_who_serves_or_lies_in_some_of_it() -> None:
    engine = EmbeddedEngine(None)
    far = {"code_insee": "59350", "departement": "59", "latitude": 50.63, "longitude": 3.06}
    here = {"code_insee": "04019", "departement": "04", "latitude": 44.38, "longitude": 6.65}
    digne = {"code_insee": "04070", "departement": "04", "latitude": 44.09, "longitude": 6.23}
    engine.rebuild(
        [
            make_document("one commune of it", "a", zones=("04019",), **digne),
            make_document("all of it", "a", zones=(UBAYE,), **digne),
            make_document("its département", "a", zones=("04",), **far),
            make_document("there, for the country", "a", zones=("france",), **here),
            make_document("there, for whom is not said", "a", **here),
            make_document("remote, for the country", "a", zones=("france",), modes_accueil=("a-distance",), **far),
            make_document("elsewhere, for the country", "a", zones=("france",), **far),
            make_document("elsewhere, for whom is not said", "a", **digne),
            make_document("the neighbours alone", "a", zones=(DIGNE_EPCI,), **here),
        ]
    )
    found = engine.search(SearchRequest(place=AREAS.place(UBAYE), rayon_km=0, size=50))
    assert {hit.id for hit in found.hits} == {
        "one commune of it",
        "all of it",
        "its département",
        "there, for the country",
        "there, for whom is not said",
        "remote, for the country",
    }
    assert {hit.distance_km for hit in found.hits} == {None}
