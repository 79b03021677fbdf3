"""Open any file that a clerk drops: what it is, how it was read, its columns and its rows."""

from pathlib import Path

from importers.formats.rows import USUAL, Limits
from importers.sandbox import How, Opened, opened_apart


def open_any(path: Path, *, sheet: str | None = None, first: int | None = None, limits: Limits = USUAL) -> Opened:
    """Read a file of unknown shape in another process; `first`: only so many rows. Raises UnreadableFile."""
    within = limits if first is None else Limits(**{**vars(limits), "first": first})
    return opened_apart(path, How("any", {"sheet": sheet}), within)
