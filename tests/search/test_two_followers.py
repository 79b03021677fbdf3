"""Two engines follow one base, each at its own pace: one that fails holds the other back in nothing."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app import listings
from app.models import IndexQueue
from app.search import followers
from app.search.embedded import EmbeddedEngine
from app.search.fallback import FallbackEngine
from app.search.port import SearchRequest, SearchUnavailable
from app.search.sync import Drainer, lag, needs_rebuild, rebuild
from tests import samples


class Stopping(EmbeddedEngine):
    """An engine that can be stopped and started again."""

    stopped = False
    asked = 0

    def put(self, documents: object) -> None:
        self._check()
        super().put(documents)  # type: ignore[arg-type]

    def remove(self, keys: object) -> None:
        self._check()
        super().remove(keys)  # type: ignore[arg-type]

    def rebuild(self, documents: object) -> int:
        self._check()
        return super().rebuild(documents)  # type: ignore[arg-type]

    def search(self, request: SearchRequest) -> object:  # type: ignore[override]
        self.asked += 1
        self._check()
        return super().search(request)

    def _check(self) -> None:
        if self.stopped:
            raise SearchUnavailable("arrêté")


class Main(Stopping):
    name = "principal"


@pytest.fixture
def main() -> Main:
    return Main(None)


@pytest.fixture
def spare() -> Stopping:
    return Stopping(None)


@pytest.fixture
def both(main: Main, spare: Stopping) -> FallbackEngine:
    return FallbackEngine(main, spare)


@pytest.fixture
def drainer(engine: Engine, both: FallbackEngine) -> Drainer:
    return Drainer(engine, both, every_seconds=0.05)


def add_services(session: Session, *names: str) -> None:
    records = [samples.service(f"essai--{name}", nom=f"Service {name}") for name in names]
    listings.write(session, "service", records, samples.IMPORT)
    session.commit()


def found(search: EmbeddedEngine | FallbackEngine) -> set[str]:
    return {hit.id.removeprefix("essai--") for hit in search.search(SearchRequest()).hits}


def drain(drainer: Drainer, times: int = 9) -> None:
    for _ in range(times):
        try:
            drainer.drain_once()
        except SearchUnavailable:
            continue


def test_both_get_what_is_written_and_the_queue_is_then_empty(
    engine: Engine, session: Session, both: FallbackEngine, main: Main, spare: Stopping, drainer: Drainer
) -> None:
    samples.add_structure(session)
    assert rebuild(engine, both) == 1
    add_services(session, "a")
    assert drainer.drain_once() > 0
    assert (found(main), found(spare), lag(session)) == ({"a"}, {"a"}, 0)


@pytest.mark.parametrize("which", ["main", "spare"])
def test_one_that_is_stopped_holds_back_nothing_of_the_other_and_catches_up(
    engine: Engine,
    session: Session,
    both: FallbackEngine,
    main: Main,
    spare: Stopping,
    drainer: Drainer,
    which: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(followers, "BATCH", 2)
    stopped, other = (main, spare) if which == "main" else (spare, main)
    samples.add_structure(session)
    rebuild(engine, both)
    stopped.stopped = True
    add_services(session, *"abcdefg")
    drain(drainer)
    assert found(both) == found(other) == set("abcdefg")
    assert lag(session) == 8  # seven services, and their structure
    session.rollback()
    stopped.stopped = False
    drain(drainer)
    assert (found(stopped), lag(session)) == (set("abcdefg"), 0)


@pytest.mark.parametrize("which", ["main", "spare"])
def test_one_is_made_even_while_the_other_is_stopped(
    engine: Engine, session: Session, both: FallbackEngine, main: Main, spare: Stopping, drainer: Drainer, which: str
) -> None:
    stopped, other = (main, spare) if which == "main" else (spare, main)
    samples.add_structure(session)
    add_services(session, "a")
    stopped.stopped = True
    with pytest.raises(SearchUnavailable):
        rebuild(engine, both)
    assert found(other) == {"a"}
    assert lag(session) == 3  # so that the one that is stopped gets them
    session.rollback()
    stopped.stopped = False
    rebuild(engine, both)
    assert (found(stopped), lag(session)) == ({"a"}, 0)


def test_a_row_that_one_has_is_done_again_by_an_engine_that_is_left_alone(
    engine: Engine, session: Session, both: FallbackEngine, main: Main, spare: Stopping, drainer: Drainer
) -> None:
    samples.add_structure(session)
    rebuild(engine, both)
    spare.stopped = True
    add_services(session, "a")
    drain(drainer, 1)
    assert session.exec(select(IndexQueue.principal)).first() is True
    session.rollback()
    drain(Drainer(engine, main, 1), 1)
    assert lag(session) == 0


def test_an_index_that_did_not_follow_for_a_while_must_be_made_again(
    engine: Engine, session: Session, both: FallbackEngine, main: Main, spare: Stopping
) -> None:
    samples.add_structure(session)
    rebuild(engine, both)
    assert not needs_rebuild(engine, both)
    add_services(session, "a")
    drain(Drainer(engine, main, 1), 1)  # the spare is not told
    assert not needs_rebuild(engine, main)
    assert needs_rebuild(engine, both)
    rebuild(engine, both)
    assert (found(spare), needs_rebuild(engine, both)) == ({"a"}, False)


def test_the_index_of_another_base_must_be_made_again(engine: Engine, main: Main) -> None:
    main.rebuild([])
    assert not main.needs_rebuild()
    assert needs_rebuild(engine, main)
    rebuild(engine, main)
    assert not needs_rebuild(engine, main)


def test_a_server_that_does_not_answer_is_left_alone_for_a_while(
    engine: Engine, session: Session, both: FallbackEngine, main: Main, spare: Stopping
) -> None:
    samples.add_structure(session)
    add_services(session, "a")
    rebuild(engine, both)
    main.stopped = True
    assert [found(both) for _ in range(5)] == [{"a"}] * 5
    assert main.asked == 1
    main.stopped, spare.stopped = False, True
    assert found(both) == {"a"}  # rather than nothing
    assert main.asked == 2
