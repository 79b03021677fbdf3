"""Two engines: the second answers while the first does not. Each follows the base on its own (``app.search.followers``)."""

import logging
import time
from collections.abc import Iterable
from contextlib import suppress

from app.search.port import Document, SearchEngine, SearchPage, SearchRequest, SearchUnavailable

log = logging.getLogger(__name__)

REST = 3.0  # seconds before `main` is asked again: each question to a server that hangs costs two, and a page asks several


class FallbackEngine:
    """`main`, and `spare` kept warm, which answers when `main` is unavailable."""

    def __init__(self, main: SearchEngine, spare: SearchEngine) -> None:
        self.main, self.spare = main, spare
        self.name = main.name
        self._asked_again = 0.0
        self._down = False

    def search(self, request: SearchRequest) -> SearchPage:
        """Raises SearchUnavailable when neither answers."""
        if time.monotonic() < self._asked_again:
            with suppress(SearchUnavailable):
                return self.spare.search(request)
        try:
            page = self.main.search(request)
        except SearchUnavailable:
            if not self._down:
                log.warning("%s does not answer: the %s engine does", self.main.name, self.spare.name)
            self._down, self._asked_again = True, time.monotonic() + REST
            return self.spare.search(request)
        self._down = False
        return page

    def put(self, documents: Iterable[Document]) -> None:
        """Raises SearchUnavailable if `main` could not be written: what the spare has may be written again."""
        known = list(documents)
        self.spare.put(known)
        self.main.put(known)

    def remove(self, keys: Iterable[str]) -> None:
        known = list(keys)
        self.spare.remove(known)
        self.main.remove(known)

    def count(self) -> int:
        try:
            return self.main.count()
        except SearchUnavailable:
            return self.spare.count()

    def needs_rebuild(self) -> bool:
        return self.spare.needs_rebuild() or self.main.needs_rebuild()

    def tidy(self) -> None:
        self.spare.tidy()
        self.main.tidy()

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Holds all documents in memory."""
        known = list(documents)
        self.spare.rebuild(known)
        return self.main.rebuild(known)
