"""What is shipped with the project: public offices only, nothing of a person; outlines that can be drawn."""

import importlib.util
import json
import lzma
import re
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.territory import gazetteer
from app.territory.outlines import outlines

ROOT = Path(__file__).parents[2]
FIELDS = [
    "code_insee",
    "nom",
    "adresse",
    "code_postal",
    "commune",
    "telephone",
    "site_web",
    "horaires",
    "longitude",
    "latitude",
]
OVERSEAS_MOBILE = re.compile(r"0(639|69[0123467])")


@pytest.fixture(scope="module")
def mairies() -> list[dict[str, Any]]:
    with lzma.open(ROOT / "importers" / "data" / "mairies.jsonl.xz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gazetteer_mairies", ROOT / "scripts" / "gazetteer_mairies.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_town_halls_of_nearly_every_commune_are_shipped(mairies: list[dict[str, Any]]) -> None:
    assert len(mairies) == 34_853
    assert len({row["code_insee"] for row in mairies}) == len(mairies)
    assert all(list(row) == FIELDS for row in mairies)


def test_every_town_hall_is_of_a_current_commune_and_can_be_reached(mairies: list[dict[str, Any]]) -> None:
    france = gazetteer.load()
    for row in mairies:
        commune = france.commune(row["code_insee"])
        assert commune is not None
        assert (commune.code, commune.nom) == (row["code_insee"], row["commune"])
        assert row["adresse"] or row["telephone"]


def test_no_shipped_town_hall_has_an_e_mail_or_a_mobile_number(mairies: list[dict[str, Any]]) -> None:
    for row in mairies:
        assert "@" not in json.dumps(row), row
        digits = re.sub(r"\D", "", row["telephone"] or "")
        assert not digits or re.fullmatch(r"0\d{9}", digits), row
        assert not digits.startswith(("06", "07")), row
        assert not OVERSEAS_MOBILE.match(digits), row


def test_no_gazetteer_file_has_an_e_mail() -> None:
    for place in gazetteer.load().communes():
        assert "@" not in place.nom


@pytest.mark.parametrize(
    ("published", "kept"),
    [
        ("04 92 30 52 00", "04 92 30 52 00"),
        ("0492305200", "04 92 30 52 00"),
        ("06 39 98 01 02", None),
        ("07 00 00 00 00", None),
        ("06 92 00 00 00", None),
        ("0639 98 00 00", None),
        ("02 62 00 00 00", "02 62 00 00 00"),
        ("04 92", None),
        ("", None),
    ],
)
def test_a_number_that_may_be_someones_own_is_left_out(builder: ModuleType, published: str, kept: str | None) -> None:
    assert builder.office_phone(published) == kept


def test_an_e_mail_written_in_another_column_is_left_out(builder: ModuleType) -> None:
    assert builder.clean("Le Village mairie@example.org") == "Le Village"
    assert builder.clean("mairie@example.org") is None


@pytest.mark.parametrize(
    ("commune", "said"),
    [
        ({"nom": "Digne-les-Bains", "parent": None, "elided": False}, "de Digne-les-Bains"),
        ({"nom": "Angers", "parent": None, "elided": True}, "d'Angers"),
        ({"nom": "Le Mans", "parent": None, "elided": False}, "du Mans"),
        ({"nom": "Les Mées", "parent": None, "elided": False}, "des Mées"),
        ({"nom": "La Javie", "parent": None, "elided": False}, "de La Javie"),
        ({"nom": "L'Escale", "parent": None, "elided": False}, "de L'Escale"),
        ({"nom": "Paris 11e Arrondissement", "parent": "75056", "elided": False}, "du 11e arrondissement de Paris"),
    ],
)
def test_a_town_hall_is_named_in_good_french(builder: ModuleType, commune: dict[str, Any], said: str) -> None:
    assert builder.of(commune) == said


def _area(ring: list[list[float]]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2


def _features(departement: str) -> dict[str, list[list[list[float]]]]:
    """Exterior rings by "kind code"."""
    text = outlines(departement)
    assert text is not None
    features = json.loads(text)["features"]
    named = [(f"{each['properties']['kind']} {each['properties']['code']}", each["geometry"]) for each in features]
    return {name: [polygon[0] for polygon in geometry["coordinates"]] for name, geometry in named}


@pytest.mark.parametrize("departement", ["04", "2A", "37", "59", "75", "974"])
def test_the_epci_of_a_departement_cover_it(departement: str) -> None:
    features = _features(departement)
    whole = sum(map(_area, features.pop(f"departement {departement}")))
    parts = sum(_area(ring) for rings in features.values() for ring in rings)
    assert whole > 0
    assert parts > 0.97 * whole, "an EPCI may reach into the next département, none may be missing"


def test_outlines_are_closed_and_their_epci_known() -> None:
    france = gazetteer.load()
    departements = {commune.departement for commune in france.communes()}
    drawn = {code for code in departements if outlines(code)}
    assert len(drawn) == 101
    for code in sorted(drawn)[::9]:
        for name, rings in _features(code).items():
            assert france.territory(name.split(" ")[1]) is not None
            assert all(ring[0] == ring[-1] and len(ring) >= 4 for ring in rings)


@pytest.mark.parametrize("code", ["", "00", "975", "../communes", "04/../05"])
def test_an_unknown_departement_has_no_outline(code: str) -> None:
    assert outlines(code) is None
