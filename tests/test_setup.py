"""Set-up: locks say exactly what is installed and nothing of where from; `make` alone explains itself."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock", "package-lock.json")


def locked(lock: str) -> dict[str, set[str]]:
    """Versions of each package in a lock of Python's: one, or one for each range of Python versions."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE):
        found.setdefault(name.lower(), set()).add(version)
    return found


def asked(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", line)[0].lower() for line in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_hashes_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "sha256:" in text or "sha512-" in text


def test_locks_hold_all_that_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert not asked([*project["dependencies"], *extras["install"]]) - locked("requirements.lock").keys(), "run `make lock`"
    assert not asked(extras["dev"]) - locked("requirements-dev.lock").keys(), "run `make lock`"


def test_tests_run_on_the_very_versions_that_are_served() -> None:
    runtime, dev = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: dev.get(name) for name in runtime} == runtime


def test_front_end_files_are_locked_at_the_versions_asked_for() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = {**package["dependencies"], **package["devDependencies"]}
    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all("resolved" not in entry for entry in lock.values())


def test_make_alone_lists_every_target() -> None:
    shown = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    phony = set(re.findall(r"^\.PHONY: (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"tools"}
    assert set(re.findall(r"^  make (\S+) +\S", shown, re.MULTILINE)) == phony


def imported(room: str) -> set[str]:
    """Top-level names of the modules that a room imports."""
    found: set[str] = set()
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", ["app", "importers"])
def test_what_runs_imports_nothing_that_only_tests_install(room: str) -> None:
    providers = packages_distributions()
    runtime = {name.replace("_", "-") for name in locked("requirements.lock")}
    foreign = imported(room) - sys.stdlib_module_names - {"app", "importers"}
    assert foreign
    strangers = {name for name in foreign if not {re.sub(r"[-_.]+", "-", p.lower()) for p in providers.get(name, [])} & runtime}
    assert not strangers, "add them to the dependencies of pyproject.toml, then `make lock`"
