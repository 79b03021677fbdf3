"""Records as they come, put in their place; what was repaired is said in French."""

from typing import Any

import pytest

from app.territory import gazetteer
from app.territory.locating import Located, locate

DIGNE = {"latitude": 44.0925, "longitude": 6.2356}


def located(departement: str | None = None, **values: Any) -> Located:
    return locate(gazetteer.load(), values, departement=departement)


def test_a_consistent_record_is_left_alone() -> None:
    result = located(commune="Digne-les-Bains", code_postal="04000", code_insee="04070", adresse="1 rue Haute", nom="Essai", **DIGNE)
    assert result.problem is None
    assert result.notes == ()
    assert result.values == {
        "nom": "Essai",
        "commune": "Digne-les-Bains",
        "code_postal": "04000",
        "code_insee": "04070",
        "adresse": "1 rue Haute",
        "precision_lieu": "adresse",
        **DIGNE,
    }


@pytest.mark.parametrize(
    ("values", "code_insee", "code_postal"),
    [
        ({"commune": "DIGNE-LES-BAINS", "code_postal": 4000}, "04070", "04000"),
        ({"commune": "Digne les Bains Cedex 9", "code_postal": "04995"}, "04070", "04995"),
        ({"commune": "Angers"}, "49007", None),
        ({"commune": "", "code_postal": "04400", "code_insee": "4019"}, "04019", "04400"),
        ({"commune": "04000 Digne-les-Bains"}, "04070", "04000"),
        ({"commune": "Paris", "code_postal": "75011"}, "75111", "75011"),
        ({"commune": "Paris", "code_postal": "75011", "code_insee": "75056"}, "75056", "75011"),
        ({"commune": "Paris 11e", "code_postal": "75011", "code_insee": "75111"}, "75111", "75011"),
        ({"adresse": "8 rue Haute - 33000 Bordeaux"}, "33063", "33000"),
        ({"commune": "Bordeaux", "adresse": "8 rue Haute - 33000 BORDEAUX"}, "33063", "33000"),
        ({"code_insee": "04070"}, "04070", "04000"),
    ],
)
def test_the_commune_is_found_from_what_there_is(values: dict[str, Any], code_insee: str, code_postal: str | None) -> None:
    result = located(**values)
    assert result.problem is None
    assert (result.values["code_insee"], result.values["code_postal"]) == (code_insee, code_postal)
    assert result.notes == ()


def test_the_town_is_taken_out_of_the_address_once_understood() -> None:
    assert located(commune="Bordeaux", adresse="8 rue Haute - 33000 BORDEAUX").values["adresse"] == "8 rue Haute"
    assert located(commune="Aubenasson", code_insee="26015", adresse="8 rue Haute, 26340 Saillans").values["adresse"] == (
        "8 rue Haute, 26340 Saillans"
    )


@pytest.mark.parametrize(
    ("values", "code_insee", "note"),
    [
        ({"commune": "Drain", "code_insee": "49069", "code_postal": "49530"}, "49126", "remplacé par 49126 (Orée d'Anjou)"),
        ({"commune": "Digne-les-Bains", "code_insee": "13055", "code_postal": "04000"}, "04070", "en désaccord avec « Digne-les-Bains »"),
        ({"commune": "Digne-les-Bains", "code_insee": "99999", "code_postal": "04000"}, "04070", "Code commune 99999 inconnu"),
        ({"commune": "Digne-les-Bains", "code_insee": "0null", "code_postal": "04000"}, "04070", "« 0null » illisible"),
        ({"commune": "Digne-les-Bains", "code_postal": "néant"}, "04070", "« néant » illisible"),
        ({"commune": "Digne-les-Bains", "code_insee": "04070", "code_postal": "33000"}, "04070", "Code postal 33000 remplacé par 04000"),
        ({"commune": "Grasse", "code_insee": "06069", "code_postal": "06100"}, "06069", "Code postal 06100 retiré"),
        ({"commune": "Colomars", "code_postal": "6046"}, "06046", "est le code commune de Colomars"),
        ({"code_postal": "04000", **DIGNE}, "04070", "Commune absente : Digne-les-Bains retenue"),
        ({"commune": "Pra-Loup", "code_insee": "04226"}, "04226", "« Pra-Loup » n’est pas une commune connue"),
    ],
)
def test_a_repair_is_said(values: dict[str, Any], code_insee: str, note: str) -> None:
    result = located(**values)
    assert result.problem is None
    assert result.values["code_insee"] == code_insee
    assert any(note in said for said in result.notes), result.notes


def test_a_mistyped_postal_code_does_not_hide_the_commune_of_the_source() -> None:
    result = located("49", commune="Segré-en-Anjou Bleu", code_postal=4900)
    assert result.values["code_insee"] == "49331"
    assert result.values["code_postal"] is None
    assert "04900" in result.notes[0]


def test_the_departement_of_the_source_tells_namesakes_apart() -> None:
    assert located("974", commune="Saint-Denis").values["code_insee"] == "97411"
    assert located("93", commune="Saint-Denis").values["code_insee"] == "93066"


def test_a_locality_written_as_the_town_is_kept_to_find_the_door() -> None:
    result = located(commune="Pra-Loup", code_insee="04226", complement_adresse="Bâtiment B")
    assert result.values["commune"] == "Uvernet-Fours"
    assert result.values["complement_adresse"] == "Bâtiment B, Pra-Loup"
    assert "complement_adresse" not in located(commune="Digne", code_postal="04000").values


def test_letters_lost_for_good_are_guessed_from_the_rest() -> None:
    assert located(commune="BARR\ufffdME", code_postal="4330").values["commune"] == "Barrême"


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(44.0925, 6.2356), ("44,0925", "6,2356"), (6.2356, 44.0925)],
)
def test_a_believable_point_is_kept_and_turned_round_if_need_be(latitude: object, longitude: object) -> None:
    result = located(commune="Digne-les-Bains", code_postal="04000", latitude=latitude, longitude=longitude)
    assert (result.values["latitude"], result.values["longitude"], result.values["precision_lieu"]) == (44.0925, 6.2356, "adresse")
    assert bool(result.notes) is (latitude == 6.2356)


@pytest.mark.parametrize(
    ("latitude", "longitude", "noted"),
    [
        (48.85, 2.35, True),
        (0, 0, False),
        (None, 6.2, False),
        ("", "", False),
        ("nan", "nan", False),
        (1e300, -1e300, True),
        (95, 200, True),
    ],
)
def test_a_point_that_cannot_be_believed_gives_way_to_the_commune_s(latitude: object, longitude: object, noted: bool) -> None:
    result = located(commune="Digne-les-Bains", code_postal="04000", latitude=latitude, longitude=longitude)
    digne = gazetteer.load().commune("04070")
    assert digne is not None
    assert (result.values["latitude"], result.values["longitude"]) == (digne.latitude, digne.longitude)
    assert result.values["precision_lieu"] == "commune"
    assert any("Position à plus de 30 km" in note for note in result.notes) is noted


def test_a_commune_whose_place_nobody_knows_has_no_point() -> None:
    result = located(commune="Nouméa", code_postal="98800")
    assert result.problem is None
    assert (result.values["latitude"], result.values["longitude"], result.values["precision_lieu"]) == (None, None, None)
    assert located(commune="Nouméa", latitude=-22.27, longitude=166.44).values["precision_lieu"] == "adresse"


def test_an_unknown_town_is_placed_by_a_point_only_when_it_is_clearly_the_nearest() -> None:
    arles = located(commune="Moulès", code_postal="13280", latitude=43.6558, longitude=4.74067)
    assert arles.values["commune"] == "Arles"
    assert located(commune="Valberg", code_postal="06470", latitude=44.0953, longitude=6.9292).problem is not None


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, "Ni commune, ni code postal, ni code commune"),
        ({"adresse": "rue Haute", "latitude": 44.09, "longitude": 6.23}, "Ni commune, ni code postal, ni code commune"),
        ({"commune": "Saint-Denis"}, "introuvable ou ambiguë : « Saint-Denis »"),
        ({"commune": "Xyzzyville", "code_postal": "99999"}, "introuvable ou ambiguë : 99999 « Xyzzyville »"),
    ],
)
def test_what_cannot_be_placed_says_why(values: dict[str, Any], problem: str) -> None:
    result = located(**values)
    assert result.problem is not None
    assert problem in result.problem
    assert result.values["code_insee"] is None


def test_the_record_given_is_not_changed() -> None:
    values = {"commune": "DIGNE"}
    locate(gazetteer.load(), values)
    assert values == {"commune": "DIGNE"}
