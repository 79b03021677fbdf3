"""Where the embedded index lies: generations on disk, shared by several processes.

``pointeur.json`` names the generation in use. A rebuild fills a new folder and replaces the pointer in one
step; writes made meanwhile go to the generation in use *and* to a journal, which the rebuild replays before it swaps.
Locks are ``flock``: the kernel frees them when a process is killed.
"""

import fcntl
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import tantivy

from app.search.analysis import Analysis
from app.search.embedded import journal, schema
from app.search.embedded.index import HEAP, UNREADABLE, UNWRITTEN, IndexBusy, Reader, apply_to, as_unavailable, fill, open_index, write
from app.search.embedded.integrity import intact
from app.search.embedded.journal import Operation
from app.search.port import SearchUnavailable

PATIENCE = 30.0  # seconds a write waits for another process's
PATIENCE_TO_TIDY = 5.0
FAILURES = 5  # writes that fail one after the other

POINTER, WRITING, BUILDING = "pointeur.json", "ecriture.verrou", "construction.verrou"


class DiskStore:
    """Generations of the index in one folder, for several processes of one machine."""

    def __init__(self, folder: Path, analysis: Analysis, fingerprint: str) -> None:
        self._folder = folder
        self._analysis = analysis
        self._fingerprint = fingerprint
        self._lock = threading.RLock()
        self._name: str | None = None
        self._index: tantivy.Index | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._reader: Reader | None = None
        self._broken: str | None = None
        self._pointed: tuple[tuple[int, int, int], dict[str, Any] | None] | None = None
        self._failures = 0

    # --- reading

    def reader(self) -> Reader:
        """The newest committed state. Raises SearchUnavailable while there is none."""
        with self._lock:
            try:
                return self._fresh_reader()
            except (FileNotFoundError, SearchUnavailable):  # another process may have just swapped the generation away
                pass
            try:
                return self._fresh_reader()
            except FileNotFoundError as error:
                raise SearchUnavailable(UNREADABLE) from error

    def needs_rebuild(self) -> bool:
        """No index, one of other settings or another version, or one that does not open."""
        pointer = self._pointer()
        if pointer is None or pointer.get("version") != schema.VERSION or pointer.get("reglages") != self._fingerprint:
            return True
        try:
            self.reader()
        except SearchUnavailable:
            return True
        return self._broken is not None and self._broken == pointer.get("dossier")

    def tidy(self) -> None:
        """Remove what a killed builder left, unless somebody is building, or writes for long."""
        with suppress(SearchUnavailable), self._held(WRITING, PATIENCE_TO_TIDY), self._held(BUILDING, 0):
            self._sweep()

    def mark_broken(self) -> None:
        """What is in use failed to answer: it must be made again."""
        self._broken = self._name

    def _fresh_reader(self) -> Reader:
        index = self._current()
        stamp = _stamp(self._folder / str(self._name) / "meta.json")
        if self._reader is None or stamp != self._stamp:
            with as_unavailable():
                index.reload()
                self._reader = Reader(index.schema, index.searcher())
            self._stamp = stamp
        return self._reader

    def _current(self) -> tantivy.Index:
        """The generation in use, opened once."""
        pointer = self._pointer()
        if pointer is None or pointer.get("version") != schema.VERSION:
            raise SearchUnavailable("L’index n’existe pas encore.")
        name = str(pointer.get("dossier"))
        if self._index is None or name != self._name:
            path = self._folder / name
            if not intact(path):
                raise SearchUnavailable(UNREADABLE)
            with as_unavailable():
                self._index = open_index(path, self._analysis)
            self._name, self._stamp, self._reader = name, None, None
        return self._index

    def _pointer(self) -> dict[str, Any] | None:
        """Read again when the file is another: every search asks."""
        path = self._folder / POINTER
        try:
            stamp = _stamp(path)
            if self._pointed is None or self._pointed[0] != stamp:
                self._pointed = stamp, _read_pointer(path)
        except OSError:
            return None
        return self._pointed[1]

    # --- writing

    def apply(self, operations: list[Operation]) -> None:
        """Write to the generation in use, and to the journal of the one being built. Durable on return."""
        with self._held(WRITING, PATIENCE):
            building = self._building()
            if building:
                with as_unavailable(UNWRITTEN):
                    journal.append(self._folder / f"{building}.journal", operations)
            try:
                with self._lock:
                    index = self._current()
            except SearchUnavailable:
                if not building:
                    raise
                return
            self._write(index, operations)

    def _write(self, index: tantivy.Index, operations: list[Operation]) -> None:
        """Where writing fails again and again, or files have gone while they were open, the index must be made again."""
        try:
            write(index, operations)
            self._failures = 0
        except IndexBusy:
            raise
        except SearchUnavailable:
            self._failures += 1
            if self._failures >= FAILURES or not intact(self._folder / str(self._name)):
                self.mark_broken()
            raise

    def build(self, all_fields: Iterable[dict[str, Any]]) -> int:
        """Fill a new generation, replay what was written meanwhile, swap. Raises IndexBusy if another is being built."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._held(BUILDING, 1) as lock:
            name = f"{self._fingerprint}-{secrets.token_hex(4)}"
            with self._held(WRITING, PATIENCE):
                self._sweep()
                os.ftruncate(lock, 0)
                os.pwrite(lock, name.encode(), 0)
            try:
                return self._fill(name, all_fields)
            except BaseException:
                shutil.rmtree(self._folder / name, ignore_errors=True)  # it may be what fills the disk
                raise
            finally:
                os.ftruncate(lock, 0)

    def _fill(self, name: str, all_fields: Iterable[dict[str, Any]]) -> int:
        with as_unavailable(UNWRITTEN):
            (self._folder / name).mkdir()
            writer = open_index(self._folder / name, self._analysis).writer(HEAP * 2, 1)
        number = fill(writer, all_fields)
        with self._held(WRITING, PATIENCE), as_unavailable(UNWRITTEN):
            apply_to(writer, journal.replay(self._folder / f"{name}.journal"))
            writer.commit()
            writer.wait_merging_threads()
            self._swap(name)
            self._sweep()
        return number

    def _building(self) -> str | None:
        """Name of the generation that a living process is building."""
        path = self._folder / BUILDING
        with suppress(IndexBusy, FileNotFoundError), self._held(BUILDING, 0):
            return None
        return path.read_text() or None if path.exists() else None

    def _swap(self, name: str) -> None:
        _sync(self._folder / name)
        temporary = self._folder / f"{POINTER}.nouveau"
        with temporary.open("w") as file:
            json.dump({"version": schema.VERSION, "reglages": self._fingerprint, "dossier": name}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._folder / POINTER)
        _sync(self._folder)

    def _sweep(self) -> None:
        """Remove every generation but the one in use. Open readers keep theirs until they look again."""
        kept = (self._pointer() or {}).get("dossier")
        for path in self._folder.iterdir():
            if path.is_dir() and path.name != kept:
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix == ".journal":
                path.unlink(missing_ok=True)

    @contextmanager
    def _held(self, name: str, patience: float) -> Iterator[int]:
        """An exclusive lock among processes and threads; its file descriptor. Raises IndexBusy after `patience` seconds."""
        if not self._folder.is_dir():
            raise SearchUnavailable("L’index n’existe pas encore.")
        descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor, patience)
            yield descriptor
        finally:
            os.close(descriptor)


def _lock(descriptor: int, patience: float) -> None:
    limit = time.monotonic() + patience
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= limit:
                raise IndexBusy("L’index est en cours d’écriture.") from None
        time.sleep(0.005)


def _read_pointer(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text())
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _stamp(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
