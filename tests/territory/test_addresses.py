"""Addresses, codes and coordinates as spreadsheets give them."""

import pytest

from app.territory.addresses import commune_code, degrees, kilometres, postal_code, split_address


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("12 rue des Lilas 33000 Bordeaux", ("12 rue des Lilas", "33000", "Bordeaux")),
        ("12 rue des Lilas - 33 000 BORDEAUX Cedex 9", ("12 rue des Lilas", "33000", "BORDEAUX Cedex 9")),
        ("12, rue des Lilas,\n33000  Bordeaux, France", ("12, rue des Lilas", "33000", "Bordeaux")),
        ("10000 rue Haute, 49000 Angers", ("10000 rue Haute", "49000", "Angers")),
        ("Place de la Mairie (75011) Paris 11e", ("Place de la Mairie", "75011", "Paris 11e")),
        ("3 cours Lafayette 69003 Lyon 3ème arr.", ("3 cours Lafayette", "69003", "Lyon 3ème arr.")),
        ("BP 12345 - 04000 Digne-les-Bains", ("BP 12345", "04000", "Digne-les-Bains")),
        ("33000 Bordeaux", (None, "33000", "Bordeaux")),
        ("12 rue des Lilas", ("12 rue des Lilas", None, None)),
        ("12 rue des Lilas 33000", ("12 rue des Lilas 33000", None, None)),
        ("", (None, None, None)),
    ],
)
def test_a_whole_address_is_taken_apart(written: str, understood: tuple[str | None, str | None, str | None]) -> None:
    assert split_address(written) == understood


def test_a_very_long_text_is_read_in_no_time() -> None:
    assert split_address("33000 " * 20_000) == (("33000 " * 20_000).strip(), None, None)


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("04000", "04000"),
        (4000, "04000"),
        ("4000", "04000"),
        (4000.0, "04000"),
        ("4000.0", "04000"),
        ("04 000", "04000"),
        ("F-04000", "04000"),
        (" 97400 ", "97400"),
        ("400", None),
        ("00000", None),
        ("#N/A", None),
        ("", None),
        (None, None),
        ("2A004", None),
    ],
)
def test_a_postal_code_is_read_however_the_spreadsheet_mangled_it(written: object, understood: str | None) -> None:
    assert postal_code(written) == understood


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("4070", "04070"),
        (4070, "04070"),
        ("2a004", "2A004"),
        ("97411", "97411"),
        ("0null", None),
        ("2C004", None),
        (None, None),
        ("", None),
    ],
)
def test_a_commune_code_is_read_however_the_spreadsheet_mangled_it(written: object, understood: str | None) -> None:
    assert commune_code(written) == understood


@pytest.mark.parametrize(
    ("written", "understood"),
    [("44,09", 44.09), (" 44.09 ", 44.09), (44.09, 44.09), ("", None), (None, None), ("nan", None), ("inf", None), ("44°", None)],
)
def test_a_coordinate_is_a_finite_number_or_nothing(written: object, understood: float | None) -> None:
    assert degrees(written) == understood


def test_paris_is_392_kilometres_from_lyon() -> None:
    assert kilometres(48.8566, 2.3522, 45.7640, 4.8357) == pytest.approx(392, abs=1)
