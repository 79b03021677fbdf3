"""GET /api/v1/search/services against data·inclusion's rules, applied the plain way to each of some hundred random services."""

import random
from typing import Any

import pytest
from geopy.distance import geodesic
from sqlmodel import Session

from app import listings
from app.territory import gazetteer
from tests import samples
from tests.api.conftest import Get
from tests.web.conftest import Browser

COMMUNES = ["59183", "59295", "59350", "59392", "59512", "62041", "75056", "75111", "75112", "04070", "04019", "05061", "85113", "2A004"]
ZONES = [*COMMUNES, "59", "62", "04", "05", "75", "2A", "200093201", "245900428", "200067437", "france", "99100", "44", "99109"]
MODES = [None, [], ["en-presentiel"], ["a-distance"], ["a-distance", "en-presentiel"]]
PUBLICS = [None, [], ["tous-publics"], ["jeunes"], ["femmes", "seniors"]]
FRANCE = gazetteer.load()

Row = dict[str, Any]


def some_services(rng: random.Random, number: int) -> list[Row]:
    return [_service(rng, i) for i in range(number)]


def _service(rng: random.Random, i: int) -> Row:
    commune = FRANCE.commune(rng.choice(COMMUNES))
    assert commune is not None and commune.latitude is not None and commune.longitude is not None  # noqa: PT018
    known = rng.random() < 0.85
    zones = rng.choice([None, [], rng.sample(ZONES, rng.randint(1, 3)), rng.sample(ZONES, 2)])
    return samples.service(
        f"essai--{i:03}",
        code_insee=commune.code,
        latitude=commune.latitude + rng.uniform(-0.7, 0.7) if known else None,
        longitude=commune.longitude + rng.uniform(-0.9, 0.9) if known else None,
        zone_eligibilite=zones,
        modes_accueil=rng.choice(MODES),
        publics=rng.choice(PUBLICS),
        frais=rng.choice([None, "gratuit", "payant"]),
        thematiques=rng.choice([None, ["famille--garde-denfants"], ["mobilite--preparer-un-permis", "famille--soutien-aidants"]]),
    )


def expected(services: list[Row], person: str, point: tuple[float, float] | None, filters: Row) -> list[tuple[str, int | None]]:
    commune = FRANCE.commune(person)
    assert commune is not None
    start = point or (commune.latitude, commune.longitude)
    districts = {code for code in COMMUNES if FRANCE.commune(code).parent == person}  # type: ignore[union-attr]
    holding = {person, commune.parent, commune.departement, commune.epci, "france", "99100", *districts}
    found = []
    for one in services:
        modes = one["modes_accueil"] or []
        far = None if one["latitude"] is None else geodesic(start, (one["latitude"], one["longitude"])).meters
        near = far is not None and far <= 50_000
        eligible = not one["zone_eligibilite"] or bool(holding & set(one["zone_eligibilite"]))
        if eligible and (near or "a-distance" in modes) and _passes(one, filters):
            found.append((one["id"], round(far / 1000) if far is not None and near and "en-presentiel" in modes else None))
    return sorted(found, key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0]))


def _passes(one: Row, filters: Row) -> bool:
    publics, themes = one["publics"] or [], one["thematiques"] or []
    if "publics" in filters and not {filters["publics"], "tous-publics"} & set(publics):
        return False
    if "frais" in filters and one["frais"] != filters["frais"]:
        return False
    return "thematiques" not in filters or any(theme.startswith(filters["thematiques"]) for theme in themes)


@pytest.fixture
def services(session: Session) -> list[Row]:
    samples.add_structure(session)
    made = some_services(random.Random(5), 250)
    listings.write(session, "service", made, samples.IMPORT)
    session.commit()
    return made


def test_random_persons_find_exactly_what_the_rules_say(services: list[Row], get: Get, program: Browser) -> None:
    rng = random.Random(6)
    answered = 0
    for _ in range(40):
        person = rng.choice(COMMUNES)
        point = rng.choice([None, None, (50.2 + rng.random(), 2.4 + rng.random())])
        chosen: Row = {"publics": rng.choice(["jeunes", "seniors"]), "frais": "gratuit", "thematiques": rng.choice(["famille", "mobilite"])}
        filters = {name: value for name, value in chosen.items() if rng.random() < 0.3}
        place = {"lat": point[0], "lon": point[1]} if point else {}
        page = get("/search/services", code_commune=person, **place, **filters)
        got = [(item["service"]["id"], item["distance"]) for item in page["items"]]
        assert got == expected(services, person, point, filters), (person, point, filters)
        answered += len(got)
    assert answered > 500
