"""Words with filters that the engine does not carry: the same answers as the plain way gives, on both engines, whatever is few."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from app import listings
from app.api import filters, nearby, words
from app.api.parameters import Search
from app.api.words import Ranked
from app.models import Service
from app.search import sync
from app.search.embedded import EmbeddedEngine
from app.search.port import SearchEngine, SearchRequest
from app.territory import gazetteer
from tests import samples
from tests.api.conftest import DUNKERQUE, HAZEBROUCK, LILLE, PARIS, PARIS_11, STRASBOURG, town
from tests.search import meilisearch_server

FRANCE = gazetteer.load()
TEXTS = ("garde", "gade d'enfants", "permis", "garde permis", "introuvable")
AROUND_LILLE = {"lat": 50.63089, "lon": 3.07086, "distance": 60}
PLACES: tuple[dict[str, Any], ...] = (
    *({"code_commune": LILLE}, {"code_commune": PARIS}, {"code_departement": "59"}, {"slug_region": "ile-de-france"}, AROUND_LILLE),
    *({"publics": ["jeunes"]}, {"score_qualite_minimum": 0.5}, {**AROUND_LILLE, "frais": ["gratuit"]}),
    *({"code_departement": "59", "publics": ["jeunes"], "frais": ["payant"]}, {"code_commune": HAZEBROUCK, "sources": ["autre"]}),
)


@pytest.fixture(params=["embedded", "meilisearch"])
def engine(request: pytest.FixtureRequest, session: Session) -> Iterator[SearchEngine]:
    """An engine that holds services all over, some of which say nothing of where they are or for whom."""
    rng = random.Random(7)
    samples.add_structure(session, **town(STRASBOURG))
    listings.write(session, "service", [_service(rng, number) for number in range(90)], samples.IMPORT)
    session.commit()
    bind: Any = session.get_bind()
    if request.param == "embedded":
        search: SearchEngine = EmbeddedEngine(None)
        sync.rebuild(bind, search)
        yield search
        return
    with meilisearch_server.engine_at(*request.getfixturevalue("meilisearch")) as server:
        sync.rebuild(bind, server)
        yield server


def _service(rng: random.Random, number: int) -> dict[str, Any]:
    place = town(rng.choice([LILLE, DUNKERQUE, HAZEBROUCK, PARIS_11])) if rng.random() < 0.8 else dict.fromkeys(samples.DIGNE)
    return samples.service(
        f"essai--{number}",
        **place,
        nom=rng.choice(["Garde d’enfants", "Permis solidaire", "Accueil"]),
        description=rng.choice(["Une garde à domicile.", "Un permis à petit prix, et des cours de conduite tous les soirs.", "-"]),
        publics=rng.choice([None, ["jeunes"], ["seniors"], ["tous-publics"], ["residents-qpv-frr"]]),
        frais=rng.choice([None, "gratuit", "payant"]),
        thematiques=rng.choice([None, ["famille--garde-denfants"], ["mobilite--preparer-un-permis"]]),
        zone_eligibilite=None,
    )


@pytest.mark.parametrize("few", [0, 10, 1000])
def test_answers_are_those_that_dropping_what_the_base_does_not_keep_would_leave(
    engine: SearchEngine, session: Session, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "FEW", few)
    monkeypatch.setattr(words, "MOST_AMONG", few)
    monkeypatch.setattr(words, "MOST_AMONG", few)
    found = 0
    for q in TEXTS:
        for place in PLACES:
            expected = _the_plain_way(session, engine, Search(q=q, **place))
            found += len(expected)
            for page in (1, 2, 3):
                params = Search(q=q, page=page, size=4, **place)
                assert words.find(session, engine, FRANCE, params) == (expected[page * 4 - 4 : page * 4], len(expected)), params
    assert found > 100


def _the_plain_way(session: Session, engine: SearchEngine, params: Search) -> list[Ranked]:
    """All that the engine finds for the words alone, in its order; less what the base does not keep; with a point, by nearness too."""
    hits = engine.search(SearchRequest(q=params.q or "", size=1000)).hits
    conditions = filters.of_services_there(params, FRANCE)
    if params.point is None:
        kept = set(session.execute(select(col(Service.id)).where(*conditions)).scalars())
        return [Ranked(hit.id, score=words._zero_to_one(hit.score)) for hit in hits if hit.id in kept]
    metres = nearby.within(session, params.point, params.distance, conditions)
    near = [Ranked(hit.id, round(metres[hit.id] / 1000), words._zero_to_one(hit.score)) for hit in hits if hit.id in metres]
    return sorted(near, key=lambda one: metres[one.id] / (params.distance * 1000) - (one.score or 0))
