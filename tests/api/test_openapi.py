"""The description of the API, from which clients are generated."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"

PATHS = {
    "/api/v1/services",
    "/api/v1/services/{id}",
    "/api/v1/structures",
    "/api/v1/structures/{id}",
    "/api/v1/search/services",
    "/api/v1/search",
    "/api/levier/v1/recherche",
    "/api/v1/sources",
    "/api/v1/doc/frais",
    "/api/v1/doc/modes-accueil",
    "/api/v1/doc/modes-mobilisation",
    "/api/v1/doc/personnes-mobilisatrices",
    "/api/v1/doc/publics",
    "/api/v1/doc/reseaux-porteurs",
    "/api/v1/doc/thematiques",
    "/api/v1/doc/types-services",
    "/sante",
}


@pytest.fixture
def description(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def test_it_describes_every_address_of_the_api_and_no_page(description: dict[str, Any]) -> None:
    assert set(description["paths"]) == PATHS


def test_every_parameter_and_every_operation_is_explained(description: dict[str, Any]) -> None:
    silent = []
    for path, operations in description["paths"].items():
        for operation in operations.values():
            if not operation.get("summary"):
                silent.append(path)
            silent += [f"{path}?{p['name']}" for p in operation.get("parameters", ()) if p["in"] == "query" and not p.get("description")]
    assert silent == []


def test_what_can_go_wrong_is_said(description: dict[str, Any]) -> None:
    answers = {path: set(operations["get"]["responses"]) for path, operations in description["paths"].items()}
    assert answers["/api/v1/services"] == {"200", "401", "422"}
    assert answers["/api/v1/services/{id}"] == answers["/api/v1/structures/{id}"] == {"200", "401", "404", "422"}
    assert answers["/api/v1/search"] == answers["/api/levier/v1/recherche"] == {"200", "401", "422", "503"}
    assert answers["/sante"] == {"200", "503"}


def test_lists_say_the_shape_of_their_pages(description: dict[str, Any]) -> None:
    answer = description["paths"]["/api/v1/search/services"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = description["components"]["schemas"][answer["$ref"].rpartition("/")[2]]
    assert set(page["required"]) == {"items", "total", "page", "size", "pages"}


def test_the_search_of_levier_is_shown_by_an_example(description: dict[str, Any]) -> None:
    example = description["components"]["schemas"]["Resultats"]["examples"][0]
    assert example["items"][0]["raisons"][1]["texte"].startswith("Compétent pour Barcelonnette")


def test_the_guide_tells_of_every_address_and_every_parameter(description: dict[str, Any]) -> None:
    guide = GUIDE.read_text()
    missing = {path for path in description["paths"] if path not in guide}
    names = {p["name"] for operations in description["paths"].values() for o in operations.values() for p in o.get("parameters", ())}
    missing |= {name for name in names if not re.search(rf"`{name}`", guide)}
    assert missing == set()
