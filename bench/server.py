"""The real application on the real server, with two additions: each answer says how long the engine took for it, and
``/_engine?<what a page was asked>`` runs that page's own search again, alone, and says how long it took.

``python -m bench.server PORT``; settings as for ``levier serve``.
"""

import sys
import time
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from app.config import Settings
from app.main import create_app, warm
from app.search.port import SearchEngine, SearchPage, SearchRequest

_asked: ContextVar[list[tuple[SearchRequest, float]]] = ContextVar("asked")


class TimedEngine:
    """An engine that notes each search and how long it took, in milliseconds; all else goes to the engine itself."""

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def search(self, request: SearchRequest) -> SearchPage:
        start = time.perf_counter()
        try:
            return self._engine.search(request)
        finally:
            _asked.get([]).append((request, (time.perf_counter() - start) * 1000))


class EngineBeside:
    """Adds ``Server-Timing: engine;dur=<ms>`` to each answer, the sum of its searches; answers ``/_engine``."""

    def __init__(self, app: FastAPI, engine: SearchEngine) -> None:
        self.app, self.engine = app, engine
        self.requests: dict[bytes, SearchRequest] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/_engine":
            return await self._alone(scope, receive, send)
        # A list, not a number: routes run in threads, with a copy of the context but the same list.
        asked: list[tuple[SearchRequest, float]] = []
        _asked.set(asked)

        async def timed_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Server-Timing"] = timing(sum(took for _, took in asked))
                if asked:
                    self.requests[scope["query_string"]] = asked[0][0]  # the answers; those after it only count
            await send(message)

        await self.app(scope, receive, timed_send)

    async def _alone(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = self.requests[scope["query_string"]]

        def search() -> float:
            start = time.perf_counter()
            self.engine.search(request)
            return (time.perf_counter() - start) * 1000

        took = await run_in_threadpool(search)
        await Response(headers={"Server-Timing": timing(took)})(scope, receive, send)


def timing(milliseconds: float) -> str:
    return f"engine;dur={milliseconds:.3f}"


def make(settings: Settings) -> EngineBeside:
    app = create_app(settings)
    engine: Any = app.state.context.search
    app.state.context = replace(app.state.context, search=TimedEngine(engine))
    return EngineBeside(app, engine)


def main() -> None:
    served = make(Settings())
    warm(served.app.state.context)
    uvicorn.run(served, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
