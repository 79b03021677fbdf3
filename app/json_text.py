"""JSON as text, by the quickest library; what it refuses (half a character, a number beyond 64 bits), by Python's own.

Half a character becomes a question mark: no base would take it.
"""

import json
from typing import Any

import orjson


def dumps(value: Any, *, ordered: bool = False) -> str:
    """`value` as JSON, without spaces; what JSON doesn't know, as its ``str``. `ordered`: the same for equal dicts."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS if ordered else None).decode()
    except TypeError:
        text = json.dumps(value, default=str, sort_keys=ordered, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace").decode()


def loads(text: str | bytes) -> Any:
    """Raises ValueError for what is no JSON."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)
