"""Asking a service outside: within a time, within a size, and not again for a while once it keeps failing.

What is asked may hold a person's address: nothing here logs it, nor puts it in an error.
"""

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

MOST_BYTES = 4_000_000
REFUSED = frozenset({400, 404, 413, 414, 422})  # the question was not understood: the service itself is well

for library in ("httpx", "httpcore"):  # they write every address asked, and headers that repeat it
    logging.getLogger(library).setLevel(logging.WARNING)


class Unanswered(Exception):
    """The service did not answer in time, or not as it should; or it is left alone for having failed too often."""


class Refused(Exception):
    """The service answered that it cannot answer this."""


class Outside:
    """One service outside. After `failures` in a row it is left alone for `rest` seconds, then tried again by one caller.

    `seconds` is the limit of one call, all included: looking up the name, connecting, waiting, reading.
    """

    def __init__(self, seconds: float, failures: int = 3, rest: float = 60.0) -> None:
        self.seconds = seconds
        self._most_failures, self._rest = failures, rest
        self._failures, self._again_at = 0, 0.0
        self._lock = threading.Lock()

    @property
    def is_resting(self) -> bool:
        """Would a call now fail without being made?"""
        return self._failures >= self._most_failures and time.monotonic() < self._again_at

    def ask(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer of the coroutine that `question` makes. Raises Unanswered, Refused."""
        self._begin()
        asked = asyncio.run_coroutine_threadsafe(self._within_time(question), _loop())
        try:
            answer = asked.result(self.seconds + 1)
        except Refused:
            self._failures = 0
            raise
        except Exception as error:  # whatever a stranger's answer may break, the caller has one thing to know
            asked.cancel()
            self._fail()
            raise Unanswered(type(error).__name__) from None
        self._failures = 0
        return answer

    async def _within_time(self, question: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async with asyncio.timeout(self.seconds):
            return await question()

    def _begin(self) -> None:
        with self._lock:
            if self.is_resting:
                raise Unanswered("left alone")
            self._again_at = time.monotonic() + self.seconds  # of those who come after a rest, one tries

    def _fail(self) -> None:
        with self._lock:
            self._failures += 1
            self._again_at = time.monotonic() + self._rest


async def read(method: str, url: str, **options: Any) -> bytes:
    """The body of an answer 200, of MOST_BYTES at most; `Outside` limits its time. No redirection is followed.

    Raises Refused, httpx.HTTPError.
    """
    headers = {"User-Agent": "Levier", "Accept-Encoding": "identity", **options.pop("headers", {})}
    async with (
        httpx.AsyncClient(verify=_certificates(), timeout=60.0) as client,
        client.stream(method, url, headers=headers, **options) as response,
    ):
        if response.status_code in REFUSED:
            raise Refused
        if response.status_code != httpx.codes.OK:
            raise httpx.HTTPError(f"status {response.status_code}")
        body = bytearray()
        async for block in response.aiter_raw():
            body += block
            if len(body) > MOST_BYTES:
                raise httpx.HTTPError("too long")
        return bytes(body)


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Where calls wait, so that one that hangs is dropped whole; it lives as long as the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="levier-outside", daemon=True).start()
    return loop
