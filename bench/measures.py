"""Times and memory, and how to show them."""

import resource
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Percentiles:
    """Of times in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, times: Sequence[float]) -> "Percentiles":
        ordered = sorted(times)
        return cls(*(ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.50, 0.95, 0.99)))


def memory_mb(pid: int) -> dict[str, float]:
    """Memory of a process in MB: resident, and its own share of what it shares (Linux only; empty elsewhere)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return {}
    return {name.upper(): int(line.split()[1]) / 1024 for line in lines for name in ("Rss", "Pss") if line.startswith(f"{name}:")}


def peak_mb() -> float:
    """Most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(head: Sequence[str], rows: Sequence[Sequence[str | float]]) -> str:
    """A plain table; numbers to the right, with one decimal."""
    cells = [[value if isinstance(value, str) else f"{value:,.1f}" for value in row] for row in rows]
    widths = [max(len(line[i]) for line in (head, *cells)) for i in range(len(head))]
    lines = [
        "  ".join(text.ljust(width) if i == 0 else text.rjust(width) for i, (text, width) in enumerate(zip(line, widths, strict=True)))
        for line in (head, *cells)
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
