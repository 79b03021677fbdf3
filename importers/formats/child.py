"""The process that reads one file, under limits, and writes its rows down for the one that asked.

Started by ``importers.sandbox`` with a request as its only argument. Rows go to an inherited file, batch after batch, a line of JSON
each: the columns, then the rows by column. The standard output gets a verdict: what the file is, or why it can't be read.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from app import json_text
from importers.formats import opening
from importers.formats.rows import Contents, Limits, RawRow
from importers.problems import UnreadableFile

BATCH_ROWS = 400
BATCH_CHARACTERS = 1_000_000
MAX_OUTPUT = 8_000_000_000
MAX_DEPTH = 12
BIG = 1 << 53  # JSON readers elsewhere lose digits above


def main() -> None:
    request = json.loads(sys.argv[1])
    limits = Limits(**request["limits"])
    _confine(limits)
    try:
        verdict = _read(request, limits)
    except UnreadableFile as problem:
        verdict = {"problem": str(problem)}
    except MemoryError:
        verdict = {"too_big": True}
    except Exception as error:  # whatever a library does not expect of a broken file
        verdict = {"unexpected": f"{type(error).__name__}: {error}"[:500]}
    sys.stdout.write(json.dumps(verdict))
    sys.stdout.flush()
    os._exit(0)  # nothing is left to tidy, and memory may be short


def _confine(limits: Limits) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _read(request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    contents = opening.read(Path(request["path"]), request["reader"], request["options"])
    with os.fdopen(request["rows"], "w", encoding="utf-8", errors="replace", newline="\n") as out:
        written = _Written(out, limits)
        written.take(contents)
    return {
        "format": contents.format,
        "said": contents.said,
        "sheets": contents.sheets[:200],
        "options": contents.options,
        "columns": list(written.columns),
        "total": written.total,
    }


class _Written:
    """Rows written in batches of the same columns, and what was seen of them."""

    def __init__(self, out: IO[str], limits: Limits) -> None:
        self.out = out
        self.limits = limits
        self.total = 0
        self.cells = 0
        self.columns: dict[str, None] = {}

    def take(self, contents: Contents) -> None:
        columns: tuple[str, ...] = ()
        batch: list[tuple[int | None, str | None, list[Any]]] = []
        size = 0
        for row in self._within(contents.rows):
            values, problem = _tidied(row, self.limits)
            names = tuple(values)
            if names != columns or len(batch) == BATCH_ROWS or size > BATCH_CHARACTERS:
                self._write(columns, batch)
                batch, columns, size = [], names, 0
            cells = list(values.values())
            size += sum(len(cell) if isinstance(cell, str) else 20 for cell in cells)
            batch.append((row.line, problem, cells))
        self._write(columns, batch)

    def _within(self, rows: Iterator[RawRow]) -> Iterator[RawRow]:
        limits = self.limits
        for row in rows:
            if self.total == limits.first:
                return
            self.total += 1
            self.cells += len(row.values)
            if self.total > limits.rows or self.cells > limits.cells:
                raise UnreadableFile(f"Le fichier a plus de {limits.rows} lignes ou de {limits.cells} cellules : découpez-le.")
            if len(row.values) > limits.columns:
                raise UnreadableFile(f"Le fichier a plus de {limits.columns} colonnes : ce n’est pas une liste de fiches.")
            yield row

    def _write(self, columns: tuple[str, ...], batch: list[tuple[int | None, str | None, list[Any]]]) -> None:
        if not batch:
            return
        if len(self.columns) <= self.limits.columns:
            self.columns.update(dict.fromkeys(columns))
        self.out.write(json_text.dumps([columns, batch]))
        self.out.write("\n")


def _tidied(row: RawRow, limits: Limits) -> tuple[dict[str, Any], str | None]:
    """The row's cells as any base can keep them, and its problem: one of its own, or a cell that is far too long."""
    problem = row.problem
    values: dict[str, Any] = {}
    for name, cell in row.values.items():
        if isinstance(cell, str):
            if len(cell) > limits.cell:
                problem = problem or f"La cellule « {_name(name)} » est démesurée : {len(cell)} caractères."
                cell = cell[: limits.cell]
            if "\x00" in cell:
                cell = cell.replace("\x00", "")
        elif cell is not None:
            cell = _plain(cell, 0)
            if isinstance(cell, list | dict) and len(told := json.dumps(cell, ensure_ascii=False)) > limits.cell:
                problem = problem or f"La cellule « {_name(name)} » est démesurée : {len(told)} caractères."
                cell = told[: limits.cell]
        values[name if len(name) <= 200 and "\x00" not in name else _name(name)] = cell
    return values, problem


def _name(name: str) -> str:
    return name.replace("\x00", "")[:200]


def _plain(value: Any, depth: int) -> Any:
    """No number that is not one, no zero byte, nothing too deep."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) < BIG else f"{value:.0f}" if abs(value) < 10**300 else None
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict) and depth < MAX_DEPTH:
        return {_name(str(key)): _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list) and depth < MAX_DEPTH:
        return [_plain(inner, depth + 1) for inner in value]
    return str(type(value).__name__)


def request_of(path: Path, reader: str, options: dict[str, Any], limits: Limits, rows: int) -> str:
    """The argument with which to start this process; `rows`: the descriptor of the file for rows."""
    return json.dumps({"path": str(path), "reader": reader, "options": options, "limits": asdict(limits), "rows": rows})


if __name__ == "__main__":
    main()
