"""Lots of rows written one by one: each with its report, none so long that others wait, and what each row came to."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.models import ImportRun, Quarantine, RawRecord, Renumbering, Service, Structure
from app.models import Source as SourceRow
from app.territory import gazetteer
from app.writing import By
from importers import batches, registry
from importers.batches import Batches
from importers.departures import Departures, Gone, Plan
from importers.placing import Placing
from importers.preparing import Lot, Prepared, Rejected
from importers.renumbering import Renumbered
from importers.source import Record
from tests import samples
from tests.importers.conftest import counts

FS, GIVEN = "france-services", "data-inclusion"  # of the first, a row makes a structure and its services; of the second, one listing
Writing = Callable[..., Batches]


@pytest.fixture
def writing(engine: Engine, session: Session) -> Writing:
    """``writing("france-services")``: what writes the lots of run 1 of this source."""

    def make(source_id: str = FS) -> Batches:
        source = next(one for one in registry.discover() if one.id == source_id)
        samples.add_source(session, FS)
        session.add_all(ImportRun(id=run, source=FS) for run in range(1, 5))
        session.commit()
        renumbered = Renumbered(source_id, ids_are_given=source.translation.ids_are_given)
        by = By("import", run_id=1)
        placing = Placing(engine, gazetteer.load(), None, None, dry_run=False)
        leaving = Departures(source, placing, renumbered, by, date.today())
        return Batches(engine, source, 1, by, Plan(), renumbered, leaving)

    return make


def row(name: str = "1", services: tuple[str, ...] = (), *, new: bool = True, source: str = FS, **values: Any) -> Prepared:
    """A row that makes a structure, and a service for each of `services`."""
    own = f"{source}--{name}"
    structure = {"id": own, "source": source, "nom": f"Maison {name}", "commune": "Digne-les-Bains", "code_insee": "04070", **values}
    found = [{"id": f"{own}-{one}", "source": source, "structure_id": own, "nom": one} for one in services]
    return Prepared(Record(name, int(name), {"nom": name}), f"digest {name}", [structure], found, [], own, new)


def told(session: Session) -> dict[str, int]:
    """The report of run 1, as others read it."""
    session.expire_all()
    return counts(session.get_one(ImportRun, 1))


def test_each_lot_is_written_with_its_report(writing: Writing, session: Session) -> None:
    writes = writing()
    writes.apply(Lot([row("1"), row("2")], [Rejected(7, {"nom": ""}, ["Sans nom."], "d7"), Rejected(8, {}, ["Vide."])]))
    assert told(session) == {"read": 4, "created": 2, "rejected": 2}
    writes.apply(Lot([row("3")], [Rejected(9, {}, ["Vide."])]))
    assert told(session) == {"read": 6, "created": 3, "rejected": 3}
    kept = session.exec(select(Quarantine).order_by(Quarantine.line)).all()  # type: ignore[arg-type]
    assert [(one.run_id, one.source, one.line, one.reasons, one.content, one.digest) for one in kept] == [
        (1, FS, 7, ["Sans nom."], {"nom": ""}, "d7"),
        (1, FS, 8, ["Vide."], {}, None),
        (1, FS, 9, ["Vide."], {}, None),
    ]


def test_a_lot_that_writes_nothing_is_told_all_the_same(writing: Writing, session: Session) -> None:
    writing().apply(Lot(rejected=[Rejected(1, {}, ["Vide."])]))
    assert told(session) == {"read": 1, "rejected": 1}


def test_a_row_is_created_or_changed_by_any_of_its_listings_or_says_the_same(writing: Writing, session: Session) -> None:
    writes = writing()
    rows = (row(services=("a",)), row(services=("a",), new=False), row(services=("a", "b"), new=False), row(nom="Autre", new=False))
    for run, again in enumerate(rows, 1):
        writes.run_id = run
        writes.apply(Lot([again]))
    assert [again.effect for again in rows] == ["created", "unchanged", "changed", "changed"]
    session.expire_all()
    assert {one.id: one.disparu_le for one in session.exec(select(Service))} == {f"{FS}--1-a": date.today(), f"{FS}--1-b": date.today()}
    assert session.get_one(RawRecord, (FS, "1")).listings == [f"structure:{FS}--1", f"service:{FS}--1-a", f"service:{FS}--1-b"]


def test_rows_gone_are_told_chunk_after_chunk(writing: Writing, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = writing()
    writes.apply(Lot([row("1"), row("2"), row("3")]))
    gone = [Gone(n, [f"structure:{FS}--{n}"], published=n != "3") for n in ("1", "2", "3")]
    writes.flag(gone[:1])
    assert told(session)["to_verify"] == 1
    writes.flag(gone[1:])
    assert told(session)["to_verify"] == 2, "the third was not published"
    writes.archive(gone[:2])
    assert told(session)["departed"] == 2
    writes.archive(gone[2:])
    assert told(session)["departed"] == 3
    assert {(one.statut, one.disparu_le) for one in session.exec(select(Structure))} == {("archivee", date.today())}
    writes.plan.to_archive = gone
    monkeypatch.setattr(batches, "DEPARTURES", 2)
    chunks: list[list[Gone]] = []
    monkeypatch.setattr(writes, "archive", chunks.append)
    writes.apply_all(Spool(), lambda _rows: None)
    assert chunks == [gone[:2], gone[2:]]


class Spool:
    """Lots given one after the other."""

    def __init__(self, *lots: Lot) -> None:
        self._lots = lots

    def lots(self) -> Iterator[Lot]:
        return iter(self._lots)


@pytest.mark.parametrize(
    ("seconds", "sizes"),
    [
        (0.0005, [400, 400, 200]),  # 0.2 s a lot: as long as one may last
        (0.001, [400, 200, 200, 200]),
        (0.1, [400, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50]),
        (0.00001, [400, 400, 200]),
    ],
)
def test_a_slow_base_is_given_smaller_lots(writing: Writing, monkeypatch: pytest.MonkeyPatch, seconds: float, sizes: list[int]) -> None:
    assert _sizes(writing(), [1000], seconds, monkeypatch) == sizes


def test_few_rows_say_little_of_how_fast_a_base_is(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _sizes(writing(), [49, 400], 1.0, monkeypatch) == [49, 400]


def test_a_lot_of_the_fewest_rows_already_tells(writing: Writing, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _sizes(writing(), [50, 100], 1.0, monkeypatch) == [50, 50, 50]


def _sizes(writes: Batches, lots: list[int], seconds: float, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of each lot written, on a base that takes so many seconds a row."""
    now = [1000.0]
    sizes: list[int] = []
    monkeypatch.setattr(batches.time, "monotonic", lambda: now[0])

    def apply(lot: Lot) -> None:
        now[0] += seconds * len(lot.prepared)
        sizes.append(len(lot.prepared))

    monkeypatch.setattr(writes, "apply", apply)
    read: list[int] = []
    writes.apply_all(Spool(*(Lot([row()] * size, read=size) for size in lots)), read.append)
    assert read == sizes
    return sizes


def test_a_row_that_came_back_is_remembered_under_its_new_id_until_it_changes_again(writing: Writing, session: Session) -> None:
    writes = writing()
    writes.apply(Lot([row("1", ("a",))]))
    writes.plan = Plan(came_back={f"{FS}--77": f"{FS}--1"}, replaced={f"{FS}--1": "1"})
    back = row("77", ("a",))
    writes.apply(Lot([back]))
    assert back.effect == "renumbered"
    assert [(one.id, one.disparu_le) for one in session.exec(select(Service))] == [(f"{FS}--1-a", None)]
    assert _renumbered(session) == [(f"{FS}--77", f"{FS}--1", 1, None)]
    writes.plan, writes.run_id = Plan(), 2
    writes.apply(Lot([_kept(row("77", ("a",), new=False, nom="Autre"))]))
    assert _renumbered(session) == [(f"{FS}--77", f"{FS}--1", 1, None)], "it is told once"


def test_a_row_that_comes_back_under_its_first_id_is_renumbered_no_more(writing: Writing, session: Session) -> None:
    writes = writing()
    writes.apply(Lot([row("1")]))
    for run, given, before in ((1, "77", "1"), (2, "1", "77")):
        writes.plan, writes.run_id = Plan(came_back={f"{FS}--{given}": f"{FS}--1"}, replaced={f"{FS}--1": before}), run
        writes.apply(Lot([row(given)]))
    assert _renumbered(session) == [(f"{FS}--77", f"{FS}--1", 1, 2)]


def test_a_row_kept_under_another_id_than_its_own_is_remembered(writing: Writing, session: Session) -> None:
    writes = writing()
    another = _kept(row("1"), f"{FS}--1.2")
    writes.apply(Lot([another, row("2")]))
    assert _renumbered(session) == [(f"{FS}--1", f"{FS}--1.2", 1, None)]


def _kept(item: Prepared, under: str = f"{FS}--1") -> Prepared:
    """The row, under the id that Levier keeps for its listing."""
    Renumbered(FS, ids_are_given=False, kept={item.given_id: under}).rename(item.structures, item.services)
    return item


def _renumbered(session: Session) -> list[tuple[str, str, int, int | None]]:
    session.expire_all()
    return [(one.new_id, one.listing_id, one.run_id, one.ended_by) for one in session.exec(select(Renumbering))]


@pytest.mark.parametrize(("source", "service"), [(FS, f"{FS}--1-a"), (GIVEN, f"{GIVEN}--77-a")])
def test_a_service_s_id_follows_that_of_its_structure_unless_the_source_gives_it(
    writing: Writing, session: Session, source: str, service: str
) -> None:
    writes = writing(source)
    writes.apply(Lot([row("1", source=source)]))
    writes.plan = Plan(came_back={f"{source}--77": f"{source}--1"}, replaced={f"{source}--1": "1"})
    writes.apply(Lot([row("77", ("a",), source=source)]))
    assert [(one.id, one.structure_id) for one in session.exec(select(Service))] == [(service, f"{source}--1")]


def test_a_source_never_heard_of_is_introduced_once(writing: Writing, session: Session) -> None:
    writes = writing()
    writes.apply(Lot([row("1", source="inconnue"), row("2")]))
    writes.apply(Lot([row("3", source="inconnue")]))
    made = session.get_one(SourceRow, "inconnue")
    assert (made.nom, made.description, made.licence) == ("inconnue", f"Reçue par {writes.source.nom}", writes.source.licence)
    assert session.get_one(ImportRun, 1).sources_before == {"inconnue": None}


def test_a_held_run_s_quarantine_and_counts_are_forgotten_and_no_other_s(writing: Writing, session: Session) -> None:
    writes = writing()
    writes.apply(Lot([row()], [Rejected(1, {}, ["Vide."])]))
    writes.run_id = 2
    writes.apply(Lot([], [Rejected(2, {}, ["Vide."])]))
    batches.forget(session, 1)
    session.commit()
    assert told(session) == {}
    assert counts(session.get_one(ImportRun, 2)) == {"read": 3, "created": 1, "rejected": 2}
    assert [one.run_id for one in session.exec(select(Quarantine))] == [2]
