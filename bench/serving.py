"""The real server in a process of its own, and a Meilisearch server beside it."""

import os
import random
import shutil
import socket
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.config import Settings

STARTED = 120.0  # seconds a server may take


@contextmanager
def levier(settings: Settings, core: int | None = None) -> Iterator[tuple[int, str]]:
    """Process id and address of a Levier server, kept on one core if `core` is given (Linux only)."""
    port = free_port()
    environment = {
        **os.environ,
        "LEVIER_DATA_DIR": str(settings.data_dir),
        "LEVIER_SEARCH_URL": settings.search_url,
        "LEVIER_SEARCH_KEY": settings.search_key.get_secret_value(),
    }
    command = [*on_core(core), sys.executable, "-m", "bench.server", str(port)]
    process = subprocess.Popen(command, env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/sante", lambda: process.poll() is None)
        yield process.pid, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def meilisearch(folder: Path | None = None) -> Iterator[tuple[str, str]]:
    """Address and master key of a Meilisearch server of our own, on a temporary folder."""
    address = f"127.0.0.1:{free_port()}"
    key = "bench-" + "".join(random.Random().choices(string.ascii_letters, k=24))
    with tempfile.TemporaryDirectory(prefix="levier-meilisearch-", dir=folder) as data:
        command = ["meilisearch", "--http-addr", address, "--no-analytics", "--env", "production", "--master-key", key]
        command += ["--db-path", f"{data}/data", "--max-indexing-memory", "200MiB"]
        with (Path(data) / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=data, stdout=log, stderr=log)
        try:
            wait_for(f"http://{address}/health", lambda: process.poll() is None)
            yield f"http://{address}", key
        finally:
            process.terminate()
            process.wait(60)


def has_meilisearch() -> bool:
    return shutil.which("meilisearch") is not None


def on_core(core: int | None) -> Sequence[str]:
    """The beginning of a command that stays on one core; empty where that cannot be said."""
    return ("taskset", "-c", str(core)) if core is not None and shutil.which("taskset") else ()


@contextmanager
def kept_on(core: int | None) -> Iterator[None]:
    """This process on one core meanwhile (Linux only)."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, alive: Callable[[], bool], seconds: float = STARTED) -> None:
    limit = time.monotonic() + seconds
    while alive() and time.monotonic() < limit:
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit(f"{address} did not start.")
