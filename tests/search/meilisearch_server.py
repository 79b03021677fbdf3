"""A real Meilisearch server for tests: the one at ``LEVIER_TEST_MEILI_URL``, or one of our own, started once."""

import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.search.meilisearch import MeilisearchEngine
from app.search.meilisearch.server import MeilisearchServer

MISSING = "Meilisearch is not installed here: nothing was tested on it (put `meilisearch` 1.50 on PATH, or set LEVIER_TEST_MEILI_URL)"
SECONDS_TO_START = 30


def address_given() -> tuple[str, str] | None:
    """Address and key of a server that whoever runs the tests lends us."""
    url = os.environ.get("LEVIER_TEST_MEILI_URL", "")
    return (url, os.environ.get("LEVIER_TEST_MEILI_KEY", "")) if url else None


def installed() -> str | None:
    return shutil.which("meilisearch")


def start(folder: Path, port: int | None = None, *options: str) -> tuple[subprocess.Popen[bytes], str]:
    """A server on a free port (or this one), its data in `folder`; returns once it answers."""
    port = port or free_port()
    address = f"127.0.0.1:{port}"
    command = [str(installed()), "--no-analytics", "--http-addr", address, "--db-path", str(folder / "data"), "--env", "development"]
    # It zeroes this much memory at each write: by default two thirds of the machine's, a second each time.
    command += [
        "--max-indexing-memory",
        "50MiB",
        "--dump-dir",
        str(folder / "dumps"),
        "--snapshot-dir",
        str(folder / "snapshots"),
        *options,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    url = f"http://{address}"
    limit = time.monotonic() + SECONDS_TO_START
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > limit:
            process.kill()
            process.wait()
            raise RuntimeError(f"{command[0]} did not start on {address}")
        time.sleep(0.05)
    return process, url


@contextmanager
def engine_at(url: str, key: str = "") -> Iterator[MeilisearchEngine]:
    """An engine on an index of its own, which is removed afterwards."""
    index = f"essai-{uuid.uuid4().hex}"
    engine = MeilisearchEngine(url, key, index)
    try:
        yield engine
    finally:
        engine.close()
        server = MeilisearchServer(url, key)
        for uid in server.indexes():
            if uid.startswith(index):
                server.delete_index(uid)
        server.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=1).is_success
    except httpx.HTTPError:
        return False
