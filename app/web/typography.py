"""How French is set: no line begins with « : » or « » », and the first of a month has its letters raised."""

import re
from collections.abc import Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

NBSP, THIN = "\u00a0", "\u202f"
BEFORE = re.compile(r"(?<!\s) (?=[:;?!»%]|\(\d\w{1,2}\))")  # and that of « (04) »
FIRST = re.compile(r"\b1er\b")
RAISED = Markup("1<sup>er</sup>")


def spaced(text: str) -> str:
    """The same words, with unbreakable spaces where French has a space beside a mark."""
    kept = BEFORE.sub(lambda found: THIN if text[found.end()] in ";?!" else NBSP, text)
    return kept.replace("« ", f"«{NBSP}")


def french(text: str) -> str:
    """A sentence of ours, for the text of a page and not for an attribute: spaced, « 1er » with its letters raised."""
    said = spaced(text)
    return RAISED.join(FIRST.split(said)) if "1er" in said else said


class FrenchTemplates(Extension):
    """Spaces the words of the templates themselves, once, as they are compiled. What the base says stays as it was typed."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            yield Token(token.lineno, token.type, spaced(token.value)) if token.type in {"data", "string"} else token
