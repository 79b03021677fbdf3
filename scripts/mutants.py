"""Would the tests notice? Changes one module a little, in many ways, with mutmut, and lists the changes that no test saw.

``make mutants MODULE=access``: in a copy under .build/mutants/, on SQLite, without browser. ``SAMPLE=60``: so many of its mutants,
drawn as they were the last time, and the first of each function. Without MODULE: names the modules.
"""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
WORK = ROOT / ".build" / "mutants"
VERSION = "3.8.1"
COPIED = ("search_config", "templates", "docs", "README.md")
FIRST_OF_EACH = "*__mutmut_1"


class Module(NamedTuple):
    files: str
    tests: str


DEPARTED = "tests/importers/test_renumbering.py tests/importers/test_departed.py"
RUNS = "tests/importers/test_runs.py tests/importers/test_run_reports.py tests/importers/test_held.py"
IMPORTS = " ".join(f"tests/importers/test_{name}.py" for name in ("pipeline", "departed", "declared", "placing"))
MODULES = {
    "access": Module("app/access.py", "tests/test_access.py"),
    "competence": Module("app/territory/competence.py", "tests/territory/test_competence.py"),
    "queue": Module(
        "app/search/followers.py app/search/sync.py app/index_queue.py",
        "tests/search/test_following.py tests/search/test_sync.py tests/search/test_two_followers.py",
    ),
    "embedded": Module("app/search/embedded/text.py app/search/embedded/filters.py", "tests/search/test_engines_alike.py"),
    "meilisearch": Module(
        "app/search/meilisearch/filters.py app/search/meilisearch/scoring.py",
        "tests/search/test_engines_alike.py tests/search/test_scoring.py",
    ),
    "pipeline": Module("importers/pipeline.py", f"{RUNS} {IMPORTS}"),
    "runs": Module("importers/runs.py importers/telling.py importers/staging.py", f"{RUNS} tests/importers/test_correcting.py"),
    "batches": Module("importers/batches.py", "tests/importers/test_batches.py tests/importers/test_departed.py"),
    "departures": Module("importers/departures.py importers/renumbering.py", DEPARTED),
}


def tool() -> Path:
    """The mutmut of this project, apart from its locked packages, which it sees."""
    home = WORK / "tool"
    if not (home / "bin" / "mutmut").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        folder = next((home / "lib").glob("python*/site-packages"))
        (folder / "levier.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
        subprocess.run([home / "bin" / "python", "-m", "pip", "install", "--quiet", f"mutmut=={VERSION}"], check=True)
    return home / "bin" / "mutmut"


def settings(module: Module) -> str:
    """What mutmut reads in setup.cfg. A server of forks: no mutant is hidden by what an earlier test left in a cache."""
    lists = {
        "source_paths": ["app", "importers"],
        "only_mutate": module.files.split(),
        "also_copy": COPIED,
        "pytest_add_cli_args": ["--db", "sqlite", "-p", "no:cacheprovider", "-p", "tests.reading_here"],
        "pytest_add_cli_args_test_selection": module.tests.split(),
    }
    lines = [f"{name} =\n" + "\n".join(f"    {one}" for one in values) for name, values in lists.items()]
    switches = ("process_isolation = forkserver", "use_git_change_detection = false", "track_dependencies = false")
    return "\n".join(["[mutmut]", *switches, *lines, ""])


def prepare(name: str) -> Path:
    """A copy of the project, new each time: what mutmut found with other tests says nothing of these."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    paths = [ROOT / one for one in ("app", "importers", "tests", "pyproject.toml", *COPIED)]
    subprocess.run(["cp", "-R", *paths, folder], check=True)
    (folder / "setup.cfg").write_text(settings(MODULES[name]))
    return folder


def sample(folder: Path, module: Module, size: int) -> list[str]:
    names: list[str] = []
    for file in module.files.split():
        names += json.loads((folder / "mutants" / f"{file}.meta").read_text())["exit_code_by_key"]
    return random.Random(7).sample(names, min(size, len(names)))


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in MODULES:
        sys.exit("make mutants MODULE=" + "|".join(MODULES))
    name, mutmut = sys.argv[1], tool()
    folder = prepare(name)
    run = [mutmut, "run", "--max-children", "1"]
    if len(sys.argv) > 2:
        subprocess.run([*run, FIRST_OF_EACH], cwd=folder, check=True)
        run += sample(folder, MODULES[name], int(sys.argv[2]))
    subprocess.run(run, cwd=folder, check=True)
    results = subprocess.run([mutmut, "results"], cwd=folder, check=True, capture_output=True, text=True).stdout
    print("\n".join(line for line in results.splitlines() if not line.endswith("not checked")))


if __name__ == "__main__":
    main()
