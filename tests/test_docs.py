"""Documentation under test: every setting, command, target and endpoint is documented, and links lead somewhere."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer
from pydantic import SecretStr

from app.cli import app as levier
from app.config import Settings
from app.main import create_app

ROOT = Path(__file__).parent.parent
PAGES = sorted(path for folder in ("docs", "bench", "search_config", "tests") for path in (ROOT / folder).rglob("*.md")) + sorted(
    ROOT.glob("*.md")
)


def rows(page: str) -> list[list[str]]:
    """Cells of the tables of a page, without their heads."""
    lines = [line for line in (ROOT / page).read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [
        row for row, after in zip(cells, [*cells[1:], [""]], strict=True) if not after[0].startswith("-") and not row[0].startswith("-")
    ]


def shown(default: Any) -> str:
    plain = default.get_secret_value() if isinstance(default, SecretStr) else default
    if plain is None or plain == "":
        return ""
    return f"`{str(plain).lower() if isinstance(plain, bool) else plain}`"


def test_the_settings_table_is_the_code() -> None:
    expected = [[f"`LEVIER_{name.upper()}`", shown(f.get_default()), f.description] for name, f in Settings.model_fields.items()]
    assert rows("docs/settings.md") == expected


def commands(command: Any, path: str = "levier") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name. Commands are typer's own kind of click's."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
    for name, child in (children or {}).items():
        yield from commands(child, f"{path} {name}")


def test_every_command_is_documented_with_its_arguments_and_options() -> None:
    expected = {}
    for path, command in commands(typer.main.get_command(levier)):
        arguments = [str(p.name).upper() for p in command.params if p.param_type_name == "argument"]
        options = [p.opts[0] for p in command.params if p.param_type_name == "option"]
        expected[" ".join([path, *arguments])] = options
    table = [row for row in rows("docs/commands.md") if row[0].startswith("`levier")]
    assert {row[0].strip("`"): re.findall(r"--[a-z-]+", row[1]) for row in table} == expected


def test_every_command_says_what_it_does() -> None:
    for path, command in commands(typer.main.get_command(levier)):
        assert command.help, path
        assert all(getattr(p, "help", None) for p in command.params), path


def test_every_make_target_is_documented() -> None:
    targets = re.findall(r"^([a-z-]+):.*## (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    table = [row for row in rows("docs/commands.md") if row[0].startswith("`make")]
    assert [[row[0].strip("`"), row[1]] for row in table] == [[f"make {name}", text] for name, text in targets]


def test_every_direct_dependency_has_its_line_and_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [name for group in project["optional-dependencies"].values() for name in group]
    python = {re.sub(r"[>=<].*", "", name) for name in (*project["dependencies"], *extras)}
    pages = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    named = [row[0].strip("`") for row in rows("docs/dependencies.md") if len(row) in {4, 5} and row[0].startswith("`")]
    assert sorted(named) == sorted({*python, *pages["dependencies"], *pages["devDependencies"]})


def test_every_endpoint_of_the_api_is_documented(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path))
    app.state.context.engine.dispose()
    page = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    served = {route.path.replace(":path}", "}") for route in app.routes if getattr(route, "path", "").startswith(("/api/", "/sante"))}
    assert served, "no endpoint found: has the way to list them changed?"
    assert not [path for path in sorted(served) if path not in page]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_a_file(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [unquote(link.split("#")[0]) for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    lost = [link for link in links if link and "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists()]
    assert not lost


def test_decision_notes_are_numbered_once_and_titled() -> None:
    notes = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [note.name[:4] for note in notes]
    assert len(numbers) == len(set(numbers))
    for note in notes:
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", note.name), note.name
        assert note.read_text(encoding="utf-8").startswith("# "), note.name


def test_the_readme_has_its_parts_in_order() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    parts = ["docs/images/recherche.png", "make run", "make test", "Counsellor", "Department staff", "Partner", "Where things are", "INSEE"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert len(re.findall("Licence Ouverte", text)) >= 1
