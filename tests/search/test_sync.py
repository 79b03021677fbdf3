"""The index follows the database: what is written is found, what is withdrawn is not, however often or by whomever it is drained."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, event
from sqlmodel import Session, func, select

from app import index_queue, listings
from app.db import session_of
from app.models import IndexQueue, Service, Structure
from app.search import followers
from app.search.document import documents
from app.search.embedded import EmbeddedEngine
from app.search.port import Document, SearchRequest, SearchUnavailable
from app.search.sync import Drainer, lag, rebuild
from app.search.turns import turn
from app.writing import By
from tests import samples

PERSON = By("Camille Fictive", account_id=7)


@pytest.fixture
def search() -> EmbeddedEngine:
    engine = EmbeddedEngine(None)
    engine.rebuild([])
    return engine


@pytest.fixture
def drainer(engine: Engine, search: EmbeddedEngine) -> Drainer:
    return Drainer(engine, search, every_seconds=0.05)


def found(search: EmbeddedEngine, q: str = "", **request: object) -> set[str]:
    return {hit.id for hit in search.search(SearchRequest(q=q, **request)).hits}  # type: ignore[arg-type]


def drain(drainer: Drainer) -> None:
    while drainer.drain_once():
        pass


def edit(session: Session, model: type[Service] | type[Structure], listing_id: str, **changes: object) -> None:
    listings.edit(session, session.get_one(model, listing_id), changes, PERSON)
    session.commit()


def test_what_is_written_is_found_once_drained(session: Session, search: EmbeddedEngine, drainer: Drainer) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    assert found(search) == set()
    assert lag(session) == 3  # the structure, the service, and the structure again
    drain(drainer)
    assert found(search, "halte garderie") == {"essai--s1"}
    assert lag(session) == 0


def test_an_edit_is_found_by_its_new_words_and_no_more_by_the_old(session: Session, search: EmbeddedEngine, drainer: Drainer) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    drain(drainer)
    edit(session, Service, "essai--s1", nom="Ludothèque", description="Des jeux pour tous les âges.", thematiques=["sante--addictions"])
    drain(drainer)
    assert found(search, "ludotheque") == {"essai--s1"}
    assert found(search, "garderie") == set()


def test_a_structure_is_found_by_itself_only_while_no_service_of_it_is_published(
    session: Session, search: EmbeddedEngine, drainer: Drainer
) -> None:
    samples.add_structure(session)
    drain(drainer)
    assert found(search, genre="structure") == {"essai--1"}
    samples.add_service(session)
    drain(drainer)
    assert found(search, genre="structure") == set()
    edit(session, Service, "essai--s1", statut="suspendue")
    drain(drainer)
    assert found(search, genre="structure") == {"essai--1"}
    assert found(search) == set()
    assert found(search, statuts=frozenset({"suspendue"})) == {"essai--s1"}


def test_a_published_service_of_an_unpublished_structure_is_not_found(session: Session, search: EmbeddedEngine, drainer: Drainer) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    drain(drainer)
    edit(session, Structure, "essai--1", statut="archivee")
    drain(drainer)
    assert found(search) == set()
    assert found(search, statuts=frozenset({"archivee"}), collectivites=frozenset({"04D"})) == {"essai--s1"}


def test_a_renamed_structure_renames_its_services_documents(session: Session, search: EmbeddedEngine, drainer: Drainer) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    edit(session, Structure, "essai--1", nom="Les Lucioles")
    drain(drainer)
    assert found(search, "lucioles") == {"essai--s1"}


def test_a_listing_that_is_gone_from_the_base_goes_from_the_index(session: Session, search: EmbeddedEngine, drainer: Drainer) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    drain(drainer)
    session.execute(delete(Service))
    index_queue.enqueue(session, [("service", "essai--s1"), ("structure", "essai--1")])
    session.commit()
    drain(drainer)
    assert found(search) == set()
    assert found(search, genre="structure") == {"essai--1"}


def test_the_document_takes_the_structures_place_and_the_latest_date(session: Session) -> None:
    samples.add_structure(session)
    nowhere = dict.fromkeys(("latitude", "longitude", "code_insee", "commune", "code_postal", "adresse", "precision_lieu"))
    samples.add_service(session, **nowhere, verifie_le=date(2026, 11, 20))
    (document,), gone = documents(session, [("service", "essai--s1"), ("service", "inconnu")])
    assert (document.latitude, document.commune, document.departement) == (44.0925, "Digne-les-Bains", "04")
    assert document.date_maj == date(2026, 11, 20)
    assert document.categories == ("famille",)
    assert gone == ["service:inconnu"]


def test_a_sealed_address_is_in_no_document_and_in_no_file_of_the_index(engine: Engine, session: Session, tmp_path: Path) -> None:
    search = EmbeddedEngine(tmp_path / "index")
    samples.add_structure(session, adresse="17 impasse Zygomatique", adresse_confidentielle=True)
    hidden = {"description": "Foyer au 17 impasse Zygomatique, discret.", "latitude": 44.123456, "longitude": 6.234567}
    samples.add_service(session, adresse="17 impasse Zygomatique", **hidden)
    made, _ = documents(session, [("service", "essai--s1"), ("structure", "essai--1")])
    assert made
    assert "zygomatique" not in repr(made).lower()
    assert "44.123456" not in repr(made)
    rebuild(engine, search)
    edit(session, Service, "essai--s1", nom="Foyer", telephone="+33465710002")
    drain(Drainer(engine, search, 1))
    assert found(search, "foyer") == {"essai--s1"}
    assert found(search, "zygomatique") == set()
    for path in (tmp_path / "index").rglob("*"):
        assert path.is_dir() or b"zygomatique" not in path.read_bytes().lower(), path


def test_draining_twice_the_same_rows_ends_alike(session: Session, search: EmbeddedEngine, drainer: Drainer) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    drain(drainer)
    before = search.count()
    index_queue.enqueue(session, [("service", "essai--s1"), ("structure", "essai--1")] * 3)
    session.commit()
    drain(drainer)
    assert (search.count(), lag(session)) == (before, 0)


def test_an_engine_that_fails_loses_no_row(engine: Engine, session: Session) -> None:
    samples.add_structure(session)
    with pytest.raises(SearchUnavailable):
        Drainer(engine, EmbeddedEngine(None), 1).drain_once()  # no index yet
    assert lag(session) == 1


def test_only_one_process_drains_at_a_time(engine: Engine, session: Session, search: EmbeddedEngine, drainer: Drainer) -> None:
    samples.add_structure(session)
    with turn(engine, "indexation") as ours:
        assert ours
        assert drainer.drain_once() == 0
    assert drainer.drain_once() == 1


def test_a_queue_row_of_a_later_write_never_takes_the_number_of_one_already_drained(
    session: Session, search: EmbeddedEngine, drainer: Drainer
) -> None:
    samples.add_structure(session)
    first = session.exec(select(IndexQueue.id)).one()
    session.rollback()
    drain(drainer)
    edit(session, Structure, "essai--1", nom="Autre nom")
    assert session.exec(select(IndexQueue.id)).one() != first


def test_a_rebuild_finds_everything_and_keeps_the_rows_that_came_meanwhile(
    engine: Engine, session: Session, search: EmbeddedEngine
) -> None:
    samples.add_structure(session)
    samples.add_service(session)

    def write_meanwhile(_done: int, _total: int) -> None:
        with session_of(engine) as other:
            listings.write(other, "service", [samples.service("essai--s2", nom="Arrivé pendant")], samples.IMPORT)
            other.commit()

    calls: list[tuple[int, int]] = []
    assert rebuild(engine, search, lambda done, total: (calls.append((done, total)), write_meanwhile(done, total))[0]) == 1
    assert calls == [(1, 2)]
    assert lag(session) == 2
    drain(Drainer(engine, search, 1))
    assert found(search) == {"essai--s1", "essai--s2"}


def test_a_drain_during_a_rebuild_is_not_undone_by_it(engine: Engine, session: Session, search: EmbeddedEngine, drainer: Drainer) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    drain(drainer)

    def edit_and_drain(_done: int, _total: int) -> None:
        with session_of(engine) as other:
            edit(other, Service, "essai--s1", nom="Modifié pendant la reconstruction")
        drain(drainer)

    rebuild(engine, search, edit_and_drain)
    assert found(search, "reconstruction") == {"essai--s1"}
    assert lag(session) == 0


def test_a_rebuild_forgets_a_long_queue_a_little_at_a_time(
    engine: Engine, session: Session, search: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    monkeypatch.setattr(followers, "BATCH", 1)
    left: list[int] = []
    event.listen(engine, "commit", lambda connection: left.append(connection.scalar(select(func.count()).select_from(IndexQueue))))
    rebuild(engine, search)
    assert left[:3] == [2, 1, 0]
    assert found(search) == {"essai--s1"}


def test_two_rebuilds_at_once_are_refused(engine: Engine, session: Session, tmp_path: Path) -> None:
    search, other = EmbeddedEngine(tmp_path / "index"), EmbeddedEngine(tmp_path / "index")
    samples.add_structure(session)
    refused: list[bool] = []

    def try_too(_done: int, _total: int) -> None:
        with pytest.raises(SearchUnavailable, match="en cours"):
            rebuild(engine, other)
        refused.append(True)

    rebuild(engine, search, try_too)
    assert refused == [True]
    assert other.count() == 1


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until `condition`; the limit is for a machine that is stuck, not a measure."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.fixture
def running(engine: Engine, tmp_path: Path) -> Iterator[tuple[Drainer, EmbeddedEngine]]:
    search = EmbeddedEngine(tmp_path / "index")
    drainer = Drainer(engine, search, every_seconds=0.05)
    before = set(threading.enumerate())
    drainer.start()
    yield drainer, search
    drainer.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("levier-") and thread not in before]


def test_the_thread_makes_the_missing_index_then_follows_the_queue(session: Session, running: tuple[Drainer, EmbeddedEngine]) -> None:
    drainer, search = running
    eventually(lambda: not search.needs_rebuild())
    samples.add_structure(session)
    drainer.wake()
    eventually(lambda: search.count() == 1)


def test_the_thread_survives_an_engine_that_fails_for_a_while(engine: Engine, session: Session, search: EmbeddedEngine) -> None:
    class Failing(EmbeddedEngine):
        failures = 3

        def put(self, documents: object) -> None:
            self.failures -= 1
            if self.failures >= 0:
                raise SearchUnavailable
            super().put(documents)  # type: ignore[arg-type]

    failing = Failing(None)
    failing.rebuild(list[Document]())
    samples.add_structure(session)
    drainer = Drainer(engine, failing, every_seconds=0.01)
    drainer.start()
    eventually(lambda: failing.count() == 1)
    drainer.stop()
    eventually(lambda: lag(session) == 0)


DRAIN_FOREVER = """
import sys
from pathlib import Path
from app import db, index_queue, listings
from app.search.embedded import EmbeddedEngine
from app.search.sync import Drainer
engine, search = db.make_engine(sys.argv[1]), EmbeddedEngine(Path(sys.argv[2]))
drainer = Drainer(engine, search, 1)
for i in range(10**6):
    with db.session_of(engine) as session:
        nom = f"Tournée {i} dernière"
        listings.write(session, "service", [{"id": f"essai--s{n}", "nom": nom} for n in range(5)], By("essai"))
        session.commit()
    print(i, flush=True)
    drainer.drain_once()
"""


@pytest.mark.parametrize("lines", [2, 5])
def test_a_drain_killed_at_any_moment_ends_with_the_base_and_the_index_alike(
    engine: Engine, session: Session, database_url: str, tmp_path: Path, lines: int
) -> None:
    samples.add_structure(session)
    for n in range(5):
        samples.add_service(session, id=f"essai--s{n}")
    search = EmbeddedEngine(tmp_path / "index")
    rebuild(engine, search)
    command = [sys.executable, "-c", DRAIN_FOREVER, database_url, str(tmp_path / "index")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None
    for _ in range(lines):
        process.stdout.readline()
    process.kill()
    process.communicate()
    drain(Drainer(engine, search, 1))
    session.expire_all()
    (nom,) = set(session.exec(select(Service.nom)))
    assert found(search, nom) == {f"essai--s{n}" for n in range(5)}
    assert lag(session) == 0
