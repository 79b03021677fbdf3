"""A real `levier serve` to kill and to start again, and what its base and its index must agree on."""

import json
import os
import random
import signal
import string
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from app import accounts, listings
from app.db import session_of
from app.models import IndexFollower, IndexQueue, Revision, Service, Statut, Structure
from app.search.port import SearchEngine, SearchRequest, SearchUnavailable
from app.search.sync import lag, needs_rebuild
from tests import samples
from tests.conftest import ROOT
from tests.search.meilisearch_server import free_port
from tests.web.test_editing import form_of

STRUCTURES, SERVICES = 40, 240  # half of the structures have none
STUCK = 180.0  # seconds: for a machine that is stuck, not a measure
ALL = frozenset(Statut)
COURRIEL, PASSWORD = "camille@essai.example.org", "une phrase de passe inventée"


def eventually(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + STUCK
    while not condition():
        assert time.monotonic() < limit, f"still waiting: {what}"
        time.sleep(0.01)


class Commands:
    """Starts and kills commands of `levier`, each a process of its own: see ``forking_levier``."""

    def __init__(self) -> None:
        script = [sys.executable, "-m", "tests.search.forking_levier"]
        self._process = subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def run(self, folder: Path, environment: dict[str, str], *command: str) -> int:
        """The number of a process; what it says goes to the end of ``dit.txt`` in `folder`."""
        return self._order({"run": command, "environment": environment, "said": str(folder / "dit.txt")})

    def kill(self, process: int) -> None:
        """Kill -9, whether it runs still or not; it is dead on return."""
        self._order({"kill": process})

    def end(self) -> None:
        self._process.communicate()

    def _order(self, order: dict[str, Any]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


class Levier:
    """`levier serve` in a process of its own, and a browser signed in to it as a gestionnaire."""

    def __init__(self, commands: Commands, folder: Path, **settings: str) -> None:
        self._commands, self._folder = commands, folder
        self._port = free_port()
        self._address = f"http://127.0.0.1:{self._port}"
        names = {f"LEVIER_{name.upper()}": value for name, value in settings.items()}
        self._environment = {"PATH": os.environ["PATH"], "LEVIER_DATA_DIR": str(folder), **names}
        self._running: list[int] = []
        self._killer: threading.Timer | None = None
        self._http = httpx.Client(base_url=self._address, trust_env=False, timeout=STUCK)

    def run(self, *command: str) -> None:
        """Start a command of `levier`."""
        self._running.append(self._commands.run(self._folder, self._environment, *command))

    def start(self) -> None:
        self.run("serve", "--port", str(self._port))
        eventually(self._answers, "levier serve")

    def kill_in(self, seconds: float) -> None:
        """Kill -9 the server a little later."""
        self._killer = threading.Timer(seconds, os.kill, (self._running[-1], signal.SIGKILL))
        self._killer.start()

    def kill(self) -> None:
        """Kill -9 all that was started, if it runs still."""
        if self._killer is not None:
            self._killer.join()
        while self._running:
            self._commands.kill(self._running.pop())
        self._http.close()
        self._http = httpx.Client(base_url=self._address, trust_env=False, timeout=STUCK, cookies=self._http.cookies)

    def end(self) -> None:
        self.kill()
        self._http.close()

    def _answers(self) -> bool:
        try:
            return self._http.get("/sante").is_success
        except httpx.TransportError:
            return False

    def sign_in(self) -> None:
        token = self._http.get("/connexion").text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        answer = self._http.post("/connexion", data={"csrf_token": token, "courriel": COURRIEL, "mot_de_passe": PASSWORD})
        assert answer.status_code == 303

    def rename(self, listing_id: str, nom: str, sending: Callable[[], None] = lambda: None) -> None:
        """Edit by the form, as a person would; `sending` is called just before it goes."""
        page = f"/services/{listing_id}/modifier"
        fields = form_of(self._http.get(page).text) | {"nom": nom}
        sending()
        answer = self._http.post(page, data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/services/{listing_id}?fait=modifie")

    def search(self, q: str) -> httpx.Response:
        return self._http.get("/recherche", params={"q": q})


class Listings:
    """The base of a test: every listing's name holds a word that no other has, or had."""

    def __init__(self, base: Engine, chance: random.Random) -> None:
        self.base, self.chance = base, chance
        self.words: dict[str, str] = {}
        self.gone: list[str] = []
        self.typed: set[str] = set()

    def fill(self) -> None:
        """Some hundreds of invented listings, and whom they are kept by."""
        structures = [samples.structure(f"essai--{n}", nom=self._name(f"essai--{n}")) for n in range(STRUCTURES)]
        services = [
            samples.service(
                f"essai--s{n}", f"essai--{n % (STRUCTURES // 2)}", nom=self._name(f"essai--s{n}"), frais=("gratuit", "payant")[n % 2]
            )
            for n in range(SERVICES)
        ]
        with session_of(self.base) as session:
            samples.add_source(session)
            listings.write(session, "structure", structures, samples.IMPORT)
            listings.write(session, "service", services, samples.IMPORT)
            session.commit()
            accounts.create_account(session, COURRIEL, "Camille Fictive", "gestionnaire", ["04D"], PASSWORD)

    def word(self) -> str:
        return "x" + "".join(self.chance.choices(string.ascii_lowercase, k=13))

    def any_service(self, but: str = "") -> str:
        while (listing_id := f"essai--s{self.chance.randrange(SERVICES)}") == but:
            pass
        return listing_id

    def any_published(self) -> str:
        with session_of(self.base) as session:
            return self.chance.choice(session.exec(select(Service.id).where(Service.statut == "publiee").order_by(Service.id)).all())

    def took(self, listing_id: str, word: str, *, typed: bool = False) -> None:
        """The listing's name is another from now on; `typed` by a person."""
        if typed:
            self.typed.add(listing_id)
        if listing_id in self.words:
            self.gone.append(self.words[listing_id])
        self.words[listing_id] = word

    def write(self, number: int, but: str = "") -> None:
        """Write up to so many services as an import does: other names, some withdrawn."""
        chosen = {self.any_service(but) for _ in range(number)} - self.typed  # an import leaves alone what a person typed
        changes = {listing_id: self.word() for listing_id in sorted(chosen)}
        records = [
            {"id": listing_id, "nom": f"Fiche {word}", "statut": self.chance.choice(["publiee", "publiee", "archivee"])}
            for listing_id, word in changes.items()
        ]
        with session_of(self.base) as session:
            listings.write(session, "service", records, samples.IMPORT)
            session.commit()
        for listing_id, word in changes.items():
            self.took(listing_id, word)

    def waiting(self) -> int:
        with session_of(self.base) as session:
            return lag(session)

    def spare_has_all(self) -> bool:
        with session_of(self.base) as session:
            return session.exec(select(IndexQueue.id).where(col(IndexQueue.secours).is_(False))).first() is None

    def forget_index(self) -> None:
        """As after other settings: every server must make the index again."""
        with session_of(self.base) as session:
            session.execute(delete(IndexFollower))
            session.commit()

    def settle(self, search: SearchEngine) -> None:
        """Wait until the index has caught up, by itself."""
        eventually(lambda: not self.waiting() and not _needs_rebuild(self.base, search) and not self.waiting(), "the index")

    def _name(self, listing_id: str) -> str:
        self.took(listing_id, self.word())
        return f"Fiche {self.words[listing_id]}"

    # --- what must hold

    def check(self, search: SearchEngine, sample: int) -> None:
        """The index answers as the base: every key and every count; every word, or `sample` of them and the latest gone."""
        with session_of(self.base) as session:
            services = session.exec(select(Service)).all()
            serving = {service.structure_id for service in services if service.statut == "publiee"}
            alone = session.exec(select(Structure).where(col(Structure.id).not_in(serving))).all()
            self._check_names(session, services)
        assert _keys(search, "service") == {service.id for service in services}
        assert _keys(search, "structure") == {structure.id for structure in alone}
        assert search.count() == len(services) + len(alone)
        page = search.search(SearchRequest(statuts=ALL, size=1, facets=("frais",)))
        assert page.facets["frais"] == Counter(service.frais for service in services)
        for service in self.chance.sample(services, min(sample, len(services))):
            found = search.search(SearchRequest(q=self.words[service.id]))
            assert [hit.id for hit in found.hits] == ([service.id] if service.statut == "publiee" else [])
        for word in self.gone[-sample:]:
            assert search.search(SearchRequest(q=word, statuts=ALL)).total == 0

    def _check_names(self, session: Session, services: Sequence[Service]) -> None:
        """No write was lost: each name is the last one written, and a revision tells of it."""
        told: dict[str, set[str]] = {}
        for revision in session.exec(select(Revision).where(Revision.genre == "service")):
            told.setdefault(revision.listing_id, {""}).add(revision.changes.get("nom", ["", ""])[1])
        for service in services:
            assert service.nom == f"Fiche {self.words[service.id]}"
            assert service.nom in told[service.id] or len(told[service.id]) == 1

    def stands(self, listing_id: str, word: str) -> bool:
        """Was this edit, which nobody answered, made? Wholly or not at all: its name and its revision go together."""
        with session_of(self.base) as session:
            made = session.get_one(Service, listing_id).nom == f"Fiche {word}"
            query = select(Revision).where(Revision.listing_id == listing_id)
            told = [revision for revision in session.exec(query) if revision.changes.get("nom", [""])[-1] == f"Fiche {word}"]
        assert len(told) == made
        return made


def _needs_rebuild(base: Engine, search: SearchEngine) -> bool:
    try:
        return needs_rebuild(base, search)
    except SearchUnavailable:
        return True


def _keys(search: SearchEngine, genre: Any) -> set[str]:
    found: list[str] = []
    page = 1
    while hits := search.search(SearchRequest(genre=genre, statuts=ALL, size=100, page=page)).hits:
        found += [hit.id for hit in hits]
        page += 1
    assert len(found) == len(set(found))
    return set(found)
