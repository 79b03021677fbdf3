"""Rendering: one address, one context, one template; htmx receives the page's own partial."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from app import security, vocabulary
from app.dependencies import context_of
from app.web import hours, typography, wording

MARK = Markup("<mark>{}</mark>")
TEMPLATES = Path(__file__).parent.parent.parent / "templates"


def make_environment() -> Environment:
    """The templates, strict and escaped, with the French filters. Templates are compiled once and kept.

    `asset` (address of a static file) is set by whoever serves the files.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        extensions=[typography.FrenchTemplates],
    )
    environment.filters.update(wording.FILTERS)
    environment.filters["hours"] = hours.in_french
    environment.filters["marked"] = marked
    environment.filters["sheet_of"] = lambda listing_id, genre: address(genre, listing_id)
    environment.globals |= {"plural": wording.plural, "of": vocabulary.of, "remembered": remembered}
    return environment


def marked(pieces: Iterable[tuple[str, bool]]) -> Markup:
    """A text in (piece, was it searched?), with what was searched marked."""
    return Markup("").join(MARK.format(piece) if found else piece for piece, found in pieces)


@lru_cache(maxsize=5000)
def remembered(macro: Callable[[Hashable], Markup], value: Hashable) -> Markup:
    """`macro` of `value`, which alone makes it: rendered once for all the pages that show it."""
    return macro(value)


def address(genre: str, listing_id: str) -> str:
    """Address of a sheet; ids may hold spaces, accents or slashes."""
    return f"/{genre}s/{quote(listing_id, safe='')}"


def render(request: Request, template: str, context: Any, *, status: int = 200, fragment: str | None = None) -> HTMLResponse:
    """The page, or `fragment` (a partial of the same page, with the same context) when htmx asks for part of it.

    `context` is a dataclass; its fields are the template's variables, beside `viewer`, `csrf_token`, `demo` and `current_path`.
    """
    app = context_of(request)
    variables = {field.name: getattr(context, field.name) for field in fields(context)}
    shared = {
        "viewer": getattr(request.state, "viewer", None),
        "csrf_token": security.csrf_token(request),
        "demo": app.settings.demo,
        "current_path": request.url.path,
    }
    name = fragment if fragment and wants_fragment(request) else template
    return HTMLResponse(app.templates.get_template(name).render(shared | variables), status)


def wants_fragment(request: Request) -> bool:
    """Does htmx ask for part of the page? Going back in history asks for the whole of it."""
    headers = request.headers
    return headers.get("hx-request-type") == "partial" and "hx-history-restore-request" not in headers
