"""GET /sante: numbers only, for everyone."""

from collections.abc import Callable

from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import Session

from app import __version__
from tests import samples
from tests.api.conftest import Add
from tests.web.conftest import Browser


def test_it_tells_state_counts_engine_and_version(add: Add, session: Session, stranger: Browser, drained: Callable[[], None]) -> None:
    samples.add_structure(session, id="essai--mairie")
    samples.add_structure(session, id="essai--suspendue", statut="suspendue")
    add("publie"), add("brouillon", statut="brouillon"), add("orphelin", structure_id="essai--suspendue")
    drained()
    answer = stranger.get("/sante")
    assert answer.status_code == 200
    health = answer.json()
    assert set(health) == {"etat", "version", "moteur", "comptes", "retard"}
    assert (health["etat"], health["version"], health["retard"]) == ("ok", __version__, 0)
    counts = health["comptes"]
    assert (counts["structures"], counts["services"], counts["sources"]) == (2, 1, 1)
    assert counts["documents"] >= 2


def test_it_says_that_the_base_is_down(app: FastAPI, stranger: Browser) -> None:
    with app.state.context.engine.begin() as connection:
        connection.execute(text("ALTER TABLE service RENAME TO ailleurs"))
    answer = stranger.get("/sante")
    assert answer.status_code == 503
    assert answer.json()["etat"] == "indisponible"
