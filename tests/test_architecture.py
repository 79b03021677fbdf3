"""Which room may import which: the arrows of the house, read from the code itself.

The reading is the drawing's (``scripts/rooms.py``). Imports inside functions count too: a late import is an import.
"""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from scripts import rooms
from scripts.rooms import MODULES, imports, ours, room

ROOT = Path(__file__).parent.parent

FOUNDATION = {"config", "db", "vocabulary", "models", "port", "progress", "json_text", "collector", "hours"}
LISTINGS = {
    *FOUNDATION,
    "territory",
    "confidentiality",
    "quality",
    "index_queue",
    "writing",
    "listings",
    "access",
    "reverting",
    "proposals",
}

SERVED = {*LISTINGS, "duplicates", "search", "interchange", "accounts", "throttle", "mail", "context", "dependencies", "security"}

MAY_IMPORT: dict[str, set[str]] = {
    # what everything stands on
    "config": set(),
    "progress": set(),
    "json_text": set(),
    "collector": set(),
    "hours": set(),
    "vocabulary": set(),
    "port": set(),
    "db": {"config", "json_text"},
    "models": {"vocabulary"},
    "territory": {"vocabulary", "config", "port", "collector"},
    # listings and who may touch them
    "confidentiality": {"models", "territory"},
    "quality": {"models", "vocabulary"},
    "proposals": {"models", "confidentiality"},
    "index_queue": {"models", "db"},
    "writing": {"models", "vocabulary", "territory", "quality", "proposals"},
    "listings": {"db", "models", "confidentiality", "proposals", "index_queue", "writing"},
    "access": {"models"},
    "reverting": {"db", "models", "listings", "writing", "confidentiality"},
    "accounts": {*FOUNDATION, "access", "throttle"},
    "throttle": {"models"},
    "mail": {"config"},
    "notices": {*FOUNDATION, "territory", "mail"},
    "duplicates": LISTINGS,
    "interchange": LISTINGS,
    "search": LISTINGS,
    # what serves
    "context": {"config", "port", "search", "territory"},
    "dependencies": {"access", "accounts", "context", "db"},
    "security": SERVED,
    "web": {*SERVED, "web", "importers"},  # some of its files only, below
    "api": {*SERVED, "api"},
    "errors": {*SERVED, "web"},
    "importers": {*LISTINGS, "interchange", "search"},
    # where everything meets
    "main": {*SERVED, "web", "api", "errors"},
    "commands": {*SERVED, "commands", "main", "importers", "notices"},
    "cli": {"commands"},
}
"""Room → the other rooms it may import. A room is a file or a folder of ``app/``, or ``importers``; the search port is one of
its own, because it is words only and stands under the rooms that speak them."""

ENGINE_BANS = ("app.models", "app.db", "app.listings", "sqlalchemy", "sqlmodel", "fastapi", "starlette")

OF_A_RUN = {"app.web.imports", "app.web.import_gestures", "app.web.corrections"}
OF_A_DROPPED_FILE = {"app.web.uploads", "app.web.mapping", "app.web.deposit_page"}

TOP_LEVEL = {
    *("app", "bench", "docs", "importers", "scripts", "search_config", "templates", "tests", "pyproject.toml", "Makefile"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".ci", ".gitignore", ".npmrc", "package.json", "package-lock.json"),
    *("requirements.lock", "requirements-dev.lock", "requirements-node.lock"),
}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_the_rooms_below_its_own(module: str) -> None:
    here = room(module)
    if here in {"app", "migrations"}:
        return
    assert here in MAY_IMPORT, f"{here} is a new room: say in MAY_IMPORT which rooms it may import"
    allowed = {*MAY_IMPORT[here], here, "app"}
    wrong = sorted(name for name in set(imports(MODULES[module])) if ours(name) and room(name) not in allowed)
    assert not wrong, f"{module} imports {', '.join(wrong)}"


def test_the_table_of_rooms_names_no_room_that_is_gone() -> None:
    assert set(MAY_IMPORT) <= {room(module) for module in MODULES}


def test_the_rooms_form_no_circle() -> None:
    TopologicalSorter({here: allowed - {here} for here, allowed in MAY_IMPORT.items()}).prepare()


def engines() -> list[str]:
    return [name for name in MODULES if name.startswith(("app.search.embedded", "app.search.meilisearch")) or name == "app.search.port"]


def test_engines_know_neither_tables_nor_the_web() -> None:
    assert "app.search.port" in engines()
    for module in engines():
        wrong = [name for name in imports(MODULES[module]) if any(name == ban or name.startswith(f"{ban}.") for ban in ENGINE_BANS)]
        assert not wrong, f"{module} imports {', '.join(wrong)}"


def test_only_the_command_line_and_the_pages_of_imports_import_importers() -> None:
    users = {
        module if room(module) == "web" else room(module)
        for module in MODULES
        for name in imports(MODULES[module])
        if room(name) == "importers"
    }
    assert users <= {"commands", "importers", *OF_A_RUN, *OF_A_DROPPED_FILE}


@pytest.mark.parametrize("module", sorted(OF_A_DROPPED_FILE))
def test_the_pages_of_a_dropped_file_know_importers_by_one_door(module: str) -> None:
    assert {name for name in imports(MODULES[module]) if room(name) == "importers"} <= {"importers", "importers.on_screen"}


def test_tables_are_written_through_listings_alone_by_importers() -> None:
    """Importers read tables and keep their own (runs, raw records, quarantine); a listing is written by ``app.listings``."""
    for module, path in MODULES.items():
        if room(module) == "importers":
            names = {
                alias.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom) for alias in node.names
            }
            assert "AdresseConfidentielle" not in names, f"{module} reaches the confidential addresses"


def test_no_module_imports_itself_through_others() -> None:
    graph = {module: {name for name in imports(path) if name in MODULES and name != module} for module, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' → '.join(error.args[1])}")


def test_the_drawing_is_true() -> None:
    for path, content in rooms.drawn().items():
        assert path.read_text(encoding="utf-8") == content, "the rooms have changed: `make rooms` draws them again"


def test_nothing_lies_at_the_top_that_the_house_does_not_name() -> None:
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
    found = {path.name for path in ROOT.iterdir()} - ignored - {".git"}
    assert not {name for name in found - TOP_LEVEL if not name.endswith(".egg-info")}


def test_no_file_is_called_utils() -> None:
    assert not [module for module in MODULES if module.split(".")[-1] in {"utils", "helpers", "misc", "common"}]
