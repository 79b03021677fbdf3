"""The words that the index knows, kept in this process: the server is asked for all of them now and then."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping

from rapidfuzz.distance import OSA

from app.search.meilisearch.server import MeilisearchServer
from app.search.port import SearchUnavailable

log = logging.getLogger(__name__)

FIELDS = ("tout", "tout_r", "thematiques", "categories")
LOOK_EVERY = 1.0  # seconds between two looks at whether the index has changed
QUICK = 0.1  # seconds: what may be fetched while a search waits
REST = 20  # between two fetches, this many times what one takes


class ServerVocabulary:
    """The words of one state of the index."""

    def __init__(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        self.counts = counts
        self.words: dict[str, dict[str, int]] = {}
        self.needs: dict[str, int] = {}
        self._letters: dict[str, dict[str, int]] = {}

    def frequency(self, field: str, term: str) -> int:
        return self.counts.get(field, {}).get(term, 0)

    def beginning_with(self, letter: str) -> Mapping[str, int]:
        if not letter:
            return self.counts.get("tout", {})
        if not self._letters:
            letters: dict[str, dict[str, int]] = {}
            for word, number in self.counts.get("tout", {}).items():
                letters.setdefault(word[0], {})[word] = number
            self._letters = letters
        return self._letters.get(letter, {})

    def beginning_nearly(self, word: str) -> list[str]:
        """Words whose beginning is `word`, give or take one typo."""
        lengths = range(len(word) - 1, len(word) + 2)
        return [
            known
            for known in self.beginning_with("")
            if any(OSA.distance(known[:length], word, score_cutoff=1) <= 1 for length in lengths if length <= len(known))
        ]


class Vocabularies:
    """The vocabulary in use, renewed when the index changes: at once when it is small, in the background otherwise."""

    def __init__(self, server: MeilisearchServer, index: str) -> None:
        self._server, self._index = server, index
        self._current: ServerVocabulary | None = None
        self._state = ""
        self._looked = self._fetched = self._cost = 0.0
        self._dirty = False
        self._lock = threading.Lock()

    def current(self) -> ServerVocabulary:
        """Raises SearchUnavailable while there is no index."""
        current = self._current
        if current is None:
            with self._lock:
                return self._current or self._fetch()
        if self._stale():
            if self._cost < QUICK:
                with self._lock:
                    return self._fetch()
            self._renew_meanwhile()
        return current

    def learn(self, written: Iterable[Mapping[str, Iterable[str]]]) -> None:
        """Words of documents just written, so that the next search knows them."""
        current = self._current
        if current is None:
            return
        found: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
        for fields in written:
            for field in FIELDS:
                found[field].update(fields.get(field, ()))
        if any(word not in current.counts.get(field, {}) for field in FIELDS for word in found[field]):
            self._current = ServerVocabulary({field: {**found[field], **current.counts.get(field, {})} for field in FIELDS})
        self._dirty = True

    def forget(self) -> None:
        """The index is another one."""
        self._current = None

    def _stale(self) -> bool:
        now = time.monotonic()
        if self._cost >= QUICK and now - self._fetched < REST * self._cost:
            return False
        if self._dirty:
            return True
        if now - self._looked < LOOK_EVERY:
            return False
        self._looked = now
        return self._server.updated_at(self._index) != self._state

    def _renew_meanwhile(self) -> None:
        if self._lock.acquire(blocking=False):
            threading.Thread(target=self._renew, name="levier-words", daemon=True).start()

    def _renew(self) -> None:
        try:
            self._fetch()
        except SearchUnavailable:
            log.info("vocabulary of the index not renewed: the server does not answer")
        finally:
            self._lock.release()

    def _fetch(self) -> ServerVocabulary:
        start = time.monotonic()
        self._dirty = False
        state = self._server.updated_at(self._index)
        query = {"indexUid": self._index, "page": 1, "hitsPerPage": 0, "facets": list(FIELDS)}
        found = ServerVocabulary(self._server.searches([query], patient=True)[0]["facetDistribution"])
        self._current, self._state = found, state
        self._fetched = self._looked = time.monotonic()
        self._cost = self._fetched - start
        return found
