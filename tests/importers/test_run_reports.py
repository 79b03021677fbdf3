"""What is left of a run, however it ended: its source, its state, and what its message says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import ImportRun, Quarantine
from app.models import Source as SourceRow
from importers import departures, locking, pipeline, registry
from importers.problems import NotHeld, UnknownTarget
from tests.conftest import ROOT
from tests.importers.conftest import Approving, Importing, counts
from tests.importers.deliveries import Place, deliver, places

FS = "france-services"
Cut = Callable[[int, int], ImportRun]


@pytest.fixture
def cut(importing: Importing, tmp_path: Path) -> Cut:
    """``cut(2, 3)``: a file that lacks two rows and of which three lines can't be read."""

    def run(gone: int, unreadable: int) -> ImportRun:
        file = deliver(tmp_path, places(20)[gone:])
        file.write_text(file.read_text(encoding="utf-8") + "1,coupée\n" * unreadable, encoding="utf-8")
        return importing(FS, file)

    return run


def known(session: Session) -> dict[str, Any]:
    session.expire_all()
    return session.get_one(SourceRow, FS).model_dump(include={"nom", "description", "licence", "url"})


def test_a_source_is_presented_as_its_file_says_it_and_its_run_keeps_what_it_was(
    importing: Importing, session: Session, tmp_path: Path
) -> None:
    source = registry.resolve(FS)[0][0]
    run = importing(FS, deliver(tmp_path, places(3)), dry_run=True)
    assert session.get(SourceRow, FS) is None
    assert run.sources_before is None
    assert importing(FS, deliver(tmp_path, places(3))).sources_before == {FS: None}
    expected = {name: getattr(source, name) for name in ("nom", "description", "licence", "url")}
    assert known(session) == expected
    row = session.get_one(SourceRow, FS)
    row.nom, row.description, row.licence, row.url = "Ancien nom", "Ancienne", "fermée", "https://ancien.example.org"
    session.commit()
    before = (importing(FS, deliver(tmp_path, places(3))).sources_before or {})[FS]
    assert (before["nom"], before["licence"]) == ("Ancien nom", "fermée")
    assert known(session) == expected


def test_lines_that_can_t_be_read_are_said_with_what_they_may_hide(cut: Cut) -> None:
    cut(0, 0)
    run = cut(2, 1)
    assert (run.etat, run.message) == ("termine", departures.not_told(unreadable=1, gone=2))
    assert counts(run) == {"read": 19, "unchanged": 18, "rejected": 1}


def test_lines_that_can_t_be_read_hide_nothing_when_no_row_is_missing(cut: Cut) -> None:
    cut(0, 0)
    assert cut(0, 2).message is None


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_run_that_is_stopped_is_interrupted_and_says_nothing_of_an_error(
    importing: Importing, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stop: type[BaseException]
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise stop

    monkeypatch.setattr("importers.batches.listings.write", stopped)
    with pytest.raises(stop):
        importing(FS, deliver(tmp_path, places(3)))
    run = session.exec(select(ImportRun)).one()
    assert (run.etat, run.message) == ("interrompu", None)
    assert run.finished_at is not None
    assert run.author == "levier"


def test_an_unknown_run_can_t_be_approved(approving: Approving) -> None:
    with pytest.raises(NotHeld, match="L’import 0 n’est pas retenu"):
        approving(ImportRun(source=FS))


def test_a_dry_run_since_leaves_a_held_one_to_be_approved(
    importing: Importing, approving: Approving, session: Session, tmp_path: Path
) -> None:
    importing(FS, deliver(tmp_path, places(20)))
    held = importing(FS, deliver(tmp_path, places(5), "autre.csv"))
    importing(FS, deliver(tmp_path, places(20)), dry_run=True)
    done = approving(held)
    assert (done.etat, done.message, done.to_verify) == ("termine", None, 15)
    assert done.retenue == held.retenue, "why it was held is still known"
    assert session.exec(select(Quarantine)).all() == []


def test_a_file_that_is_known_by_a_copy_is_named_as_the_clerk_names_it(importing: Importing, tmp_path: Path) -> None:
    file = tmp_path / "Mes lieux 2026.csv"
    file.write_bytes(b'"id_fs","lib_fs"\n"1","' + b"x" * 200_000)
    run = importing(FS, file)
    assert (run.etat, run.file_name) == ("echoue", "Mes lieux 2026.csv")
    assert (run.message or "").startswith("« Mes lieux 2026.csv » n’est pas un fichier CSV lisible")


def test_a_row_counts_for_half_once_it_is_read_and_whole_once_it_is_written(
    importing: Importing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 2)
    told: list[tuple[int, int | None]] = []
    importing(FS, deliver(tmp_path, places(7)), progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 7) for done in (1, 2, 3, 3, 4, 5, 6, 7)]
    assert all(isinstance(done, int) for done, _ in told)


def test_a_run_of_a_source_that_is_busy_is_written_down_as_failed(
    importing: Importing, engine: Engine, session: Session, settings: Settings, tmp_path: Path
) -> None:
    with locking.held(engine, settings.data_dir, FS):
        run = importing(FS, deliver(tmp_path, places(3)))
    kept = session.exec(select(ImportRun)).one()
    assert (kept.id, kept.etat, kept.message) == (run.id, "echoue", run.message)
    assert "déjà" in (kept.message or "")
    assert kept.finished_at is not None


def test_a_blank_row_is_told_apart(importing: Importing, tmp_path: Path) -> None:
    file = deliver(tmp_path, places(3))
    file.write_text(file.read_text(encoding="utf-8") + ",,,,,,\n", encoding="utf-8")
    for dry_run in (True, False):
        assert counts(importing(FS, file, dry_run=dry_run)) == {"read": 3, "blank": 1, "created": 3}


def test_one_département_s_rows_are_taken_alone(importing: Importing, session: Session, tmp_path: Path) -> None:
    file = deliver(tmp_path, [*places(2), Place("9", "Espace de Touraine", "37261")])
    with pytest.raises(UnknownTarget, match="« 37 » et « 04 » sont deux départements"):
        importing("37", departement="4")
    run = importing(FS, file, departement="4")
    assert (run.departement, counts(run)) == ("04", {"read": 2, "created": 2})


def test_a_département_is_imported_from_every_source_that_covers_it(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, str | None, str]] = []

    def make(run: Any, file: Path | None) -> ImportRun:
        assert file is None
        made.append((run.source.id, run.run.departement, run.run.author))
        return run.run  # type: ignore[no-any-return]

    monkeypatch.setattr("importers.pipeline._Run.make", make)
    settings = Settings(data_dir=tmp_path / "var", sources_dir=tmp_path)
    pipeline.run(engine, "37", settings=settings, departement="37", author="Camille Fictive")
    assert made == [(source, "37", "Camille Fictive") for source in (FS, "mairies")]
    (tmp_path / "contribution-37.xlsx").touch()
    made.clear()
    pipeline.run(engine, "37", settings=settings)
    assert made == [(source, "37", "levier") for source in (FS, "mairies", "contribution")], "a file that is there is read too"


def test_the_demonstration_is_never_held(importing: Importing, tmp_path: Path) -> None:
    structures = json.loads((ROOT / "importers" / "data" / "demonstration.json").read_text(encoding="utf-8"))["structures"]
    for count in (10, 2):
        (tmp_path / "demonstration.json").write_text(json.dumps({"structures": structures[:count], "services": []}), encoding="utf-8")
        run = importing("demonstration", tmp_path / "demonstration.json")
    assert (run.etat, counts(run)) == ("termine", {"read": 2, "unchanged": 2, "to_verify": 8})
