"""The index follows the database: drain the queue, or make the index again.

Nothing here logs a listing's contents.
"""

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlmodel import Session, func, select

from app.models import IndexQueue
from app.progress import Report
from app.search.followers import Follower, followers
from app.search.port import SearchEngine, SearchUnavailable

log = logging.getLogger(__name__)

SLOWEST_RETRY = 30.0  # seconds
TIDY_EVERY = 60.0  # seconds
SAID_AFTER = 5  # failures in a row: some seconds, more than a server takes to start


def lag(session: Session) -> int:
    """Listings that wait for the index."""
    return session.exec(select(func.count()).select_from(IndexQueue)).one()


def needs_rebuild(engine: Engine, search: SearchEngine) -> bool:
    """Is there no index of this base yet, or was it made with other settings or another version, or did it miss writes?

    Raises SearchUnavailable if an engine does not answer.
    """
    return any(follower.needs_rebuild() for follower in followers(engine, search))


def rebuild(engine: Engine, search: SearchEngine, progress: Report | None = None) -> int:
    """Make the index again from the database while the old one answers; the number of documents.

    Where there is a spare engine, its index too. Raises ``SearchUnavailable`` if another process is doing it already,
    or if an engine does not answer; the other is made all the same.
    """
    return _each(engine, search, lambda follower: follower.rebuild(progress))


def _each(engine: Engine, search: SearchEngine, act: Callable[[Follower], int]) -> int:
    """`act` on every engine; what it gives for the last, the main one."""
    number, problem = 0, None
    for follower in followers(engine, search):
        try:
            number = act(follower)
        except SearchUnavailable as error:
            problem = error
    if problem:
        raise problem
    return number


class Drainer:
    """Background threads that keep each index in step with the queue; several processes may each run them.

    They make the index first where there is none, or one of other settings; the server answers meanwhile.
    """

    def __init__(self, engine: Engine, search: SearchEngine, every_seconds: float) -> None:
        self._engine, self._search, self._every = engine, search, every_seconds
        self._stopping = threading.Event()
        self._tidied: dict[Follower, float] = {}
        self._awake: list[threading.Event] = []
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to drain, and to build the indexes that must be. Returns at once."""
        self._stopping.clear()
        for follower in followers(self._engine, self._search):
            awake = threading.Event()
            self._awake.append(awake)
            self._run(f"levier-drain-{follower.mark}", self._drain_all, follower, awake)
            self._run(f"levier-rebuild-{follower.mark}", self._rebuild_if_needed, follower, self._stopping)
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Ask the threads to end, and wait at most `timeout` seconds for each."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join(timeout)
        self._threads, self._awake = [], []

    def wake(self) -> None:
        """Something was enqueued: drain now rather than at the next look."""
        for awake in self._awake:
            awake.set()

    def drain_once(self) -> int:
        """Bring one batch of the queue into each index; the number of rows done, 0 if another process is at it.

        Raises ``SearchUnavailable`` if an engine does not answer; the other is drained all the same.
        """
        return _each(self._engine, self._search, Follower.drain)

    def _run(self, name: str, work: Callable[[Follower], None], follower: Follower, wakes: threading.Event) -> None:
        self._threads.append(threading.Thread(target=self._keep, args=(work, follower, wakes), name=name, daemon=True))

    def _drain_all(self, follower: Follower) -> None:
        while not self._stopping.is_set() and follower.drain():
            pass

    def _rebuild_if_needed(self, follower: Follower) -> None:
        if follower.needs_rebuild():
            number = follower.rebuild(self._give_up_when_stopping, only_if_needed=True)
            log.info("%s index made again: %d documents", follower.search.name, number)
        elif time.monotonic() > self._tidied.get(follower, -TIDY_EVERY) + TIDY_EVERY:
            follower.tidy()
            self._tidied[follower] = time.monotonic()

    def _give_up_when_stopping(self, _done: int, _total: int | None) -> None:
        if self._stopping.is_set():
            raise SearchUnavailable("Levier s’arrête.")

    def _keep(self, work: Callable[[Follower], None], follower: Follower, wakes: threading.Event) -> None:
        """`work` again and again until stopped; after an error, ever more slowly."""
        failures = 0
        while not self._stopping.is_set():
            try:
                work(follower)
                failures = 0
            except Exception as error:
                failures += 1
                _tell(follower, failures, error)
            if failures:
                self._stopping.wait(min(self._every * 2 ** min(failures, 10), SLOWEST_RETRY))
            elif wakes.wait(self._every) and wakes is not self._stopping:
                wakes.clear()


def _tell(follower: Follower, failures: int, error: Exception) -> None:
    """An engine that does not answer is said once it lasts, in its own words; any other error at once."""
    if not isinstance(error, SearchUnavailable):
        log.warning("%s index: %s, attempt %d, will retry", follower.search.name, type(error).__name__, failures)
    elif failures == SAID_AFTER:
        log.warning("%s index: %s (attempt %d, will retry)", follower.search.name, error, failures)
