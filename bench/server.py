"""The real application on the real server, with one addition: each answer says how long the engine took for it.

``python -m bench.server PORT``; settings as for ``levier serve``.
"""

import sys
import time
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Settings
from app.main import create_app
from app.search.port import SearchEngine, SearchPage, SearchRequest

_times: ContextVar[list[float]] = ContextVar("times")


class TimedEngine:
    """An engine that notes how long each search takes, in milliseconds; all else goes to the engine itself."""

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def search(self, request: SearchRequest) -> SearchPage:
        start = time.perf_counter()
        try:
            return self._engine.search(request)
        finally:
            _times.get([]).append((time.perf_counter() - start) * 1000)


class ServerTiming:
    """Adds ``Server-Timing: engine;dur=<ms>`` to each answer: the sum of its searches."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A list, not a number: routes run in threads, with a copy of the context but the same list.
        times: list[float] = []
        _times.set(times)

        async def timed_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Server-Timing"] = f"engine;dur={sum(times):.3f}"
            await send(message)

        await self.app(scope, receive, timed_send)


def main() -> None:
    app = create_app(Settings(geocoder_url=""))
    app.state.context = replace(app.state.context, search=TimedEngine(app.state.context.search))
    uvicorn.run(ServerTiming(app), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
