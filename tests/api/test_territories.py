"""The départements and régions of the filters are those of the gazetteer."""

from app.api.territories import DEPARTEMENTS, REGIONS, departements_of
from app.territory import gazetteer


def test_the_table_is_that_of_the_gazetteer() -> None:
    known = {commune.departement: commune.region for commune in gazetteer.load().communes()}
    table = {code: region for code, (_, region) in DEPARTEMENTS.items()}
    assert table == {code: region if region in REGIONS else None for code, region in known.items()}


def test_a_region_holds_its_departements() -> None:
    assert departements_of("94") == {"2A", "2B"}
    assert departements_of("93") == {"04", "05", "06", "13", "83", "84"}
