"""A rejected row is corrected on its own page, by whoever keeps what the import touched, and becomes a listing at the next import."""

import time
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from app.models import ImportRun, Quarantine, RowCorrection, Structure
from importers import correcting, pipeline
from tests.importers.deliveries import Place, deliver, places
from tests.web.conftest import Browser, ClientAs
from tests.web.test_search import text_of

FS = "france-services"


@pytest.fixture
def run(app: FastAPI, tmp_path: Path) -> ImportRun:
    """An import that rejected one row: its name is too short."""
    context = app.state.context
    file = deliver(tmp_path / "livraison", [*places(3), Place("4", "X")])
    return pipeline.run(context.engine, FS, settings=context.settings, file=file)[0]


@pytest.fixture
def address(run: ImportRun, session: Session) -> str:
    row = session.exec(select(Quarantine).where(Quarantine.run_id == run.id)).one()
    return f"/imports/{run.id}/lignes/{row.id}"


def field_of(page: str, column: str) -> str:
    """The form field of a column."""
    before = page[: page.index(f">{column}</label>")]
    return before[before.rindex('for="') + 5 :].split('"')[0]


def version_of(page: str) -> str:
    return page.split('name="version" value="')[1].split('"')[0]


def corrected(client: Browser, address: str, value: str, **more: str) -> tuple[int, str]:
    page = client.get(address).text
    answer = client.submit(address, {field_of(page, "lib_fs"): value, "version": version_of(page), **more})
    return answer.status_code, answer.text


def test_a_row_is_corrected_and_becomes_a_listing(client_as: ClientAs, run: ImportRun, address: str, session: Session) -> None:
    client = client_as("administrateur")
    report = client.get(f"/imports/{run.id}").text
    assert f'href="{address}"' in report
    assert "Corrigez-les ici" in text_of(report)
    asked = text_of(client.get(address).text)
    for said in ("Pourquoi elle n’est pas devenue une fiche", "trop court « X »", "À vérifier : le motif ci-dessus en parle"):
        assert said in asked, said
    assert corrected(client, address, "Espace Retrouvé")[0] == 303
    report = text_of(client.get(f"/imports/{run.id}").text)
    assert "Corrigée par" in report
    assert "1 ligne corrigée" in report
    moved = client.submit(f"/imports/{run.id}/reimporter").headers["location"]
    assert moved != f"/imports/{run.id}"
    until = time.monotonic() + 20
    while time.monotonic() < until and session.get_one(ImportRun, int(moved.split("/")[-1])).etat != "termine":
        session.expire_all()
        time.sleep(0.05)
    assert "Espace Retrouvé" in session.exec(select(Structure.nom)).all()
    assert "Aucune ligne rejetée" in text_of(client.get(moved).text)


def test_what_is_still_wrong_is_said_and_what_was_typed_stays(client_as: ClientAs, address: str, session: Session) -> None:
    client = client_as("administrateur")
    status, page = corrected(client, address, "Y")
    assert status == 422
    assert "ne ferait toujours pas une fiche" in page
    assert 'value="Y"' in page
    assert session.exec(select(RowCorrection)).all() == []
    assert corrected(client, address, "Y", geste="garder")[0] == 303
    assert session.exec(select(RowCorrection.changes)).all() == [{"lib_fs": "Y"}]


def test_two_people_at_the_same_row_lose_nothing(client_as: ClientAs, address: str, session: Session) -> None:
    client = client_as("administrateur")
    page = client.get(address).text
    corrected(client_as("administrateur"), address, "Espace Premier")
    late = client.submit(address, {field_of(page, "lib_fs"): "Espace Second", "version": version_of(page)})
    assert late.status_code == 409
    assert 'value="Espace Second"' in late.text
    assert "a écrit : « Espace Premier »" in text_of(late.text)
    assert session.exec(select(RowCorrection.changes)).all() == [{"lib_fs": "Espace Premier"}]


@pytest.mark.parametrize("corrected_before", [False, True])
def test_two_people_in_the_very_same_instant_lose_nothing(
    monkeypatch: pytest.MonkeyPatch, app: FastAPI, client_as: ClientAs, address: str, session: Session, corrected_before: bool
) -> None:
    client = client_as("administrateur")
    if corrected_before:
        corrected(client, address, "Espace Ancien")
    judged = correcting.judged

    def and_another_saves(*asked: Any) -> correcting.Judged:
        monkeypatch.setattr(correcting, "judged", judged)
        assert corrected(client_as("administrateur"), address, "Espace Premier")[0] == 303
        return judged(*asked)

    page = client.get(address).text
    monkeypatch.setattr(correcting, "judged", and_another_saves)
    late = client.submit(address, {field_of(page, "lib_fs"): "Espace Second", "version": version_of(page)})
    assert late.status_code == 409
    assert 'value="Espace Second"' in late.text
    assert "a écrit : « Espace Premier »" in text_of(late.text)
    assert session.exec(select(RowCorrection.changes)).all() == [{"lib_fs": "Espace Premier"}]


@pytest.mark.parametrize(("who", "status"), [("conseiller", 403), ("gestionnaire", 403), ("gestionnaire-37", 403), ("administrateur", 200)])
def test_only_whoever_commands_the_import_corrects_its_rows(
    client_as: ClientAs, run: ImportRun, address: str, session: Session, who: str, status: int
) -> None:
    client = client_as(who)
    assert client.get(address).status_code == status
    if status != 200:
        assert client.submit(address, {"c1": "Espace Pirate"}).status_code == status
        assert client.submit(f"/imports/{run.id}/reimporter").status_code == status
        assert session.exec(select(RowCorrection)).all() == []


def test_rows_of_an_import_that_another_followed_are_left_to_it(
    app: FastAPI, client_as: ClientAs, run: ImportRun, address: str, tmp_path: Path
) -> None:
    context = app.state.context
    pipeline.run(context.engine, FS, settings=context.settings, file=deliver(tmp_path / "suite", places(3)))
    client = client_as("administrateur")
    assert client.get(address).status_code == 404
    assert address not in client.get(f"/imports/{run.id}").text
    refused = client.submit(f"/imports/{run.id}/reimporter")
    assert refused.status_code == 409
    assert "plus le dernier import" in text_of(refused.text)


def test_the_row_of_another_import_is_not_found(client_as: ClientAs, run: ImportRun, address: str) -> None:
    client = client_as("administrateur")
    assert client.get(address.replace(f"/imports/{run.id}/", f"/imports/{(run.id or 0) + 1}/")).status_code == 404
    assert client.get(f"/imports/{run.id}/lignes/999999").status_code == 404


def test_an_address_is_neither_shown_nor_lost(client_as: ClientAs, address: str, session: Session) -> None:
    client = client_as("administrateur")
    page = client.get(address).text
    assert "rue des Essais" not in page
    assert "n’est pas montré" in text_of(page)
    corrected(client, address, "Espace Retrouvé", **{field_of(page, "Adresse"): ""})
    assert session.exec(select(RowCorrection.changes)).one() == {"lib_fs": "Espace Retrouvé"}


def test_the_address_of_a_shelter_is_not_typed_there(client_as: ClientAs, address: str, session: Session) -> None:
    session.add(Structure(id=f"{FS}--4", source=FS, nom="Refuge fictif", adresse_confidentielle=True))
    session.commit()
    client = client_as("administrateur")
    page = client.get(address).text
    status, told = corrected(client, address, "Refuge fictif", **{field_of(page, "Adresse"): "17 impasse des Secrets"})
    assert status == 422
    assert "Ce lieu est confidentiel" in told
    assert "impasse des Secrets" not in told
    assert session.exec(select(RowCorrection)).all() == []
