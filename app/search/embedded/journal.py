"""What is written to the index in use while another is being built, for the other to have it too."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

Operation = tuple[str, dict[str, Any] | None]
"""A document's key, and its fields; None removes it."""


def append(path: Path, operations: Iterable[Operation]) -> None:
    """Durable on return. Each begins a line: what a killed writer left unfinished spoils none but itself."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines("\n" + json.dumps(operation) for operation in operations)
        file.flush()
        os.fsync(file.fileno())


def replay(path: Path) -> Iterator[Operation]:
    """What was appended, in order; an unfinished line was never acknowledged, and will be written again."""
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for line in file:
                with suppress(ValueError):
                    key, fields = json.loads(line)
                    yield key, fields
