"""The README's promise, on a clean clone in a new folder: `make run` alone serves the town halls and the demonstration."""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 900  # seconds for a whole set-up, downloads included

Run = Callable[[], tuple["subprocess.Popen[str]", str]]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of what is committed, with nothing beside it."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout: `make run` was not tried on a clean clone")
    folder = tmp_path_factory.mktemp("clone") / "levier"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def make_run(clone: Path, port: int) -> Iterator[Run]:
    """Type `make run` and wait for the address: the process, and what it said until then."""
    started: list[subprocess.Popen[str]] = []

    def run() -> tuple["subprocess.Popen[str]", str]:
        environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL"}}
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=clone,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that the whole group can be stopped, as Ctrl+C does
        )
        started.append(process)
        giving_up = threading.Timer(LONGEST, os.killpg, (process.pid, signal.SIGKILL))
        giving_up.start()
        said = ""
        assert process.stdout
        for line in process.stdout:
            said += line
            if "Levier est prêt" in line:
                break
        giving_up.cancel()
        assert "Levier est prêt" in said, said
        return process, said

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def stop(process: "subprocess.Popen[str]") -> str:
    """What it said after the address. Read through the same buffer: `communicate` would lose what is already in it."""
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout
    rest = process.stdout.read()
    process.wait(timeout=60)
    return rest


@pytest.mark.proof
def test_make_run_alone_serves_the_town_halls_and_the_demonstration_then_finds_them_again(make_run: Run, port: int) -> None:
    process, said = make_run()
    assert f"http://127.0.0.1:{port}" in said
    counts = httpx.get(f"http://127.0.0.1:{port}/sante").json()["comptes"]
    assert counts["structures"] > 34_000
    assert counts["services"] > 100
    rest = stop(process)
    assert "gestionnaire@example.org" in rest
    assert "Traceback" not in said + rest

    process, said = make_run()
    assert "Import" not in said
    assert "Installation" not in said
    assert httpx.get(f"http://127.0.0.1:{port}/sante").json()["comptes"] == counts
    stop(process)
