"""Imports run on real, fresh bases, from small files of invented listings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import ImportRun, Quarantine
from importers import pipeline

FIXTURES = Path(__file__).parent / "fixtures"
Importing = Callable[..., ImportRun]
Approving = Callable[[ImportRun], ImportRun]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var")


@pytest.fixture
def importing(engine: Engine, settings: Settings) -> Importing:
    """``importing("gironde", "33-gironde.json")`` → the run; a name is that of a fixture, a path is itself."""

    def run(target: str, file: str | Path | None = None, **options: Any) -> ImportRun:
        given = FIXTURES / file if isinstance(file, str) else file
        return pipeline.run(engine, target, settings=options.pop("settings", settings), file=given, **options)[0]

    return run


@pytest.fixture
def approving(engine: Engine, settings: Settings) -> Approving:
    """``approving(run)`` applies a held run, as Camille."""
    return lambda run: pipeline.approve(engine, run.id or 0, settings=settings, author="Camille Fictive")


def counts(run: ImportRun) -> dict[str, int]:
    """The report's numbers, without the zeros."""
    names = ("read", "blank", "created", "changed", "unchanged", "rejected", "renumbered", "to_verify", "departed")
    return {name: getattr(run, name) for name in names if getattr(run, name)}


def reasons(session: Session, run: ImportRun) -> dict[int | None, list[str]]:
    """Why rows are in quarantine, by line."""
    return {row.line: row.reasons for row in session.exec(select(Quarantine).where(Quarantine.run_id == run.id))}
