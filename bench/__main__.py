"""``make bench``: load, index, pages beside the engine, memory, freshness under load. See README.md here."""

import argparse
import json
import os
import secrets
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import Engine

from app import __version__, accounts, db
from app.config import Settings
from app.models.accounts import Role
from app.search import sync
from app.search.engines import open_search
from bench import corpus, freshness, importing, loading, measures, pages, serving, shown
from bench.questions import Kind, kinds

RESULTS = Path(__file__).parent / "results"
CLOCKS = {"in_process": time.perf_counter, "in_process_cpu": time.process_time}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--services", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=200, help="of each kind")
    parser.add_argument("--edits", type=int, default=15, help="made while clients search; 0: none")
    parser.add_argument("--data", type=Path, help="folder to keep the base and the index in, or to take them from")
    options = parser.parse_args()
    try:
        folder = corpus.make(options.services)
    except corpus.NoCorpus as error:
        print(error)
        return
    with tempfile.TemporaryDirectory(prefix="levier-bench-") as temporary:
        settings = Settings(data_dir=options.data or Path(temporary), search_url="", geocoder_url="")
        results = measure(folder, settings, options.questions, options.edits)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{datetime.now():%Y-%m-%d-%H%M%S}-{options.services}.json").write_text(json.dumps(results, indent=1))
    print(shown.tables(results))


def measure(folder: Path, settings: Settings, questions: int, edits: int) -> dict[str, Any]:
    engine = db.open_engine(settings)
    results: dict[str, Any] = {"version": __version__, "database": engine.dialect.name, "machine": loading.machine()}
    if corpus.rows(folder)["services"] <= loading.IMPORTED_UP_TO:
        results["importing"] = importing.apart(folder)
    new = not (settings.data_dir / "cle-secrete").exists()  # else a server has already served it
    db.migrate(engine)
    if new:
        results["load"] = loading.load(engine, settings, folder)
    search = open_search(settings)
    if sync.needs_rebuild(engine, search):
        results["index"] = loading.index(engine, search)
    results["base_mb"], results["index_mb"] = loading.size_mb(settings.data_dir / "levier.sqlite3"), loading.size_mb(settings.index_dir)
    results |= searched(engine, settings, kinds(folder, questions))
    if edits:
        results["freshness"] = {"embedded": freshness.measure(settings, engine, search, folder, edits)}
        if serving.has_meilisearch():
            results["freshness"]["meilisearch"] = on_meilisearch(engine, settings, folder, edits)
    engine.dispose()
    return results


def searched(engine: Engine, settings: Settings, asked: list[Kind]) -> dict[str, Any]:
    """Pages beside the engine, on one core: through HTTP with the memory of that server, then in this process."""
    core, client_core = (0, 1) if (os.cpu_count() or 1) > 1 else (None, None)
    cookie, token = keys(engine)
    found: dict[str, Any] = {"load_while_searching": os.getloadavg()[0]}
    with (
        serving.levier(settings, core) as (pid, address),
        httpx.Client(base_url=address, timeout=60) as client,
        serving.kept_on(client_core),
    ):
        client.cookies.set(accounts.COOKIE, cookie)
        client.headers["Authorization"] = f"Bearer {token}"
        found["memory_before_mb"] = measures.memory_mb(pid)
        http = {kind.name: pages.through_http(client, kind) for kind in asked}
        found["memory_after_mb"] = measures.memory_mb(pid)
    whole = [kind for kind in asked if kind.is_page]
    with serving.kept_on(core):
        inside = {name: pages.in_process(settings, cookie, whole, clock) for name, clock in CLOCKS.items()}
    for name, one in {"http": http, **inside}.items():
        found[name] = one | {"all pages": pages.together([one[kind.name] for kind in whole])}
        for times in found[name].values():
            del times["times"]
    return found


def on_meilisearch(engine: Engine, settings: Settings, folder: Path, edits: int) -> dict[str, Any]:
    """Freshness on a server of our own."""
    with serving.meilisearch() as (url, key):
        beside = settings.model_copy(update={"search_url": url, "search_key": SecretStr(key)})
        search = open_search(beside)
        index = loading.index(engine, search)
        return {"index": index, **freshness.measure(beside, engine, search, folder, edits)}


def keys(engine: Engine) -> tuple[str, str]:
    """The cookie of a signed-in counsellor, and a program's token."""
    with db.session_of(engine) as session:
        name = secrets.token_hex(4)
        account = accounts.create_account(session, f"bench-{name}@example.org", "Bench", Role.CONSEILLER)
        return accounts.open_session(session, account, 12), accounts.create_token(session, f"bench {name}")


if __name__ == "__main__":
    main()
