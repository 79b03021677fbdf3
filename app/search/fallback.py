"""Two engines in step: the second answers while the first does not."""

import logging
import queue
import threading
from collections.abc import Iterable, Iterator

from app.search.port import Document, SearchEngine, SearchPage, SearchRequest, SearchUnavailable

log = logging.getLogger(__name__)

AHEAD = 1000  # documents that one engine may be ahead of the other during a rebuild


class FallbackEngine:
    """`main`, and `spare` kept warm: it is written first, and answers when `main` is unavailable."""

    def __init__(self, main: SearchEngine, spare: SearchEngine) -> None:
        self._main, self._spare = main, spare
        self.name = main.name
        self._down = False

    def search(self, request: SearchRequest) -> SearchPage:
        """Raises SearchUnavailable when neither answers."""
        try:
            page = self._main.search(request)
        except SearchUnavailable:
            if not self._down:
                log.warning("%s does not answer: the %s engine does", self._main.name, self._spare.name)
            self._down = True
            return self._spare.search(request)
        self._down = False
        return page

    def put(self, documents: Iterable[Document]) -> None:
        """Raises SearchUnavailable if either could not be written: what it wrote may be written again."""
        known = list(documents)
        self._spare.put(known)
        self._main.put(known)

    def remove(self, keys: Iterable[str]) -> None:
        known = list(keys)
        self._spare.remove(known)
        self._main.remove(known)

    def count(self) -> int:
        try:
            return self._main.count()
        except SearchUnavailable:
            return self._spare.count()

    def needs_rebuild(self) -> bool:
        """Does either? The spare is made even while `main` is down."""
        return self._spare.needs_rebuild() or self._main.needs_rebuild()

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Fill both from one reading. Raises SearchUnavailable if `main` is down, once the spare is made."""
        handed = _Handed()
        spare = threading.Thread(target=handed.keep, args=(self._spare,), name="levier-spare")
        spare.start()
        stream = handed.passing(documents)
        try:
            return self._main.rebuild(stream)
        except SearchUnavailable:
            for _ in stream:  # the spare must have them all
                pass
            raise
        finally:
            handed.end()
            spare.join()
            handed.complain()


class _Handed:
    """Documents handed from the thread that reads them to the one that fills the spare."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Document | None] = queue.Queue(AHEAD)
        self._complete = self._over = False
        self._failure: BaseException | None = None

    def passing(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            self._queue.put(document)
            yield document
        self._complete = True

    def end(self) -> None:
        self._queue.put(None)

    def keep(self, spare: SearchEngine) -> None:
        try:
            spare.rebuild(self._received())
        except BaseException as error:  # told by `complain`, in the thread that waits
            self._failure = error
            while not self._over:  # whoever reads must not wait for room
                self._over = self._queue.get() is None

    def complain(self) -> None:
        """Raise what stopped the spare, unless the reading itself failed: that error is on its way already."""
        if self._failure is not None and self._complete:
            raise self._failure

    def _received(self) -> Iterator[Document]:
        while (document := self._queue.get()) is not None:
            yield document
        self._over = True
        if not self._complete:
            raise SearchUnavailable("La lecture des fiches s’est arrêtée.")
