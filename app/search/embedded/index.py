"""One index of the library, wherever it lies: opened, written and read; its failures are SearchUnavailable."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tantivy

from app import json_text
from app.search.analysis import Analysis
from app.search.embedded import schema
from app.search.embedded.journal import Operation
from app.search.port import SearchUnavailable
from app.search.reading import Reading

HEAP = 64_000_000

UNREADABLE = "L’index est illisible."
UNWRITTEN = "L’index n’a pas pu être écrit : vérifiez qu’il reste de la place sur le disque."


class IndexBusy(SearchUnavailable):
    """Another process is writing; try again."""


@dataclass
class Reader:
    """One state of the index, with what is worth keeping as long as it lasts."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    words: dict[str, dict[str, int]] = field(default_factory=dict)
    needs: dict[str, int] = field(default_factory=dict)
    circles: dict[tuple[float, float, float], list[int]] = field(default_factory=dict)
    scopes: dict[Hashable, list[tantivy.Query]] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)

    def frequency(self, name: str, term: str) -> int:
        """Documents that hold `term` in this field."""
        return int(self.searcher.doc_freq(name, term))

    def beginning_with(self, letter: str) -> dict[str, int]:
        """Words of all texts that begin with `letter`, with their numbers of documents."""
        return dict(self.searcher.terms_with_prefix("tout", letter))


def open_index(path: Path | None, analysis: Analysis) -> tantivy.Index:
    """The index in `path` (made if missing), or a new one in memory, with its analysers."""
    index = tantivy.Index(schema.build(), str(path) if path else None)
    for name, analyzer in analysis.analyzers.items():
        index.register_tokenizer(name, analyzer)
    index.config_reader("manual")
    return index


def apply_to(writer: tantivy.IndexWriter, operations: Iterable[Operation]) -> None:
    for key, fields in operations:
        writer.delete_documents_by_term("key", key)
        if fields is not None:
            writer.add_json(json_text.dumps(fields))


def write(index: tantivy.Index, operations: Sequence[Operation]) -> None:
    """Raises SearchUnavailable, and leaves the index as it was."""
    with as_unavailable(UNWRITTEN):
        try:
            _commit(index, operations)
        except ValueError as error:
            if "FileAlreadyExists" not in str(error):
                raise
            # A writer killed at its last step leaves a list of deletions whose name the same operations take again.
            _commit(index, operations, tidy=True)


def _commit(index: tantivy.Index, operations: Iterable[Operation], *, tidy: bool = False) -> None:
    writer = index.writer(HEAP // 4, 1)
    try:
        if tidy:
            writer.garbage_collect_files()
        apply_to(writer, operations)
        writer.commit()
    finally:
        writer.wait_merging_threads()


def fill(writer: tantivy.IndexWriter, all_fields: Iterable[dict[str, Any]]) -> int:
    """The number of documents. Raises SearchUnavailable, or what reading them raises."""
    number = 0
    for fields in all_fields:
        with as_unavailable(UNWRITTEN):
            writer.add_json(json_text.dumps(fields))
        number += 1
    with as_unavailable(UNWRITTEN):
        writer.commit()
    return number


@contextmanager
def as_unavailable(message: str = UNREADABLE) -> Iterator[None]:
    """The library's failures, its panics included, as SearchUnavailable."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, SearchUnavailable) or not (isinstance(error, Exception) or type(error).__name__ == "PanicException"):
            raise
        if "LockBusy" in str(error):
            raise IndexBusy("L’index est en cours d’écriture.") from error
        raise SearchUnavailable(message) from error
