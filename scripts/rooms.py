"""The rooms of the house and the imports between them, read from the code: drawn into docs/rooms.md and docs/images/rooms.svg.

A room is a file or a folder of ``app/``, or ``importers``; the search port is one of its own. It stands one floor above the highest
that it imports. ``make rooms`` draws; tests/test_architecture.py judges, on the same reading.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
UNDRAWN = {"app", "migrations"}  # the version number, and what only runs once
PAGE, PICTURE = ROOT / "docs" / "rooms.md", ROOT / "docs" / "images" / "rooms.svg"
WIDTH, MARGIN, FLOOR, HEIGHT = 1240, 20, 92, 46  # pixels


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for folder in ("app", "importers") for path in sorted((ROOT / folder).rglob("*.py"))}


def imports(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, ours down to the module, others as written. Late imports count too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                raise ValueError(f"{path}: relative import")
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield deeper if deeper in MODULES else node.module or ""


def room(module: str) -> str:
    first, *rest = module.split(".")
    if module == "app.search.port":
        return "port"
    return first if first == "importers" else rest[0] if rest else "app"


def ours(module: str) -> bool:
    return module.split(".")[0] in {"app", "importers"}


def arrows() -> Counter[tuple[str, str]]:
    """(room, room that it imports) → in how many of its files."""
    found: Counter[tuple[str, str]] = Counter()
    for module, path in MODULES.items():
        here = room(module)
        if here not in UNDRAWN:
            found.update((here, there) for there in {room(name) for name in imports(path) if ours(name)} - {here, *UNDRAWN})
    return found


def floors(tied: Mapping[tuple[str, str], int]) -> list[list[str]]:
    """Rooms from the ground up. Raises graphlib.CycleError if they form a circle."""
    under: dict[str, set[str]] = {room(module): set() for module in MODULES if room(module) not in UNDRAWN}
    for here, there in tied:
        under[here].add(there)
    height: dict[str, int] = {}
    for one in TopologicalSorter(under).static_order():
        height[one] = 1 + max((height[other] for other in under[one]), default=-1)
    return [sorted(one for one in height if height[one] == level) for level in range(max(height.values()) + 1)]


def page(tied: Mapping[tuple[str, str], int], levels: Sequence[Sequence[str]]) -> str:
    """The rooms in words."""
    files = Counter(room(module) for module in MODULES)
    lines = [
        "# The rooms",
        "",
        "Drawn by `make rooms` from the code itself: which room imports which. A room stands one floor above the highest that it imports,",
        "so that every arrow goes down; `tests/test_architecture.py` says which arrows are allowed, and that no modules form a circle.",
        "Beside a room: its files; beside an arrow: how many of the room's files follow it.",
        "",
        "![The rooms, floor by floor; the table says the same](images/rooms.svg)",
        "",
        "| floor | room | imports |",
        "|---|---|---|",
    ]
    for level in range(len(levels) - 1, -1, -1):
        for one in levels[level]:
            under = sorted(((there, number) for (here, there), number in tied.items() if here == one), key=lambda pair: (-pair[1], pair[0]))
            told = ", ".join(f"{there} ({number})" if number > 1 else there for there, number in under)
            lines.append(f"| {level + 1} | **{one}** ({files[one]}) | {told or 'nothing of ours'} |")
    return "\n".join(lines) + "\n"


def picture(tied: Mapping[tuple[str, str], int], levels: Sequence[Sequence[str]]) -> str:
    """The same, drawn: floors one above the other, an arrow from each room to those that it imports."""
    tall = FLOOR * len(levels) + MARGIN
    place: dict[str, tuple[float, float]] = {}
    for level, rooms in enumerate(levels):
        step = (WIDTH - 2 * MARGIN) / len(rooms)
        place |= {one: (MARGIN + step * (i + 0.5), tall - FLOOR * (level + 0.5)) for i, one in enumerate(rooms)}
    shapes = [f'<path class="arrow" d="{_path(place[here], place[there])}"/>' for here, there in sorted(tied)]
    for one, (x, y) in sorted(place.items()):
        wide = 22 + 9 * len(one)
        shapes.append(f'<rect x="{x - wide / 2:.0f}" y="{y - HEIGHT / 2:.0f}" width="{wide}" height="{HEIGHT}" rx="8"/>')
        shapes.append(f'<text x="{x:.0f}" y="{y + 5:.0f}">{one}</text>')
    style = (
        "rect{fill:#fff;stroke:#1d3557;stroke-width:1.5}text{font:15px sans-serif;text-anchor:middle;fill:#1d3557}"
        ".arrow{fill:none;stroke:#7a8ca5;stroke-width:1;opacity:.55}svg{background:#f7f9fc}"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall}" role="img" aria-label="The rooms of Levier">'
    return "\n".join([head, f"<style>{style}</style>", *shapes, "</svg>"]) + "\n"


def _path(above: tuple[float, float], below: tuple[float, float]) -> str:
    (x, y), (u, v) = above, below
    start, end = y + HEIGHT / 2, v - HEIGHT / 2
    bend = max(24.0, (end - start) / 2)
    return f"M{x:.0f} {start:.0f}C{x:.0f} {start + bend:.0f} {u:.0f} {end - bend:.0f} {u:.0f} {end:.0f}"


def drawn() -> dict[Path, str]:
    """What each of the two files must hold."""
    tied = arrows()
    levels = floors(tied)
    return {PAGE: page(tied, levels), PICTURE: picture(tied, levels)}


if __name__ == "__main__":
    for path, content in drawn().items():
        path.write_text(content, encoding="utf-8")
