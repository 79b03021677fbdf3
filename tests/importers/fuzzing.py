"""Files that were whole, then cut, flipped, stuffed or told wrong; the same seed gives the same file."""

import json
import lzma
import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.importers import parquet_files
from tests.importers.workbooks import MAIN, ods, repacked, sheet_xml, write_xlsx

NASTY = [
    '=HYPERLINK("http://example.org","x")',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+33 4 65 71 00 01",
    "-2+3",
    "\t=1+1",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<<script>script>alert(1)</script>",
    "javascript:alert(1)",
    "a\x00b",
    "\ud800",
    "\u202e\u200b\ufeff",
    "NULL",
    "é" * 3000,
    "9" * 400,
    "1e999",
    "'; DROP TABLE structures; --",
    '"',
    "\r\n\r",
]
ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "mac_roman", "cp850", "utf-16", "utf-16-be", "utf-32", "utf-7"]


def fuzzed(seed: int) -> bytes:
    """A broken file of some format."""
    chance = random.Random(seed)
    made = chance.choice(FORMATS)(chance)
    for _ in range(chance.choice((0, 1, 1, 2, 5))):
        made = chance.choice(BREAKS)(made, chance)
    return made


def _table(chance: random.Random) -> list[list[str]]:
    header = ["nom", "adresse", "code postal", "ville", "latitude", "longitude", "téléphone"]
    row = ["Épicerie d’essai", "3 rue de l’Été", "04000", "Digne-les-Bains", "44,093", "6,236", "04 65 71 00 01"]
    rows = [header, *([*row] for _ in range(chance.randrange(1, 30)))]
    for _ in range(chance.randrange(6)):
        line = chance.choice(rows)
        line[chance.randrange(len(line))] = chance.choice(NASTY)
    if chance.random() < 0.2:
        rows.insert(0, ["titre"] * chance.randrange(3))
    return rows


def _csv(chance: random.Random) -> bytes:
    delimiter = chance.choice(";,\t|")
    text = chance.choice(["\n", "\r\n", "\r"]).join(delimiter.join(row) for row in _table(chance))
    return text.encode(chance.choice(ENCODINGS), "replace")


def _records(chance: random.Random) -> list[dict[str, Any]]:
    header, *rows = _table(chance)
    return [dict(zip(map(str, header), row, strict=False)) for row in rows]


def _nested(chance: random.Random) -> Any:
    value: Any = chance.choice([*NASTY, 1e308, float("nan"), 10**30, True, None, [], {}])
    for _ in range(chance.choice((1, 2, 30, 300))):
        value = [value] if chance.random() < 0.5 else {chance.choice(["a", "geometry", "properties", "fields", "\x00"]): value}
    return value


def _json(chance: random.Random) -> bytes:
    records = _records(chance)
    if chance.random() < 0.3:
        records.append({"de plus": _nested(chance)})
    around: Any = chance.choice([records, {"items": records}, {"a": {"b": records}}, {str(n): r for n, r in enumerate(records)}])
    return _dumped(around, chance)


def _geojson(chance: random.Random) -> bytes:
    shapes: list[Any] = [
        {"type": "Point", "coordinates": ["6,2", "44.1"]},
        {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[1, 1]] * 5]},
        {"type": "MultiLineString", "coordinates": [[[0, 0]], None, "x"]},
        {"type": "Point", "coordinates": [1e400, None]},
        {"geometries": [{"geometries": []}]},
        _nested(chance),
        {"x": "6", "y": 44},
        {"rings": [[[0, 0], [1, 1], [1, 0]]]},
    ]
    name = chance.choice(["properties", "attributes"])
    features = [{name: record, "geometry": chance.choice(shapes)} for record in _records(chance)]
    return _dumped(
        {"type": "FeatureCollection", "features": [*features, chance.choice([None, 3, {}])], "fields": [None, {"name": 3}]}, chance
    )


def _dumped(value: Any, chance: random.Random) -> bytes:
    return json.dumps(value, ensure_ascii=chance.random() < 0.5).encode(chance.choice(ENCODINGS), "replace")


def _lines(chance: random.Random) -> bytes:
    told = "\n".join(json.dumps(record, ensure_ascii=chance.random() < 0.5) for record in _records(chance))
    return told.encode(chance.choice(("utf-8", *ENCODINGS)), "replace")


def _xz(chance: random.Random) -> bytes:
    return lzma.compress(_lines(chance))


def _clean(text: str) -> str:
    """What the library can write: it aborts on a name with a zero byte."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _parquet(chance: random.Random) -> bytes:
    records = [{_clean(key): _clean(cell) for key, cell in record.items()} for record in _records(chance)]
    compression = chance.choice(["uncompressed", "snappy", "gzip(6)", "zstd(3)"])
    made = bytearray(_written(lambda path: parquet_files.write(path, records, compression=compression, max_row_group_size=7)))
    footer = int.from_bytes(made[-8:-4], "little")
    if chance.random() < 0.6:  # counts, offsets and types are at the end, and huge ones are a few bytes away
        for _ in range(chance.choice((1, 2, 8))):
            made[len(made) - 8 - chance.randrange(1, footer)] = chance.choice((0x7F, 0xFF, 0x80, chance.randrange(256)))
    if chance.random() < 0.1:
        made[-8:-4] = chance.choice((0, 1, footer + 9, 2**31 - 1, 2**32 - 1)).to_bytes(4, "little")
    return bytes(made)


def _xlsx(chance: random.Random) -> bytes:
    sheet = sheet_xml([[cell.replace("\x00", "").replace("\ud800", "") for cell in row] for row in _table(chance)])
    if chance.random() < 0.3:
        far = chance.choice(["XFD1048576", "A1048576", "XFD1", "AAA99999", "A99999999999", "ZZZZZZ1", "A0"])
        row = "".join(letter for letter in far if letter.isdigit())
        sheet = sheet.replace("</sheetData>", f'<row r="{row}"><c r="{far}"><v>1</v></c></row></sheetData>')
    if chance.random() < 0.2:
        merged = chance.choice(["A1:XFD1048576", "B2:A1", "A1", "ZZZZ1:B", "A2:A1048576"])
        sheet = sheet.replace("</worksheet>", f'<mergeCells><mergeCell ref="{merged}"/></mergeCells></worksheet>')
    if chance.random() < 0.2:
        sheet = f'<!DOCTYPE x [<!ENTITY a "{"x" * 999}"><!ENTITY b "{"&a;" * 999}">]>{sheet.replace("Digne", "&b;")}'
    if chance.random() < 0.5:
        sheet = _flip(sheet.encode("utf-8", "replace"), chance).decode("utf-8", "replace")
    return _written(lambda path: write_xlsx(path, {"Lieux": sheet, "Vide": f"<worksheet {MAIN}/>"}))


def _ods(chance: random.Random) -> bytes:
    made = _written(lambda path: ods(path, [[cell.replace("\x00", "").replace("\ud800", "") for cell in row] for row in _table(chance)]))
    many = chance.choice(["1048576", "99999999999", "-1", "16384"])
    if chance.random() < 0.5:
        return made
    return repacked(made, b"<table:table-cell ", f'<table:table-cell table:number-columns-repeated="{many}" '.encode())


def _written(write: Callable[[Path], Path]) -> bytes:
    with TemporaryDirectory() as folder:
        return write(Path(folder) / "x").read_bytes()


def _flip(content: bytes, chance: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(chance.choice((1, 3, 20))):
        if made:
            made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _stuff(content: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(content) + 1)
    stuffing = chance.choice(
        [b"\x00" * 500, b'"', b"[" * 5000, b"{", b";" * 5000, chance.randbytes(300), b"<script>alert(1)</script>", b"\xff\xfe"]
    )
    return content[:place] + stuffing + content[place:]


def _repeat(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + content[start : start + 300] * chance.randrange(2, 60) + content[start:]


FORMATS: list[Callable[[random.Random], bytes]] = [_csv, _json, _geojson, _lines, _xz, _xlsx, _xlsx, _ods, _parquet]
BREAKS: list[Callable[[bytes, random.Random], bytes]] = [_flip, _flip, _cut, _stuff, _repeat]
