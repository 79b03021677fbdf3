"""The line that every import follows: once is enough, a bad row is only a bad row, nobody's work is lost."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app import listings
from app.config import Settings
from app.models import ImportRun, IndexQueue, Quarantine, RawRecord, Revision, Service, Structure
from app.writing import By
from importers import locking, pipeline, source
from importers.problems import UnknownTarget
from tests.importers.conftest import FIXTURES, Importing, counts

GIRONDE = "33-gironde.json"
ALL = [
    ("maine-et-loire", "49-maine-et-loire.json"),
    ("gironde", GIRONDE),
    ("region-sud", "region-sud.csv"),
    ("france-services", "france-services-2024-08.csv"),
    ("data-inclusion", "data-inclusion"),
]


def edited(tmp_path: Path, change: Callable[[list[dict[str, Any]]], Any]) -> Path:
    """The Gironde fixture after `change`, under the same name."""
    rows = json.loads((FIXTURES / GIRONDE).read_text(encoding="cp1252"))
    change(rows)
    (tmp_path / GIRONDE).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return tmp_path / GIRONDE


def atelier(session: Session) -> Structure:
    session.expire_all()
    return session.exec(select(Structure).where(Structure.adresse == "8 rue des Essais")).one()


@pytest.mark.parametrize(("target", "file"), ALL)
def test_a_second_run_of_the_same_file_changes_nothing(importing: Importing, session: Session, target: str, file: str) -> None:
    first = importing(target, file)
    revisions, queued = (len(session.exec(select(model)).all()) for model in (Revision, IndexQueue))
    second = importing(target, file)
    assert (second.created, second.changed) == (0, 0)
    assert (second.read, second.unchanged, second.rejected) == (first.read, first.created, first.rejected)
    assert [len(session.exec(select(model)).all()) for model in (Revision, IndexQueue)] == [revisions, queued]


@pytest.mark.parametrize(("target", "file"), ALL)
def test_the_same_rows_translated_anew_change_nothing(
    importing: Importing, monkeypatch: pytest.MonkeyPatch, target: str, file: str
) -> None:
    first = importing(target, file)
    monkeypatch.setattr("importers.preparing.version", lambda: "another version")
    second = importing(target, file)
    assert (second.created, second.changed, second.unchanged) == (0, 0, first.created)


def test_only_the_row_that_changed_is_written(importing: Importing, session: Session, tmp_path: Path) -> None:
    importing("gironde", GIRONDE)
    run = importing("gironde", edited(tmp_path, lambda rows: rows[0].update({"Téléphone": "05 36 49 00 09"})))
    assert counts(run) == {"read": 3, "changed": 1, "unchanged": 2}
    assert atelier(session).telephone == "+33536490009"
    assert listings.history(session, "structure", atelier(session).id)[0].changes == {"telephone": ["+33536490001", "+33536490009"]}


def test_what_a_person_typed_stays(importing: Importing, session: Session, tmp_path: Path) -> None:
    importing("gironde", GIRONDE)
    listings.edit(session, atelier(session), {"telephone": "+33536490077"}, By("Camille Fictive", account_id=1))
    session.commit()
    change = {"Téléphone": "05 36 49 00 09", "Email": "nouveau@example.org"}
    run = importing("gironde", edited(tmp_path, lambda rows: rows[0].update(change)))
    assert run.changed == 1
    assert (atelier(session).telephone, atelier(session).courriel) == ("+33536490077", "nouveau@example.org")


def test_two_rows_alike_are_two_listings(importing: Importing, session: Session, tmp_path: Path) -> None:
    run = importing("gironde", edited(tmp_path, lambda rows: rows.append(dict(rows[0]))))
    assert run.created == 4
    assert len(session.exec(select(Structure).where(Structure.nom == "Atelier des Essais")).all()) == 2


def test_a_row_of_another_shape_goes_to_quarantine_and_the_rest_goes_on(importing: Importing, session: Session, tmp_path: Path) -> None:
    def change(rows: list[Any]) -> None:
        rows.insert(1, "une valeur seule")
        rows[0]["Lieu"] = "X"

    run = importing("gironde", edited(tmp_path, change))
    assert counts(run) == {"read": 4, "created": 2, "rejected": 2}
    found = session.exec(select(Quarantine).where(Quarantine.run_id == run.id).order_by(Quarantine.line)).all()  # type: ignore[arg-type]
    assert [(row.line, row.reasons) for row in found] == [
        (1, ["structure, champ « nom » : trop court « X »."]),
        (2, ["Ce n’est pas une fiche, mais une valeur seule."]),
    ]
    assert found[0].content["Adresse postale"] == "8 rue des Essais - 33000 Bordeaux"


def test_a_dry_run_tells_what_would_happen_and_writes_no_listing(importing: Importing, session: Session, tmp_path: Path) -> None:
    for target, file in ALL:
        foreseen = importing(target, file, dry_run=True)
        assert foreseen.dry_run
        assert [session.exec(select(model)).all() for model in (Structure, Service, RawRecord, Revision, IndexQueue)] == [[]] * 5
        done = importing(target, file)
        assert counts(foreseen) == counts(done)
        for row in (*session.exec(select(Service)), *session.exec(select(Structure))):
            session.delete(row)
            session.flush()
        for model in (RawRecord, Revision, IndexQueue):
            for row in session.exec(select(model)):
                session.delete(row)
        session.commit()


def test_a_dry_run_foresees_changes(importing: Importing, tmp_path: Path, settings: Settings) -> None:
    importing("gironde", GIRONDE)
    file = edited(tmp_path, lambda rows: rows[0].update({"Téléphone": "05 36 49 00 09"}))
    assert counts(importing("gironde", file, dry_run=True)) == {"read": 3, "changed": 1, "unchanged": 2}
    assert counts(importing("gironde", file)) == {"read": 3, "changed": 1, "unchanged": 2}


def test_raw_bytes_and_raw_rows_are_kept(importing: Importing, session: Session, settings: Settings) -> None:
    run = importing("gironde", GIRONDE)
    kept = list((settings.data_dir / "fichiers" / "gironde").iterdir())
    assert [file.read_bytes() for file in kept] == [(FIXTURES / GIRONDE).read_bytes()]
    assert kept[0].name == f"{(run.file_sha256 or '')[:12]}-{GIRONDE}"
    raw = session.exec(select(RawRecord).where(RawRecord.line == 1)).one()
    assert raw.content["Lieu"] == "Atelier des Essais"


def test_progress_is_told(importing: Importing) -> None:
    told: list[tuple[int, int | None]] = []
    importing("gironde", GIRONDE, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (3, 3)]


@pytest.mark.parametrize(
    ("target", "name", "content", "said"),
    [
        (
            "gironde",
            "33-gironde.json",
            b'[{"Lieu": "coup',
            "« 33-gironde.json » n’est pas du JSON lisible, ligne 1 : le fichier est peut-être coupé.",
        ),
        ("gironde", "33-gironde.json", b"", "« 33-gironde.json » est vide."),
        ("gironde", "33-gironde.json", b'{"a": 1}', "« 33-gironde.json » n’est pas une liste de fiches."),
        ("gironde", "x.json", b"[" * 100_000, "« x.json » n’est pas du JSON lisible : le fichier est peut-être coupé."),
        ("gironde", "x.json", b'[{"Nom": "x"}]', "Ce n’est pas un fichier de « Gironde : lieux d’accompagnement numérique »"),
        ("region-sud", "x.csv", b"PK\x03\x04\x00\x81", "« x.csv » n’est pas un fichier de texte en UTF-8 ou Windows-1252."),
        ("region-sud", "x.csv", b"a,b\n1,2\n", "« x.csv » n’a pas d’en-tête séparé par « ; »"),
        ("france-services", "x.csv", b'"id_fs","lib_fs"\n"1","' + b"x" * 200_000, "« x.csv » n’est pas un fichier CSV lisible"),
        ("mairies", "x.xz", b"rien", "« x.xz » n’est pas un fichier xz lisible."),
    ],
)
def test_a_file_that_is_not_what_it_should_be_fails_in_french(
    importing: Importing, session: Session, tmp_path: Path, target: str, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    run = importing(target, tmp_path / name)
    assert run.etat == "echoue"
    assert (run.message or "").startswith(said)
    assert session.exec(select(Structure)).all() == []


def test_a_missing_file_says_what_to_do(importing: Importing, tmp_path: Path) -> None:
    assert importing("gironde", tmp_path / "rien.json").message == f"Le fichier « {tmp_path / 'rien.json'} » n’existe pas."
    message = importing("gironde").message or ""
    assert message.startswith("Aucune adresse publiée n’est connue pour « Gironde")
    assert "--file" in message
    assert "LEVIER_SOURCES_DIR" in message


def test_the_folder_of_sources_serves_without_a_network(importing: Importing, settings: Settings) -> None:
    run = importing("france-services", settings=settings.model_copy(update={"sources_dir": FIXTURES}))
    assert (run.etat, run.file_name) == ("termine", "france-services-2024-08.csv")


def test_an_unknown_target_is_refused_with_those_that_exist(importing: Importing) -> None:
    with pytest.raises(UnknownTarget, match="maine-et-loire"):
        importing("inconnu")


def test_a_file_given_for_a_département_is_of_its_own_source(importing: Importing) -> None:
    run = importing("49", "49-maine-et-loire.json")
    assert (run.source, run.departement, run.created) == ("maine-et-loire", "49", 6)
    with pytest.raises(UnknownTarget, match="De quelle source"):
        importing("75", GIRONDE)


def test_a_run_that_a_dead_process_left_is_marked_as_interrupted(importing: Importing, session: Session) -> None:
    dead = ImportRun(source="gironde", etat="en-cours")
    other = ImportRun(source="maine-et-loire", etat="en-cours")
    session.add_all([dead, other])
    session.commit()
    importing("gironde", GIRONDE)
    session.expire_all()
    assert (dead.etat, other.etat) == ("interrompu", "en-cours")
    assert dead.finished_at is not None


def test_two_imports_of_one_source_never_run_together(importing: Importing, engine: Engine, settings: Settings) -> None:
    with locking.held(engine, settings.data_dir, "gironde"):
        run = importing("gironde", GIRONDE)
        assert (run.etat, run.message) == ("echoue", "Un import de « gironde » est déjà en cours : attendez qu’il finisse.")
        assert importing("maine-et-loire", "49-maine-et-loire.json").etat == "termine"
    assert importing("gironde", GIRONDE).etat == "termine"


def test_the_file_s_day_is_never_the_day_of_the_import(importing: Importing, session: Session, tmp_path: Path) -> None:
    file = shutil.copy(FIXTURES / "region-sud.csv", tmp_path / "region-sud.csv")
    assert importing("region-sud", Path(file)).file_date is None
    then = datetime.now(UTC) - timedelta(days=40)
    os.utime(file, (then.timestamp(), then.timestamp()))
    assert importing("region-sud", Path(file)).file_date == then.astimezone().date()
    assert str(importing("gironde", GIRONDE).file_date) == "2021-12-07"


def test_a_program_error_ends_the_run_and_is_not_hidden(importing: Importing, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr("importers.batches.listings.write", broken)
    with pytest.raises(RuntimeError, match="bug"):
        importing("gironde", GIRONDE)
    assert session.exec(select(ImportRun.etat, ImportRun.message)).one() == ("echoue", "Erreur inattendue : RuntimeError. Voir le journal.")


def test_a_confidential_address_is_in_no_raw_row_nor_quarantine(
    engine: Engine, session: Session, settings: Settings, tmp_path: Path
) -> None:
    shelter = {
        "source": "demonstration",
        "commune": "Tours",
        "code_insee": "37261",
        "adresse": "9 impasse du Secret",
        "latitude": 47.39,
        "longitude": 0.69,
    }
    shelter |= {"adresse_confidentielle": True, "date_maj": "2026-10-01"}
    good, bad = {"id": "demonstration--abri", "nom": "Abri des Essais", **shelter}, {"id": "demonstration--court", "nom": "X", **shelter}
    (tmp_path / "d.json").write_text(json.dumps({"structures": [good, bad], "services": []}), encoding="utf-8")
    run = pipeline.run(engine, "demonstration", settings=settings, file=tmp_path / "d.json")[0]
    assert counts(run) == {"read": 2, "created": 1, "rejected": 1}
    kept = [*session.exec(select(RawRecord.content)), *session.exec(select(Quarantine.content))]
    assert len(kept) == 2
    assert "Secret" not in json.dumps(kept)
    assert session.get_one(Structure, "demonstration--abri").demonstration


def test_the_version_covers_what_translates_rows() -> None:
    assert len(source.version()) == 16
    assert source.version() == source.version()
