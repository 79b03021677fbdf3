"""Those that keep an index in step: what they retry, ever more slowly, what they say of it, and what they leave for later."""

import logging
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.search import sync
from app.search.embedded import EmbeddedEngine
from app.search.followers import Follower, followers
from app.search.port import SearchUnavailable
from app.search.sync import SAID_AFTER, SLOWEST_RETRY, Drainer, rebuild
from app.search.turns import turn
from tests import samples


class Watched(EmbeddedEngine):
    """Counts its tidyings."""

    tidied = 0

    def tidy(self) -> None:
        self.tidied += 1


class Stopping(threading.Event):
    """Ends after some waits, and keeps how long each was to be."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.left, self.waits = after, list[float | None]()

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        if len(self.waits) == self.left:
            self.set()
        return self.is_set()


@pytest.fixture
def search() -> Watched:
    return Watched(None)


@pytest.fixture
def follower(engine: Engine, search: Watched) -> Follower:
    return followers(engine, search)[0]


Keeping = Callable[..., tuple[int, list[float | None]]]


@pytest.fixture
def keeping(engine: Engine, search: Watched, follower: Follower) -> Keeping:
    """``keeping(work, 3)``: how often `work` was called until its third wait, and how long it was to wait each time."""

    def keep(work: Callable[[int], None], times: int) -> tuple[int, list[float | None]]:
        drainer, calls = Drainer(engine, search, every_seconds=0.5), 0
        drainer._stopping = stopping = Stopping(times)

        def one(_follower: Follower) -> None:
            nonlocal calls
            calls += 1
            work(calls)

        drainer._keep(one, follower, stopping)
        return calls, stopping.waits

    return keep


def fail(error: Exception) -> Callable[[int], None]:
    def work(_call: int) -> None:
        raise error

    return work


def test_what_fails_is_tried_again_ever_more_slowly(keeping: Keeping) -> None:
    assert keeping(fail(SearchUnavailable("arrêté")), 8) == (8, [1, 2, 4, 8, 16, SLOWEST_RETRY, SLOWEST_RETRY, SLOWEST_RETRY])


def test_what_works_again_is_at_its_own_pace_again(keeping: Keeping) -> None:
    def fails_at_first(call: int) -> None:
        if call <= 2:
            raise SearchUnavailable("arrêté")

    assert keeping(fails_at_first, 4) == (4, [1, 2, 0.5, 0.5])

    def fails_now_and_then(call: int) -> None:
        if call % 2 == 0:
            raise SearchUnavailable("arrêté")

    assert keeping(fails_now_and_then, 4) == (4, [0.5, 1, 0.5, 1])


def test_an_engine_that_does_not_answer_is_said_once_and_in_its_words(keeping: Keeping, caplog: pytest.LogCaptureFixture) -> None:
    keeping(fail(SearchUnavailable("Le serveur dort.")), SAID_AFTER - 1)
    assert caplog.messages == []
    keeping(fail(SearchUnavailable("Le serveur dort.")), SAID_AFTER + 3)
    assert caplog.messages == [f"embarqué index: Le serveur dort. (attempt {SAID_AFTER}, will retry)"]


def test_another_error_is_said_each_time_without_its_words(keeping: Keeping, caplog: pytest.LogCaptureFixture) -> None:
    keeping(fail(ValueError("06 39 98 00 00")), 2)
    assert caplog.messages == [f"embarqué index: ValueError, attempt {n}, will retry" for n in (1, 2)]


def test_an_index_made_again_is_said_and_left_as_it_is_afterwards(
    engine: Engine, session: Session, search: Watched, follower: Follower, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    samples.add_structure(session)
    drainer = Drainer(engine, search, 1)
    drainer._rebuild_if_needed(follower)
    assert caplog.messages[-1:] == ["embarqué index made again: 1 documents"]
    assert not follower.needs_rebuild()
    assert follower.rebuild(only_if_needed=True) == 0
    assert rebuild(engine, search) == 1, "whoever asks gets it"


def test_an_index_that_another_process_made_meanwhile_is_not_made_again(
    engine: Engine, session: Session, search: Watched, follower: Follower, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    samples.add_structure(session)
    rebuild(engine, search)
    needed = iter([True, False])
    monkeypatch.setattr(Follower, "needs_rebuild", lambda _follower: next(needed))
    Drainer(engine, search, 1)._rebuild_if_needed(follower)
    assert caplog.messages[-1:] == ["embarqué index made again: 0 documents"]


def test_what_a_killed_rebuild_left_is_looked_for_once_a_minute(
    engine: Engine, search: Watched, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(engine, search)
    drainer, clock = Drainer(engine, search, 1), [0.0]
    monkeypatch.setattr(sync.time, "monotonic", lambda: clock[0])
    seen = []
    for now in (5, 6, 64, 66, 67, 127):
        clock[0] = now
        drainer._rebuild_if_needed(follower)
        seen.append(search.tidied)
    assert seen == [1, 1, 1, 2, 2, 3]


def test_nothing_is_tidied_while_another_rebuilds(engine: Engine, search: Watched, follower: Follower) -> None:
    with turn(engine, "reconstruction") as ours:
        assert ours
        follower.tidy()
    assert search.tidied == 0
    with turn(engine, "indexation"):
        follower.tidy()
    assert search.tidied == 1


def test_a_rebuild_is_given_up_when_levier_stops(engine: Engine, session: Session, search: Watched, follower: Follower) -> None:
    samples.add_structure(session)
    drainer = Drainer(engine, search, 1)
    drainer.stop()
    with pytest.raises(SearchUnavailable, match="Levier s’arrête"):
        drainer._rebuild_if_needed(follower)
    assert follower.needs_rebuild()


def test_threads_are_named_by_what_they_do_and_for_whom(engine: Engine, search: Watched) -> None:
    drainer = Drainer(engine, search, 1)
    drainer.start()
    threads = {thread.name: thread.daemon for thread in threading.enumerate()}
    drainer.stop()
    assert threads.items() >= {("levier-drain-principal", True), ("levier-rebuild-principal", True)}


def test_stopping_waits_for_nobody_for_ever(engine: Engine, search: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, end = threading.Event(), threading.Event()

    def drain(_follower: Follower) -> int:
        begun.set()
        end.wait(60)
        return 0

    monkeypatch.setattr(Follower, "drain", drain)
    drainer = Drainer(engine, search, 1)
    drainer.start()
    assert begun.wait(60)
    drainer.stop(timeout=0.05)
    assert not end.is_set()
    end.set()


def test_a_long_queue_is_drained_a_lot_at_a_time(
    engine: Engine, session: Session, search: Watched, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(engine, search)
    for rank in range(3):
        samples.add_structure(session, id=f"essai--{rank}")
    monkeypatch.setattr("app.search.followers.BATCH", 2)
    assert [follower.drain() for _ in range(3)] == [2, 1, 0]
    assert search.count() == 3


def test_a_rebuild_tells_how_far_it_is(session: Session, follower: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    for rank in range(5):
        samples.add_structure(session, id=f"essai--{rank}")
    monkeypatch.setattr("app.search.followers.PROGRESS_EVERY", 2)
    told: list[tuple[int, int | None]] = []
    assert follower.rebuild(lambda done, total: told.append((done, total))) == 5
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_an_index_that_another_makes_again_is_left_to_them(
    engine: Engine, search: Watched, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.search.followers.PATIENCE_TO_TIDY", 0.05)
    with turn(engine, "reconstruction"), pytest.raises(SearchUnavailable, match=r"^Une reconstruction de l’index est déjà en cours\.$"):
        follower.rebuild()


def test_a_rebuild_waits_for_the_end_of_a_tidying(engine: Engine, search: Watched, follower: Follower) -> None:
    ours = turn(engine, "reconstruction")
    assert ours.__enter__()
    waiting = threading.Timer(0.2, ours.__exit__, (None, None, None))
    waiting.start()
    assert follower.rebuild() == 0
    waiting.join()
    assert not follower.needs_rebuild()


def test_what_is_being_drained_while_an_index_is_made_again_is_drained_again(
    engine: Engine, session: Session, search: Watched, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.search.followers.PATIENCE", 0.05)
    samples.add_structure(session)
    with turn(engine, "indexation"):
        assert follower.rebuild() == 1
    assert sync.lag(session) == 1
    assert follower.rebuild() == 1
    assert sync.lag(session) == 0
