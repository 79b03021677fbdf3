"""Whatever an import did can be undone: the base is as it was before it, but for what people did since."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app import listings
from app.config import Settings
from app.models import (
    AdresseConfidentielle,
    Doublon,
    EtatDoublon,
    ImportRun,
    IndexQueue,
    RawRecord,
    RawRecordBefore,
    Renumbering,
    RenumberingBefore,
    SecretBefore,
    Service,
    Source,
    Structure,
)
from app.writing import By
from importers import locking, undoing
from importers.problems import NotUndoable
from importers.undoing import Undone
from tests.conftest import ROOT
from tests.importers.conftest import Approving, Importing, counts
from tests.importers.deliveries import Place, deliver, places

FS = "france-services"
CAMILLE = By("Camille Fictive", account_id=1)
Delivering = Callable[..., ImportRun]
Undoing = Callable[[ImportRun], Undone]
KEPT = (Structure, Service, Source, AdresseConfidentielle, RawRecord, RawRecordBefore, Renumbering, RenumberingBefore, SecretBefore)


@pytest.fixture
def delivering(importing: Importing, tmp_path: Path) -> Delivering:
    return lambda found, **options: importing(FS, deliver(tmp_path / "livraisons", found), **options)


@pytest.fixture
def undo(engine: Engine, settings: Settings) -> Undoing:
    return lambda run: undoing.undo(engine, run.id or 0, settings=settings, author="Camille Fictive")


def dump(session: Session) -> dict[str, list[str]]:
    """All that an import writes, but for the times of writing, the history and the queue."""
    session.expire_all()
    rows = {model.__name__: session.exec(select(model)) for model in KEPT}
    return {name: sorted(str(row.model_dump(exclude={"created_at", "updated_at"})) for row in found) for name, found in rows.items()}


def second(found: list[Place]) -> list[Place]:
    """The next delivery: two changed, one renumbered, two gone, one new."""
    new_id = Place("77", found[2].nom, telephone="04 65 71 00 09")
    changed = [found[0]._replace(telephone="04 65 71 00 08"), found[1]._replace(insee="04019")]
    return [*changed, new_id, *found[5:], Place("99", "Maison toute neuve")]


def structure(session: Session, number: int | str) -> Structure:
    session.expire_all()
    return session.get_one(Structure, f"{FS}--{number}")


def test_the_base_is_as_it_was_before_the_run(delivering: Delivering, undo: Undoing, session: Session) -> None:
    delivering(places(20))
    before = dump(session)
    run = delivering(second(places(20)))
    assert counts(run) == {"read": 19, "created": 1, "changed": 2, "unchanged": 15, "renumbered": 1, "to_verify": 2}
    done = undo(run)
    assert dump(session) == before
    assert (done.run.etat, done.run.undone_by, done.run.undone_at is not None) == ("annule", "Camille Fictive", True)
    assert done.survivors == []


def test_a_first_import_leaves_nothing_once_undone(delivering: Delivering, undo: Undoing, session: Session) -> None:
    before = dump(session)
    undo(delivering(places(5)))
    assert dump(session) == before


def test_three_runs_undone_one_after_the_other(delivering: Delivering, undo: Undoing, session: Session) -> None:
    dumps, runs = [dump(session)], []
    for found in (places(20), second(places(20)), [*second(places(20))[1:], Place("78", places(20)[2].nom, telephone="04 65 71 00 09")]):
        runs.append(delivering(found))
        dumps.append(dump(session))
    for run, before in zip(reversed(runs), reversed(dumps[:-1]), strict=True):
        undo(run)
        assert dump(session) == before


def test_a_renumbering_that_came_back_to_an_older_number_is_put_back(delivering: Delivering, undo: Undoing, session: Session) -> None:
    first, others = places(10)[0], places(10)[1:]
    for number in ("1", "77", "78"):
        delivering([first._replace(id=number), *others])
    for number in ("77", "1"):
        before = dump(session)
        run = delivering([first._replace(id=number), *others])
        assert run.renumbered == 1
        undo(run)
        assert dump(session) == before


def test_undone_then_imported_again_is_as_imported_once(delivering: Delivering, undo: Undoing, session: Session) -> None:
    def without_runs() -> list[Any]:
        session.expire_all()
        raw = session.exec(select(RawRecord.record_id, RawRecord.hash, RawRecord.listings)).all()
        rows = [
            row.model_dump(exclude={"created_at", "updated_at"}) for model in (Structure, Service) for row in session.exec(select(model))
        ]
        return sorted(map(str, (*raw, *rows)))

    delivering(places(20))
    run = delivering(second(places(20)))
    found = without_runs()
    undo(run)
    again = delivering(second(places(20)))
    assert counts(again) == counts(run)
    assert without_runs() == found


def test_what_an_import_archived_comes_back_by_itself_after_an_undo(delivering: Delivering, undo: Undoing, session: Session) -> None:
    delivering(places(10))
    gone = delivering(places(10)[1:])
    assert gone.to_verify == 1
    listing = structure(session, 1)
    listings.write(session, "structure", [{"id": listing.id, "statut": "archivee"}], By("import", run_id=gone.id))
    session.commit()
    back = delivering(places(10))
    assert structure(session, 1).statut == "publiee"
    undo(back)
    assert structure(session, 1).statut == "archivee"
    delivering(places(10))
    assert structure(session, 1).statut == "publiee"


def test_a_later_edit_by_a_person_survives_and_is_told(delivering: Delivering, undo: Undoing, session: Session) -> None:
    delivering(places(20))
    run = delivering(second(places(20)))
    listings.edit(session, structure(session, 1), {"courriel": "tape@example.org"}, CAMILLE)
    listings.edit(session, structure(session, 2), {"adresse": "3 rue des Essais"}, CAMILLE)
    session.commit()
    done = undo(run)
    first, moved = structure(session, 1), structure(session, 2)
    assert (first.telephone, first.courriel) == ("+33465710001", "tape@example.org")
    assert (moved.adresse, moved.commune, moved.departement) == ("3 rue des Essais", "Barcelonnette", "04")  # an address is one thing
    told = {(one.genre, one.id): one for one in done.survivors}
    assert {key for key in told if key[0] == "structure"} == {("structure", first.id), ("structure", moved.id)}
    assert set(told["structure", first.id].champs) == {"courriel", "date_maj"}
    assert (told["structure", first.id].nom, told["structure", first.id].created) == (first.nom, False)


def test_what_people_touched_of_what_the_run_created_stays(delivering: Delivering, undo: Undoing, session: Session) -> None:
    run = delivering(places(5))
    listings.edit(session, structure(session, 1), {"telephone": "+33465710077"}, CAMILLE)
    listings.verify(session, session.get_one(Service, f"{FS}--2-{FS}"), CAMILLE)
    pair = {"a_id": f"{FS}--3", "b_id": "autre--3", "score": 0.9, "etat": EtatDoublon.FUSIONNE}
    session.add(Doublon(**pair))
    added = {"id": "ajout", "structure_id": f"{FS}--4", "source": FS, "nom": "Permanence ajoutée", "description": "Le mardi."}
    listings.write(session, "service", [added], CAMILLE)
    session.commit()
    done = undo(run)
    session.expire_all()
    assert sorted(session.exec(select(Structure.id))) == [f"{FS}--{n}" for n in (1, 2, 3, 4)]
    assert sorted(session.exec(select(Service.id))) == ["ajout", f"{FS}--2-{FS}"]
    assert sorted((one.genre, one.id) for one in done.survivors) == [
        ("service", f"{FS}--2-{FS}"),
        *(("structure", f"{FS}--{n}") for n in (1, 2, 3, 4)),
    ]
    assert all(one.created for one in done.survivors)


def test_the_index_is_told_and_so_is_history(delivering: Delivering, undo: Undoing, session: Session) -> None:
    delivering(places(20))
    run = delivering(second(places(20)))
    for row in session.exec(select(IndexQueue)):
        session.delete(row)
    session.commit()
    undo(run)
    queued = {(row.genre, row.listing_id) for row in session.exec(select(IndexQueue))}
    assert {("structure", f"{FS}--{n}") for n in ("1", "2", "3", "4", "5", "99")} <= queued
    assert ("service", f"{FS}--99-{FS}") in queued
    last = listings.history(session, "structure", f"{FS}--1")[0]
    assert last.author == f"Camille Fictive (annulation de l’import {run.id})"
    assert last.changes["telephone"] == ["+33465710008", "+33465710001"]
    assert listings.history(session, "structure", f"{FS}--99")[0].changes == {"statut": ["publiee", None]}


def test_a_later_run_of_the_same_rows_is_undone_first(delivering: Delivering, undo: Undoing, session: Session) -> None:
    delivering(places(20))
    run = delivering(second(places(20)))
    later = delivering([second(places(20))[0]._replace(telephone="04 65 71 00 07"), *second(places(20))[1:]])
    with pytest.raises(NotUndoable, match=f"L’import {later.id}, plus récent"):
        undo(run)
    undo(later)
    undo(run)


def test_a_later_run_that_touched_other_rows_is_no_hindrance(delivering: Delivering, undo: Undoing, session: Session) -> None:
    delivering(places(20))
    run = delivering([places(20)[0]._replace(telephone="04 65 71 00 07"), *places(20)[1:]])
    found = [places(20)[0]._replace(telephone="04 65 71 00 07"), places(20)[1]._replace(telephone="04 65 71 00 06"), *places(20)[2:]]
    delivering(found)
    undo(run)
    assert [structure(session, n).telephone for n in (1, 2)] == ["+33465710001", "+33465710006"]


def test_only_what_was_written_can_be_undone_and_once(delivering: Delivering, undo: Undoing, engine: Engine, settings: Settings) -> None:
    dry = delivering(places(20), dry_run=True)
    with pytest.raises(NotUndoable, match="un essai"):
        undo(dry)
    run = delivering(places(20))
    with pytest.raises(NotUndoable, match="n’a rien écrit"):
        undo(delivering(places(5)))
    with pytest.raises(NotUndoable, match="n’existe pas"):
        undo(ImportRun(id=999, source=FS))
    with locking.held(engine, settings.data_dir, FS), pytest.raises(locking.Busy):
        undo(run)
    undo(run)
    with pytest.raises(NotUndoable, match="déjà annulé"):
        undo(run)


def test_an_approved_run_can_be_undone(delivering: Delivering, approving: Approving, undo: Undoing, session: Session) -> None:
    delivering(places(20))
    before = dump(session)
    undo(approving(delivering(places(5))))
    assert dump(session) == before


def test_an_interrupted_run_can_be_undone(delivering: Delivering, undo: Undoing, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    delivering(places(20))
    before = dump(session)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("importers.batches.Batches.flag", stop)
        with pytest.raises(KeyboardInterrupt):
            delivering(second(places(20)))
    assert dump(session) != before
    run = session.exec(select(ImportRun).order_by(col(ImportRun.id).desc())).first()
    assert run is not None
    undo(run)
    assert dump(session) == before


# --- shelters --------------------------------------------------------------------------------------------------------

PLACE = {"source": "demonstration", "commune": "Tours", "code_insee": "37261", "code_postal": "37000", "date_maj": "2026-10-01"}


def shelter(number: int, adresse: str, *, closed: bool, **more: Any) -> dict[str, Any]:
    point = {"latitude": 47.39 + number / 1000, "longitude": 0.69}
    return {**PLACE, **point, "id": f"demonstration--{number}", "nom": f"Abri {number}", "adresse": adresse, **more} | {
        "adresse_confidentielle": closed
    }


@pytest.fixture
def sheltering(importing: Importing, tmp_path: Path) -> Callable[[Iterable[dict[str, Any]]], ImportRun]:
    def run(found: Iterable[dict[str, Any]]) -> ImportRun:
        structures = list(found)
        services = [
            {"source": "demonstration", "id": f"{s['id']}-s", "structure_id": s["id"], "nom": "Accueil", "description": "Un accueil."}
            for s in structures
        ]
        (tmp_path / "d.json").write_text(json.dumps({"structures": structures, "services": services}), encoding="utf-8")
        return importing("demonstration", tmp_path / "d.json")

    return run


def test_sealed_addresses_are_as_they_were(sheltering: Callable[..., ImportRun], undo: Undoing, session: Session) -> None:
    told = {"description": "Au 3 rue des Essais, sonner deux fois."}
    sheltering(
        [
            shelter(1, "1 rue des Essais", closed=True),
            shelter(2, "2 rue des Essais", closed=True),
            shelter(3, "3 rue des Essais", closed=False, **told),
        ]
    )
    before, past = dump(session), [row.changes for row in listings.history(session, "structure", "demonstration--3")]
    run = sheltering(
        [
            shelter(1, "11 rue des Essais", closed=True),
            shelter(2, "2 rue des Essais", closed=False),
            shelter(3, "3 rue des Essais", closed=True, **told),
            shelter(4, "4 rue des Essais", closed=True),
        ]
    )
    session.expire_all()
    assert session.get_one(Structure, "demonstration--3").description == "Au [adresse confidentielle], sonner deux fois."
    assert "demonstration--4" in session.exec(select(AdresseConfidentielle.listing_id)).all()
    undo(run)
    assert dump(session) == before
    history = listings.history(session, "structure", "demonstration--3")
    assert [row.changes for row in history][-len(past) :] == past
    assert "rue des Essais" not in json.dumps([row.changes for row in history if row.run_id == run.id])


def test_a_shelter_that_a_person_moved_since_stays_there(sheltering: Callable[..., ImportRun], undo: Undoing, session: Session) -> None:
    sheltering([shelter(1, "1 rue des Essais", closed=True)])
    run = sheltering([shelter(1, "11 rue des Essais", closed=True, telephone="+33199000001")])
    listings.edit(session, session.get_one(Structure, "demonstration--1"), {"adresse": "7 rue des Essais"}, CAMILLE)
    session.commit()
    undo(run)
    session.expire_all()
    assert session.get_one(AdresseConfidentielle, ("structure", "demonstration--1")).adresse == "7 rue des Essais"
    assert session.get_one(Structure, "demonstration--1").telephone is None
    assert session.exec(select(SecretBefore)).all() == []


# --- killed ----------------------------------------------------------------------------------------------------------


def test_an_undo_killed_at_any_batch_is_finished_by_the_next(
    delivering: Delivering, undo: Undoing, session: Session, settings: Settings, database_url: str
) -> None:
    delivering(places(20))
    before = dump(session)
    run = delivering(second(places(20)))
    script = Path(__file__).parent / "undoing_process.py"
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", str(script), database_url, str(settings.data_dir), str(run.id)]
    for batches in (1, 4, 7):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
        assert process.stdout is not None
        for _ in range(batches):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        process.stdout.close()
        session.expire_all()
        assert session.get_one(ImportRun, run.id).etat == "annulation"
        refused = delivering(places(20))
        assert (refused.etat, (refused.message or "")[:16]) == ("echoue", "L’annulation de ")
    undo(run)
    assert dump(session) == before
