"""JSON: a list of records, whatever it is wrapped in, and lines of JSON."""

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from importers.formats import geo
from importers.formats.records import flat_row, json_line, raw_object
from importers.formats.rows import Contents, RawRow
from importers.formats.texts import Encoding, encoding_of, lines
from importers.problems import UnreadableFile

MAX_DEPTH = 4
MAX_PAGE = 50_000_000  # bytes


def read_json(path: Path) -> Contents:
    """A JSON list of objects, each taken as it is; the line of a row is its rank in the list, from 1."""
    found, encoding = load(path)
    if not isinstance(found, list):
        raise UnreadableFile(f"« {path.name} » n’est pas une liste de fiches.")
    return Contents("json", (raw_object(rank, item) for rank, item in enumerate(found, 1)), (encoding.said,))


def detect_json(path: Path) -> Contents:
    """Any JSON that holds a list of records: GeoJSON, ArcGIS, a bare list, an object around it, or lines. Records are flattened."""
    try:
        document, encoding = load(path)
    except UnreadableFile:
        if _is_pages(path):
            return read_pages(path)
        if _is_lines(path):
            return detect_lines(path)
        raise
    return Contents(*_of_document(document, path.name, (encoding.said,)))


def _of_document(document: Any, name: str, said: tuple[str, ...]) -> tuple[str, Iterator[RawRow], tuple[str, ...]]:
    if geo.is_geojson(document):
        return "geojson", geo.features(document), (*said, *geo.said(document))
    if geo.is_arcgis(document):
        return "arcgis", geo.arcgis_features(document), (*said, *geo.said(document))
    items, where = _records(document)
    if not items:
        raise UnreadableFile(f"« {name} » n’est pas une liste de fiches : aucune liste n’y a été trouvée.")
    told = (f"Fiches prises dans « {where} ».",) if where else ()
    return "json", (flat_row(rank, item) for rank, item in enumerate(items, 1)), (*said, *told)


def detect_lines(path: Path) -> Contents:
    """NDJSON: a record a line, or a whole answer of a paged service a line."""
    encoding = encoding_of(path)
    return Contents("ndjson", _of_lines(path, encoding), (encoding.said, "Une fiche par ligne."))


def _of_lines(path: Path, encoding: Encoding) -> Iterator[RawRow]:
    for rank, content in enumerate(lines(path, encoding), 1):
        if content.strip():
            row = json_line(rank, content)
            yield row if row.problem else flat_row(rank, row.values)


def read_pages(path: Path) -> Contents:
    """Answers of a paged service, one a line, as downloads keep them."""

    def rows() -> Iterator[RawRow]:
        with path.open("rb") as pages:
            for page in pages:
                yield from _of_document(_parsed(page.decode("utf-8", "replace"), path.name), path.name, ())[1]

    numbered = (row._replace(line=rank) for rank, row in enumerate(rows(), 1))
    return Contents("pages", numbered)


def read_xz_lines(path: Path) -> Contents:
    """JSON lines compressed with xz."""

    def rows() -> Iterator[RawRow]:
        try:
            with lzma.open(path, "rb") as content:
                yield from (json_line(rank, line) for rank, line in enumerate(content, 1))
        except (lzma.LZMAError, EOFError) as error:
            raise UnreadableFile(f"« {path.name} » n’est pas un fichier xz lisible.") from error

    return Contents("xz", rows())


def load(path: Path) -> tuple[Any, Encoding]:
    """The whole document. Raises UnreadableFile."""
    encoding = encoding_of(path)
    return _parsed(encoding.text(path), path.name), encoding


def _parsed(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f", ligne {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnreadableFile(f"« {name} » n’est pas du JSON lisible{where} : le fichier est peut-être coupé.") from error


def _records(document: Any) -> tuple[list[Any], str]:
    """The longest list of objects, and where it was; else the longest table, however it is written."""
    for read in (_lists, _tables):
        if found := list(read(document, "", 0)):
            return max(found, key=lambda lot: len(lot[0]))
    return [], ""


def _lists(value: Any, where: str, depth: int) -> Iterator[tuple[list[Any], str]]:
    if isinstance(value, list) and sum(isinstance(item, dict) for item in value) * 2 > len(value):
        yield value, where
    elif isinstance(value, dict) and depth < MAX_DEPTH:
        for key, inner in value.items():
            yield from _lists(inner, f"{where}.{key}" if where else str(key), depth + 1)


def _tables(value: Any, where: str, depth: int) -> Iterator[tuple[list[Any], str]]:
    """Objects by their keys, rows below their header, or rows beside the list of their columns."""
    if isinstance(value, list) and len(value) > 1 and all(isinstance(row, list) for row in value):
        yield [dict(zip(map(str, value[0]), row, strict=False)) for row in value[1:]], where
    elif isinstance(value, dict):
        if len(value) > 1 and all(isinstance(inner, dict) for inner in value.values()):
            yield [{"clé": key, **inner} for key, inner in value.items()], where
        lists = [inner for inner in value.values() if isinstance(inner, list) and inner]
        for header in (inner for inner in lists if all(isinstance(name, str) for name in inner)):
            for rows in (inner for inner in lists if all(isinstance(row, list) and len(row) == len(header) for row in inner)):
                yield [dict(zip(header, row, strict=True)) for row in rows], where
        for key, inner in value.items() if depth < MAX_DEPTH else ():
            yield from _tables(inner, f"{where}.{key}" if where else str(key), depth + 1)


def _is_pages(path: Path) -> bool:
    """Is the first line a whole answer of a layer of places?"""
    with path.open("rb") as content:
        try:
            page = json.loads(content.readline(MAX_PAGE))
        except (ValueError, RecursionError):
            return False
    return geo.is_arcgis(page) or geo.is_geojson(page)


def _is_lines(path: Path) -> bool:
    """Are the first lines a JSON object each?"""
    start = [line for line, _ in zip(lines(path, encoding_of(path)), range(5), strict=False)]
    whole = [line for line in start if line.strip().startswith("{") and json_line(1, line).problem is None]
    return bool(whole) and len(whole) * 2 > len(start)
