"""What reading a file gives, and how much of it is taken."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple


class RawRow(NamedTuple):
    """A row as it stands in the file: its line (or its rank), its cells, and what makes it unusable, if anything."""

    line: int | None
    values: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True)
class Rows:
    """The rows of a file, and how many there are when that is known."""

    total: int | None
    rows: Iterator[RawRow]


Reader = Callable[[Path], Rows]


@dataclass(frozen=True)
class Contents:
    """What a file turned out to be.

    `said`: in French, how it was read (encoding, delimiter, sheet...). `options`: how to read it the same way again.
    """

    format: str
    rows: Iterator[RawRow]
    said: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """How much of a file is taken: bytes of memory, seconds of work and of patience, rows, cells, characters of one cell.

    `first`: stop after so many rows, to show what a file looks like.
    """

    memory: int = 500_000_000
    cpu_seconds: int = 180
    seconds: float = 600.0
    rows: int = 1_000_000
    columns: int = 2_000
    cells: int = 60_000_000
    cell: int = 100_000
    first: int | None = None


USUAL = Limits()
