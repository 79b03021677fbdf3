"""Phones, e-mails and web addresses as people write them."""

import pytest

from importers import contacts


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("02 61 91 00 01", "+33261910001"),
        ("02.61.91.00.01", "+33261910001"),
        ("+33261910001", "+33261910001"),
        ("0033 2 61 91 00 01", "+33261910001"),
        ("+33 (0)2 61 91 00 01", "+33261910001"),
        ("06 39 98 00 01", "+33639980001"),
        ("02 61 91 00 01 / 02 61 91 00 02", "+33261910001"),
        ("06 39 98 00 01 (SMS)", "+33639980001"),
        ("3949", "3949"),
        ("39 49", "39 49"),
        ("115", "115"),
        ("116 117", "116 117"),
        ("02 61 91 0 01", None),
        ("à venir", None),
    ],
)
def test_a_phone_is_e164_and_a_short_number_stays_as_written(written: str, number: str | None) -> None:
    assert contacts.phone(written) == number


def test_an_overseas_number_is_dialled_from_its_own_region() -> None:
    assert contacts.phone("0262 12 34 56", "974") == "+262262123456"
    assert contacts.phone("0590 12 34 56", "971") == "+590590123456"


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("contact@example.org", "contact@example.org"),
        ("a@example.org - b@example.org", "a@example.org"),
        ("<mailto:a@example.org>", "a@example.org"),
        ("contact@@example.org", None),
        ("contact@example", None),
        ("@", None),
    ],
)
def test_an_email_could_exist_or_is_none(written: str, address: str | None) -> None:
    assert contacts.email(written) == address


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("www.example.org", "http://www.example.org"),
        ("Https://Www.Example.Org/Page", "https://www.example.org/Page"),
        ("https ://www.example.org", "https://www.example.org"),
        ("https://a.example.org, https://b.example.org", "https://a.example.org"),
        ("Facebook : Les Essais", None),
        ("http://www.example.Mairie et services.fr/", None),
        ("contact@example.org", None),
        ("javascript:alert(1)", None),
        ("http://", None),
    ],
)
def test_a_web_address_is_whole_or_none(written: str, address: str | None) -> None:
    assert contacts.url(written) == address
