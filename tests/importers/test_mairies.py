"""The town halls that ship with Levier, and the import of a département from every source that covers it."""

from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, select

from app import hours
from app.config import Settings
from app.models import Service, Structure
from importers import pipeline
from importers.sources.mairies import SOURCE
from tests.importers.conftest import FIXTURES


def test_a_département_comes_in_from_every_source_that_covers_it(engine: Engine, session: Session, settings: Settings) -> None:
    there = settings.model_copy(update={"sources_dir": FIXTURES})
    runs = {run.source: run for run in pipeline.run(engine, "4", settings=there)}
    assert {source: run.etat for source, run in runs.items()} == dict.fromkeys(runs, "termine")
    assert set(runs) == {"mairies", "france-services", "region-sud", "data-inclusion"}
    assert {run.departement for run in runs.values()} == {"04"}
    assert (runs["france-services"].created, runs["region-sud"].created) == (1, 1)
    assert runs["data-inclusion"].created == 2
    assert {s.departement for s in session.exec(select(Structure))} == {"04"}

    halls = list(session.exec(select(Structure).where(Structure.source == "mairies")))
    assert (len(halls), runs["mairies"].rejected) == (runs["mairies"].created, 0)
    assert len(halls) > 190
    assert {tuple(hall.reseaux_porteurs or ()) for hall in halls} == {("communes",)}
    assert sum(bool(hall.telephone) for hall in halls) > 190
    assert sum(bool(hall.horaires_accueil and hours.is_osm(hall.horaires_accueil)) for hall in halls) > 180
    assert all(hall.latitude for hall in halls)
    assert {hall.date_fichier for hall in halls} == {date(2026, 10, 6)}
    assert session.exec(select(Service).where(Service.source == "mairies")).all() == []


def test_the_shipped_file_holds_every_town_hall() -> None:
    assert SOURCE.shipped is not None
    assert (SOURCE.read(SOURCE.shipped).total or 0) > 34_000
