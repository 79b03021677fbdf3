"""How long after it is committed an edit is found, while clients search without a pause.

Edits are made in this process, as another server of the same installation would: the measured server notices them in the
queue. They are looked for in this process too, as clients keep the server busy. On a Meilisearch server, the same document is
also pushed bare, by turns, and its task waited for: what is beyond that is ours.
"""

import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine
from sqlmodel import Session, select

from app import accounts, db, listings
from app.config import Settings
from app.models import Service
from app.models.accounts import Role
from app.search import settings as search_settings
from app.search.document import documents
from app.search.meilisearch import schema
from app.search.port import SearchEngine, SearchRequest
from app.search.reading import language_of
from app.search.sync import lag
from app.writing import By
from bench import serving

CLIENTS = 8
WARM_UP = 5.0  # seconds of searching before the first edit
LOOK = 0.01  # seconds between two looks
LOST = 60.0  # seconds after which an edit is given up
SYLLABLES = ("ba", "ke", "li", "mo", "nu", "pra", "sti", "vor", "xy", "zel")


def measure(settings: Settings, engine: Engine, search: SearchEngine, folder: Path, number: int) -> dict[str, Any]:
    """`number` edits, one after the other; seconds of each."""
    draw = random.Random(2)
    with db.session_of(engine) as session:
        account = accounts.find_account(session, "clients@example.org") or accounts.create_account(
            session, "clients@example.org", "Clients", Role.CONSEILLER
        )
        cookie = accounts.open_session(session, account, 12)
        ids = list(session.exec(select(Service.id).order_by(Service.id)))
    search.search(SearchRequest(q="garde", size=1))  # else the first edit waits for this process to read everyday words
    found: dict[str, Any] = {"edit": [], "bare": []}
    with serving.levier(settings) as (_, address), clients(address, cookie, folder) as asking:
        time.sleep(WARM_UP)
        for _ in range(number):
            found["edit"].append(edited(engine, search, draw.choice(ids), word()))
            if settings.search_url:
                found["bare"].append(pushed(engine, search, settings, draw.choice(ids), word()))
        if asking.poll() is not None:
            raise SystemExit("The clients stopped.")
    return found


@contextmanager
def clients(address: str, cookie: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "bench.clients", address, cookie, str(folder), str(CLIENTS)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def edited(engine: Engine, search: SearchEngine, listing_id: str, new_word: str) -> float:
    """Seconds from the commit of an edit until its new word finds it; the queue is then empty again."""
    with db.session_of(engine) as session:
        listing = _service(session, listing_id)
        listings.edit(session, listing, {"nom": f"{listing.nom} {new_word}"}, By("bench"))
        session.commit()
    start = time.perf_counter()
    while not any(hit.id == listing_id for hit in search.search(SearchRequest(q=new_word, size=5)).hits):
        if time.perf_counter() - start > LOST:
            raise SystemExit(f"An edit is still not found after {LOST:.0f} seconds.")
        time.sleep(LOOK)
    elapsed = time.perf_counter() - start
    while _waiting(engine):
        time.sleep(LOOK)
    return elapsed


def pushed(engine: Engine, search: SearchEngine, settings: Settings, listing_id: str, new_word: str) -> float:
    """Seconds from the bare push of a changed document to the end of its task, looked for meanwhile as an edit is."""
    with db.session_of(engine) as session:
        [document], _ = documents(session, [("service", listing_id)])
    changed = replace(document, nom=f"{document.nom} {new_word}")
    line = schema.line(schema.Fields(language_of(search_settings.load())).of(changed))
    headers = {"Authorization": f"Bearer {settings.search_key.get_secret_value()}"}
    with httpx.Client(base_url=settings.search_url, headers=headers, timeout=60) as client:
        start = time.perf_counter()
        content = {"Content-Type": "application/x-ndjson"}
        task = client.post("/indexes/levier/documents", content=line, headers=content).raise_for_status().json()["taskUid"]
        while (state := client.get(f"/tasks/{task}").json()["status"]) in {"enqueued", "processing"}:
            search.search(SearchRequest(q=new_word, size=5))  # else the server would be less busy than during an edit
            time.sleep(LOOK)
    if state != "succeeded":
        raise SystemExit(f"A bare push ended in state {state}.")
    return time.perf_counter() - start


def word() -> str:
    """A word that nothing holds yet, not even of another run on the same base."""
    return "q" + "".join(secrets.choice(SYLLABLES) for _ in range(8))


def _service(session: Session, listing_id: str) -> Service:
    [listing] = listings.by_ids(session, "service", [listing_id], to_write=True)
    assert isinstance(listing, Service)
    return listing


def _waiting(engine: Engine) -> int:
    with db.session_of(engine) as session:
        return lag(session)
