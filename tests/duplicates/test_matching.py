"""Which structures are taken for one, and which never are."""

from typing import Any

import pytest

from app.duplicates.blocking import pairs
from app.duplicates.matching import HIGH, LOW, Rarity, card_of, score

BASE: dict[str, Any] = {
    "id": "a--1",
    "source": "a",
    "nom": "Garage solidaire des Lavandes",
    "siret": "00012345600017",
    "commune": "Digne-les-Bains",
    "code_insee": "04070",
    "adresse": "12 avenue des Exemples",
    "latitude": 44.0925,
    "longitude": 6.2356,
    "precision_lieu": "adresse",
    "telephone": "+33465710001",
    "courriel": "contact@lavandes.example.org",
}


def compared(**other: Any) -> tuple[float, tuple[str, ...]]:
    """Score and reasons of the base and its likeness; 0 when they are not even compared."""
    cards = [card_of(BASE), card_of({**BASE, "id": "b--1", "source": "b", **other})]
    found = list(pairs(cards))
    return score(*found[0], Rarity(cards)) if found else (0.0, ())


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"nom": "GARAGE SOLIDAIRE DES LAVANDES"},
        {"nom": "Garage solidiare des Lavandes", "siret": None},
        {"nom": "Garage solidaire des Lavandes (Digne-les-Bains)", "telephone": None, "courriel": None},
        {"adresse": "12 av. des exemples", "siret": None, "courriel": None},
        {"adresse": None, "latitude": None, "siret": None, "telephone": None},
    ],
)
def test_two_hands_that_describe_one_structure(other: dict[str, Any]) -> None:
    assert compared(**other)[0] >= HIGH


@pytest.mark.parametrize(
    "other",
    [
        {"nom": "Épicerie des Tilleuls", "siret": "00098765400012"},  # neighbours with one switchboard
        {"nom": "Garage solidaire des Genêts", "siret": None, "adresse": "3 rue du Modèle", "telephone": None, "courriel": None},
        {"commune": "Tours", "code_insee": "37261", "adresse": None, "latitude": None, "siret": None, "telephone": None, "courriel": None},
    ],
)
def test_two_structures(other: dict[str, Any]) -> None:
    assert compared(**other)[0] < LOW


def test_the_reasons_are_said_the_heaviest_first() -> None:
    points, reasons = compared(telephone="+33465710002")
    assert points >= HIGH
    assert reasons[:2] == ("Même SIRET", "Même nom")
    assert {"Même adresse", "À 10 m l’une de l’autre", "Même courriel"} <= set(reasons)


def test_a_mairie_and_the_france_services_inside_it_are_two() -> None:
    shared = {"id": "x", "commune": "Digne-les-Bains"}
    mairie = card_of({**BASE, **shared, "id": "a--2", "nom": "Mairie de Digne-les-Bains"})
    inside = card_of({**BASE, **shared, "id": "b--2", "source": "b", "nom": "France services – mairie de Digne-les-Bains"})
    ccas = card_of({**BASE, **shared, "id": "c--2", "source": "c", "nom": "Centre communal d’action sociale de Digne-les-Bains"})
    assert list(pairs([mairie, inside, ccas])) == []


def test_a_title_and_its_initials_are_one() -> None:
    long = card_of({**BASE, "nom": "Centre communal d’action sociale de Digne-les-Bains", "siret": None})
    short = card_of({**BASE, "id": "b--1", "source": "b", "nom": "CCAS Digne les Bains", "siret": None})
    assert score(long, short, Rarity([long, short]))[0] >= HIGH


def test_two_rows_of_one_source_are_never_compared() -> None:
    assert list(pairs([card_of(BASE), card_of({**BASE, "id": "a--2"})])) == []


def test_two_branches_numbered_apart_are_not_a_slip() -> None:
    one = card_of({**BASE, "nom": "Accueil de jour 1", "siret": None})
    other = card_of({**BASE, "id": "b--1", "source": "b", "nom": "Accueil de jour 2", "siret": None})
    assert not {"Même nom", "Noms très proches"} & set(score(one, other, Rarity([one, other]))[1])


def test_a_shelter_is_compared_by_its_commune_alone() -> None:
    card = card_of({**BASE, "adresse_confidentielle": True})
    assert (card.point, card.street) == (None, None)


def test_a_number_that_many_share_says_little() -> None:
    crowd = [card_of({**BASE, "id": f"c--{i}", "source": "c", "nom": f"Atelier {i}", "siret": None}) for i in range(6)]
    a, b = card_of({**BASE, "siret": None, "adresse": None}), card_of({**BASE, "id": "b--1", "source": "b", "siret": None, "adresse": None})
    assert score(a, b, Rarity([a, b, *crowd]))[0] < score(a, b, Rarity([a, b]))[0]


def test_only_pairs_of_what_changed_are_looked_at() -> None:
    cards = [card_of({**BASE, "id": f"{source}--1", "source": source}) for source in "abc"]
    assert {(a.id, b.id) for a, b in pairs(cards, frozenset({"c--1"}))} == {("a--1", "c--1"), ("b--1", "c--1")}


def test_neighbours_across_the_edge_of_a_cell_are_found() -> None:
    alike = {"siret": None, "telephone": None, "courriel": None, "code_insee": None, "code_postal": None}
    a = card_of({**BASE, **alike, "latitude": 44.09999, "commune": "A", "code_insee": "04070"})
    b = card_of({**BASE, **alike, "id": "b--1", "source": "b", "latitude": 44.10001, "commune": "B", "code_insee": "04019"})
    assert [(x.id, y.id) for x, y in pairs([a, b])] == [("a--1", "b--1")]
