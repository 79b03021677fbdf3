"""A file of a shape never seen here is a source, untouched: nine rows out of ten located and published."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import Structure
from importers import declared, pipeline
from importers.declaring import Declaration
from importers.guessing import guess
from importers.readers.opening import open_any
from tests.importers.conftest import counts, reasons
from tests.importers.shapes import COLLECTIVITE, SHAPES, TRUE_ROWS, places


def guessed(path: Path) -> Declaration:
    opened = open_any(path)
    return guess(opened, list(opened.rows.rows), COLLECTIVITE)


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return SHAPES[request.param](tmp_path)


def test_nine_rows_out_of_ten_are_located_and_published(shape: Path, engine: Engine, session: Session, settings: Settings) -> None:
    declaration = guessed(shape)
    source_id = declared.save(session, None, declaration, "Camille Fictive")
    session.commit()
    run = pipeline.run(engine, source_id, settings=settings, file=shape)[0]
    said = (declaration.champs, run.message, reasons(session, run))
    assert run.etat == "termine", said
    found = {row.nom.casefold(): row for row in session.exec(select(Structure).where(Structure.source == source_id))}
    right = [p for p in places() if (row := found.get(p.nom.casefold())) and row.code_insee == p.code_insee and row.statut == "publiee"]
    assert len(right) >= 0.9 * TRUE_ROWS, said
    again = pipeline.run(engine, source_id, settings=settings, file=shape)[0]
    assert counts(again) == {"read": TRUE_ROWS, "unchanged": counts(run)["created"]} | ({"rejected": run.rejected} if run.rejected else {})
