"""Any file: what it is, told by its bytes and not by its name, then read."""

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any

from importers.formats import delimited, documents, hsds, parquet, schema_v1, sheets
from importers.formats.rows import Contents
from importers.formats.texts import encoding_of
from importers.problems import UnreadableFile

PARQUET = b"PAR1"
ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
REFUSED = {
    b"%PDF": "un PDF : il faut le tableau dont il a été tiré (CSV, XLSX ou ODS)",
    b"\x1f\x8b": "un fichier compressé : décompressez-le d’abord",
    b"7z\xbc\xaf": "un fichier compressé : décompressez-le d’abord",
    b"Rar!": "un fichier compressé : décompressez-le d’abord",
    b"\x89PNG": "une image",
    b"\xff\xd8\xff": "une image",
    b"SQLite": "une base SQLite : exportez la table en CSV",
}


def detect(path: Path, sheet: str | None = None) -> Contents:
    """A workbook, Parquet, JSON of some shape, or CSV. Raises UnreadableFile, which says what to give instead."""
    if path.is_dir():
        return schema_v1.read_folder(path)
    start = _start(path)
    for mark, what in REFUSED.items():
        if start.startswith(mark):
            raise UnreadableFile(f"« {path.name} » est {what}.")
    if start.startswith((ZIP, OLD_EXCEL)):
        return sheets.read_sheet(path, sheet)
    if start.startswith(PARQUET):
        return parquet.detect_parquet(path)
    if start.startswith(b"\xfd7zXZ\x00"):
        return documents.read_xz_lines(path)
    text = encoding_of(path).open(path)
    with text:
        first = text.read(1000).lstrip("\ufeff \t\r\n").lower()
    if first.startswith(("{", "[")):
        return documents.detect_json(path)
    if first.startswith("<"):
        what = "une page web : l’adresse ne donne pas le fichier lui-même" if "<html" in first or "<!doctype html" in first else "du XML"
        raise UnreadableFile(f"« {path.name} » est {what}. Donnez un CSV, un XLSX, un ODS, un JSON ou un GeoJSON.")
    return delimited.detect_csv(path)


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            start = stream.read(64)
    except OSError as error:
        raise UnreadableFile(f"« {path.name} » ne peut pas être ouvert.") from error
    return start.removeprefix(codecs.BOM_UTF8)


READERS: dict[str, Callable[..., Contents]] = {
    "csv": delimited.read_csv,
    "json": documents.read_json,
    "lines": documents.detect_lines,
    "pages": documents.read_pages,
    "xz": documents.read_xz_lines,
    "sheet": sheets.read_sheet,
    "schema-v1-any": schema_v1.read_any,
    "schema-v1-file": schema_v1.read_file,
    "schema-v1-workbook": schema_v1.read_workbook,
    "hsds": hsds.read_hsds,
    "any": detect,
}
"""Every way of reading a file, by the name under which another process asks for it."""


def read(path: Path, reader: str, options: dict[str, Any]) -> Contents:
    return READERS[reader](path, **options)
