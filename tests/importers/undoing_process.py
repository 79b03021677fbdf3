"""Run by ``test_undo``: an undo in a process of its own, that says each batch it committed.

Arguments: address of the base, data folder, number of the run.
"""

import sys
import time
from pathlib import Path

from app import db
from app.config import Settings
from importers import undoing


def _told(done: int, _total: int | None) -> None:
    print(done, flush=True)
    time.sleep(0.02)


if __name__ == "__main__":
    url, data_dir, run_id = sys.argv[1:]
    undoing.BATCH = 1
    undoing.undo(db.make_engine(url), int(run_id), settings=Settings(data_dir=Path(data_dir)), author="essai", progress=_told)
