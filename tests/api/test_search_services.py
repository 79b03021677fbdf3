"""GET /api/v1/search/services: the geography of data·inclusion to the letter, in real towns.

What it drops is dropped here too, since its clients rely on it; a district matches its city and back, which it forgets.
"""

from typing import Any

from data_inclusion.schema import v1
from sqlalchemy import Engine, text

from tests.api.conftest import (
    DUNKERQUE,
    HAZEBROUCK,
    LE_MANS,
    LILLE,
    MAUBEUGE,
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
DIGNE, GAP, SISTERON, VALREAS, YEU, AJACCIO = "04070", "05061", "04209", "84138", "85113", "2A004"
LYON, LYON_3, SAINT_DENIS, SAINT_DENIS_974 = "69123", "69383", "93066", "97411"


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


def test_fifty_kilometres_are_measured_on_the_ellipsoid_to_the_metre(add: Add, get: Get) -> None:
    """Along a meridian from the equator, 50 km are 0.452185° of latitude (WGS 84); on a sphere they would be 0.449661°."""
    start = {"lat": 0, "lon": 9.5}
    for name, latitude in {"dedans": 0.45218, "dehors": 0.45220, "sphere": 0.44970}.items():
        add(name, {**town(LILLE), "latitude": latitude, "longitude": 9.5}, modes_accueil=HERE)
    assert distances(get("/search/services", code_commune=LILLE, **start)) == {"dedans": 50, "sphere": 50}


def test_kilometres_are_rounded_to_the_nearest(add: Add, get: Get) -> None:
    start = {"lat": 0, "lon": 9.5}
    for name, latitude in {"400-m": 0.0036, "600-m": 0.0054, "1600-m": 0.01447}.items():
        add(name, {**town(LILLE), "latitude": latitude, "longitude": 9.5}, modes_accueil=HERE)
    assert distances(get("/search/services", code_commune=LILLE, **start)) == {"400-m": 0, "600-m": 1, "1600-m": 2}


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
        assert answer.json() == {"detail": "`lat` et `lon` vont ensemble : donnez les deux, ou aucun."}


def test_a_point_off_the_earth_is_refused(program: Browser) -> None:
    for lat, lon in (("91", "0"), ("nan", "0"), ("0", "inf"), ("0", "-180.1")):
        assert program.get("/api/v1/search/services", params={"lat": lat, "lon": lon}).status_code == 422, (lat, lon)


def test_an_unknown_commune_is_refused_and_a_former_one_followed(add: Add, get: Get, program: Browser) -> None:
    answer = program.get("/api/v1/search/services", params={"code_commune": "59999"})
    assert answer.status_code == 422
    assert answer.json() == {"detail": "Aucune commune n’a le code INSEE « 59999 ». Ce n’est pas un code postal."}
    add("dunkerque", town(DUNKERQUE), zone_eligibilite=[DUNKERQUE])
    assert found(get("/search/services", code_commune="59540")) == ["dunkerque"], "Saint-Pol-sur-Mer joined Dunkerque in 2010"
    add("saint-pol", town(DUNKERQUE), zone_eligibilite=["59540"])
    assert found(get("/search/services", code_commune="59540")) == ["dunkerque", "saint-pol"], "the code asked for counts too"
    assert found(get("/search/services", code_commune=DUNKERQUE)) == ["dunkerque"]


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
        (DIGNE, "R93", DIGNE): False,  # no région is ever a zone, whatever its code
        (DIGNE, "93", DIGNE): False,  # Seine-Saint-Denis
        (GAP, "05", DIGNE): False,  # 46 km away, in the next département
        (DIGNE, "200067437", DIGNE): True,  # Provence-Alpes-Agglomération
        (LYON, "69123", LYON_3): True,
        (LYON_3, "69383", LYON): True,
        (LYON, "200046977", LYON_3): True,  # Métropole de Lyon
        (SAINT_DENIS, "93", SAINT_DENIS): True,
        (SAINT_DENIS, "974", SAINT_DENIS): False,
        (SAINT_DENIS_974, "974", SAINT_DENIS_974): True,
        (SAINT_DENIS_974, "93", SAINT_DENIS_974): False,
        (AJACCIO, "2A", AJACCIO): True,
        (AJACCIO, "2B", AJACCIO): False,
        (AJACCIO, "20", AJACCIO): False,
        (YEU, "85", YEU): True,  # an island without EPCI
        (VALREAS, "84", VALREAS): True,  # an enclave of Vaucluse in Drôme
        (VALREAS, "26", VALREAS): False,
        (DIGNE, "04000", DIGNE): False,  # a postal code is no zone: 04000 is no commune's code
    }
    for place, zone, _ in cases:
        add(f"{place}-{zone}", town(place), zone_eligibilite=[zone], modes_accueil=HERE)
    got = {case: f"{case[0]}-{case[1]}" in found(get("/search/services", code_commune=case[2])) for case in cases}
    assert got == cases


def test_an_empty_zone_is_no_zone(add: Add, get: Get) -> None:
    add("vide", town(LILLE), zone_eligibilite=[])
    assert found(get("/search/services", code_commune=LILLE)) == ["vide"]


def test_without_coordinates_only_what_is_remote_stays(add: Add, get: Get) -> None:
    lost = {"latitude": None, "longitude": None, "precision_lieu": None}
    add("dans-la-commune", {**town(ROUBAIX), **lost}, modes_accueil=HERE)
    add("zone-nommee", {**town(ROUBAIX), **lost}, zone_eligibilite=[ROUBAIX], modes_accueil=HERE)
    add("moitie", {**town(ROUBAIX), "latitude": None}, modes_accueil=HERE)
    add("sans-mode", {**town(ROUBAIX), **lost}, modes_accueil=None)
    add("a-distance", {**town(ROUBAIX), **lost}, modes_accueil=[*HERE, *FAR])
    assert distances(get("/search/services", code_commune=ROUBAIX)) == {"a-distance": None}


def test_around_a_commune_that_nobody_has_located_near_is_what_lies_in_it(add: Add, get: Get) -> None:
    add("saint-martin", {**town("97801"), "latitude": 18.0708, "longitude": -63.0844}, modes_accueil=HERE)
    add("perdu", {**town("97801"), "latitude": None, "longitude": None}, modes_accueil=HERE)
    add("lille", town(LILLE), modes_accueil=HERE)
    add("loin", town(LILLE), modes_accueil=FAR)
    assert town("97801")["latitude"] is None, "the gazetteer has located Saint-Martin: choose another commune"
    assert distances(get("/search/services", code_commune="97801")) == {"loin": None, "saint-martin": None}
    assert distances(get("/search/services", code_commune="97801", lat=18.07, lon=-63.08)) == {"saint-martin": 0, "loin": None}


def test_a_remote_service_nearby_has_no_distance(add: Add, get: Get) -> None:
    add("visio", town(LILLE), modes_accueil=FAR)
    add("guichet", town(LILLE), modes_accueil=HERE)
    assert distances(get("/search/services", code_commune=LILLE)) == {"guichet": 0, "visio": None}


def test_a_remote_service_must_be_eligible_too(add: Add, get: Get) -> None:
    add("dici", town(PARIS), modes_accueil=FAR, zone_eligibilite=["59"])
    add("dailleurs", town(LILLE), modes_accueil=FAR, zone_eligibilite=["62"])
    assert found(get("/search/services", code_commune=LILLE)) == ["dici"]


def test_a_structures_place_is_not_its_services(add: Add, get: Get) -> None:
    """A service that says no place of its own is not searched where its structure is."""
    add("strasbourg", modes_accueil=HERE)
    assert found(get("/search/services", code_commune="67482")) == []


def test_across_a_border_distance_alone_counts(add: Add, get: Get) -> None:
    add("gap", town(GAP), modes_accueil=HERE)
    add("gap-sert-le-04", town(GAP), zone_eligibilite=["04", "05"], modes_accueil=HERE)
    assert sorted(found(get("/search/services", code_commune=SISTERON))) == ["gap", "gap-sert-le-04"]


def test_saint_denis_here_is_not_saint_denis_overseas(add: Add, get: Get) -> None:
    add("reunion", town(SAINT_DENIS_974), modes_accueil=HERE)
    add("ile-de-france", town(SAINT_DENIS), modes_accueil=HERE)
    assert found(get("/search/services", code_commune=SAINT_DENIS)) == ["ile-de-france"]
    assert found(get("/search/services", code_commune=SAINT_DENIS_974)) == ["reunion"]


def test_without_commune_everything_is_in_the_order_of_ids(add: Add, get: Get) -> None:
    for name, place in {"c": town(LILLE), "a": town(PARIS), "b": None}.items():
        add(name, place, zone_eligibilite=["62"], modes_accueil=HERE)
    assert distances(get("/search/services")) == {"a": None, "b": None, "c": None}


def test_bad_coordinates_of_one_row_fail_no_search(add: Add, get: Get, engine: Engine) -> None:
    for name in ("bon", "essai"):
        add(name, town(LILLE), modes_accueil=[*HERE, *FAR])
    for latitude, longitude in ((999.0, 3.07), (50.6, 999.0), (-1e300, 1e300), (90.3, 3.07)):
        with engine.begin() as connection:
            values = {"latitude": latitude, "longitude": longitude}
            connection.execute(text("UPDATE service SET latitude = :latitude, longitude = :longitude WHERE id = 'essai--essai'"), values)
        assert distances(get("/search/services", code_commune=LILLE)) == {"bon": 0, "essai": None}
        pole = {"lat": 90, "lon": 180}
        assert distances(get("/search/services", code_commune=LILLE, **pole)) == {"bon": None, "essai": None}


def test_filters_hold_with_and_without_a_commune(add: Add, get: Get) -> None:
    add("garde", town(LILLE))
    add("permis", town(LILLE), thematiques=["mobilite--preparer-un-permis"], frais="gratuit", type="formation", publics=["jeunes"])
    add("autre", town(LILLE), thematiques=None, publics=None, modes_accueil=None, source="autre")
    cases: dict[str, list[str]] = {
        "thematiques=famille": ["garde"],
        "frais=gratuit": ["permis"],
        "types=formation": ["permis"],
        "publics=jeunes": ["permis"],
        "publics=tous-publics": ["autre", "garde", "permis"],
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
