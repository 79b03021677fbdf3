"""Whom a zone covers: the same answer for every engine and every page."""

import pytest

from app.search.port import Place
from app.territory import gazetteer
from app.territory.competence import admitted, parts_of, place_of, verdict_on_publics, zones_of
from app.territory.density import usual_radius
from app.territory.gazetteer import Commune

FRANCE = gazetteer.load()


def commune(code: str) -> Commune:
    found = FRANCE.commune(code)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("lives_in", "covered", "not_covered"),
    [
        # 200067437: Provence-Alpes-Agglomération. Schema v1 has no régions: ``territory.zones`` writes their départements.
        ("04070", ["04070", "04", "200067437", "france", "99100"], ["04019", "05", "R93"]),
        ("69383", ["69M", "200046977", "69123"], ["69D", "69381"]),
        ("69264", ["69D"], ["69M"]),  # Villefranche-sur-Saône
        ("49067", ["49095"], []),  # a former commune's code
        ("75111", ["75111", "75056", "75"], ["75112"]),
        ("75056", ["75112"], []),  # the district isn't known: any may be theirs
        ("2A004", ["2A"], ["20"]),
        ("97411", ["974"], []),
        ("85113", ["85"], [""]),  # L'Île-d'Yeu has no EPCI
    ],
)
def test_a_zone_covers_who_lives_in_it(lives_in: str, covered: list[str], not_covered: list[str]) -> None:
    zones = zones_of(FRANCE, commune(lives_in))
    assert zones >= set(covered)
    assert zones.isdisjoint(not_covered)
    assert None not in zones


def test_a_place_is_its_commune_s() -> None:
    digne = commune("04070")
    place = place_of(FRANCE, digne)
    assert (place.label, place.code_insee, place.departement) == ("Digne-les-Bains", "04070", "04")
    assert place.codes == zones_of(FRANCE, digne)


def test_a_person_is_at_their_address_or_else_at_the_town_hall() -> None:
    digne = commune("04070")

    def point(latitude: float | None = None, longitude: float | None = None) -> tuple[float | None, float | None]:
        place = place_of(FRANCE, digne, latitude, longitude)
        return place.latitude, place.longitude

    hall = (digne.latitude, digne.longitude)
    assert None not in hall
    assert point(44.1, 6.2) == (44.1, 6.2)
    assert point() == point(latitude=44.1) == point(longitude=6.2) == hall, "half a point is no point"
    assert place_of(FRANCE, commune("98818")).latitude is None


@pytest.mark.parametrize(
    ("lives_in", "parts"),
    [
        ("04019", set()),
        ("75111", set()),
        ("49067", {"49095"}),  # Chenillé-Champteussé, with the code that was Chenillé-Changé's
        ("69123", {"69232", *(f"6938{n}" for n in range(1, 10))}),  # Saint-Rambert-l’Île-Barbe, and the districts
    ],
)
def test_parts_cover_only_some_of_a_place(lives_in: str, parts: set[str]) -> None:
    assert parts_of(FRANCE, commune(lives_in)) == parts
    assert parts <= zones_of(FRANCE, commune(lives_in))
    assert place_of(FRANCE, commune(lives_in)).parts == parts


@pytest.mark.parametrize(
    ("wanted", "publics", "verdict"),
    [
        ("femmes", ["femmes", "seniors"], "correspond"),
        ("femmes", ["tous-publics"], "correspond"),
        ("femmes", [], "a-verifier"),
        ("femmes", ["seniors"], "exclut"),
        ("femmes", ["residents-qpv-frr"], "a-verifier"),
        ("residents-qpv-frr", ["residents-qpv-frr"], "a-verifier"),
        ("residents-qpv-frr", ["residents-qpv-frr", "femmes"], "a-verifier"),
        ("residents-qpv-frr", ["femmes"], "exclut"),
        ("tous-publics", ["residents-qpv-frr"], "exclut"),
        ("tous-publics", ["tous-publics"], "correspond"),
    ],
)
def test_a_public_matches_excludes_or_must_be_checked(wanted: str, publics: list[str], verdict: str) -> None:
    assert verdict_on_publics({wanted}, publics) == verdict
    assert (wanted in admitted(publics)) is (verdict != "exclut")


@pytest.mark.parametrize(
    ("lives_in", "km"),
    [
        ("75056", 10),
        ("75111", 10),
        ("49007", 10),
        ("97411", 10),
        ("05061", 20),  # Gap
        ("04112", 20),  # Manosque
        ("04070", 30),
        ("04019", 50),  # Barcelonnette
        ("85113", 50),  # L'Île-d'Yeu
        ("98818", 50),  # on no map
    ],
)
def test_how_far_to_look_depends_on_how_many_live_around(lives_in: str, km: int) -> None:
    assert usual_radius(FRANCE, place_of(FRANCE, commune(lives_in))) == km


def test_how_far_to_look_is_the_same_all_over_a_commune() -> None:
    digne = commune("04070")
    assert usual_radius(FRANCE, place_of(FRANCE, digne, 48.85, 2.35)) == usual_radius(FRANCE, place_of(FRANCE, digne))
    assert usual_radius(FRANCE, Place("Ici", "", "", frozenset(), 48.85, 2.35)) == 10, "a point in no known commune"
