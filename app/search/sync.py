"""The index follows the database: drain the queue, or make the index again.

Nothing here logs a listing's contents.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from itertools import islice

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from app import listings
from app.db import session_of
from app.models import IndexQueue
from app.search.document import all_documents, count_listings, documents
from app.search.port import Document, SearchEngine, SearchUnavailable
from app.search.turns import turn

log = logging.getLogger(__name__)

BATCH = 1000
SLOWEST_RETRY = 30.0  # seconds
PROGRESS_EVERY = 500

Progress = Callable[[int, int], None]
"""Called with the number of documents done and the number of listings to read."""


def lag(session: Session) -> int:
    """Listings that wait for the index."""
    return session.exec(select(func.count()).select_from(IndexQueue)).one()


def rebuild(engine: Engine, search: SearchEngine, progress: Progress | None = None) -> int:
    """Make the index again from the database while the old one answers; the number of documents.

    Raises ``SearchUnavailable`` if another process is doing it already.
    """
    with session_of(engine) as session:
        # The rows seen now are done with once all listings have been read; those that come later are not.
        waiting = list(session.exec(select(IndexQueue.id)))
        total = count_listings(session)
        session.rollback()
        number = search.rebuild(_counted(all_documents(session), total, progress))
        listings.delete_queue(session, [i for i in waiting if i is not None])
        session.commit()
    return number


def _counted(stream: Iterator[Document], total: int, progress: Progress | None) -> Iterator[Document]:
    done = 0
    while chunk := list(islice(stream, PROGRESS_EVERY)):
        yield from chunk
        done += len(chunk)
        if progress:
            progress(done, total)


class Drainer:
    """A background thread that keeps the index in step with the queue; several processes may each run one.

    It makes the index first where there is none, or one of other settings; the server answers meanwhile.
    """

    def __init__(self, engine: Engine, search: SearchEngine, every_seconds: float) -> None:
        self._engine, self._search, self._every = engine, search, every_seconds
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to drain, and to build the index if it must be. Returns at once."""
        self._stopping.clear()
        self._threads = [
            threading.Thread(target=self._keep, args=(self._drain_all, self._awake), name="levier-drain", daemon=True),
            threading.Thread(target=self._keep, args=(self._rebuild_if_needed, self._stopping), name="levier-rebuild", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Ask the threads to end, and wait at most `timeout` seconds for each."""
        self._stopping.set()
        self._awake.set()
        for thread in self._threads:
            thread.join(timeout)
        self._threads = []

    def wake(self) -> None:
        """Something was enqueued: drain now rather than at the next look."""
        self._awake.set()

    def drain_once(self) -> int:
        """Bring one batch of the queue into the index; the number of queue rows done, 0 if another process is at it.

        Killed anywhere, it leaves rows that the next drain does again, to the same end.
        """
        with turn(self._engine) as ours:
            return self._drain_batch() if ours else 0

    def _drain_batch(self) -> int:
        with session_of(self._engine) as session:
            rows = session.exec(select(IndexQueue).order_by(col(IndexQueue.id)).limit(BATCH)).all()
            if not rows:
                return 0
            ids = [row.id for row in rows if row.id is not None]
            found, gone = documents(session, [(row.genre, row.listing_id) for row in rows])
            session.rollback()  # no read transaction stays open while the engine writes
            self._search.put(found)
            self._search.remove(gone)
            listings.delete_queue(session, ids)
            session.commit()
            return len(ids)

    def _drain_all(self) -> None:
        while not self._stopping.is_set() and self.drain_once():
            pass

    def _rebuild_if_needed(self) -> None:
        if self._search.needs_rebuild():
            number = rebuild(self._engine, self._search, self._give_up_when_stopping)
            log.info("search index made again: %d documents", number)

    def _give_up_when_stopping(self, _done: int, _total: int) -> None:
        if self._stopping.is_set():
            raise SearchUnavailable("Levier s’arrête.")

    def _keep(self, work: Callable[[], None], wakes: threading.Event) -> None:
        """`work` again and again until stopped; after an error, ever more slowly."""
        failures = 0
        while not self._stopping.is_set():
            try:
                work()
                failures = 0
            except Exception as error:
                failures += 1
                level = logging.INFO if isinstance(error, SearchUnavailable) else logging.WARNING
                log.log(level, "search index: %s, attempt %d, will retry", type(error).__name__, failures)
            if failures:
                self._stopping.wait(min(self._every * 2 ** min(failures, 10), SLOWEST_RETRY))
            elif wakes.wait(self._every) and wakes is self._awake:
                wakes.clear()
