"""The `levier` command, run as people run it: a process, its output, its exit code."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, func, select

from app import accounts, db
from app.models import Account, ImportRun, IndexQueue, Service
from app.models.base import now
from tests.territory.strangers import a_geocoder, an_answer

Levier = Callable[..., subprocess.CompletedProcess[str]]
Serving = Callable[..., tuple["subprocess.Popen[str]", str]]


@pytest.fixture
def base(sqlite_template: Path, tmp_path: Path) -> Iterator[Session]:
    """The base of these commands: SQLite, but where a test names another."""
    (tmp_path / "var").mkdir()
    shutil.copy(sqlite_template, tmp_path / "var" / "levier.sqlite3")
    engine = db.make_engine(f"sqlite:///{tmp_path / 'var' / 'levier.sqlite3'}")
    with db.session_of(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def environment(base: Session, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "LEVIER_DATA_DIR": str(tmp_path / "var")}


@pytest.fixture
def levier(environment: dict[str, str], tmp_path: Path) -> Levier:
    """Run a command to its end: ``levier("token", "create", "x", LEVIER_DEMO="1")``."""

    def run(*arguments: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app.cli", *arguments]
        return subprocess.run(
            command,
            env={**environment, **settings},
            input=typed,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parent.parent,
            timeout=300,
        )

    return run


# --- people and programs ---------------------------------------------------------------------------------------------


def test_a_token_is_printed_alone_and_opens_the_api(levier: Levier, base: Session) -> None:
    done = levier("token", "create", "Partenaire d’essai")
    assert done.returncode == 0
    assert re.fullmatch(r"\S+\n", done.stdout)
    assert accounts.viewer_of_token(base, done.stdout.strip())


def test_a_token_name_serves_once(levier: Levier) -> None:
    levier("token", "create", "essai")
    again = levier("token", "create", "essai")
    assert (again.returncode, again.stdout) == (1, "")
    assert "essai" in again.stderr


def test_an_account_is_created_with_a_link_to_choose_its_password(levier: Levier, base: Session) -> None:
    done = levier("account", "create", "Ana@Example.org", "--nom", "Ana Fictive", LEVIER_PUBLIC_URL="https://levier.example.org")
    assert done.returncode == 0
    assert re.fullmatch(r"https://levier\.example\.org/mot-de-passe/\S+\n", done.stdout)
    account = base.exec(select(Account)).one()
    assert (account.courriel, account.nom, account.role) == ("ana@example.org", "Ana Fictive", "conseiller")


def test_an_account_is_created_with_the_password_given(levier: Levier, base: Session) -> None:
    arguments = ("account", "create", "ben@example.org", "--nom", "Ben Fictif", "--role", "gestionnaire", "--collectivite", "04D")
    done = levier(*arguments, "--password-stdin", typed="une phrase de passe inventée\n")
    assert (done.returncode, done.stdout) == (0, "")
    assert accounts.sign_in(base, "ben@example.org", "une phrase de passe inventée", "127.0.0.1", 1)


def test_a_manager_of_nothing_is_refused_with_what_to_do(levier: Levier) -> None:
    done = levier("account", "create", "ben@example.org", "--nom", "Ben Fictif", "--role", "gestionnaire")
    assert done.returncode == 1
    assert "04D" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_collectivité_that_does_not_exist_is_refused_and_the_near_one_named(levier: Levier) -> None:
    done = levier("account", "create", "ana@example.org", "--nom", "Ana Fictive", "--role", "gestionnaire", "--collectivite", "04")
    assert done.returncode == 1
    assert "04D (Alpes-de-Haute-Provence)" in done.stderr
    assert levier("account", "reset", "ana@example.org").returncode == 1, "no account was made"


def test_a_disabled_account_gets_no_link(levier: Levier) -> None:
    levier("account", "create", "ana@example.org", "--nom", "Ana Fictive")
    assert levier("account", "reset", "ana@example.org").returncode == 0
    assert levier("account", "disable", "ana@example.org").returncode == 0
    refused = levier("account", "reset", "ana@example.org")
    assert (refused.returncode, refused.stdout) == (1, "")


def test_an_unknown_account_is_said_unknown(levier: Levier) -> None:
    for act in ("disable", "reset"):
        done = levier("account", act, "personne@example.org")
        assert done.returncode == 1
        assert "personne@example.org" in done.stderr


# --- settings and the base -------------------------------------------------------------------------------------------


def test_a_wrong_setting_is_said_by_its_name_without_its_value(levier: Levier) -> None:
    done = levier("migrate", LEVIER_SESSION_HOURS="jamais")
    assert done.returncode == 1
    assert "LEVIER_SESSION_HOURS" in done.stderr
    assert "jamais" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_new_folder_is_made_and_migrated(levier: Levier, tmp_path: Path) -> None:
    done = levier("migrate", LEVIER_DATA_DIR=str(tmp_path / "neuf" / "var"), LEVIER_DATABASE_URL="")
    assert done.returncode == 0
    assert (tmp_path / "neuf" / "var" / "levier.sqlite3").exists()


def test_help_is_shown_without_arguments(levier: Levier) -> None:
    done = levier()
    assert "Importer une source" in done.stdout + done.stderr


# --- import and index ------------------------------------------------------------------------------------------------


def test_an_import_counts_its_rows_fills_the_index_and_a_second_changes_nothing(
    levier: Levier, database_url: str, session: Session
) -> None:
    first = levier("import", "demonstration", LEVIER_DATABASE_URL=database_url)
    assert first.returncode == 0, first.stderr
    created = int(re.findall(r"(\d+) créées", first.stdout)[0])
    services = session.exec(select(func.count()).select_from(Service)).one()
    assert 100 < services <= created
    assert session.exec(select(func.count()).select_from(IndexQueue)).one() == 0
    status = levier("index", "status", LEVIER_DATABASE_URL=database_url)
    assert status.returncode == 0
    assert int(re.findall(r"Documents : (\d+)", status.stdout)[0]) >= services
    second = levier("import", "demonstration", LEVIER_DATABASE_URL=database_url)
    assert "0 créées, 0 modifiées" in second.stdout


def test_a_dry_run_says_what_would_change_and_changes_nothing(levier: Levier, base: Session) -> None:
    done = levier("import", "demonstration", "--dry-run")
    assert done.returncode == 0
    assert "essai" in done.stdout
    assert int(re.findall(r"(\d+) créées", done.stdout)[0]) > 100
    assert base.exec(select(func.count()).select_from(Service)).one() == 0


def test_an_unknown_source_is_refused_and_the_known_ones_are_named(levier: Levier) -> None:
    done = levier("import", "atlantide")
    assert done.returncode == 1
    assert "mairies" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unreadable_file_fails_the_run_with_its_reason(levier: Levier, tmp_path: Path, base: Session) -> None:
    folder = tmp_path / "vide"
    folder.mkdir()
    done = levier("import", "data-inclusion", "--file", str(folder))
    assert done.returncode == 1
    assert "structures.ndjson" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not base.exec(select(ImportRun).where(ImportRun.etat == "termine")).all()


def test_a_missing_file_is_refused_before_any_work(levier: Levier) -> None:
    done = levier("import", "mairies", "--file", "/nulle/part.csv")
    assert done.returncode == 2


def test_what_is_due_is_imported_without_a_target(levier: Levier, tmp_path: Path, base: Session) -> None:
    assert levier("import").returncode == 1
    assert levier("import", "49", "--due").returncode == 1
    idle = levier("import", "--due")
    assert (idle.returncode, idle.stdout) == (0, "")
    (tmp_path / "34-herault.csv").write_text("ce n’est pas le fichier attendu", encoding="utf-8")
    base.add(ImportRun(source="herault", etat="termine", started_at=now() - timedelta(days=8)))
    base.commit()
    done = levier("import", "--due", LEVIER_SOURCES_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "herault : échec" in done.stdout
    assert "Messages qui n’ont pas pu partir : 1. Réglez LEVIER_SMTP_URL" in done.stderr
    assert levier("import", "--due", LEVIER_SOURCES_DIR=str(tmp_path)).returncode == 0, "not again before tomorrow"


def test_an_index_never_made_is_said_and_reindex_makes_it(levier: Levier) -> None:
    before = levier("index", "status")
    assert before.returncode == 1
    assert "levier reindex" in before.stderr
    assert levier("reindex").stdout == "0 documents dans l’index.\n"
    assert levier("index", "status").returncode == 0


# --- serving ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serving(environment: dict[str, str], port: int) -> Iterator[Serving]:
    """Start a server and wait until it says that it is ready: the process, and what it has said."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **settings: str) -> tuple["subprocess.Popen[str]", str]:
        command = [sys.executable, "-m", "app.cli", *arguments, "--port", str(port)]
        env = {**environment, **settings, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=Path(__file__).parent.parent
        )
        started.append(process)
        assert process.stdout
        said = ""
        giving_up = threading.Timer(240, process.kill)
        giving_up.start()
        for line in process.stdout:
            said += line
            if "Levier est prêt" in line:
                break
        giving_up.cancel()
        assert "Levier est prêt" in said, said
        return process, said

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_server_says_its_address_answers_and_stops_on_ctrl_c(serving: Serving, port: int) -> None:
    process, said = serving("serve")
    assert f"http://127.0.0.1:{port}" in said
    assert httpx.get(f"http://127.0.0.1:{port}/sante").json()["etat"]
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert process.stdout
    assert "Traceback" not in process.stdout.read()


def test_an_import_beside_a_server_reaches_its_answers(serving: Serving, levier: Levier, port: int) -> None:
    serving("serve")
    token = levier("token", "create", "essai").stdout.strip()
    assert levier("import", "demonstration").returncode == 0
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"http://127.0.0.1:{port}/api/v1/search", params={"q": "garage solidaire"}, headers=headers)
    assert answer.json()["total"] > 0


def test_the_address_of_a_person_is_neither_said_nor_kept_by_a_server(serving: Serving, base: Session, port: int, tmp_path: Path) -> None:
    with a_geocoder({"7 impasse": [an_answer("7 Impasse Confiée 04000 Digne-les-Bains", "04070", 44.09, 6.24)]}) as geocoder:
        process, said = serving("serve", LEVIER_GEOCODER_URL=geocoder.url)
        account = accounts.create_account(base, "conseil@essai.example.org", "Conseil Fictif", "conseiller", ())
        cookies = {accounts.COOKIE: accounts.open_session(base, account, 12)}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", cookies=cookies, follow_redirects=True, timeout=60) as browser:
            page = browser.get("/recherche", params={"lieu": "7 impasse Confiée, 04000 Digne", "q": "garde"})
            browser.get("/lieux/adresses", params={"lieu": "7 impasse Confiée, 04000 Digne"})
            assert "depuis l’adresse donnée" in page.text
            geocoder.manner = "errs"
            for number in range(8, 12):
                assert browser.get("/recherche", params={"lieu": f"{number} impasse Confiée, 04000 Digne"}).status_code == 200
    process.send_signal(signal.SIGINT)
    process.wait(timeout=30)
    assert process.stdout
    assert not re.search("confi(é|%C3%A9)e", said + process.stdout.read(), re.IGNORECASE)
    secret = re.compile("confi(é|%c3%a9)e".encode(), re.IGNORECASE)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and secret.search(path.read_bytes())]


def test_a_demonstration_is_refused_off_this_machine(levier: Levier) -> None:
    done = levier("serve", "--host", "0.0.0.0", LEVIER_DEMO="1")
    assert done.returncode == 1
    assert "démonstration" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_said_at_once(levier: Levier, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        done = levier("demo", "--port", str(port))
    assert done.returncode == 1
    assert f"PORT={port + 1}" in done.stderr
