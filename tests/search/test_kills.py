"""A server killed at any moment, and a Meilisearch that stops for a while: no write is lost, no answer is wrong, nobody mends anything."""

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from app.search.embedded import EmbeddedEngine
from app.search.followers import BATCH
from app.search.meilisearch import MeilisearchEngine
from app.search.port import SearchEngine
from tests.search import meilisearch_server
from tests.search.running_levier import SERVICES, Commands, Levier, Listings, eventually
from tests.web.test_search import names

PROOF = 20  # kills of each kind
FEW, MANY = 15, 60  # listings looked for by their words, besides the count of all
KINDS = ("rebuild", "drain", "edit")
Unanswered = tuple[str, str] | None
"""An edit under way, that nobody answered: its listing and its word."""


@dataclass
class Scene:
    """A base, a server of it, and a second look at the index."""

    levier: Levier
    listings: Listings
    search: SearchEngine
    index: Path | None  # the embedded index
    url: str  # the Meilisearch server
    midway: int = 0  # kills that left the work unfinished

    def generations(self) -> set[str]:
        """Names of what holds an index, or once did."""
        if self.index is None:
            return {index["uid"] for index in httpx.get(f"{self.url}/indexes", params={"limit": 99}, timeout=60).json()["results"]}
        return {path.name for path in self.index.iterdir() if path.is_dir()}


def a_scene(commands: Commands, base: Engine, folder: Path, url: str, search: SearchEngine, index: Path | None, **more: str) -> Scene:
    listings = Listings(base, random.Random(0))
    listings.fill()
    settings = {"database_url": base.url.render_as_string(hide_password=False).replace("+psycopg", ""), "drain_seconds": "0.05"}
    scene = Scene(Levier(commands, folder, **settings, search_url=url, **more), listings, search, index, url)
    scene.levier.start()
    scene.levier.sign_in()
    listings.settle(search)
    return scene


@pytest.fixture(scope="module")
def commands() -> Iterator[Commands]:
    commands = Commands()
    yield commands
    commands.end()


@pytest.fixture
def embedded(commands: Commands, engine: Engine, tmp_path: Path) -> Iterator[Scene]:
    index = tmp_path / "index"
    scene = a_scene(commands, engine, tmp_path, "", EmbeddedEngine(index), index)
    yield scene
    scene.levier.end()


class Meilisearch:
    """A server of the test's own, to stop and to start again on the same data."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._process: subprocess.Popen[bytes]
        self._process, self.url = meilisearch_server.start(folder)

    def stop(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        if how != signal.SIGSTOP:
            self._process.wait()

    def start(self) -> None:
        """Again, or go on after a SIGSTOP."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
        else:
            self._process, _ = meilisearch_server.start(self._folder, int(self.url.rsplit(":", 1)[1]))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Meilisearch]:
    if not meilisearch_server.installed():
        pytest.skip(meilisearch_server.MISSING)
    server = Meilisearch(tmp_path / "meilisearch")
    yield server
    server.kill()


@pytest.fixture
def meilisearch_scene(commands: Commands, engine: Engine, tmp_path: Path, server: Meilisearch) -> Iterator[Scene]:
    search = MeilisearchEngine(server.url)
    scene = a_scene(commands, engine, tmp_path, server.url, search, None)
    yield scene
    scene.levier.end()
    search.close()


# --- kill -9 of Levier ---------------------------------------------------------------------------------------------------


def kill(scene: Scene, kind: str, seed: int) -> None:
    """Kill it at a moment chosen by `seed`, start it again, and look."""
    chance = scene.listings.chance = random.Random(seed)
    unanswered = {"rebuild": kill_during_a_rebuild, "drain": kill_during_a_drain, "edit": kill_during_edits}[kind](scene, chance)
    scene.levier.start()
    scene.listings.settle(scene.search)
    if unanswered and scene.listings.stands(*unanswered):  # an edit that was answered must be there; this one, wholly or not at all
        scene.listings.took(*unanswered, typed=True)
    scene.listings.check(scene.search, sample=FEW)
    if scene.index is not None:
        eventually(lambda: len(scene.generations()) == 1, "what the killed left is removed")


def kill_during_a_rebuild(scene: Scene, chance: random.Random) -> Unanswered:
    """The server's own, or that of `levier reindex` beside it, while something is written."""
    before = scene.generations()
    if chance.random() < 0.5:
        scene.listings.forget_index()
    else:
        scene.levier.run("reindex")
    eventually(lambda: bool(scene.generations() - before), "a rebuild that begins")
    scene.listings.write(30)
    time.sleep(chance.random() * (0.4 if scene.index else 1.5))
    scene.levier.kill()
    scene.midway += len(scene.generations()) > 1
    return None


def kill_during_a_drain(scene: Scene, chance: random.Random) -> Unanswered:
    for _ in range(8):
        scene.listings.write(SERVICES)
    time.sleep(chance.random() * 0.8)
    scene.levier.kill()
    scene.midway += scene.listings.waiting() > 0
    return None


def kill_during_edits(scene: Scene, chance: random.Random) -> Unanswered:
    """A few edits, then one that is killed at any moment of the time the one before took."""
    for _ in range(chance.randrange(1, 4)):
        took = edit(scene, "")
    listing_id, word = scene.listings.any_service(), scene.listings.word()
    try:
        scene.levier.rename(listing_id, f"Fiche {word}", lambda: scene.levier.kill_in(1.2 * took * chance.random()))
    except httpx.TransportError:
        scene.midway += 1
        return listing_id, word
    finally:
        scene.levier.kill()
    scene.listings.took(listing_id, word, typed=True)
    return None


def kill_often(scene: Scene, kinds: list[str], seed: int) -> None:
    for n, kind in enumerate(kinds):
        kill(scene, kind, seed + n)
    scene.listings.check(scene.search, sample=MANY)


def midway_often(scene: Scene) -> bool:
    print(f"{scene.midway} of {PROOF} kills left the work unfinished")
    return scene.midway >= PROOF // 5


def test_a_server_killed_during_a_rebuild_a_drain_and_an_edit(embedded: Scene) -> None:
    kill_often(embedded, [*KINDS], 100)


@pytest.mark.proof
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_killed_twenty_times(embedded: Scene, kind: str) -> None:
    kill_often(embedded, [kind] * PROOF, 1000)
    assert midway_often(embedded)


def test_a_server_of_meilisearch_killed_during_a_rebuild_a_drain_and_an_edit(meilisearch_scene: Scene) -> None:
    kill_often(meilisearch_scene, [*KINDS], 200)


@pytest.mark.proof
@pytest.mark.parametrize("kind", KINDS)
def test_a_server_of_meilisearch_killed_twenty_times(meilisearch_scene: Scene, kind: str) -> None:
    kill_often(meilisearch_scene, [kind] * PROOF, 2000)
    assert midway_often(meilisearch_scene)


# --- Meilisearch stopped -------------------------------------------------------------------------------------------------


def stop_and_start(scene: Scene, server: Meilisearch, how: signal.Signals) -> None:
    """Edits go on while it is stopped, and more than one batch waits for it; then it starts again."""
    untouched = scene.listings.any_published()
    server.stop(how)
    for _ in range(3):
        edit(scene, untouched)
        unavailable(scene.levier.search(scene.listings.words[untouched]))
    while scene.listings.waiting() <= BATCH:
        scene.listings.write(SERVICES, but=untouched)
    unavailable(scene.levier.search(scene.listings.words[untouched]))
    server.start()
    while scene.listings.waiting():
        never_without_result(scene, untouched)
    scene.listings.settle(scene.search)
    scene.listings.check(scene.search, sample=MANY)


def edit(scene: Scene, untouched: str) -> float:
    """An edit by the form, of any listing but one; how long its answer took, in seconds."""
    listing_id, word = scene.listings.any_service(but=untouched), scene.listings.word()
    sent: list[float] = []
    scene.levier.rename(listing_id, f"Fiche {word}", lambda: sent.append(time.monotonic()))
    scene.listings.took(listing_id, word, typed=True)
    return time.monotonic() - sent[0]


def unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert "La recherche est indisponible" in answer.text


def never_without_result(scene: Scene, untouched: str) -> None:
    answer = scene.levier.search(scene.listings.words[untouched])
    if answer.status_code == 200:
        assert names(answer.text) == [f"Fiche {scene.listings.words[untouched]}"]
    else:
        unavailable(answer)


STOPS = [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP]
NAMES = [how.name for how in STOPS]


@pytest.mark.parametrize("how", [pytest.param(how, marks=pytest.mark.proof) if how != signal.SIGKILL else how for how in STOPS], ids=NAMES)
def test_the_index_catches_up_after_meilisearch_was_stopped(meilisearch_scene: Scene, server: Meilisearch, how: signal.Signals) -> None:
    stop_and_start(meilisearch_scene, server, how)


@pytest.mark.proof
def test_the_index_catches_up_after_meilisearch_was_killed_twenty_times(meilisearch_scene: Scene, server: Meilisearch) -> None:
    for _ in range(PROOF):
        stop_and_start(meilisearch_scene, server, signal.SIGKILL)


@pytest.fixture
def with_spare(commands: Commands, engine: Engine, tmp_path: Path, server: Meilisearch) -> Iterator[Scene]:
    search = MeilisearchEngine(server.url)
    scene = a_scene(commands, engine, tmp_path, server.url, search, tmp_path / "index", search_fallback="true")
    yield scene
    scene.levier.end()
    search.close()


@pytest.mark.parametrize("how", [pytest.param(how, marks=pytest.mark.proof) if how != signal.SIGTERM else how for how in STOPS], ids=NAMES)
def test_the_spare_answers_and_follows_while_meilisearch_is_stopped(with_spare: Scene, server: Meilisearch, how: signal.Signals) -> None:
    scene = with_spare
    spare = EmbeddedEngine(scene.index)
    untouched = scene.listings.any_published()
    server.stop(how)
    edit(scene, untouched)
    while scene.listings.waiting() <= BATCH:
        scene.listings.write(SERVICES, but=untouched)
        assert names(scene.levier.search(scene.listings.words[untouched]).text) == [f"Fiche {scene.listings.words[untouched]}"]
    scene.levier.kill()  # what the spare has done is known to the next server
    scene.levier.start()
    eventually(scene.listings.spare_has_all, "the spare")
    scene.listings.check(spare, sample=MANY)
    assert scene.listings.waiting() > BATCH  # Meilisearch has had nothing yet
    server.start()
    scene.listings.settle(scene.search)
    scene.listings.check(scene.search, sample=MANY)
    scene.listings.check(spare, sample=MANY)
