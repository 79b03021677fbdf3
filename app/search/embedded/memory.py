"""An index in memory, with the same life as one on disk."""

import threading
from collections.abc import Iterable
from typing import Any

import tantivy

from app.search.analysis import Analysis
from app.search.embedded.index import HEAP, IndexBusy, Reader, apply_to, fill, open_index, write
from app.search.embedded.journal import Operation
from app.search.port import SearchUnavailable


class MemoryStore:
    """An index that lasts as long as the object; for tests."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._index: tantivy.Index | None = None
        self._reader: Reader | None = None
        self._lock = threading.RLock()
        self._journal: list[Operation] | None = None

    def reader(self) -> Reader:
        reader = self._reader
        if reader is None:
            raise SearchUnavailable("L’index n’existe pas encore.")
        return reader

    def tidy(self) -> None:
        """Nothing outlives a rebuild."""

    def needs_rebuild(self) -> bool:
        return self._index is None

    def mark_broken(self) -> None:
        self._index = self._reader = None

    def apply(self, operations: list[Operation]) -> None:
        with self._lock:
            if self._journal is not None:
                self._journal += operations
            if self._index is not None:
                write(self._index, operations)
                self._refresh(self._index)
            elif self._journal is None:
                raise SearchUnavailable("L’index n’existe pas encore.")

    def build(self, all_fields: Iterable[dict[str, Any]]) -> int:
        with self._lock:
            if self._journal is not None:
                raise IndexBusy("Une reconstruction est déjà en cours.")
            self._journal = []
        try:
            index = open_index(None, self._analysis)
            writer = index.writer(HEAP, 1)
            number = fill(writer, all_fields)
            with self._lock:
                apply_to(writer, self._journal)
                writer.commit()
                writer.wait_merging_threads()
                self._index = index
                self._refresh(index)
        finally:
            self._journal = None
        return number

    def _refresh(self, index: tantivy.Index) -> None:
        index.reload()
        self._reader = Reader(index.schema, index.searcher())
