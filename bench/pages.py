"""What a page costs beside the engine alone: the same request, the same process, the same core, one after the other."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

import httpx

from app import accounts
from app.config import Settings
from app.main import warm
from bench import measures
from bench.questions import Kind, Parameters
from bench.server import make

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
Times = tuple[list[float], list[float]]
"""Milliseconds of the pages, and of the engine alone for each."""


def through_http(client: httpx.Client, kind: Kind) -> dict[str, Any]:
    """One kind of question through HTTP, as one client sees it. Where there is no engine to ask, only the page."""
    sizes: list[int] = []

    async def page(parameters: Parameters) -> float:
        start = time.perf_counter()
        answer = client.get(f"{kind.path}?{urlencode(parameters)}", headers=PARTIAL if kind.fragment else {})
        elapsed = (time.perf_counter() - start) * 1000
        if answer.status_code != 200:
            raise SystemExit(f"{answer.url} answered {answer.status_code}: {answer.text[:300]}")
        sizes.append(len(answer.content))
        return elapsed

    async def engine(parameters: Parameters) -> float:
        return engine_time(client.get(f"/_engine?{urlencode(parameters)}").headers)

    times = asyncio.run(interleaved(kind.asked, page, engine if kind.searches else None))
    return {**compared(times), "bytes": sum(sizes) / len(sizes)}


def in_process(settings: Settings, cookie: str, kinds: Sequence[Kind], clock: Callable[[], float]) -> dict[str, Any]:
    """The pages alone, called in this process without any network. `clock` in seconds: of the wall, or of this process alone,
    which others on the machine disturb less."""
    app = make(settings)
    warm(app.app.state.context)  # as the server does
    found = {}
    for kind in kinds:

        async def page(parameters: Parameters, kind: Kind = kind) -> float:
            start = clock()
            await call(app, kind.path, parameters, cookie)
            return (clock() - start) * 1000

        async def engine(parameters: Parameters) -> float:
            request = app.requests[urlencode(parameters).encode()]
            start = clock()
            app.engine.search(request)
            return (clock() - start) * 1000

        found[kind.name] = compared(asyncio.run(interleaved(kind.asked, page, engine)))
    return found


async def interleaved(
    asked: Sequence[Parameters],
    page: Callable[[Parameters], Awaitable[float]],
    engine: Callable[[Parameters], Awaitable[float]] | None,
) -> Times:
    """Each question as a page and to the engine, which of the two goes first by turns; every question was asked once before."""
    for parameters in asked:
        await page(parameters)
    pages, engines = [], []
    for i, parameters in enumerate(asked):
        if engine and i % 2:
            engines.append(await engine(parameters))
        pages.append(await page(parameters))
        if engine and not i % 2:
            engines.append(await engine(parameters))
    return pages, engines


async def call(app: Any, path: str, parameters: Parameters, cookie: str) -> None:
    """Ask `app` as a server would."""
    headers = {"host": "127.0.0.1", "cookie": f"{accounts.COOKIE}={cookie}"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": urlencode(parameters).encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if sent[0]["status"] != 200:
        raise SystemExit(f"{path} answered {sent[0]['status']}")


def engine_time(headers: Mapping[str, str]) -> float:
    return float(re.findall(r"dur=([\d.]+)", headers["server-timing"])[0])


def compared(times: Times) -> dict[str, Any]:
    """Percentiles of both, and how many times the engine's each of the page's is."""
    page = asdict(measures.Percentiles.of(times[0]))
    engine = asdict(measures.Percentiles.of(times[1])) if times[1] else None
    ratio = {name: page[name] / engine[name] for name in page} if engine else None
    return {"asked": len(times[0]), "page": page, "engine": engine, "ratio": ratio, "times": times}


def together(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Several kinds as one."""
    return compared(([t for one in found for t in one["times"][0]], [t for one in found for t in one["times"][1]]))
