"""Real databases for every test: SQLite and PostgreSQL, migrated once, copied for each test.

Options: ``--db sqlite`` or ``--db postgresql`` runs one of them only.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from app import db
from tests.postgres import PostgresServer, find_server
from tests.search import meilisearch_server
from tests.skipped import pytest_terminal_summary  # noqa: F401  # a hook of the whole run

ROOT = Path(__file__).parent.parent


def pytest_configure() -> None:
    os.environ["LEVIER_GEOCODER_URL"] = ""  # no test goes out to the network, not even from a fixture of the whole session


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", choices=["sqlite", "postgresql", "both"], default="both")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--db")
        kinds = ["sqlite", "postgresql"] if wanted == "both" else [wanted]
        metafunc.parametrize("database_kind", kinds, scope="function")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long proofs run only when asked for by ``-m proof``."""
    if "proof" in (config.getoption("-m") or ""):
        return
    for item in items:
        if item.get_closest_marker("proof"):
            item.add_marker(pytest.mark.skip(reason="long proof: run by `make proof`"))


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the settings of whoever runs it, nor on the network."""
    for name in list(os.environ):
        if name.startswith("LEVIER_") and not name.startswith("LEVIER_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LEVIER_GEOCODER_URL", "")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "levier.sqlite3"
    engine = db.make_engine(f"sqlite:///{path}")
    db.migrate(engine)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = find_server(tmp_path_factory)
    if server is None:
        pytest.skip("PostgreSQL is not installed here: nothing was tested on it (`make test` as root installs it)")
    with server:
        engine = db.make_engine(server.create_database("template_levier"))
        db.migrate(engine)
        engine.dispose()
        yield server


@pytest.fixture(scope="session")
def meilisearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and key of a real server."""
    if given := meilisearch_server.address_given():
        yield given
        return
    if not meilisearch_server.installed():
        pytest.skip(meilisearch_server.MISSING)
    process, url = meilisearch_server.start(tmp_path_factory.mktemp("meilisearch"))
    yield url, ""
    process.terminate()
    process.wait(timeout=30)


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a fresh, migrated base of this kind."""
    if database_kind == "sqlite":
        path = tmp_path / "levier.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"t{uuid.uuid4().hex}"
    url = server.create_database(name, template="template_levier")
    yield url
    server.drop_database(name)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with db.session_of(engine) as session:
        yield session
