"""Lots that wait, out of memory, until the whole file is known: in a file without a name, which falls with the process."""

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from importers.preparing import Lot


class Spool:
    """Lots, first in, first out; nobody but this process can reach them, however it dies."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lots = 0

    def add(self, lot: Lot) -> None:
        pickle.dump(lot, self._file, pickle.HIGHEST_PROTOCOL)
        self._lots += 1

    def lots(self) -> Iterator[Lot]:
        self._file.seek(0)
        for _ in range(self._lots):
            yield pickle.load(self._file)  # noqa: S301  # our own bytes, that nobody else could have written


@contextmanager
def opened(folder: Path) -> Iterator[Spool]:
    """A spool in `folder`, beside the base: what is there for a moment may be large, and /tmp in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        yield Spool(file)
