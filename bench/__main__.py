"""``make bench``: import, index, search through HTTP beside the engine's own time, memory. See README.md here."""

import argparse
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from app import __version__, accounts, db
from app.config import Settings
from app.models.accounts import Role
from app.progress import progress
from app.search import sync
from app.search.engines import open_search
from bench import corpus, measures
from bench.questions import Kind, kinds
from importers import pipeline

RESULTS = Path(__file__).parent / "results"
WARM_UP = 20  # questions asked before anything is measured


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--services", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=200, help="of each kind")
    options = parser.parse_args()
    try:
        folder = corpus.make(options.services)
    except corpus.NoCorpus as error:
        print(error)
        return
    with tempfile.TemporaryDirectory(prefix="levier-bench-") as data_dir:
        results = measure(folder, Settings(data_dir=Path(data_dir), geocoder_url=""), options.questions)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{datetime.now():%Y-%m-%d-%H%M%S}.json").write_text(json.dumps(results, indent=1))
    print(shown(results))


def measure(folder: Path, settings: Settings, number: int) -> dict[str, Any]:
    engine = db.open_engine(settings)
    db.migrate(engine)
    results: dict[str, Any] = {"version": __version__, "database": engine.dialect.name, **load(engine, settings, folder)}
    cookie, token = keys(engine)
    with serving(settings) as (process, address), httpx.Client(base_url=address, timeout=60) as client:
        client.cookies.set(accounts.COOKIE, cookie)
        client.headers["Authorization"] = f"Bearer {token}"
        results["memory_before_mb"] = measures.memory_mb(process.pid)
        results["search"] = {kind.name: ask(client, kind) for kind in kinds(folder, number)}
        results["memory_after_mb"] = measures.memory_mb(process.pid)
    engine.dispose()
    return results


def load(engine: Engine, settings: Settings, folder: Path) -> dict[str, Any]:
    """Import the corpus, then build the index."""
    rows = corpus.rows(folder)
    start = time.perf_counter()
    with progress("Import") as report:
        runs = pipeline.run(engine, "data-inclusion", settings=settings, file=folder, author="bench", progress=report)
    import_seconds = time.perf_counter() - start
    start = time.perf_counter()
    with progress("Index") as report:
        documents = sync.rebuild(engine, open_search(settings), progress=report)
    return {
        "rows": rows,
        "rejected": sum(run.rejected for run in runs),
        "import_seconds": import_seconds,
        "documents": documents,
        "index_seconds": time.perf_counter() - start,
        "loader_peak_mb": measures.peak_mb(),
    }


def keys(engine: Engine) -> tuple[str, str]:
    """The cookie of a signed-in counsellor, and a program's token."""
    with db.session_of(engine) as session:
        account = accounts.create_account(session, "bench@example.org", "Bench", Role.CONSEILLER)
        return accounts.open_session(session, account, 12), accounts.create_token(session, f"bench {secrets.token_hex(4)}")


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server of its own process, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "LEVIER_DATA_DIR": str(settings.data_dir)}
    process = subprocess.Popen([sys.executable, "-m", "bench.server", str(port)], env=environment)
    try:
        wait_for(f"http://127.0.0.1:{port}/sante", process)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def wait_for(address: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < limit:
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def ask(client: httpx.Client, kind: Kind) -> dict[str, Any]:
    """Times of one kind of question, in ms: through HTTP, and the engine's part of the same requests."""
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"} if kind.fragment else {}
    through_http, in_engine, sizes = [], [], []
    for i, parameters in enumerate([*kind.asked[:WARM_UP], *kind.asked]):
        start = time.perf_counter()
        answer = client.get(kind.path, params=dict(parameters), headers=headers)
        elapsed = (time.perf_counter() - start) * 1000
        if answer.status_code != 200:
            raise SystemExit(f"{answer.url} answered {answer.status_code}: {answer.text[:300]}")
        if i >= WARM_UP:
            through_http.append(elapsed)
            in_engine.append(float(re.findall(r"dur=([\d.]+)", answer.headers["server-timing"])[0]))
            sizes.append(len(answer.content))
    return {
        "asked": len(through_http),
        "bytes": sum(sizes) / len(sizes),
        "http": asdict(measures.Percentiles.of(through_http)),
        "engine": asdict(measures.Percentiles.of(in_engine)) if any(in_engine) else None,
    }


def shown(results: dict[str, Any]) -> str:
    """The results as plain tables."""
    load_rows = [
        ("import", f"{results['rows']} rows, {results['rejected']} rejected", results["rows"] / results["import_seconds"], "rows/s"),
        ("index build", f"{results['documents']} documents", results["index_seconds"], "s"),
        ("memory of the import and build", "peak", results["loader_peak_mb"], "MB"),
        *(
            ("memory of the server", f"{name}, {when} the questions", value, "MB")
            for when in ("before", "after")
            for name, value in results[f"memory_{when}_mb"].items()
        ),
    ]
    search_rows = []
    for name, found in results["search"].items():
        own = found["engine"]
        search_rows.append([name, *found["http"].values(), *(own.values() if own else ("-", "-", "-")), found["bytes"] / 1024])
    head = ("search, in ms", "HTTP p50", "p95", "p99", "engine p50", "p95", "p99", "KB")
    title = f"Levier {results['version']} on {results['database']}"
    return "\n\n".join(
        [title, measures.table(("load and memory", "of what", "value", "unit"), load_rows), measures.table(head, search_rows)]
    )


if __name__ == "__main__":
    main()
