"""GET /api/v1/search/services: the geography of data·inclusion, in real towns, with its faults mended."""

from typing import Any

from data_inclusion.schema import v1

from tests.api.conftest import (
    DUNKERQUE,
    HAZEBROUCK,
    LE_MANS,
    LILLE,
    MAUBEUGE,
    NOWHERE,
    PARIS,
    PARIS_11,
    PARIS_12,
    ROUBAIX,
    SERVICE_KEYS,
    STRUCTURE_KEYS,
    Add,
    Get,
    found,
    town,
)
from tests.web.conftest import Browser

HERE, FAR = ["en-presentiel"], ["a-distance"]


def distances(answer: Any) -> dict[str, int | None]:
    """Short name → distance, in the order of the answer."""
    return dict(zip(found(answer), [item["distance"] for item in answer["items"]], strict=True))


def test_an_answer_has_every_key_and_validates(add: Add, get: Get) -> None:
    add("lille", town(LILLE))
    page = get("/search/services", code_commune=LILLE)
    assert set(page) == {"items", "total", "page", "size", "pages"}
    item = page["items"][0]
    assert set(item) == {"service", "distance"}
    assert set(item["service"]) == SERVICE_KEYS | {"structure"}
    assert set(item["service"]["structure"]) == STRUCTURE_KEYS
    v1.Service.model_validate(item["service"])
    v1.Structure.model_validate(item["service"]["structure"])


def test_who_lives_where_finds_what(add: Add, get: Get) -> None:
    add("nulle-part")
    for name, code in {"dunkerque": DUNKERQUE, "lille": LILLE, "paris": PARIS, "paris-11": PARIS_11}.items():
        add(name, town(code), modes_accueil=HERE)
    cases = {
        DUNKERQUE: ["dunkerque"],
        MAUBEUGE: [],
        ROUBAIX: ["lille"],
        HAZEBROUCK: ["dunkerque", "lille"],
        PARIS: ["paris", "paris-11"],
        PARIS_11: ["paris-11", "paris"],
        LE_MANS: [],
    }
    assert {code: found(get("/search/services", code_commune=code)) for code in cases} == cases


def test_distance_is_in_whole_kilometres(add: Add, get: Get) -> None:
    add("lille", {**town(LILLE), "latitude": 50.633333, "longitude": 3.066667}, modes_accueil=HERE)
    assert distances(get("/search/services", code_commune=HAZEBROUCK)) == {"lille": 39}


def test_nearest_first_then_those_without_distance_then_by_id(add: Add, get: Get) -> None:
    add("z-hazebrouck", town(HAZEBROUCK), modes_accueil=HERE)
    add("b-lille", town(LILLE), modes_accueil=HERE)
    add("a-lille", town(LILLE), modes_accueil=HERE)
    add("c-distance", modes_accueil=FAR)
    add("a-distance", modes_accueil=FAR)
    assert found(get("/search/services", code_commune=ROUBAIX)) == ["a-lille", "b-lille", "z-hazebrouck", "a-distance", "c-distance"]


def test_a_point_goes_before_the_town_hall(add: Add, get: Get) -> None:
    add("lille", town(LILLE), modes_accueil=HERE)
    add("dunkerque", town(DUNKERQUE), modes_accueil=HERE)
    hazebrouck, le_mans = {"lat": 50.7262, "lon": 2.5387}, {"lat": 48.003954, "lon": 0.199134}
    assert found(get("/search/services", code_commune=ROUBAIX, **le_mans)) == []
    assert found(get("/search/services", code_commune=ROUBAIX, **hazebrouck)) == ["dunkerque", "lille"]
    assert distances(get("/search/services", **le_mans)) == {"dunkerque": None, "lille": None}, "a point alone is ignored"


def test_half_a_point_is_refused(program: Browser) -> None:
    for params in ({"lat": "48"}, {"lon": "0.2"}, {"lat": "48", "code_commune": MAUBEUGE}, {"lon": "0.2", "code_commune": MAUBEUGE}):
        answer = program.get("/api/v1/search/services", params=params)
        assert answer.status_code == 422
        assert "`lat` et `lon` vont ensemble" in answer.json()["detail"][0]["msg"]


def test_a_point_off_the_earth_is_refused(program: Browser) -> None:
    for lat, lon in (("91", "0"), ("nan", "0"), ("0", "inf"), ("0", "-180.1")):
        assert program.get("/api/v1/search/services", params={"lat": lat, "lon": lon}).status_code == 422, (lat, lon)


def test_an_unknown_commune_is_refused_and_a_former_one_followed(add: Add, get: Get, program: Browser) -> None:
    answer = program.get("/api/v1/search/services", params={"code_commune": "59999"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "code_commune"]
    add("dunkerque", town(DUNKERQUE), zone_eligibilite=[DUNKERQUE])
    assert found(get("/search/services", code_commune="59540")) == ["dunkerque"], "Saint-Pol-sur-Mer joined Dunkerque in 2010"


def test_remote_services_come_from_anywhere_without_a_distance(add: Add, get: Get) -> None:
    add("ici", town(DUNKERQUE), modes_accueil=FAR)
    add("la-bas", town(MAUBEUGE), modes_accueil=FAR)
    add("sans-adresse", modes_accueil=FAR)
    assert distances(get("/search/services", code_commune=DUNKERQUE)) == {"ici": None, "la-bas": None, "sans-adresse": None}


def test_both_modes_have_a_distance_only_when_near(add: Add, get: Get) -> None:
    add("lille", town(LILLE), modes_accueil=[*HERE, *FAR])
    add("paris", town(PARIS), modes_accueil=[*HERE, *FAR])
    assert distances(get("/search/services", code_commune=LILLE)) == {"lille": 0, "paris": None}


def test_without_modes_a_service_is_kept_near_and_its_distance_untold(add: Add, get: Get) -> None:
    add("inconnu", town(LILLE), modes_accueil=None)
    add("vide", town(LILLE), modes_accueil=[])
    add("loin", town(PARIS), modes_accueil=None)
    assert distances(get("/search/services", code_commune=LILLE)) == {"inconnu": None, "vide": None}


def test_zones(add: Add, get: Get) -> None:
    """A service at the town hall of the first commune, that serves a zone: does who lives in the second find it?"""
    cases = {
        (DUNKERQUE, DUNKERQUE, DUNKERQUE): True,
        (LILLE, LILLE, DUNKERQUE): False,
        (DUNKERQUE, "245900428", DUNKERQUE): True,  # CU de Dunkerque
        (DUNKERQUE, "200093201", DUNKERQUE): False,  # Métropole européenne de Lille
        (DUNKERQUE, "59", DUNKERQUE): True,
        (DUNKERQUE, "62", DUNKERQUE): False,
        (DUNKERQUE, "44", DUNKERQUE): False,  # a département, not the région Grand Est
        (DUNKERQUE, "france", DUNKERQUE): True,
        (DUNKERQUE, "99100", DUNKERQUE): True,
        (DUNKERQUE, "99109", DUNKERQUE): False,  # Germany
        (PARIS, "75056", PARIS_11): True,  # a district is in its city
        (PARIS_11, "75111", PARIS): True,
        (PARIS_11, "75111", PARIS_12): False,
        (PARIS_11, "75", PARIS_11): True,
    }
    for place, zone, _ in cases:
        add(f"{place}-{zone}", town(place), zone_eligibilite=[zone], modes_accueil=HERE)
    got = {case: f"{case[0]}-{case[1]}" in found(get("/search/services", code_commune=case[2])) for case in cases}
    assert got == cases


def test_an_empty_zone_is_no_zone(add: Add, get: Get) -> None:
    add("vide", town(LILLE), zone_eligibilite=[])
    assert found(get("/search/services", code_commune=LILLE)) == ["vide"]


def test_without_coordinates_a_code_may_tell(add: Add, get: Get) -> None:
    lost = {"latitude": None, "longitude": None, "precision_lieu": None}
    add("dans-la-commune", {**town(ROUBAIX), **lost}, modes_accueil=HERE)
    add("zone-nommee", {**town(LILLE), **lost}, zone_eligibilite=["59"], modes_accueil=HERE)
    add("toute-la-france", {**town(LILLE), **lost}, zone_eligibilite=["france"], modes_accueil=HERE)
    add("sans-rien", NOWHERE, modes_accueil=HERE)
    assert distances(get("/search/services", code_commune=ROUBAIX)) == {"dans-la-commune": None, "zone-nommee": None}


def test_a_commune_without_epci_or_coordinates_is_served_by_its_codes(add: Add, get: Get) -> None:
    add("saint-martin", {**town("97801"), "latitude": 18.0708, "longitude": -63.0844}, zone_eligibilite=["97801"], modes_accueil=HERE)
    add("lille", town(LILLE), modes_accueil=HERE)
    assert distances(get("/search/services", code_commune="97801")) == {"saint-martin": None}


def test_filters_hold_with_and_without_a_commune(add: Add, get: Get) -> None:
    add("garde", town(LILLE))
    add("permis", town(LILLE), thematiques=["mobilite--preparer-un-permis"], frais="gratuit", type="formation", publics=["jeunes"])
    add("autre", town(LILLE), thematiques=None, publics=None, modes_accueil=None, source="autre")
    cases: dict[str, list[str]] = {
        "thematiques=famille": ["garde"],
        "frais=gratuit": ["permis"],
        "types=formation": ["permis"],
        "publics=jeunes": ["permis"],
        "modes_accueil=en-presentiel": ["garde", "permis"],
        "sources=autre": ["autre"],
        "score_qualite_minimum=2": [],
        "recherche_public=jeunes": ["permis"],
        "recherche_public=jeunes OR familles": ["garde", "permis"],
        "exclure_doublons=true": ["autre", "garde", "permis"],
    }
    for place in ({}, {"code_commune": LILLE}):
        for question, expected in cases.items():
            name, _, value = question.partition("=")
            assert sorted(found(get("/search/services", **{name: value}, **place))) == expected, (question, place)


def test_pages_walked_one_by_one_lose_nothing_and_repeat_nothing(add: Add, get: Get) -> None:
    for number in range(7):
        add(str(number), town(LILLE if number % 2 else HAZEBROUCK))
    for params in ({}, {"code_commune": LILLE}, {"code_commune": LILLE, "recherche_public": "familles"}):
        whole = found(get("/search/services", **params))
        pages = [get("/search/services", page=number, size=3, **params) for number in (1, 2, 3, 4)]
        assert [page["size"] for page in pages] == [3, 3, 1, 0]
        assert [page["total"] for page in pages] == [7, 7, 7, 7]
        assert [name for page in pages for name in found(page)] == whole
        assert sorted(whole) == [str(number) for number in range(7)]
