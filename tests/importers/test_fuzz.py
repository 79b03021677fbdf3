"""Broken and hostile files never crash, hang or fill memory, and no script goes through."""

import re
import resource
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from importers import cleaning
from importers.formats.rows import Limits, RawRow
from importers.problems import UnreadableFile
from importers.readers.opening import open_any
from tests.importers.fuzzing import fuzzed

LIMITS = Limits(memory=500_000_000, cpu_seconds=5, seconds=120)
TAG = re.compile(r"<\s*(?:script|img|svg|iframe)\b[^<>]*>", re.IGNORECASE)
SENTENCE = re.compile(r"« .* »|La ligne \d+|Le fichier ")
SEEDS = 60
PROOF = 10_000


def read(seed: int, folder: Path) -> str:
    """How the file of this seed ended: its format, or that it was refused with a sentence."""
    path = folder / f"{seed}"
    path.write_bytes(fuzzed(seed))
    said = ""
    try:
        found = open_any(path, limits=LIMITS)
        check(found.rows.rows)
    except UnreadableFile as problem:
        said = str(problem)
    finally:
        path.unlink()
    assert not said or SENTENCE.search(said), said
    return "refusé" if said else found.format


def check(rows: Iterable[RawRow]) -> None:
    for row in rows:
        for name, cell in row.values.items():
            assert "\x00" not in name
            name.encode()
            if isinstance(cell, str):
                assert "\x00" not in cell
                cell.encode()
                assert not TAG.search(cleaning.text(cell) or ""), cell


def read_all(seeds: Iterable[int], folder: Path) -> Counter[str]:
    """How the files of these seeds ended. Read from a new process: this one's children count servers and browsers of other tests."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(measured, list(seeds), folder).result()


def measured(seeds: list[int], folder: Path) -> Counter[str]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ThreadPoolExecutor(2) as pool:
        ended = Counter(pool.map(lambda seed: read(seed, folder), seeds))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 500_000, "kilobytes, of the largest process that read"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    return ended


def test_broken_files_are_read_or_refused(tmp_path: Path) -> None:
    ended = read_all(range(SEEDS), tmp_path)
    assert len(ended) > 3, "files of several formats were read"
    assert 0 < ended["refusé"] < SEEDS


@pytest.mark.proof
def test_ten_thousand_broken_files_are_read_or_refused(tmp_path: Path) -> None:
    ended = read_all(range(SEEDS, SEEDS + PROOF), tmp_path)
    assert ended.total() == PROOF
    assert set(ended) >= {"csv", "json", "geojson", "arcgis", "ndjson", "xz", "classeur", "parquet", "refusé"}


@pytest.mark.proof
@pytest.mark.parametrize("start", [b"nom;ville\nA;", b'[{"nom": "', b'{"nom": "'])
def test_a_line_of_one_gigabyte(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "x"
    with path.open("wb") as out:
        out.write(start)
        for _ in range(1000):
            out.write(b"x" * 1_000_000)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        alone.submit(refused, path).result()


def refused(path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableFile):
        open_any(path, limits=LIMITS)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 500_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
