"""From an import's page: what was held is applied, what was imported is undone, by whoever keeps what it touched."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from app import listings
from app.context import Context
from app.models import DeclaredSource, ImportRun, Structure
from app.writing import By
from importers import locking, pipeline, registry
from tests.importers.deliveries import Place, deliver, places
from tests.web.conftest import Browser, ClientAs
from tests.web.test_search import text_of

FS = "france-services"
Importing = Callable[..., ImportRun]


@pytest.fixture
def context(app: FastAPI) -> Context:
    found: Context = app.state.context
    return found


@pytest.fixture
def importing(context: Context, tmp_path: Path) -> Importing:
    """Imports these places as the next file of France services."""

    def run(found: list[Place]) -> ImportRun:
        return pipeline.run(context.engine, FS, settings=context.settings, file=deliver(tmp_path / "livraisons", found))[0]

    return run


def phones(session: Session) -> set[str | None]:
    session.expire_all()
    return set(session.exec(select(Structure.telephone).where(Structure.source == FS)))


def wait_for(session: Session, run: ImportRun, etat: str) -> ImportRun:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        session.expire_all()
        if (found := session.get_one(ImportRun, run.id)).etat == etat:
            return found
        time.sleep(0.02)
    raise AssertionError(f"the run is not {etat}")


def changed(found: list[Place]) -> list[Place]:
    return [place._replace(telephone="04 65 71 00 09") for place in found]


def test_an_import_is_undone_after_a_page_that_says_what_it_does(importing: Importing, session: Session, client_as: ClientAs) -> None:
    importing(places(4))
    run = importing(changed(places(4)))
    listing = session.get_one(Structure, f"{FS}--1")
    listings.edit(session, listing, {"telephone": "+33465710077"}, By("Camille Fictive", account_id=1))
    session.commit()
    client = client_as("administrateur")
    assert f'href="/imports/{run.id}/annuler"' in client.get(f"/imports/{run.id}").text
    asked = text_of(client.get(f"/imports/{run.id}/annuler").text)
    for said in (
        "8 structures et services",
        "comme avant cet import",
        "1 fiche garde",
        "Espace Mariline des Essais : Mise à jour, Téléphone",
    ):
        assert said in asked, said
    assert client.submit(f"/imports/{run.id}/annuler").headers["location"] == f"/imports/{run.id}"
    done = wait_for(session, run, "annule")
    assert done.undone_by
    assert phones(session) == {"+33465710077", "+33465710001"}
    report = text_of(client.get(f"/imports/{run.id}").text)
    assert f"par {done.undone_by}" in report
    assert "1 fiche garde ce qui y a été modifié" in report
    assert f"/imports/{run.id}/annuler" not in report


def test_a_held_import_is_applied(importing: Importing, session: Session, client_as: ClientAs) -> None:
    importing(places(10))
    run = importing(places(5))
    client = client_as("administrateur")
    assert "Appliquer quand même" in client.get(f"/imports/{run.id}").text
    client.submit(f"/imports/{run.id}/appliquer")
    done = wait_for(session, run, "termine")
    assert (done.to_verify, bool(done.approved_by)) == (5, True)


def test_what_can_t_be_done_is_said(importing: Importing, session: Session, client_as: ClientAs, context: Context) -> None:
    importing(places(4))
    run = importing(changed(places(4)))
    later = importing(places(4))
    client = client_as("administrateur")
    assert f"L’import {later.id}, plus récent" in client.get(f"/imports/{run.id}/annuler").text
    answer = client.submit(f"/imports/{run.id}/annuler")
    assert (answer.status_code, f"L’import {later.id}, plus récent" in answer.text) == (409, True)
    assert "n’est pas retenu" in client.submit(f"/imports/{run.id}/appliquer").text
    with locking.held(context.engine, context.settings.data_dir, FS):
        assert "est déjà en cours" in client.submit(f"/imports/{later.id}/annuler").text
    assert phones(session) == {"+33465710001"}


def test_an_undo_cut_short_is_taken_up_from_its_page(importing: Importing, session: Session, client_as: ClientAs) -> None:
    run = importing(places(4))
    stored = session.get_one(ImportRun, run.id)
    stored.etat = "annulation"
    session.commit()
    client = client_as("administrateur")
    page = client.get(f"/imports/{run.id}").text
    assert "L’annulation s’est arrêtée" in page
    assert "Reprendre l’annulation" in page
    client.submit(f"/imports/{run.id}/annuler")
    wait_for(session, run, "annule")
    assert phones(session) == set()


def allowed(client: Browser, run: ImportRun) -> bool:
    page = client.get(f"/imports/{run.id}").text
    form = client.get(f"/imports/{run.id}/annuler").status_code
    assert (form == 200) == (f"/imports/{run.id}/annuler" in page)
    if form != 200:
        assert {client.submit(f"/imports/{run.id}/{act}").status_code for act in ("annuler", "appliquer")} <= {403, 404}
    return form == 200


@pytest.mark.parametrize(
    ("source", "departement", "may"),
    [
        (FS, None, {"administrateur"}),
        (FS, "04", {"administrateur", "gestionnaire"}),
        ("gironde", None, {"administrateur", "gestionnaire"}),
        ("maine-et-loire", None, {"administrateur"}),
        ("inconnue", None, {"administrateur"}),
        ("04d-essai", None, {"administrateur", "gestionnaire"}),
    ],
)
def test_who_keeps_all_that_it_touched_may(
    session: Session, client_as: ClientAs, monkeypatch: pytest.MonkeyPatch, source: str, departement: str | None, may: set[str]
) -> None:
    moved = [replace(one, departements=("04",)) if one.id == "gironde" else one for one in registry.SOURCES]
    monkeypatch.setattr(registry, "SOURCES", tuple(moved))
    session.add(DeclaredSource(id="04d-essai", declaration={}, collectivite="04D", author="Camille Fictive"))
    run = ImportRun(source=source, departement=departement, etat="termine")
    session.add(run)
    session.commit()
    session.refresh(run)
    people = ("administrateur", "gestionnaire", "gestionnaire-37", "conseiller")
    assert {who for who in people if allowed(client_as(who), run)} == may
