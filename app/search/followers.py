"""An engine that follows the base: it drains the queue at its own pace, and its index is made again when it must be.

Nothing here logs a listing's contents.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from sqlalchemy import ColumnElement, Engine, delete
from sqlmodel import Session, col, select

from app import index_queue
from app.db import session_of
from app.models import IndexFollower, IndexQueue
from app.progress import Report
from app.search.document import all_documents, count_listings, documents
from app.search.fallback import FallbackEngine
from app.search.port import Document, SearchEngine, SearchUnavailable
from app.search.turns import Work, turn

BATCH = 1000
PROGRESS_EVERY = 500
PATIENCE = 10.0  # seconds a rebuild waits for the end of a drain
PATIENCE_TO_TIDY = 1.0  # seconds it waits for the removal of what another left

Mark = Literal["principal", "secours"]
TURNS: dict[Mark, tuple[Work, Work]] = {
    "principal": ("indexation", "reconstruction"),
    "secours": ("indexation-secours", "reconstruction-secours"),
}


@dataclass(frozen=True)
class Follower:
    """One engine, `mark` its column in the queue. `together`: the names of all that follow this base, itself included."""

    base: Engine
    search: SearchEngine
    mark: Mark
    together: tuple[str, ...]

    def needs_rebuild(self) -> bool:
        """Has it no index for these settings, or one that did not follow this base all along? Raises SearchUnavailable."""
        if self.search.needs_rebuild():
            return True
        with session_of(self.base) as session:
            return session.get(IndexFollower, self.search.name) is None

    def drain(self) -> int:
        """Bring one batch of the queue into the index; the number of queue rows done, 0 if another process is at it.

        Killed anywhere, it leaves rows that the next drain does again, to the same end.
        """
        with turn(self.base, TURNS[self.mark][0]) as ours:
            return self._drain_batch() if ours else 0

    def rebuild(self, progress: Report | None = None, *, only_if_needed: bool = False) -> int:
        """Make the index again from the base while the old one answers; the number of documents, 0 if there was no need.

        Raises SearchUnavailable if another process is doing it already.
        """
        with turn(self.base, TURNS[self.mark][1], PATIENCE_TO_TIDY) as ours:
            if not ours:
                raise SearchUnavailable("Une reconstruction de l’index est déjà en cours.")
            if only_if_needed and not self.needs_rebuild():
                return 0
            return self._rebuild(progress)

    def tidy(self) -> None:
        """Remove what a killed rebuild left, if nobody rebuilds: on a server, writes go there too. Raises SearchUnavailable."""
        with turn(self.base, TURNS[self.mark][1]) as ours:
            if ours:
                self.search.tidy()

    def _drain_batch(self) -> int:
        with session_of(self.base) as session:
            rows = session.exec(select(IndexQueue).where(*self._waiting()).order_by(col(IndexQueue.id)).limit(BATCH)).all()
            if not rows:
                return 0
            ids = [row.id for row in rows if row.id is not None]
            found, gone = documents(session, [(row.genre, row.listing_id) for row in rows])
            session.rollback()  # no read transaction stays open while the engine writes
            self.search.put(found)
            self.search.remove(gone)
            self._done(session, ids)
            session.commit()
            return len(ids)

    def _rebuild(self, progress: Report | None) -> int:
        with session_of(self.base) as session:
            # The rows seen now are done with once all listings have been read; those that come later are not.
            ids = self._seen(session)
            total = count_listings(session)
            session.rollback()
            number = self.search.rebuild(_counted(all_documents(session), total, progress))
            for start in range(0, max(1, len(ids)), BATCH):  # a long file left hundreds of thousands: others wait to write
                self._done(session, ids[start : start + BATCH])
                session.commit()
            session.merge(IndexFollower(moteur=self.search.name))
            session.commit()
        return number

    def _seen(self, session: Session) -> list[int]:
        """Rows of the queue at a moment when no drain is under way: one could bring documents older than these rows into
        the new index, after it has read newer ones. None if it does not end; they are then drained again."""
        with turn(self.base, TURNS[self.mark][0], PATIENCE) as ours:
            ids = session.exec(select(IndexQueue.id).where(*self._waiting())).all() if ours else []
        return [i for i in ids if i is not None]

    @property
    def _alone(self) -> bool:
        return len(self.together) == 1

    def _waiting(self) -> list[ColumnElement[bool]]:
        """Which rows are still to be done by this engine."""
        return [] if self._alone else [col(getattr(IndexQueue, self.mark)).is_(False)]

    def _done(self, session: Session, ids: Sequence[int]) -> None:
        """Forget rows that every engine has; whoever does not follow now has missed them."""
        session.execute(delete(IndexFollower).where(col(IndexFollower.moteur).not_in(self.together)))
        if self._alone:
            index_queue.forget(session, ids)
        else:
            index_queue.mark(session, ids, self.mark)


def followers(base: Engine, search: SearchEngine) -> list[Follower]:
    """Those that `search` is made of, the main one last."""
    if not isinstance(search, FallbackEngine):
        return [Follower(base, search, "principal", (search.name,))]
    together = (search.spare.name, search.main.name)
    return [Follower(base, search.spare, "secours", together), Follower(base, search.main, "principal", together)]


def _counted(stream: Iterator[Document], total: int, progress: Report | None) -> Iterator[Document]:
    done = 0
    while chunk := list(islice(stream, PROGRESS_EVERY)):
        yield from chunk
        done += len(chunk)
        if progress:
            progress(done, total)
