"""Files are read in a process of their own, under limits of memory and time; this one only gets rows.

A broken or hostile file can abort, exhaust or hang the library that parses it. That ends the other process, and a sentence
tells the clerk. Rows are written to a nameless file, not kept in memory; they are given once the whole file has been read:
a file that breaks midway gives none.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from app import json_text
from importers.formats.child import request_of
from importers.formats.rows import USUAL, Limits, RawRow, Rows
from importers.problems import UnreadableFile

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent
MAX_VERDICT = 2_000_000  # bytes
TOO_MUCH = (
    "« {name} » demande trop de mémoire ou de temps pour être lu : il est trop gros, ou abîmé. Ouvrez-le dans votre tableur, "
    "supprimez les lignes et colonnes vides, et enregistrez-le en CSV ; ou découpez-le."
)


@dataclass(frozen=True)
class How:
    """How to read a file: a reader's name (``importers.formats.opening.READERS``) and its options, plain values."""

    reader: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """A file, read.

    - `format`: ``csv``, ``classeur``, ``json``, ``geojson``, ``arcgis``, ``ndjson``, ``parquet``, ``xz`` or ``schema-v1``.
    - `said`: how it was read, in French sentences: encoding, delimiter, decimal mark, sheet, line of the header.
    - `sheets`: names of the workbook's visible sheets. `columns`: of all rows, in order.
    - `options`: what to give `open_any` or `any_rows` to read the next file in the same way.
    """

    format: str
    said: tuple[str, ...]
    sheets: tuple[str, ...]
    columns: tuple[str, ...]
    options: Mapping[str, Any]
    rows: Rows


def read_apart(path: Path, how: How, limits: Limits = USUAL) -> Rows:
    """The rows of a file, read in another process. Raises UnreadableFile."""
    return opened_apart(path, how, limits).rows


def opened_apart(path: Path, how: How, limits: Limits = USUAL) -> Opened:
    """The rows of a file and what it is, read in another process. Raises UnreadableFile."""
    if not path.is_file() and not path.is_dir():  # a pipe or a device would be waited for
        raise UnreadableFile(f"« {path.name} » n’est pas un fichier.")
    rows = _Spooled()
    with tempfile.TemporaryFile() as answer:
        request = request_of(path.resolve(), how.reader, dict(how.options), limits, rows.file.fileno())
        ended = _run(request, rows.file.fileno(), answer, limits.seconds)
        verdict = _verdict(answer) if ended == 0 else {}
    if "format" not in verdict:
        raise UnreadableFile(_said(verdict, path, ended))
    said, sheets, columns = (tuple(map(str, verdict[name])) for name in ("said", "sheets", "columns"))
    return Opened(str(verdict["format"]), said, sheets, columns, verdict["options"], Rows(int(verdict["total"]), iter(rows)))


def _run(request: str, rows: int, answer: IO[bytes], seconds: float) -> int | None:
    """The exit code of the reading process; None when it had to be stopped. It knows nothing of this one's settings and secrets."""
    environment = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": os.defpath}
    process = subprocess.Popen(  # noqa: S603 our own module, and a path as data
        [sys.executable, "-P", "-s", "-m", "importers.formats.child", request],
        stdin=subprocess.DEVNULL,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        pass_fds=(rows,),
        env=environment,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        process.kill()
        process.wait()


def _verdict(answer: IO[bytes]) -> dict[str, Any]:
    answer.seek(0)
    try:
        verdict = json.loads(answer.read(MAX_VERDICT))
    except ValueError:
        return {}
    return verdict if isinstance(verdict, dict) else {}


def _said(verdict: dict[str, Any], path: Path, ended: int | None) -> str:
    if "problem" in verdict:
        return str(verdict["problem"])
    if "unexpected" in verdict:
        logger.warning("reading %s: %s", path.name, verdict["unexpected"])
        return f"« {path.name} » est abîmé, ou d’une forme que Levier ne sait pas lire : enregistrez-le de nouveau, en CSV ou en XLSX."
    logger.warning("reading %s: the process ended with %s", path.name, ended)
    return TOO_MUCH.format(name=path.name)


class _Spooled:
    """Rows written down by another process: read once, then forgotten."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 closed when nobody wants its rows any more
        self._closing = weakref.finalize(self, self.file.close)

    def __iter__(self) -> Iterator[RawRow]:
        self.file.seek(0)
        for batch in self.file:
            columns, rows = json_text.loads(batch)
            for line, problem, cells in rows:
                yield RawRow(line, dict(zip(columns, cells, strict=True)), problem)
        self._closing()
