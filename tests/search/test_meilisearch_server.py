"""The Meilisearch engine when its server, its key, its index or its builder fails; and the engine kept beside it."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.search import settings
from app.search.embedded import EmbeddedEngine
from app.search.fallback import FallbackEngine
from app.search.meilisearch import MeilisearchEngine
from app.search.meilisearch.generations import Generations
from app.search.meilisearch.server import MeilisearchServer
from app.search.port import Document, SearchRequest, SearchUnavailable, key_of
from tests.search import meilisearch_server
from tests.search.documents import make_document

NOBODY = "http://127.0.0.1:9"
ROOT = Path(__file__).parents[2]
REBUILD_FOREVER = """
import sys
from app.search.meilisearch import MeilisearchEngine
from tests.search.documents import make_document
def slowly():
    for i in range(10**6):
        if i % 4000 == 0:
            print(i, flush=True)
        yield make_document(f"neuf-{i}", f"Fiche {i}")
MeilisearchEngine(sys.argv[1], sys.argv[2], sys.argv[3]).rebuild(slowly())
"""


class Server:
    """A server of one test's own, to kill and to start again on the same data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process, self.url = meilisearch_server.start(folder)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def start(self) -> None:
        self._process, _ = meilisearch_server.start(self._folder, int(self.url.rsplit(":", 1)[1]))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not meilisearch_server.installed():
        pytest.skip(meilisearch_server.MISSING)
    server = Server(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def engine(meilisearch: tuple[str, str]) -> Iterator[MeilisearchEngine]:
    with meilisearch_server.engine_at(*meilisearch) as engine:
        yield engine


def found(engine: MeilisearchEngine | EmbeddedEngine | FallbackEngine, q: str = "") -> set[str]:
    return {hit.id for hit in engine.search(SearchRequest(q=q)).hits}


def garde(listing_id: str) -> Document:
    return make_document(listing_id, "Garde d’enfants")


def test_without_a_server_search_is_unavailable_and_never_empty() -> None:
    engine = MeilisearchEngine(NOBODY)
    for act in (lambda: found(engine), engine.count, engine.needs_rebuild, lambda: engine.put([garde("1")]), lambda: engine.rebuild([])):
        with pytest.raises(SearchUnavailable):
            act()


def test_without_an_index_search_is_unavailable_and_nothing_makes_one_by_chance(engine: MeilisearchEngine) -> None:
    assert engine.needs_rebuild()
    for act in (lambda: found(engine), engine.count, lambda: engine.put([garde("1")]), lambda: engine.remove([key_of("service", "1")])):
        with pytest.raises(SearchUnavailable):
            act()
    assert engine.needs_rebuild()


MASTER = "une-cle-d-au-moins-seize-octets"
LEAST: dict[str, list[str] | None] = {
    "actions": ["search", "documents.*", "indexes.*", "settings.*", "tasks.get"],
    "indexes": ["levier*"],
    "expiresAt": None,
}


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[str]:
    """Address of a server that asks for a key."""
    if not meilisearch_server.installed():
        pytest.skip(meilisearch_server.MISSING)
    process, url = meilisearch_server.start(tmp_path, None, "--master-key", MASTER)
    yield url
    process.kill()
    process.wait()


def test_a_wrong_key_is_told(locked: str) -> None:
    for key in ("", "fausse"):
        with pytest.raises(SearchUnavailable, match="LEVIER_SEARCH_KEY"):
            MeilisearchEngine(locked, key).needs_rebuild()


def test_the_key_of_least_rights_that_the_documentation_names_is_enough(locked: str) -> None:
    made = httpx.post(f"{locked}/keys", json=LEAST, headers={"Authorization": f"Bearer {MASTER}"}).json()
    assert all(f"`{action}`" in (ROOT / "docs/settings.md").read_text() for action in LEAST["actions"] or ())
    engine = MeilisearchEngine(locked, made["key"])
    for _ in range(2):
        engine.rebuild([garde("1")])
    engine.put([garde("2"), garde("3")])
    engine.remove([key_of("service", "1")])
    assert (found(engine, "garde"), engine.count(), engine.needs_rebuild()) == ({"2", "3"}, 2, False)


def test_other_settings_ask_for_a_rebuild_while_the_old_index_still_answers(
    engine: MeilisearchEngine, meilisearch: tuple[str, str]
) -> None:
    engine.rebuild([garde("1")])
    changed = MeilisearchEngine(*meilisearch, engine.index, replace(settings.load(), fingerprint="autre"))
    assert not engine.needs_rebuild()
    assert changed.needs_rebuild()
    assert found(changed, "garde") == {"1"}
    changed.rebuild([garde("2")])
    assert not changed.needs_rebuild()
    assert found(engine) == {"2"}


def test_a_killed_server_keeps_what_it_acknowledged_and_search_comes_back(server: Server) -> None:
    engine = MeilisearchEngine(server.url)
    engine.rebuild([garde("1")])
    engine.put([garde("2")])
    server.kill()
    with pytest.raises(SearchUnavailable):
        found(engine)
    with pytest.raises(SearchUnavailable):
        engine.put([garde("3")])
    server.start()
    assert found(engine, "garde") == {"1", "2"}
    engine.put([garde("3")])
    assert found(engine, "garde") == {"1", "2", "3"}


def test_a_killed_builder_leaves_the_old_index_and_another_can_start_at_once(
    engine: MeilisearchEngine, meilisearch: tuple[str, str]
) -> None:
    engine.rebuild([garde("1")])
    builder = subprocess.Popen(
        [sys.executable, "-c", REBUILD_FOREVER, *meilisearch, engine.index], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert builder.stdout is not None
    for _ in range(2):
        builder.stdout.readline()
    builder.kill()
    builder.communicate()
    engine.put([garde("2")])
    assert found(engine) == {"1", "2"}
    engine.rebuild([garde("3")])
    assert found(engine) == {"3"}
    server = MeilisearchServer(*meilisearch)
    assert [uid for uid in server.indexes() if uid.startswith(engine.index)] == [engine.index]
    server.close()


def test_a_builder_whose_place_was_taken_gives_up(engine: MeilisearchEngine, meilisearch: tuple[str, str]) -> None:
    other = MeilisearchEngine(*meilisearch, engine.index)

    def stream() -> Iterator[Document]:
        yield garde("1")
        other.rebuild([garde("2")])

    with pytest.raises(SearchUnavailable):
        engine.rebuild(stream())
    assert found(engine) == {"2"}
    assert not engine.needs_rebuild()


def test_an_index_whose_builder_was_killed_before_its_last_look_is_made_again(
    engine: MeilisearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    engine.rebuild([garde("1")])
    with monkeypatch.context() as patch:
        patch.setattr(Generations, "tidy", lambda _: None)
        patch.setattr(Generations, "_remove", killed)
        with pytest.raises(KeyboardInterrupt):
            engine.rebuild([garde("2")])
    assert found(engine) == {"2"}
    assert engine.needs_rebuild()
    engine.rebuild([garde("3")])
    assert (found(engine), engine.needs_rebuild()) == ({"3"}, False)


def test_writes_from_elsewhere_during_many_rebuilds_are_never_lost(engine: MeilisearchEngine, meilisearch: tuple[str, str]) -> None:
    engine.rebuild([garde("0")])
    other = MeilisearchEngine(*meilisearch, engine.index)
    written = [garde("0")]
    over = threading.Event()

    def write() -> None:
        for i in range(1, 13):
            written.append(garde(str(i)))  # as the database, which is written before the index
            other.put([garde(str(i))])
        over.set()

    def stream() -> Iterator[Document]:
        yield from list(written)

    writer = threading.Thread(target=write)
    writer.start()
    while not over.is_set():
        engine.rebuild(stream())
    writer.join()
    assert found(engine, "garde") == {str(i) for i in range(13)}


def test_the_engine_kept_warm_answers_while_the_server_does_not(server: Server) -> None:
    engine = FallbackEngine(MeilisearchEngine(server.url), EmbeddedEngine(None))
    assert engine.needs_rebuild()
    assert engine.rebuild(garde(str(i)) for i in range(3)) == 3
    assert not engine.needs_rebuild()
    server.kill()
    assert found(engine, "garde") == {"0", "1", "2"}
    assert engine.count() == 3
    with pytest.raises(SearchUnavailable):  # so that the queue keeps it
        engine.put([garde("3")])
    assert found(engine, "garde") == {"0", "1", "2", "3"}
    server.start()
    engine.put([garde("3")])
    engine.remove([key_of("service", "0")])
    assert found(engine, "garde") == {"1", "2", "3"}
    server.kill()
    assert found(engine, "garde") == {"1", "2", "3"}
