"""One conversation with a published address: its patience, its retries and its limits, whatever is asked of it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ParamSpec, TypeVar

import httpx

from importers.addresses import PublicOnly
from importers.problems import NoFile

T = TypeVar("T")
P = ParamSpec("P")

MAX_BYTES = 500_000_000
MAX_PAGE_BYTES = 50_000_000
MAX_SECONDS = 600.0
MAX_WAIT = 120.0  # seconds: a server that asks for more is left alone until a later import
SILENCE_SECONDS = 20.0
MAX_REDIRECTIONS = 5
TRIES = 3
BACKOFF = 0.5  # seconds before the second try; twice as long before each next one
BUSY = frozenset({416, 429, 502, 503, 504})


class Asking:
    """What is asked of `url` until `deadline` (seconds of `time.monotonic`); `tries` of each request."""

    def __init__(self, client: httpx.Client, url: str, tries: int = TRIES) -> None:
        self.client = client
        self.url = url
        self.tries = tries
        self.deadline = time.monotonic() + MAX_SECONDS
        self._answered = False

    def json(self, url: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at that address, asked once. Raises NoFile, httpx.HTTPError."""
        with self.client.stream("GET", url, params=dict(query or {})) as response:
            response.raise_for_status()
            content = bytearray()
            for block in response.iter_bytes():
                content += block
                if len(content) > MAX_PAGE_BYTES:
                    raise NoFile(f"Une page de {self.url} pèse plus de {MAX_PAGE_BYTES // 1_000_000} Mo : téléchargement arrêté.")
                self.check(0)
        try:
            found = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise NoFile(f"{self.url} ne répond pas en JSON : vérifiez l’adresse.") from error
        if not isinstance(found, dict) or "error" in found:
            raise NoFile(f"{self.url} répond par une erreur : vérifiez l’adresse, ou réessayez plus tard.")
        return found

    def tried(self, step: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """Again after a connection that broke or a server that was busy, as late as it asks. Raises NoFile, httpx.HTTPError."""
        for rank in range(self.tries):
            try:
                found = step(*args, **more)
            except httpx.HTTPStatusError as error:
                if rank + 1 == self.tries or error.response.status_code not in BUSY:
                    raise
                self._wait(_asked_to_wait(error.response) or BACKOFF * 2**rank)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout, httpx.ConnectError) as error:
                if rank + 1 == self.tries or (isinstance(error, httpx.ConnectError) and not self._answered):
                    raise
                self._wait(BACKOFF * 2**rank)
            else:
                self._answered = True
                return found
        raise AssertionError("the last try returns or raises")

    def check(self, size: int) -> None:
        """Raises NoFile once there are too many bytes, or too many seconds."""
        if size > MAX_BYTES:
            raise NoFile(f"Le fichier de {self.url} pèse plus de {MAX_BYTES // 1_000_000} Mo : téléchargement arrêté.")
        if time.monotonic() > self.deadline:
            raise NoFile(f"Le téléchargement de {self.url} dépasse {MAX_SECONDS:.0f} secondes : arrêté. Il reprendra où il en est.")

    def _wait(self, seconds: float) -> None:
        if seconds > min(MAX_WAIT, self.deadline - time.monotonic()):
            raise NoFile(
                f"{self.url} demande d’attendre {seconds:.0f} secondes : relancez l’import après ce délai, il reprendra où il en est."
            )
        time.sleep(seconds)


@contextmanager
def client(hosts: frozenset[str], token: str = "") -> Iterator[httpx.Client]:
    """Asks public addresses, and `hosts` of this network; the token is sent to nobody that a redirection leads to."""
    headers = {"User-Agent": "Levier", "Accept-Encoding": "identity"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with httpx.Client(
        transport=PublicOnly(hosts),
        headers=headers,
        timeout=SILENCE_SECONDS,
        follow_redirects=True,
        max_redirects=MAX_REDIRECTIONS,
        trust_env=False,
    ) as opened:
        yield opened


def _asked_to_wait(response: httpx.Response) -> float | None:
    """Seconds that ``Retry-After`` asks for: a number of them, or the moment when to come back."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isdecimal():
        return float(told)
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # none, or of no zone
        return None
