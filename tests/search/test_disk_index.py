"""The index on disk: several processes, other settings, damage, and kills."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from app.search import settings
from app.search.embedded import EmbeddedEngine
from app.search.port import SearchRequest, SearchUnavailable
from tests.search.documents import make_document

WRITER = """
import sys
from pathlib import Path
from app.search.embedded import EmbeddedEngine
from tests.search.documents import make_document
engine = EmbeddedEngine(Path(sys.argv[1]))
def numbered(label, start, number):
    for i in range(start, start + number):
        yield make_document(f"{label}-{i}", f"Fiche {label} {i}")
{body}
"""
PUT_FOREVER = """
for i in range(10**6):
    engine.put(numbered(sys.argv[2], i * 10, 10))
    print(i + 1, flush=True)
"""
REBUILD_FOREVER = """
def slowly():
    for i, document in enumerate(numbered("neuf", 0, 10**6)):
        if i % 50 == 0:
            print(i, flush=True)
        yield document
engine.rebuild(slowly())
"""


def start(body: str, *arguments: str) -> subprocess.Popen[str]:
    code = WRITER.replace("{body}", body)
    root = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True, cwd=root)


def kill_after(process: subprocess.Popen[str], lines: int) -> int:
    """Kill -9 after this many lines of output; the last number it printed."""
    assert process.stdout is not None
    with process:
        printed = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        printed += process.stdout.read().split()
    assert all(printed), "the process stopped by itself: its error is in the captured output"
    return int(printed[-1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def engine(folder: Path) -> EmbeddedEngine:
    engine = EmbeddedEngine(folder)
    engine.rebuild([make_document("1", "Garde d’enfants")])
    return engine


def replace_file(path: Path, content: bytes) -> None:
    """By another file: who shortens one that is mapped in memory kills its reader, here ourselves."""
    other = path.with_suffix(".autre")
    other.write_bytes(content)
    other.replace(path)


def total(engine: EmbeddedEngine, q: str = "") -> int:
    return engine.search(SearchRequest(q=q)).total


def test_without_an_index_search_is_unavailable_and_never_empty(folder: Path) -> None:
    engine = EmbeddedEngine(folder)
    assert engine.needs_rebuild()
    for act in (lambda: total(engine), engine.count, lambda: engine.put([make_document("1", "Un")])):
        with pytest.raises(SearchUnavailable):
            act()


def test_another_process_sees_what_this_one_writes_and_rebuilds(engine: EmbeddedEngine, folder: Path) -> None:
    other = EmbeddedEngine(folder)
    assert not other.needs_rebuild()
    assert total(other) == 1
    engine.put([make_document("2", "Épicerie")])
    assert total(other, "epicerie") == 1
    engine.rebuild([make_document("3", "Neuf")])
    assert [hit.id for hit in other.search(SearchRequest()).hits] == ["3"]
    other.put([make_document("4", "Par l’autre")])
    assert total(engine) == 2


def test_only_the_generation_in_use_stays_on_disk(engine: EmbeddedEngine, folder: Path) -> None:
    for i in range(3):
        engine.rebuild([make_document(str(i), "Neuf")])
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1
    assert not list(folder.glob("*.journal"))


def test_other_settings_ask_for_a_rebuild_while_the_old_index_still_answers(engine: EmbeddedEngine, folder: Path) -> None:
    changed = EmbeddedEngine(folder, replace(settings.load(), fingerprint="autre"))
    assert changed.needs_rebuild()
    assert total(changed, "garde") == 1
    changed.rebuild([make_document("1", "Garde d’enfants")])
    assert not changed.needs_rebuild()


def test_another_version_of_the_index_is_not_read(engine: EmbeddedEngine, folder: Path) -> None:
    pointer = json.loads((folder / "pointeur.json").read_text())
    (folder / "pointeur.json").write_text(json.dumps({**pointer, "version": -1}))
    later = EmbeddedEngine(folder)
    assert later.needs_rebuild()
    with pytest.raises(SearchUnavailable):
        total(later)


@pytest.mark.parametrize("damage", ["pointer", "meta", "truncated", "removed"])
def test_a_damaged_index_is_unavailable_until_it_is_made_again(engine: EmbeddedEngine, folder: Path, damage: str) -> None:
    (generation,) = [path for path in folder.iterdir() if path.is_dir()]
    if damage == "pointer":
        (folder / "pointeur.json").write_text("{")
    elif damage == "meta":
        (generation / "meta.json").write_text("{}")
    else:
        for path in generation.glob("*.store" if damage == "removed" else "*.idx"):
            path.unlink() if damage == "removed" else replace_file(path, path.read_bytes()[:10])
    later = EmbeddedEngine(folder)
    assert later.needs_rebuild()
    with pytest.raises(SearchUnavailable):
        total(later)
    later.rebuild([make_document("1", "Neuf")])
    assert (total(later), later.needs_rebuild()) == (1, False)


@pytest.mark.parametrize("part", ["fast", "fieldnorm", "idx", "pos", "store", "term", "del"])
def test_one_wrong_bit_in_an_index_is_noticed_when_it_is_opened(engine: EmbeddedEngine, folder: Path, part: str) -> None:
    engine.put([make_document(str(i), "Garde d’enfants") for i in range(2, 9)])
    engine.put([make_document("2", "Autre chose")])  # so that something is deleted
    assert not EmbeddedEngine(folder).needs_rebuild()
    path = next(folder.glob(f"*/*.{part}"))
    content = bytearray(path.read_bytes())
    content[len(content) // 4] ^= 1
    replace_file(path, bytes(content))
    later = EmbeddedEngine(folder)
    with pytest.raises(SearchUnavailable):
        total(later)
    assert later.needs_rebuild()


def test_an_index_whose_files_vanish_while_it_serves_is_made_again(engine: EmbeddedEngine, folder: Path) -> None:
    for path in folder.glob("*/*.store"):
        path.unlink()
    with suppress(SearchUnavailable):
        for i in range(20):  # a merge needs what is gone
            engine.put([make_document(str(i), "Épicerie")])
    assert engine.needs_rebuild()
    engine.rebuild([make_document("1", "Neuf")])
    assert (total(engine), engine.needs_rebuild()) == (1, False)


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
"""
TOO_MUCH = """
from app.search.port import SearchUnavailable
for act in (engine.put, engine.rebuild):
    try:
        act(numbered("trop", 0, 3000))
    except SearchUnavailable as error:
        print(error, flush=True)
"""


def test_without_room_on_the_disk_the_error_is_said_and_the_index_stays_as_it_was(engine: EmbeddedEngine, folder: Path) -> None:
    with start(LIMITED + TOO_MUCH, str(folder)) as process:
        said, _ = process.communicate(timeout=120)
    assert said.count("reste de la place sur le disque") == 2
    assert (total(engine), engine.needs_rebuild()) == (1, False)
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1
    engine.put([make_document("2", "Garde d’enfants")])
    assert total(EmbeddedEngine(folder)) == 2


@pytest.mark.parametrize("lines", [1, 4, 9])
def test_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged(engine: EmbeddedEngine, folder: Path, lines: int) -> None:
    engine.rebuild([])
    acknowledged = kill_after(start(PUT_FOREVER, str(folder), "tue"), lines)
    assert total(engine) in (acknowledged * 10, acknowledged * 10 + 10)
    engine.put([make_document("apres", "Après")])
    assert total(engine, "apres") == 1
    assert not engine.needs_rebuild()


def test_a_writer_killed_just_before_it_ends_hinders_no_later_one(engine: EmbeddedEngine, folder: Path) -> None:
    engine.put([make_document(str(i), "Garde d’enfants") for i in range(2, 9)])
    (generation,) = [path for path in folder.iterdir() if path.is_dir()]
    before = (generation / "meta.json").read_bytes()
    change = [make_document("2", "Épicerie")]
    engine.put(change)
    (generation / "meta.json").write_bytes(before)  # as if it had been killed before the last of its files was written
    later = EmbeddedEngine(folder)
    assert total(later, "epicerie") == 0
    later.put(change)
    assert (total(later, "epicerie"), total(later, "garde"), total(EmbeddedEngine(folder))) == (1, 7, 8)


def test_an_index_that_nothing_can_be_written_to_is_made_again(engine: EmbeddedEngine, folder: Path) -> None:
    engine.put([make_document("2", "Garde d’enfants")])
    (generation,) = [path for path in folder.iterdir() if path.is_dir()]
    (generation / ".tantivy-writer.lock").unlink()
    (generation / ".tantivy-writer.lock").mkdir()
    later = EmbeddedEngine(folder)
    for _ in range(5):
        assert not later.needs_rebuild()
        with pytest.raises(SearchUnavailable):
            later.put([make_document("3", "Épicerie")])
    assert later.needs_rebuild()
    assert total(later) == 2
    later.rebuild([make_document("1", "Neuf")])
    assert not later.needs_rebuild()


@pytest.mark.parametrize("lines", [1, 30])
def test_a_rebuild_killed_at_any_moment_leaves_the_old_index_and_can_start_again(engine: EmbeddedEngine, folder: Path, lines: int) -> None:
    process = start(REBUILD_FOREVER, str(folder))
    engine.put([make_document("2", "Écrit pendant")])
    kill_after(process, lines)
    assert total(engine) == 2
    engine.put([make_document("3", "Écrit après")])
    assert total(engine) == 3
    assert engine.rebuild([make_document("n", "Neuf")]) == 1
    assert total(engine) == 1
    assert len([path for path in folder.iterdir() if path.is_dir()]) == 1


def test_two_processes_that_write_at_once_lose_nothing(engine: EmbeddedEngine, folder: Path) -> None:
    engine.rebuild([])
    body = PUT_FOREVER.replace("10**6", "8")
    processes = [start(body, str(folder), label) for label in ("un", "deux")]
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert total(engine) == 160
