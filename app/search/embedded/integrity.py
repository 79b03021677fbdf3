"""Are the files of an index what tantivy wrote? It looks at none of their checksums itself, and a garbled one answers wrongly."""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
"""The files of a segment, by their endings."""

END = struct.Struct("<II")  # the length of the JSON just before, and MAGIC
MAGIC = 1337
BLOCK = 1 << 20  # bytes


def intact(folder: Path) -> bool:
    """Is every file that the index in `folder` names there, and as its checksum says? Another process may be writing."""
    seen = b""
    try:
        while (meta := (folder / "meta.json").read_bytes()) != seen:
            if all(_whole(folder / name) for name in _files(json.loads(meta))):
                return True
            seen = meta  # a merge may have removed them since: look again
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return False


def _files(meta: dict[str, Any]) -> Iterator[str]:
    for segment in meta["segments"]:
        name = segment["segment_id"].replace("-", "")
        yield from (f"{name}.{part}" for part in PARTS)
        if deletes := segment["deletes"]:
            yield f"{name}.{deletes['opstamp']}.del"


def _whole(path: Path) -> bool:
    """A file ends with its checksum in JSON, the length of that JSON, and a fixed number."""
    try:
        with path.open("rb") as file:
            size = file.seek(-END.size, 2)
            length, magic = END.unpack(file.read())
            if magic != MAGIC or length > size:
                return False
            file.seek(size - length)
            said = json.loads(file.read(length))["crc"]
            file.seek(0)
            found, left = 0, size - length
            while left > 0 and (block := file.read(min(BLOCK, left))):
                found, left = zlib.crc32(block, found), left - len(block)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(found == said)
