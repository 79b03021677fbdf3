"""Each result says what meets the request and what must be checked."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.models import Service
from app.search.explain import kilometres, reasons
from app.search.port import Hit, Place, SearchRequest

DIGNE = Place("Digne-les-Bains", "04070", "04", frozenset({"04070", "04", "200067437", "france", "99100"}), 44.09, 6.23)


def told(values: dict[str, Any], distance: float | None = None, **request: Any) -> list[str]:
    service = Service(id="s", source="x", structure_id="t", nom="S", **{"date_maj": date(2026, 1, 1), **values})
    asked = replace(SearchRequest(place=DIGNE), **request)
    return [f"{reason.kind} : {reason.text}" for reason in reasons(asked, service, Hit("service", "s", distance))]


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        (["04070"], "couvre la commune"),
        (["200067437"], "couvre l’intercommunalité"),
        (["04", "13"], "couvre le département (04)"),
        (["france"], "couvre toute la France"),
    ],
)
def test_the_zone_that_covers_the_place_is_named(zones: list[str], expected: str) -> None:
    assert told({"zone_eligibilite": zones}, 3.0)[0] == f"correspond : Compétent pour Digne-les-Bains : {expected}"


def test_an_unknown_zone_must_be_checked() -> None:
    assert told({}, 3.0)[0].startswith("a-verifier : Zone desservie non précisée")


def test_a_distance_to_the_communes_centre_says_so() -> None:
    assert "correspond : À 3,2 km" in told({"precision_lieu": "adresse"}, 3.21)
    assert any("environ" in text for text in told({"precision_lieu": "commune"}, 3.21))


def test_a_place_that_is_not_on_the_map_must_be_asked_for_unless_remote() -> None:
    assert any(text.startswith("a-verifier : Lieu d’accueil non situé") for text in told({}))
    assert told({"modes_accueil": ["a-distance"], "zone_eligibilite": ["04"]})[1:] == ["correspond : Possible à distance"]


@pytest.mark.parametrize(
    ("publics", "expected"),
    [
        (["femmes", "seniors"], "correspond : Pour ce public : femmes"),
        (["tous-publics"], "correspond : Ouvert à tous"),
        (None, "a-verifier : Public non précisé : vérifier que la personne est concernée"),
    ],
)
def test_publics_met_or_to_be_checked(publics: list[str] | None, expected: str) -> None:
    assert expected in told({"publics": publics}, 1.0, publics=frozenset({"femmes"}))


def test_an_unknown_date_is_told() -> None:
    assert told({"date_maj": None}, 1.0)[-1] == "a-verifier : Date de mise à jour inconnue"


def test_nothing_is_said_of_a_place_that_was_not_given() -> None:
    assert told({}, place=None) == []


@pytest.mark.parametrize(("distance", "text"), [(0.0, "100 m"), (0.84, "800 m"), (0.97, "1 km"), (3.21, "3,2 km"), (27.4, "27 km")])
def test_distances_read_as_people_say_them(distance: float, text: str) -> None:
    assert kilometres(distance) == text
