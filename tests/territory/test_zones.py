"""Zones as people and files write them, and the codes of schema v1 that they mean."""

import pytest

from app.territory import gazetteer
from app.territory.zones import read_zones

FRANCE = gazetteer.load()
SUD = ("04", "05", "06", "13", "83", "84")
AROUND_BARCELONNETTE = {"04019", "04195", "04226", "04073", "04220", "04086"}


def codes(*written: str) -> tuple[str, ...]:
    zones = read_zones(FRANCE, written)
    assert not zones.unknown
    return zones.codes


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("04070", ("04070",)),
        ("4070", ("04070",)),  # a spreadsheet ate its zero
        ("Digne-les-Bains", ("04070",)),
        ("Digne-les-Bains (04070)", ("04070",)),
        ("Digne-les-Bains (04)", ("04070",)),
        ("Aix-en-Provence (13100)", ("13001",)),  # 13100 is its postal code, and another commune's own code
        ("49095", ("49067",)),  # Chenillé-Changé is in Chenillé-Champteussé now
        ("75111", ("75111",)),
        ("200067437", ("200067437",)),
        ("Provence-Alpes-Agglomération", ("200067437",)),
        ("04", ("04",)),
        ("2a", ("2A",)),
        ("20", ("2A", "2B")),
        ("974", ("974",)),
        ("Alpes-de-Haute-Provence", ("04",)),
        ("département des Hautes-Alpes", ("05",)),
        ("Hautes-Alpes (05)", ("05",)),
        ("france", ("france",)),
        ("99100", ("99100",)),
        ("France entière", ("france",)),
        ("99109", ("99109",)),
    ],
)
def test_a_zone_that_schema_v1_knows_is_that_zone(written: str, meant: tuple[str, ...]) -> None:
    assert codes(written) == meant


@pytest.mark.parametrize("written", ["R93", "r93", "region:93", "région:PACA", "Provence-Alpes-Côte d’Azur", "Région Sud", "PACA"])
def test_a_region_is_its_departements(written: str) -> None:
    assert codes(written) == SUD


def test_the_other_regions_too() -> None:
    assert codes("R94") == codes("Corse") == ("2A", "2B")
    assert codes("Grand Est") == ("08", "10", "51", "52", "54", "55", "57", "67", "68", "88")
    assert codes("La Réunion") == ("974",), "not the village of that name in Lot-et-Garonne"
    assert codes("region:4") == ("974",)


@pytest.mark.parametrize("code", ["11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84", "93", "94"])
def test_a_bare_code_is_a_departement_even_when_a_region_has_the_same(code: str) -> None:
    assert codes(code) == (code,)
    assert len(codes(f"R{code}")) > 1 or code == "53"


def test_a_postal_code_is_all_its_communes() -> None:
    assert set(codes("04400")) == set(codes("code-postal:4400")) == AROUND_BARCELONNETTE
    assert codes("13100") == ("13100",), "a commune's code first: Saint-Étienne-du-Grès"
    assert "13001" in codes("code-postal:13100")
    assert codes("75011") == ("75111",)


def test_a_collectivite_is_its_departements_but_in_the_rhone() -> None:
    assert codes("6AE") == codes("Alsace") == ("67", "68")
    assert codes("20R") == ("2A", "2B")
    assert codes("69M") == codes("Métropole de Lyon") == ("200046977",)
    assert codes("69D") == ("69D",)
    assert codes("04D") == ("04",)


def test_a_name_of_both_a_commune_and_a_departement_means_the_clearly_larger_or_is_unknown() -> None:
    assert codes("Mayenne") == ("53",)
    assert codes("Paris") == ("75056",)
    assert read_zones(FRANCE, ["Vienne"]).unknown == ("Vienne",)
    assert codes("Vienne (38)", "commune:Mayenne") == ("38544", "53147")
    assert codes("Vienne (86)") == codes("departement:Vienne") == ("86",)


def test_what_nobody_knows_is_said_and_the_rest_is_kept_in_order() -> None:
    zones = read_zones(FRANCE, ["Xqzvwkj", "05", "R94", "31999", "05"])
    assert zones.codes == ("05", "2A", "2B")
    assert zones.unknown == ("Xqzvwkj", "31999")
