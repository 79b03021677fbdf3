"""GET /api/v1/structures and /api/v1/structures/{id}."""

from datetime import date

import pytest
from data_inclusion.schema import v1
from sqlmodel import Session

from tests import samples
from tests.api.conftest import DUNKERQUE, PARIS_11, SERVICE_KEYS, STRUCTURE_KEYS, Add, Get, town
from tests.web.conftest import Browser


def ids(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def test_a_listed_structure_has_every_key_of_the_schema_and_validates(session: Session, get: Get) -> None:
    samples.add_structure(session, reseaux_porteurs=["ccas-cias", "caf"], site_web="https://example.org/", siret="00000000000000")
    page = get("/structures")
    assert {name: page[name] for name in ("total", "page", "size", "pages")} == {"total": 1, "page": 1, "size": 1, "pages": 1}
    structure = page["items"][0]
    assert set(structure) == STRUCTURE_KEYS | {"score_qualite", "doublons"}
    assert structure["reseaux_porteurs"] == ["caf", "ccas-cias"]
    assert structure["doublons"] == []
    v1.Structure.model_validate(structure)


def test_its_score_is_the_mean_of_its_published_services(session: Session, add: Add, get: Get) -> None:
    samples.add_structure(session, id="essai--mairie", nom="Mairie")
    add("bon", town(DUNKERQUE))
    add("pauvre", thematiques=None, publics=None, frais=None, telephone=None)
    add("brouillon", thematiques=None, publics=None, frais=None, telephone=None, statut="brouillon")
    scores = {item["id"]: item["score_qualite"] for item in get("/services")["items"]}
    structures = {item["id"]: item["score_qualite"] for item in get("/structures")["items"]}
    assert structures["essai--1"] == pytest.approx(sum(scores.values()) / 2)
    assert structures["essai--mairie"] == 0


def test_lieux_generalistes_are_structures_but_never_services(session: Session, get: Get) -> None:
    samples.add_structure(session, id="mairies--04070", source="mairies", nom="Mairie de Digne-les-Bains")
    assert ids(get("/structures")) == ["mairies--04070"]
    assert get("/services")["total"] == get("/search/services", code_commune="04070")["total"] == 0
    assert get("/search", q="mairie")["total"] == 0


def test_filters(session: Session, get: Get) -> None:
    samples.add_structure(session, id="essai--dunkerque", reseaux_porteurs=["caf"], **town(DUNKERQUE))
    samples.add_structure(session, id="essai--paris", reseaux_porteurs=["ccas-cias", "caf"], **town(PARIS_11))
    samples.add_structure(session, id="autre--digne", source="autre")
    cases = [
        ({"reseaux_porteurs": "caf"}, ["essai--dunkerque", "essai--paris"]),
        ({"reseaux_porteurs": ["ccas-cias", "afpa"]}, ["essai--paris"]),
        ({"reseaux_porteurs": "afpa"}, []),
        ({"sources": "autre"}, ["autre--digne"]),
        ({"code_departement": "04"}, ["autre--digne"]),
        ({"slug_region": "ile-de-france"}, ["essai--paris"]),
        ({"code_commune": "75056"}, ["essai--paris"]),
        ({"code_commune": "75112"}, []),
        ({"exclure_doublons": "true"}, ["autre--digne", "essai--dunkerque", "essai--paris"]),
    ]
    assert [(params, ids(get("/structures", **params))) for params, _ in cases] == cases


def test_pages_walked_one_by_one_lose_nothing_and_repeat_nothing(session: Session, get: Get) -> None:
    everything = sorted(samples.add_structure(session, id=f"essai--{number * 7919 % 101:03}").id for number in range(12))
    seen = [one for number in (1, 2, 3, 4) for one in ids(get("/structures", page=number, size=5))]
    assert seen == everything


def test_one_structure_comes_with_its_published_services(session: Session, add: Add, get: Get) -> None:
    samples.add_structure(session, id="essai--2")
    add("b"), add("a"), add("brouillon", statut="brouillon"), add("ailleurs", structure_id="essai--2")
    structure = get("/structures/essai--1")
    assert set(structure) == STRUCTURE_KEYS | {"score_qualite", "doublons", "services"}
    assert [service["id"] for service in structure["services"]] == ["essai--a", "essai--b"]
    assert all(set(service) == SERVICE_KEYS for service in structure["services"])
    v1.Structure.model_validate(structure)


def test_an_unknown_date_is_that_of_the_file(session: Session, get: Get) -> None:
    samples.add_structure(session, date_maj=None, date_fichier=date(2023, 5, 4))
    assert get("/structures")["items"][0]["date_maj"] == get("/structures/essai--1")["date_maj"] == "2023-05-04"


def test_what_is_not_published_or_unknown_is_not_found(session: Session, get: Get, program: Browser) -> None:
    samples.add_structure(session, id="essai--suspendue", statut="suspendue")
    assert get("/structures")["total"] == 0
    for one in ("essai--suspendue", "essai--42", "%00"):
        assert program.get(f"/api/v1/structures/{one}").status_code == 404
