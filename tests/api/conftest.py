"""The API on a real base, and invented services in real towns."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from app import accounts, listings
from app.api.schemas import CarriedStructure, Service
from app.search import sync
from app.territory import gazetteer
from tests import samples
from tests.web.conftest import Browser, app, client_as, make_app, program, stranger

__all__ = ["app", "client_as", "make_app", "program", "stranger"]

DIGNE, BARCELONNETTE = "04070", "04019"
DUNKERQUE, HAZEBROUCK, LILLE, MAUBEUGE, ROUBAIX = "59183", "59295", "59350", "59392", "59512"
PARIS, PARIS_11, PARIS_12, LE_MANS, STRASBOURG = "75056", "75111", "75112", "72181", "67482"
NOWHERE = {name: None for name in samples.DIGNE}

SERVICE_KEYS = set(Service.model_fields)
STRUCTURE_KEYS = set(CarriedStructure.model_fields)

Add = Callable[..., str]
Get = Callable[..., Any]


def town(code: str) -> dict[str, Any]:
    """An address at the town hall of a real commune."""
    commune = gazetteer.load().commune(code)
    assert commune is not None
    return {
        "code_insee": commune.code,
        "commune": commune.nom,
        "code_postal": commune.codes_postaux[0],
        "adresse": "1 rue des Exemples",
        "latitude": commune.latitude,
        "longitude": commune.longitude,
        "precision_lieu": "adresse",
    }


@pytest.fixture
def add(session: Session) -> Add:
    """Add a service, and its structure in Strasbourg if need be: ``add("lille", town(LILLE), frais="gratuit")``."""

    def add_one(name: str, place: dict[str, Any] | None = None, **values: Any) -> str:
        owner = values.setdefault("structure_id", "essai--1")
        if not listings.by_ids(session, "structure", [owner]):
            samples.add_structure(session, id=owner, **town(STRASBOURG))
        samples.add_source(session, values.get("source", "essai"))
        defaults = {"zone_eligibilite": None, **(place or NOWHERE)}
        samples.add_service(session, **{"id": f"essai--{name}", **defaults, **values})
        return f"essai--{name}"

    return add_one


@pytest.fixture
def get(program: Browser) -> Get:
    """The JSON answered to the program: ``get("/services", frais="gratuit")``."""

    def ask(path: str, **params: Any) -> Any:
        answer = program.get(f"/api/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask


@pytest.fixture
def drained(app: FastAPI) -> Callable[[], None]:
    """Wait until the index holds all that was written."""

    def drain() -> None:
        context = app.state.context
        for _ in range(600):
            with Session(context.engine) as session:
                if not sync.lag(session) and not context.search.needs_rebuild():
                    return
            context.drainer.wake()
            time.sleep(0.05)
        pytest.fail("the index did not follow the queue")

    return drain


def with_token(app: FastAPI) -> Browser:
    """A program of one's own, for an application of one's own."""
    client = Browser(app)
    with Session(app.state.context.engine) as session:
        client.headers["Authorization"] = f"Bearer {accounts.create_token(session, 'autre programme')}"
    return client


def found(answer: Any) -> list[str]:
    """Short names of the services answered, in order."""
    return [item.get("service", item)["id"].removeprefix("essai--") for item in answer["items"]]
