"""The one composition root: ``create_app(settings)`` makes everything a running Levier holds."""

import gc
import hashlib
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from markupsafe import Markup
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import Scope

from app import __version__, accounts, api, collector, db, errors, security
from app.config import ConfigurationError, Settings
from app.context import Context
from app.dependencies import Program
from app.search.engines import open_search
from app.search.port import SearchRequest, SearchUnavailable
from app.search.sync import Drainer
from app.territory import gazetteer
from app.web import (
    contacts,
    corrections,
    duplicates,
    editing,
    exports,
    imports,
    journeys,
    legal,
    map,
    pages,
    places,
    search,
    sheets,
    sign_in,
    suggestions,
    uploads,
)

BODY_LIMIT = 2 * 1024 * 1024  # bytes
FORM_BYTES = 100_000  # of the form around a file
STATIC = Path(__file__).parent / "static"
PAGES = (
    search,
    sign_in,
    legal,
    contacts,
    suggestions,
    places,
    map,
    journeys,
    editing,
    sheets,
    uploads,
    imports,
    corrections,
    duplicates,
    exports,
)
"""Page families, in the order their routes are tried. None of them is in the API's description."""


def create_app(settings: Settings) -> FastAPI:
    """The application. Opens the base; migrates it and starts the drainer when it starts. Raises ConfigurationError."""
    if settings.demo and not security.is_loopback(urlsplit(settings.public_url).hostname or ""):
        raise ConfigurationError(
            "Le mode démonstration ouvre tous les rôles à qui le demande : il ne sert que sur cette machine. "
            "Retirez LEVIER_DEMO, ou donnez à LEVIER_PUBLIC_URL une adresse comme http://127.0.0.1:8000."
        )
    https, tiles = security.is_https(settings), security.tiles_origin(settings)
    app = FastAPI(
        title="Levier",
        version=__version__,
        openapi_url=None,  # its pages load third-party scripts; the description itself is at /api/openapi.json
        lifespan=_lifespan,
        dependencies=[security.verify_form],
    )
    app.state.context = _open_context(settings)
    errors.install(app, security.headers(https, tiles))
    app.add_middleware(security.BodyLimit, limit=BODY_LIMIT, larger={uploads.ADDRESS: settings.upload_mb * 1_000_000 + FORM_BYTES})
    app.add_middleware(security.VisitorCookie, secure=https)
    app.add_middleware(security.SecurityHeaders, https=https, images_from=tiles)
    app.mount("/static", GZipMiddleware(Assets(directory=STATIC)), name="static")  # pages hold tokens: never compressed
    app.add_api_route("/", _home, include_in_schema=False)
    app.add_api_route("/api/openapi.json", _describe, include_in_schema=False)
    for page in PAGES:  # before the API: people wait for them, and each route is tried in turn
        app.include_router(page.router, include_in_schema=False)
    for router in api.routers:
        app.include_router(router)
    return app


def _home() -> Response:
    return RedirectResponse("/recherche", status_code=303)


def _describe(request: Request, _program: Program) -> Response:
    description: dict[str, Any] = request.app.openapi()
    return JSONResponse(description)


def _open_context(settings: Settings) -> Context:
    engine = db.open_engine(settings)
    search_engine = open_search(settings)
    templates = pages.make_environment()
    templates.globals |= {"asset": asset, "drawn_icon": icon}
    return Context(
        settings=settings,
        engine=engine,
        search=search_engine,
        drainer=Drainer(engine, search_engine, settings.drain_seconds),
        gazetteer=gazetteer.load(),
        templates=templates,
        secret_key=security.secret_key(settings),
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    db.migrate(context.engine)
    with db.session_of(context.engine) as session:
        (accounts.ensure_demo_accounts if context.settings.demo else accounts.close_demo_accounts)(session)
    context.drainer.start()
    try:
        yield
    finally:
        context.drainer.stop()
        context.engine.dispose()


# --- assets --------------------------------------------------------------------------------------------------------


class Assets(StaticFiles):
    """Static files: asked for by content (``?v=``), kept for ever; else asked for again each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        by_content = scope.get("query_string", b"").startswith(b"v=")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if by_content else "public, no-cache"
        return response


@cache
def asset(path: str) -> str:
    """Address of a static file, which changes with its content: ``app.css`` → ``/static/app.css?v=1f3a…``."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()
    return f"/static/{path}?v={digest[:16]}"


@cache
def icon(name: str) -> Markup:
    """The icon `name` of ``icons.svg``; it says nothing to who does not see it."""
    svg = '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    return Markup(svg).format(asset("icons.svg"), name)  # noqa: S704  # a literal


# --- serving -------------------------------------------------------------------------------------------------------


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def serve(settings: Settings, port: int = 8000, host: str = "127.0.0.1", ready: Callable[[], None] = lambda: None) -> None:
    """Serve until stopped, calling `ready` once requests are answered. Raises ConfigurationError for a demonstration off loopback.

    No access log: addresses asked for hold what people search, and where from. A proxy on this machine may say
    for whom it asks; nobody else is believed.
    """
    if settings.demo and not security.is_loopback(host):
        raise ConfigurationError(f"Le mode démonstration ne peut pas servir sur {host} : utilisez 127.0.0.1, ou retirez LEVIER_DEMO.")
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        forwarded_allow_ips="127.0.0.1",
        timeout_graceful_shutdown=5,
    )

    def ready_then_warm() -> None:
        ready()
        threading.Thread(target=warm, args=(app.state.context,), name="levier-warm", daemon=True).start()

    with suppress(KeyboardInterrupt):
        _Server(config, ready_then_warm).run()


def warm(context: Context) -> None:
    """Read, while nobody waits, what the first search would otherwise read: names of communes, everyday words.

    All of that stays: Python need not look through it for garbage again and again (0.2 s each time, for who waits then).
    """
    context.gazetteer.suggest("a")
    context.gazetteer.find("paris")
    with suppress(SearchUnavailable):
        context.search.search(SearchRequest(q="garde", size=1))
    gc.collect()
    collector.settle()
