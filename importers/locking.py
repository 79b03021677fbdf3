"""One import of a source at a time. The lock is the kernel's: it falls with the process, however it dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from importers.problems import ImportProblem


class Busy(ImportProblem):
    """Another process is importing this source right now."""


@contextmanager
def held(data_dir: Path, source_id: str) -> Iterator[None]:
    """Hold the source's lock while the block runs. Raises Busy."""
    folder = data_dir / "verrous"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"import-{source_id}").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy(f"Un import de « {source_id} » est déjà en cours : attendez qu’il finisse.") from error
        yield
