"""What every command needs: the settings, the base, and a way to say that something can't be done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy import Engine

from app import db
from app.config import Settings


def settings_of_environment(**forced: Any) -> Settings:
    """The settings of the environment, but for those `forced`; a wrong one is said with its name, then exits 1."""
    try:
        return Settings(**forced)
    except ValidationError as error:
        wrong = (f"LEVIER_{str(e['loc'][0]).upper()} : {e['msg']}" for e in error.errors())
        fail("\n".join(["Réglage incorrect (voir docs/settings.md) :", *wrong]))


def fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


@contextmanager
def open_base(settings: Settings) -> Iterator[Engine]:
    """The engine of this installation, with its tables up to date."""
    engine = db.open_engine(settings)
    try:
        db.migrate(engine)
        yield engine
    finally:
        engine.dispose()
