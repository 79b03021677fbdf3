"""A rejected row that a person corrected: read as corrected for as long as the source says it, and like any other row."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import ImportRun, Quarantine, RawRecord, RowCorrection, Structure
from importers import correcting, pipeline, undoing
from importers.formats.rows import RawRow
from importers.problems import NotLast
from tests.importers.deliveries import Place, deliver, places

FS = "france-services"
GOOD = places(5)
BAD = [*GOOD[:4], Place("5", "X")]  # a name too short
Importing = Callable[[list[Place]], ImportRun]


@pytest.fixture
def importing(engine: Engine, settings: Settings, tmp_path: Path) -> Importing:
    return lambda found: pipeline.run(engine, FS, settings=settings, file=deliver(tmp_path / "livraisons", found))[0]


def rejected(session: Session, run: ImportRun) -> Quarantine:
    session.expire_all()
    return session.exec(select(Quarantine).where(Quarantine.run_id == run.id)).one()


def corrected(session: Session, run: ImportRun, name: str = "Espace Retrouvé") -> Quarantine:
    row = rejected(session, run)
    seen = session.get(RowCorrection, (row.source, row.digest))
    assert correcting.save(session, row, {"lib_fs": name}, "Camille Fictive", over=seen)
    session.commit()
    return row


def again(engine: Engine, settings: Settings, run: ImportRun) -> ImportRun:
    with Session(engine, expire_on_commit=False) as session:
        made = pipeline.begin_again(session, session.get_one(ImportRun, run.id), "Camille Fictive")
        session.commit()
    return pipeline.again(engine, made.id or 0, settings=settings)


def names(session: Session) -> set[str]:
    session.expire_all()
    return set(session.exec(select(Structure.nom).where(Structure.source == FS)))


def test_a_corrected_row_is_published_by_a_new_import_of_the_same_file(
    engine: Engine, settings: Settings, importing: Importing, session: Session
) -> None:
    first = importing(BAD)
    assert (first.created, first.rejected) == (4, 1)
    corrected(session, first)
    run = again(engine, settings, first)
    assert (run.etat, run.created, run.unchanged, run.rejected, run.to_verify) == ("termine", 1, 4, 0, 0)
    assert "Espace Retrouvé" in names(session)
    record = session.exec(select(RawRecord).where(RawRecord.run_id == run.id)).one()
    assert record.content["lib_fs"] == "Espace Retrouvé"
    assert "Ligne corrigée par Camille Fictive." in record.notes
    assert session.exec(select(RowCorrection)).one().run_id == run.id


def test_the_next_deliveries_of_the_same_row_keep_the_correction_and_change_nothing(importing: Importing, session: Session) -> None:
    corrected(session, importing(BAD))
    assert importing(BAD).created == 1
    run = importing([*BAD, Place("6", "Espace Sixième")])
    assert (run.created, run.changed, run.unchanged, run.rejected) == (1, 0, 5, 0)


def test_a_row_that_its_source_changed_is_judged_as_it_now_is(importing: Importing, session: Session) -> None:
    corrected(session, importing(BAD))
    importing(BAD)
    run = importing(GOOD)
    assert (run.changed, run.rejected) == (1, 0)
    assert names(session) == {place.nom for place in GOOD}
    worse = importing([*GOOD[:4], Place("5", "Y")])
    assert worse.rejected == 1
    assert rejected(session, worse).content["lib_fs"] == "Y"


def test_a_correction_that_is_not_enough_is_found_again_at_the_same_row(importing: Importing, session: Session) -> None:
    first = importing(BAD)
    digest = corrected(session, first, "Z").digest
    second = importing(BAD)
    assert second.rejected == 1
    assert rejected(session, second).digest == digest
    corrected(session, second)
    assert importing(BAD).created == 1


def test_an_undo_takes_back_what_a_correction_brought(engine: Engine, settings: Settings, importing: Importing, session: Session) -> None:
    first = importing(BAD)
    before = names(session)
    corrected(session, first)
    run = again(engine, settings, first)
    undoing.undo(engine, run.id or 0, settings=settings, author="Camille Fictive")
    assert names(session) == before


def test_only_the_last_import_is_made_again(engine: Engine, settings: Settings, importing: Importing) -> None:
    first = importing(BAD)
    importing(GOOD)
    with pytest.raises(NotLast, match="plus le dernier import"):
        again(engine, settings, first)


def test_a_row_is_judged_before_anything_is_written(engine: Engine, importing: Importing, session: Session) -> None:
    run = importing(BAD)
    row = rejected(session, run)
    still = correcting.judged(engine, run, RawRow(row.line, {**row.content, "lib_fs": "Y"}))
    assert still.reasons == ("structure, champ « nom » : trop court « Y ».",)
    assert correcting.judged(engine, run, RawRow(row.line, {**row.content, "lib_fs": "Espace Jugé"})).reasons == ()
    assert "Espace Jugé" not in names(session)


def test_the_row_of_a_shelter_is_known_as_one_by_the_base(engine: Engine, importing: Importing, session: Session) -> None:
    run = importing(BAD)
    row = rejected(session, run)
    assert not correcting.judged(engine, run, RawRow(row.line, row.content)).confidential
    session.add(Structure(id=f"{FS}--5", source=FS, nom="Refuge fictif", adresse_confidentielle=True))
    session.commit()
    assert correcting.judged(engine, run, RawRow(row.line, row.content)).confidential
