"""Run by ``test_kills``: an import in a process of its own, that says each batch it committed.

Arguments: address of the base, data folder, folder of records.
"""

import sys
from pathlib import Path

from app import db
from app.config import Settings
from importers import pipeline

if __name__ == "__main__":
    url, data_dir, folder = sys.argv[1:]
    pipeline.BATCH = 40
    pipeline.run(
        db.make_engine(url),
        "data-inclusion",
        settings=Settings(data_dir=Path(data_dir)),
        file=Path(folder),
        progress=lambda done, _total: print(done, flush=True),
    )
