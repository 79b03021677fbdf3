"""Competent here, against brute force: from records in the base to the answers, their number and every count, no difference.

The sample is invented; the proof takes 150,000 services of the corpus, when ``../shared`` is there to make it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from app import db
from app import listings as base
from app.models import Source
from app.search import document
from app.search.embedded import EmbeddedEngine
from app.search.meilisearch import server
from app.search.port import FACETS, SearchEngine, SearchRequest, Tri
from app.territory import gazetteer
from app.territory.competence import place_of
from bench import corpus
from tests.search import meilisearch_server, people
from tests.search.brute_force import BruteForce, Communes, Person, Record

BY = base.By("import de essai", run_id=1)
SAMPLE, SAMPLE_PERSONS = 2_500, 60
WHOLE, WHOLE_PERSONS = 150_000, 500
ENGINES = ["embedded", "meilisearch"]


@dataclass(frozen=True)
class Scene:
    """Records as they were written to a real base, and what brute force says of them."""

    base_url: str
    truth: BruteForce


def furnish(folder: Path, structures: Sequence[Record], services: Sequence[Record]) -> Scene:
    url = f"sqlite:///{folder / 'levier.sqlite3'}"
    engine = db.make_engine(url)
    db.migrate(engine)
    with Session(engine) as session:
        session.add_all(Source(id=name, nom=name) for name in sorted({record["source"] for record in (*structures, *services)}))
        for start in range(0, len(structures), 5000):
            base.write(session, "structure", [_row(record) for record in structures[start : start + 5000]], BY)
            session.commit()
        for start in range(0, len(services), 5000):
            base.write(session, "service", [_row(record) for record in services[start : start + 5000]], BY)
            session.commit()
    engine.dispose()
    return Scene(url, BruteForce(Communes(), structures, services))


def _row(record: Record) -> dict[str, Any]:
    dated = record.get("date_maj")
    return {**record, "date_maj": date.fromisoformat(dated) if dated else None}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return furnish(tmp_path_factory.mktemp("echantillon"), *people.listings(7, SAMPLE))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    try:
        folder = corpus.make(WHOLE)
    except corpus.NoCorpus:
        return furnish(tmp_path_factory.mktemp("invente"), *people.listings(8, WHOLE))
    return furnish(tmp_path_factory.mktemp("corpus"), _records(folder / "structures.ndjson"), _records(folder / "services.ndjson"))


def _records(path: Path) -> list[Record]:
    with path.open("rb") as file:
        return [json.loads(line) for line in file]


@pytest.fixture
def engine_of(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchEngine]:
    if request.param == "embedded":
        yield EmbeddedEngine(tmp_path / "index")
        return
    # What is compared is what is answered, however long a busy machine takes.
    request.getfixturevalue("monkeypatch").setattr(server, "ANSWER", server.WRITE)
    with meilisearch_server.engine_at(*request.getfixturevalue("meilisearch")) as engine:
        yield engine


@pytest.mark.parametrize("engine_of", ENGINES, indirect=True)
def test_a_sample_of_persons_gets_what_brute_force_says(engine_of: SearchEngine, sample: Scene) -> None:
    _compare(engine_of, sample, people.persons(11, SAMPLE_PERSONS))


@pytest.mark.proof
@pytest.mark.parametrize("engine_of", ENGINES, indirect=True)
def test_500_persons_get_what_brute_force_says_at_150_000_services(engine_of: SearchEngine, whole: Scene) -> None:
    _compare(engine_of, whole, people.persons(12, WHOLE_PERSONS))


def _compare(engine: SearchEngine, scene: Scene, persons: Sequence[Person]) -> None:
    """No person's answers, total or counts may differ, and the persons must be worth asking."""
    reading = db.make_engine(scene.base_url)
    with Session(reading) as session:
        assert engine.rebuild(document.all_documents(session)) >= len(scene.truth.ids)
    reading.dispose()
    totals = []
    for person in persons:
        kept = scene.truth.answers(person)
        expected = set(scene.truth.ids[kept].tolist())
        request = _request(person)
        page = engine.search(replace(request, facets=FACETS))
        assert page.total == len(expected), person
        assert {hit.id for hit in page.hits} <= expected, person
        assert _everything(engine, request, page.total) == expected, person
        for facet in FACETS:
            assert dict(page.facets[facet]) == scene.truth.counts(person, facet), (person, facet)
        totals.append(page.total)
    answered = [total for total in totals if total]
    assert len(answered) > 0.6 * len(persons)
    print(f"\n{engine.name} : {len(persons)} personnes, {len(answered)} avec réponses, {sum(totals)} réponses, aucune différence")


def _request(person: Person) -> SearchRequest:
    france = gazetteer.load()
    commune = france.commune(person.commune)
    assert commune is not None
    place = place_of(france, commune, *(person.point or (None, None)))
    return SearchRequest(place=place, rayon_km=person.km, **person.chosen)  # type: ignore[arg-type]


def _everything(engine: SearchEngine, request: SearchRequest, total: int) -> set[str]:
    """Every page of the answers, in the order that costs least."""
    found: list[str] = []
    for number in range(1, -(-total // 1000) + 1):
        found += [hit.id for hit in engine.search(replace(request, tri=Tri.FRAICHEUR, size=1000, page=number)).hits]
    assert len(found) == len(set(found)), "an answer on two pages"
    return set(found)
