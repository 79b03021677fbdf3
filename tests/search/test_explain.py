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
    assert told({}, 3.0)[0].startswith("a-verifier : Zone non précisée")


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


def test_a_service_that_left_its_source_s_file_is_to_be_verified() -> None:
    gone = {"disparu_le": date(2026, 11, 1)}
    assert told(gone, 1.0)[-1] == "a-verifier : N’est plus dans le fichier de sa source"
    assert "fichier" not in " ".join(told({**gone, "verifie_le": date(2026, 11, 2)}, 1.0))


def test_an_unknown_date_is_told() -> None:
    assert told({"date_maj": None}, 1.0)[-1] == "a-verifier : Date de mise à jour inconnue"


def test_nothing_is_said_of_a_place_that_was_not_given() -> None:
    assert told({}, place=None) == []


@pytest.mark.parametrize(("distance", "text"), [(0.0, "100 m"), (0.84, "800 m"), (0.97, "1 km"), (3.21, "3,2 km"), (27.4, "27 km")])
def test_distances_read_as_people_say_them(distance: float, text: str) -> None:
    assert kilometres(distance) == text


def test_a_part_of_a_commune_depends_on_the_address() -> None:
    paris = Place("Paris", "75056", "75", frozenset({"75056", "75112", "75", "france"}), parts=frozenset({"75112"}))
    assert (
        told({"zone_eligibilite": ["75112"]}, 1.0, place=paris)[0] == "a-verifier : Dessert une partie de Paris : vérifier selon l’adresse"
    )
    assert (
        told({"zone_eligibilite": ["75112", "75"]}, 1.0, place=paris)[0] == "correspond : Compétent pour Paris : couvre le département (75)"
    )


def test_sectors_are_told_in_their_own_words_with_a_place_or_without() -> None:
    sectors = {"zone_eligibilite": ["04070"], "secteurs": ["quartier du Pigeonnier", "rue du Trélus, numéros pairs"]}
    said = "a-verifier : Selon l’adresse de la personne : quartier du Pigeonnier ; rue du Trélus, numéros pairs"
    assert told(sectors, 1.0)[0] == said
    assert told(sectors, place=None) == [said]


def test_a_zone_elsewhere_excludes() -> None:
    assert told({"zone_eligibilite": ["05"], "secteurs": ["centre"]}, 1.0)[0] == "exclut : Ne dessert pas Digne-les-Bains"


def test_a_collectivite_is_named() -> None:
    lyon = Place("Lyon", "69123", "69", frozenset({"69123", "69M", "69", "france"}))
    said = told({"zone_eligibilite": ["69M"]}, 1.0, place=lyon)[0]
    assert said == "correspond : Compétent pour Lyon : couvre la collectivité (Métropole de Lyon)"


@pytest.mark.parametrize("wanted", [frozenset(), frozenset({"femmes"}), frozenset({"residents-qpv-frr"})])
def test_living_in_a_priority_area_is_never_taken_for_granted(wanted: frozenset[str]) -> None:
    [said] = [text for text in told({"publics": ["residents-qpv-frr"]}, 1.0, publics=wanted) if "quartier prioritaire" in text]
    assert said.startswith("a-verifier : ")
    assert "sig.ville.gouv.fr" in said
    assert "liste FRR" in said


def test_another_public_than_the_residents_is_enough() -> None:
    told_of = told({"publics": ["residents-qpv-frr", "femmes"]}, 1.0, publics=frozenset({"femmes"}))
    assert "correspond : Pour ce public : femmes" in told_of
    assert not any("quartier prioritaire" in text for text in told_of)


def test_other_publics_exclude() -> None:
    assert "exclut : Pour d’autres publics : jeunes, séniors" in told({"publics": ["seniors", "jeunes"]}, publics=frozenset({"femmes"}))


def test_conditions_are_to_be_checked_in_the_listings_words() -> None:
    said = told({"conditions_acces": "Être inscrit à France Travail", "publics_precisions": "À partir de 60 ans"}, 1.0)
    assert "a-verifier : Conditions : Être inscrit à France Travail" in said
    assert "a-verifier : Public : À partir de 60 ans" in said
    [long] = [text for text in told({"conditions_acces": "avoir un projet " * 30}, 1.0) if "Conditions" in text]
    assert len(long) < 160
    assert long.endswith("[…]")


@pytest.mark.parametrize(
    "text",
    ["Aucune", "aucune condition particulière", "Néant.", "Sans condition", "Accès libre et gratuit", "Tous publics", "Ouvert à tous", "-"],
)
def test_a_condition_that_excludes_nobody_is_not_told(text: str) -> None:
    assert not any("Conditions" in said for said in told({"conditions_acces": text}, 1.0))


@pytest.mark.parametrize("text", ["Aucune ressource", "Sans emploi", "Tous les jeunes de 16 à 25 ans"])
def test_a_condition_that_only_begins_so_is_told(text: str) -> None:
    assert any("Conditions" in said for said in told({"conditions_acces": text}, 1.0))
