"""The index: make it again, say how it is, bring it up to date."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy import Engine

from app import collector, db
from app.commands.terminal import fail, open_base, settings_of_environment
from app.config import ConfigurationError, Settings
from app.progress import progress
from app.search.port import SearchEngine, SearchUnavailable


def reindex() -> None:
    """Refaire tout l’index de recherche à côté de l’ancien, puis le remplacer."""
    settings = settings_of_environment()
    with open_base(settings) as engine, search_of(settings) as search:
        typer.echo(f"{_rebuild(engine, search)} documents dans l’index.")


def index_status() -> None:
    """Dire ce que l’index contient et ce qui attend d’y entrer."""
    from app.search import sync

    settings = settings_of_environment()
    with open_base(settings) as engine, search_of(settings) as search:
        absent = sync.needs_rebuild(engine, search)
        typer.echo(f"Moteur : {search.name}\nDocuments : {0 if absent else search.count()}\nEn attente : {_waiting(engine)}")
        if absent:
            fail("L’index est absent ou d’une autre version : lancez « levier reindex ».")


@contextmanager
def search_of(settings: Settings) -> Iterator[SearchEngine]:
    """The search engine of this installation: what it can't do is said, then exits 1."""
    from app.search import engines

    try:
        yield engines.open_search(settings)
    except (ConfigurationError, SearchUnavailable) as error:
        fail(str(error))


def _rebuild(engine: Engine, search: SearchEngine) -> int:
    from app.search import sync

    collector.settle()
    with progress("Indexation") as report:
        return sync.rebuild(engine, search, report)


def fill_index(engine: Engine, settings: Settings) -> None:
    """Bring the index up to date with the base, unless a server is at it already."""
    from app.search import sync

    with search_of(settings) as search:
        if sync.needs_rebuild(engine, search):
            _rebuild(engine, search)
        if total := _waiting(engine):
            drainer, done = sync.Drainer(engine, search, settings.drain_seconds), 0
            with progress("Indexation") as report:
                while count := drainer.drain_once():
                    done += count
                    report(done, max(done, total))
    if waiting := _waiting(engine):
        typer.echo(f"{waiting} fiches attendent l’index : un autre processus s’en charge.", err=True)


def _waiting(engine: Engine) -> int:
    from app.search import sync

    with db.session_of(engine) as session:
        return sync.lag(session)
