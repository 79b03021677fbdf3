"""The row of a run: whether it is the last of its rows, how a held one is taken up again, and one made again from its file."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import ImportRun, Quarantine
from app.models.base import now
from importers import locking, pipeline, registry, runs
from importers.preparing import Lot
from importers.problems import NotHeld, NotLast
from tests.importers.conftest import Importing, counts
from tests.importers.deliveries import Place, deliver, places

FS = "france-services"


@pytest.mark.parametrize(
    ("departement", "other", "last"),
    [
        (None, {}, False),
        (None, {"id": 4}, True),
        (None, {"source": "autre"}, True),
        (None, {"etat": "echoue"}, True),
        (None, {"dry_run": True}, True),
        (None, {"departement": "04"}, False),
        ("04", {}, False),
        ("04", {"departement": "04"}, False),
        ("04", {"departement": "37"}, True),
    ],
)
def test_a_run_is_the_last_until_another_of_its_rows_has_ended_well(
    session: Session, departement: str | None, other: dict[str, Any], last: bool
) -> None:
    run = ImportRun(id=5, source=FS, etat="termine", departement=departement)
    session.add_all([run, ImportRun(**{"id": 6, "source": FS, "etat": "termine", **other})])
    session.commit()
    assert runs.is_last(session, run) is last


@pytest.mark.parametrize(
    ("died", "others", "approved"),
    [
        ({}, [], True),
        ({"source": "autre"}, [], False),
        ({"dry_run": True}, [], False),
        ({"etat": "echoue"}, [], False),
        ({"file_sha256": "b"}, [], False),
        ({"approved_by": None}, [], False),
        ({"id": 5}, [{"id": 4}], True),
        ({"id": 5}, [{"id": 4}, {"id": 6}], False),
        ({"id": 5}, [{"id": 6, "source": "autre"}, {"id": 7, "dry_run": True}, {"id": 8, "etat": "echoue"}], True),
    ],
)
def test_a_file_let_through_is_so_until_another_run_of_its_source_ends_well(
    engine: Engine, session: Session, died: dict[str, Any], others: list[dict[str, Any]], approved: bool
) -> None:
    run = {"id": 1, "source": FS, "etat": "interrompu", "file_sha256": "a", "approved_by": "Camille Fictive"}
    session.add_all([ImportRun(**{**run, **died}), *(ImportRun(**{"source": FS, "etat": "termine", **other}) for other in others)])
    session.commit()
    assert runs.was_approved(engine, FS, "a") is approved


def test_rows_of_each_batch_count(importing: Importing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 2)
    importing(FS, deliver(tmp_path, places(6)))
    again = [Place("9", "X"), *places(6)[:5], Place("8", "Y"), Place("7", "Une maison neuve")]
    foretold = importing(FS, deliver(tmp_path, again), dry_run=True)
    assert counts(foretold) == {"read": 8, "unchanged": 5, "created": 1, "rejected": 2, "to_verify": 1}
    assert importing(FS, deliver(tmp_path, places(5))).etat == "termine", "one of six is not more than a fifth"


def test_a_held_run_is_taken_up_once_and_its_report_written_anew(engine: Engine, session: Session) -> None:
    source = registry.resolve(FS)[0][0]
    session.add_all(ImportRun(id=n, source=FS, etat="retenu", read=9, rejected=1, finished_at=now(), message="Retenu.") for n in (1, 2))
    session.flush()
    session.add_all(Quarantine(run_id=n, source=FS, reasons=["Vide."], content={}) for n in (1, 2))
    session.commit()
    held = session.get_one(ImportRun, 1)
    session.expunge(held)
    held.approved_by = "Camille Fictive"
    runs.begin(engine, held, source)
    assert held.message is None
    first, other = session.get_one(ImportRun, 1), session.get_one(ImportRun, 2)
    assert (first.etat, first.approved_by, first.finished_at, counts(first)) == ("en-cours", "Camille Fictive", None, {})
    assert first.sources_before == {FS: None}
    assert (other.etat, other.approved_by, counts(other)) == ("retenu", None, {"read": 9, "rejected": 1})
    assert [row.run_id for row in session.exec(select(Quarantine))] == [2]
    with pytest.raises(NotHeld, match=r"^L’import 1 n’est plus retenu\.$"):
        runs.begin(engine, held, source)


@pytest.fixture
def begun_again(engine: Engine, importing: Importing, tmp_path: Path) -> Callable[..., ImportRun]:
    """``begun_again(etat="echoue")``: a new run of the file of one that has become so; `followed`: after which came another."""

    def begin(followed: bool = False, **changed: Any) -> ImportRun:
        file = deliver(tmp_path, [*places(3), Place("9", "X")])
        made = importing(FS, file)
        if followed:
            importing(FS, file)
        with Session(engine, expire_on_commit=False) as session:
            run = session.get_one(ImportRun, made.id)
            for name, value in changed.items():
                setattr(run, name, value)
            again = pipeline.begin_again(session, run, "Camille Fictive")
            session.commit()
        return again

    return begin


def test_a_file_is_imported_again_from_the_bytes_kept(
    engine: Engine, settings: Settings, tmp_path: Path, begun_again: Callable[..., ImportRun]
) -> None:
    begun = begun_again(departement="04", approved_by="Dominique Fictif", file_date=date(2026, 1, 2))
    (tmp_path / "france-services-2024-08.csv").unlink()
    told: list[tuple[int, int | None]] = []
    done = pipeline.again(engine, begun.id or 0, settings=settings, progress=lambda *step: told.append(step))
    assert (done.id, done.etat, done.author, done.approved_by) == (begun.id, "termine", "Camille Fictive", "Dominique Fictif")
    assert (done.departement, done.file_name) == ("04", "france-services-2024-08.csv")
    assert counts(done) == {"read": 4, "unchanged": 3, "rejected": 1}
    assert told


def test_a_file_is_not_imported_again_while_another_import_of_its_source_goes_on(
    engine: Engine, settings: Settings, begun_again: Callable[..., ImportRun]
) -> None:
    begun = begun_again()
    assert (begun.file_sha256, begun.file_date) != (None, None)
    with locking.held(engine, settings.data_dir, FS):
        done = pipeline.again(engine, begun.id or 0, settings=settings)
    assert (done.id, done.etat) == (begun.id, "echoue")
    assert "déjà" in (done.message or "")


@pytest.mark.parametrize("changed", [{"etat": "echoue"}, {"etat": "retenu"}, {"dry_run": True}, {"followed": True}])
def test_only_the_last_import_is_made_again(begun_again: Callable[..., ImportRun], changed: dict[str, Any]) -> None:
    with pytest.raises(NotLast, match=r"^Ce n’est plus le dernier import de cette source : corrigez les lignes rejetées du plus récent\.$"):
        begun_again(**changed)


class Seen:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.effects: list[str] = []
        self.closed = 0

    def add(self, session: Session, lot: Lot) -> None:
        assert session.is_active
        self.effects += [item.effect for item in lot.prepared]

    def close(self) -> None:
        self.closed += 1


def test_what_a_dry_run_would_do_is_shown_to_whoever_asks(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    source, seen, told = registry.resolve(FS)[0][0], Seen(), list[tuple[int, int | None]]()
    run = ImportRun(source=FS, dry_run=True, author="Camille Fictive")
    file = deliver(tmp_path, places(3))
    done = pipeline.run_source(engine, source, run, settings=settings, file=file, progress=lambda *step: told.append(step), foretold=seen)
    assert (done.etat, done.author, counts(done)) == ("termine", "Camille Fictive", {"read": 3, "created": 3})
    assert (seen.effects, seen.closed) == (["created"] * 3, 1)
    assert told[-1] == (3, 3)
