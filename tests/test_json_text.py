"""JSON as text: what Levier writes, any reader of JSON reads; what one cannot write is not lost."""

import json
from datetime import date
from typing import Any

import pytest

from app import json_text


@pytest.mark.parametrize(
    "value",
    [[], ["é", 'un "mot"', "\u2028\U0001f600\t"], [1, "deux"], ["un", None], [True], [["un"], {}], {"un": ["é", 1.5]}, "mot", 3, None],
)
def test_what_is_written_is_read_back_here_and_by_the_standard_library(value: Any) -> None:
    told = json_text.dumps(value)
    assert json.loads(told) == json_text.loads(told) == value


def test_what_the_standard_library_wrote_before_is_read() -> None:
    assert json_text.loads('["\\u00e9t\\u00e9", NaN]')[0] == "été"


def test_ordered_is_the_same_for_equal_dicts() -> None:
    assert json_text.dumps({"b": 1, "a": 2}, ordered=True) == json_text.dumps({"a": 2, "b": 1}, ordered=True) == '{"a":2,"b":1}'


@pytest.mark.parametrize(("value", "told"), [(2**70, str(2**70)), ("a\ud800", '"a?"'), (date(2026, 11, 28), '"2026-11-28"')])
def test_a_number_beyond_64_bits_half_a_character_and_a_date_are_written(value: Any, told: str) -> None:
    assert json_text.dumps([value]) == f"[{told}]"


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        json_text.loads("{un")
