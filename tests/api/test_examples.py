"""The page for partners as it is written: each of its commands, asked of the demonstration, answers something."""

import re
import shlex
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from importers import pipeline
from tests import samples
from tests.conftest import ROOT
from tests.web.conftest import Browser

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.replace("\\\n", " ").splitlines()]
EXAMPLES = [shlex.split(line) for line in COMMANDS if line.startswith("curl ")]


@pytest.fixture
def demonstration(app: FastAPI, session: Session, drained: Callable[[], None]) -> None:
    context = app.state.context
    pipeline.run(context.engine, "demonstration", settings=context.settings)
    samples.add_source(session, "mairies")
    samples.add_structure(session, id="mairies--04070", source="mairies")
    session.commit()
    drained()


def asked(words: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """Address and parameters of a curl command."""
    address = next(word for word in words if word.startswith("$LEVIER"))
    given = [words[rank + 1] for rank, word in enumerate(words) if word in {"-d", "--data-urlencode"}]
    return address.removeprefix("$LEVIER"), [(name, value) for name, _, value in (one.partition("=") for one in given)]


@pytest.mark.usefixtures("demonstration")
def test_each_example_answers_something(program: Browser) -> None:
    assert len(EXAMPLES) >= 10
    for words in EXAMPLES:
        address, params = asked(words)
        answer = program.get(address, params=params or None)
        assert answer.status_code == 200, (address, answer.text)
        said = answer.json()
        assert said.get("items", said) if isinstance(said, dict) else said, address
