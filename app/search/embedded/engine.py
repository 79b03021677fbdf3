"""The engine everyone has: an index in files, several processes, no server."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.search import settings as search_settings
from app.search.embedded.index import Reader
from app.search.embedded.memory import MemoryStore
from app.search.embedded.schema import fields_of
from app.search.embedded.searching import MOST_READ, Search
from app.search.embedded.store import DiskStore
from app.search.facts import check
from app.search.port import Document, QueryError, SearchPage, SearchRequest, SearchUnavailable
from app.search.reading import Reading, language_of
from app.search.settings import SearchSettings

log = logging.getLogger(__name__)

MOST_READINGS = 64  # texts kept as read, for one state of the index


class EmbeddedEngine:
    """The port, served by tantivy. `index_dir` None: in memory."""

    name = "embarqué"

    def __init__(self, index_dir: Path | None, settings: SearchSettings | None = None, most_read: int = MOST_READ) -> None:
        """`index_dir` None: in memory. `most_read`: see ``searching``."""
        self._most_read = most_read
        self._settings = settings or search_settings.load()
        self._language = language_of(self._settings)
        self._analysis = self._language.analysis
        self._store = (
            DiskStore(index_dir, self._analysis, self._settings.fingerprint) if index_dir is not None else MemoryStore(self._analysis)
        )

    # --- the port

    def search(self, request: SearchRequest) -> SearchPage:
        """Raises QueryError for a request that means nothing, SearchUnavailable while there is no index."""
        check(request)
        with self._honest():
            reader = self._store.reader()
            return Search(reader, self._settings, self._reading(reader, request.q), request, self._most_read).page()

    def put(self, documents: Iterable[Document]) -> None:
        operations = [(document.key, fields_of(document, self._analysis)) for document in documents]
        if operations:
            self._store.apply(list(operations))

    def remove(self, keys: Iterable[str]) -> None:
        operations = [(key, None) for key in keys]
        if operations:
            self._store.apply(list(operations))

    def rebuild(self, documents: Iterable[Document]) -> int:
        return self._store.build(fields_of(document, self._analysis) for document in documents)

    def count(self) -> int:
        with self._honest():
            return self._store.reader().searcher.num_docs

    def needs_rebuild(self) -> bool:
        return self._store.needs_rebuild()

    def tidy(self) -> None:
        self._store.tidy()

    # ---

    def _reading(self, reader: Reader, q: str) -> Reading:
        """`q` read once per state of the index: one page asks for its answers, its lieux and what loosening would give."""
        reading = reader.readings.get(q)
        if reading is None:
            reading = Reading(reader, self._language, q)
            if len(reader.readings) >= MOST_READINGS:
                reader.readings.clear()
            reader.readings[q] = reading
        return reading

    @contextmanager
    def _honest(self) -> Iterator[None]:
        """An index that fails is said unavailable, never taken for an empty one; tantivy's panics are not Exceptions."""
        try:
            yield
        except (SearchUnavailable, QueryError):
            raise
        except BaseException as error:
            if type(error).__name__ != "PanicException" and not isinstance(error, OSError):
                raise
            log.error("embedded index failed to answer: %s", type(error).__name__)
            self._store.mark_broken()
            raise SearchUnavailable("L’index est illisible ; il va être reconstruit.") from error
