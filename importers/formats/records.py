"""Objects of JSON as rows."""

import json
from typing import Any

from importers.formats.geometry import place
from importers.formats.rows import RawRow

WRAPPERS = ("properties", "attributes", "fields")  # GeoJSON, ArcGIS, Opendatasoft: a record's own fields lie one step lower
MAX_DEPTH = 4
MAX_OBJECTS = 4  # of one cell


def json_line(line: int, content: bytes | str) -> RawRow:
    """One line of NDJSON as a row."""
    try:
        return raw_object(line, json.loads(content))
    except (ValueError, RecursionError):
        shown = content[:1000].decode("utf-8", "replace") if isinstance(content, bytes) else content[:1000]
        return RawRow(line, {"texte": shown}, "La ligne n’est pas du JSON lisible : elle est peut-être coupée.")


def raw_object(line: int, item: Any) -> RawRow:
    if isinstance(item, dict):
        return RawRow(line, item)
    return RawRow(line, {"texte": str(item)[:1000]}, "Ce n’est pas une fiche, mais une valeur seule.")


def flat_row(line: int, item: Any) -> RawRow:
    row = raw_object(line, item)
    return row if row.problem else row._replace(values=flat(row.values))


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """A record with no object in it: ``{"lieu": {"lon": 1}}`` gives ``{"lieu.lon": 1}``; true and false are « oui » and « non »."""
    values: dict[str, Any] = {}
    for name, value in record.items():
        if name in WRAPPERS and isinstance(value, dict):
            _lay_out("", value, values, 0)
        elif name == "geometry" and isinstance(value, dict):
            place(value, values)
        else:
            _lay_out(name, value, values, 0)
    return values


def unfolded(row: RawRow) -> RawRow:
    """The row, each of its cells that holds objects written as JSON laid out as columns of their own; points are left whole."""
    values: dict[str, Any] = {}
    for name, cell in row.values.items():
        found = _objects(cell) if isinstance(cell, str) and cell[:2] in ("[{", '{"') and '"coordinates"' not in cell else []
        for rank, one in enumerate(found, 1):
            _lay_out(name if rank == 1 else f"{name} ({rank})", one, values, 0)
        if not found:
            values[name] = cell
    return row._replace(values=values)


def _objects(cell: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return []
    every = found if isinstance(found, list) else [found]
    return every[:MAX_OBJECTS] if every and all(isinstance(one, dict) for one in every) else []


def _lay_out(name: str, value: Any, values: dict[str, Any], depth: int) -> None:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
    if isinstance(value, bool):
        values[name] = "oui" if value else "non"
    elif isinstance(value, dict) and depth < MAX_DEPTH:
        for key, inner in value.items():
            _lay_out(f"{name}.{key}" if name else str(key), inner, values, depth + 1)
    else:
        values[name] = value
