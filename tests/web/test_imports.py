"""Reports of imports."""

import pytest
from fastapi import FastAPI

from app import db
from app.models import ImportRun, Quarantine
from tests.samples import add_source
from tests.web.conftest import ClientAs
from tests.web.test_search import text_of


@pytest.fixture
def runs(app: FastAPI) -> dict[str, int]:
    """One run of a whole source, one of 04 alone, one of 37 alone, by name."""
    with db.session_of(app.state.context.engine) as session:
        add_source(session, "essai", "Fichier d’essai")
        made = {
            "all": ImportRun(source="essai", etat="termine", read=12, created=9, changed=1, rejected=2, file_name="essai.csv"),
            "04": ImportRun(source="essai", etat="echoue", departement="04", message="Le fichier est vide."),
            "37": ImportRun(source="essai", etat="termine", departement="37"),
        }
        session.add_all(made.values())
        session.flush()
        content = {"nom": "Le Refuge", "adresse": "17 impasse des Secrets", "Adresse 2": "17 impasse", "ville": "Dignne"}
        session.add(
            Quarantine(run_id=made["all"].id, source="essai", line=12, reasons=["La commune « Dignne » est inconnue."], content=content)
        )
        session.commit()
        return {name: run.id or 0 for name, run in made.items()}


def test_a_clerk_reads_what_was_rejected_and_why(client_as: ClientAs, runs: dict[str, int]) -> None:
    words = text_of(client_as("gestionnaire").get(f"/imports/{runs['all']}").text)
    for said in ("Import : Fichier d’essai", "12 lignes lues", "9 créées", "12 La commune « Dignne » est inconnue.", "Le Refuge"):
        assert said in words, said


def test_the_address_of_a_rejected_row_is_not_shown(client_as: ClientAs, runs: dict[str, int]) -> None:
    assert "impasse" not in client_as("administrateur").get(f"/imports/{runs['all']}").text


def test_a_failed_run_says_why(client_as: ClientAs, runs: dict[str, int]) -> None:
    words = text_of(client_as("gestionnaire").get(f"/imports/{runs['04']}").text)
    assert "Échoué Le fichier est vide." in words
    assert "Aucune ligne rejetée" not in words
    assert "Importer un fichier" in words


def test_a_held_run_says_why_and_what_to_do(app: FastAPI, client_as: ClientAs, runs: dict[str, int]) -> None:
    with db.session_of(app.state.context.engine) as session:
        held = ImportRun(source="essai", etat="retenu", to_verify=5, renumbered=1, retenue=["5 fiches sur 20.", "5 ne sont plus là"])
        session.add(held)
        session.commit()
        run_id = held.id
    words = text_of(client_as("gestionnaire").get(f"/imports/{run_id}").text)
    for said in (
        "Retenu",
        "5 fiches sur 20.",
        "5 ne sont plus là",
        "5 fiches à vérifier",
        "1 ligne revenue",
        "seul un administrateur peut l’appliquer",
    ):
        assert said in words, said
    assert "Appliquer quand même" in client_as("administrateur").get(f"/imports/{run_id}").text


@pytest.mark.parametrize(
    ("who", "seen"), [("gestionnaire", {"all", "04"}), ("gestionnaire-37", {"all", "37"}), ("administrateur", {"all", "04", "37"})]
)
def test_each_sees_the_runs_that_concern_them(client_as: ClientAs, runs: dict[str, int], who: str, seen: set[str]) -> None:
    client = client_as(who)
    page = client.get("/imports").text
    assert {name for name, run_id in runs.items() if f'href="/imports/{run_id}"' in page} == seen
    assert {name for name, run_id in runs.items() if client.get(f"/imports/{run_id}").status_code == 200} == seen


def test_counsellors_have_no_business_there(client_as: ClientAs, runs: dict[str, int]) -> None:
    client = client_as("conseiller")
    assert client.get("/imports").status_code == 403
    assert client.get(f"/imports/{runs['all']}").status_code == 403
    assert "/imports" not in client.get("/recherche").text


def test_an_unknown_run_is_not_found(client_as: ClientAs) -> None:
    for run_id in ("999", "0", "99999999999999999999"):
        assert client_as("administrateur").get(f"/imports/{run_id}").status_code == 404


def test_an_address_mistyped_leads_back_to_its_list(client_as: ClientAs) -> None:
    response = client_as("gestionnaire").get("/imports/abc")
    assert response.status_code == 422
    assert '<a class="button" href="/imports">Reprendre depuis la page</a>' in response.text


@pytest.mark.parametrize(("role", "led"), [("conseiller", False), ("gestionnaire", True), ("administrateur", True)])
def test_an_empty_base_leads_those_who_import_to_it(client_as: ClientAs, role: str, led: bool) -> None:
    assert ('<a href="/imports/nouveau">Importer un fichier</a>' in client_as(role).get("/recherche").text) is led
