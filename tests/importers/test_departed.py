"""Rows that leave a file, come back, or come back under another id: nothing is lost, and nothing is deleted."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from app import listings
from app.config import Settings
from app.models import ImportRun, RawRecord, RawRecordBefore, Renumbering, Service, Structure
from app.territory import gazetteer
from app.web.results import freshness
from app.web.wording import day
from app.writing import By
from importers import batches, departures, pipeline, registry
from importers.placing import Placing
from importers.preparing import Prepared
from importers.renumbering import Renumbered, sign
from importers.source import Record
from tests import samples
from tests.importers.conftest import Importing, counts
from tests.importers.deliveries import Place, deliver, places

FS = "france-services"
FIRST = f"{FS}--1"
Delivering = Callable[..., ImportRun]


@pytest.fixture
def delivering(importing: Importing, tmp_path: Path) -> Delivering:
    """``delivering(places)`` imports them as the source's next file."""
    return lambda found, **options: importing(FS, deliver(tmp_path / "livraisons", found), **options)


def first(session: Session) -> tuple[Structure, Service]:
    session.expire_all()
    return session.get_one(Structure, FIRST), session.get_one(Service, f"{FIRST}-{FS}")


def days_go_by(session: Session, days: int) -> None:
    """The rows that are missing have been so for longer."""
    for model in (Structure, Service):
        gone = update(model).where(col(model.disparu_le).is_not(None))
        session.execute(gone.values(disparu_le=date.today() - timedelta(days=days)))
    session.commit()


def test_a_row_that_left_the_file_is_still_published_and_to_be_verified(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    run = delivering(places(10)[1:])
    assert counts(run) == {"read": 9, "unchanged": 9, "to_verify": 1}
    for listing in first(session):
        assert (listing.statut, listing.disparu_le) == ("publiee", date.today())
    assert listings.history(session, "structure", FIRST)[0].changes == {"disparu_le": [None, date.today().isoformat()]}
    assert listings.history(session, "structure", FIRST)[0].run_id == run.id
    assert freshness(first(session)[1]).text == f"Absente du fichier de sa source depuis le {day(date.today())} : à vérifier"
    listings.verify(session, first(session)[1], By("Camille Fictive", account_id=1))
    assert freshness(first(session)[1]).text == "Vérifié aujourd’hui"


def test_a_row_of_any_id_is_set_aside(delivering: Delivering, session: Session) -> None:
    delivering([*places(10), Place("a:b c", "Espace d’un autre nom")])
    assert counts(delivering(places(10))) == {"read": 10, "unchanged": 10, "to_verify": 1}
    assert session.get_one(Structure, f"{FS}--a:b c").disparu_le == date.today()


def test_it_is_told_once_and_archived_only_when_it_stays_away(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    delivering(places(10)[1:])
    assert counts(delivering(places(10)[1:])) == {"read": 9, "unchanged": 9}
    days_go_by(session, 29)
    assert counts(delivering(places(10)[1:])) == {"read": 9, "unchanged": 9}
    days_go_by(session, 30)
    assert counts(delivering(places(10)[1:])) == {"read": 9, "unchanged": 9, "departed": 1}
    assert [listing.statut for listing in first(session)] == ["archivee", "archivee"]
    assert counts(delivering(places(10)[1:])) == {"read": 9, "unchanged": 9}


@pytest.mark.parametrize("archived", [False, True])
def test_a_row_that_comes_back_is_as_it_was(delivering: Delivering, session: Session, *, archived: bool) -> None:
    delivering(places(10))
    delivering(places(10)[1:])
    if archived:
        days_go_by(session, 31)
        delivering(places(10)[1:])
    assert counts(delivering(places(10))) == {"read": 10, "changed": 1, "unchanged": 9}
    for listing in first(session):
        assert (listing.statut, listing.disparu_le) == ("publiee", None)
    assert counts(delivering(places(10))) == {"read": 10, "unchanged": 10}


@pytest.mark.parametrize(("said", "statut"), [({}, "publiee"), ({"statut": "archivee"}, "archivee")])
def test_a_row_that_comes_back_closed_by_its_source_stays_closed(session: Session, said: dict[str, str], statut: str) -> None:
    samples.add_structure(session)
    listings.write(session, "structure", [{"id": "essai--1", "statut": "archivee"}], By("import", run_id=2))
    values = {"id": "essai--1", "disparu_le": None, **said}
    departures.restore(session, [Prepared(Record("1", 1, {}), "", [values], [], [], "essai--1", new=False)])
    assert values["statut"] == statut


def test_what_a_person_archived_does_not_come_back_by_itself(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    delivering(places(10)[1:])
    listings.edit(session, first(session)[0], {"statut": "archivee"}, By("Camille Fictive", account_id=1))
    session.commit()
    delivering(places(10))
    assert (first(session)[0].statut, first(session)[0].disparu_le) == ("archivee", None)


def test_what_a_person_typed_or_verified_since_is_not_archived(delivering: Delivering, session: Session) -> None:
    delivering(places(20))
    listings.edit(session, first(session)[0], {"telephone": "+33465710077"}, By("Camille Fictive", account_id=1))
    session.commit()
    delivering(places(20)[3:])
    days_go_by(session, 31)
    listings.verify(session, session.get_one(Structure, f"{FS}--2"), By("Camille Fictive", account_id=1))
    session.commit()
    assert counts(delivering(places(20)[3:])) == {"read": 17, "unchanged": 17, "departed": 1}
    session.expire_all()
    assert [session.get_one(Structure, f"{FS}--{n}").statut for n in (1, 2, 3)] == ["publiee", "publiee", "archivee"]


def test_what_was_verified_the_very_day_it_went_missing_is_not_archived(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    delivering(places(10)[1:])
    days_go_by(session, 31)
    verified = update(Structure).where(col(Structure.id) == FIRST).values(verifie_le=Structure.disparu_le)
    session.execute(verified)
    session.commit()
    assert counts(delivering(places(10)[1:])) == {"read": 9, "unchanged": 9}
    session.execute(verified.values(verifie_le=date.today() - timedelta(days=32)))
    session.commit()
    assert counts(delivering(places(10)[1:])) == {"read": 9, "unchanged": 9, "departed": 1}


def test_only_what_is_published_is_archived(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    listings.edit(session, first(session)[1], {"statut": "suspendue"}, By("Camille Fictive", account_id=1))
    listings.edit(session, session.get_one(Service, f"{FS}--2-{FS}"), {"statut": "suspendue"}, By("Camille Fictive", account_id=1))
    listings.edit(session, session.get_one(Structure, f"{FS}--2"), {"statut": "archivee"}, By("Camille Fictive", account_id=1))
    session.execute(update(Structure).values(champs_humains=[]))
    session.execute(update(Service).values(champs_humains=[]))
    session.commit()
    assert counts(delivering(places(10)[2:])) == {"read": 8, "unchanged": 8, "to_verify": 1}, "the second was published no more"
    days_go_by(session, 31)
    assert counts(delivering(places(10)[2:])) == {"read": 8, "unchanged": 8, "departed": 1}
    assert [listing.statut for listing in first(session)] == ["archivee", "suspendue"]


def test_the_day_a_row_went_missing_is_the_first(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    session.execute(update(Service).where(col(Service.id) == f"{FIRST}-{FS}").values(disparu_le=date(2026, 1, 2)))
    session.commit()
    delivering(places(10)[1:])
    assert [listing.disparu_le for listing in first(session)] == [date.today(), date(2026, 1, 2)]


def test_rows_leave_and_come_back_a_few_at_a_time(delivering: Delivering, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "DEPARTURES", 2)
    delivering(places(20))
    assert counts(delivering(places(20)[3:])) == {"read": 17, "unchanged": 17, "to_verify": 3}
    days_go_by(session, 31)
    assert counts(delivering(places(20)[3:])) == {"read": 17, "unchanged": 17, "departed": 3}
    assert session.exec(select(Structure.id).where(Structure.statut == "archivee").order_by(Structure.id)).all() == [
        f"{FS}--{n}" for n in (1, 2, 3)
    ]
    assert counts(delivering(places(20))) == {"read": 20, "changed": 3, "unchanged": 17}


def test_a_département_s_rows_alone_tell_nothing_of_the_others(engine: Engine, session: Session, tmp_path: Path) -> None:
    there = Settings(data_dir=tmp_path / "var", sources_dir=tmp_path)
    deliver(tmp_path, [*places(4), Place("9", "Espace de Touraine", "37261")])
    pipeline.run(engine, FS, settings=there)
    deliver(tmp_path, [Place("10", "Autre espace", "37261")])
    run = next(run for run in pipeline.run(engine, "37", settings=there) if run.source == FS)
    assert counts(run) == {"read": 1, "created": 1}
    assert session.exec(select(Structure).where(col(Structure.disparu_le).is_not(None))).all() == []


def test_a_row_that_went_another_way_hides_no_other_that_is_gone(delivering: Delivering, session: Session) -> None:
    run = delivering(places(20))
    another = RawRecord(source="autre", record_id="3", run_id=run.id or 0, hash="", content={}, listings=[f"structure:{FS}--4"])
    session.add(another)
    session.execute(update(RawRecord).where(col(RawRecord.record_id) == "1").values(listings=[]))  # as an undone run leaves it
    session.commit()
    again = [Place("77", places(2)[1].nom), *places(20)[3:]]
    assert counts(delivering(again)) == {"read": 18, "unchanged": 17, "renumbered": 1, "to_verify": 1}
    assert session.get_one(Structure, f"{FS}--3").disparu_le == date.today()


def test_a_dry_run_tells_who_would_go_and_touches_nobody(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    assert counts(delivering(places(10)[1:], dry_run=True)) == {"read": 9, "unchanged": 9, "to_verify": 1}
    assert first(session)[0].disparu_le is None
    delivering(places(10)[1:])
    days_go_by(session, 31)
    assert counts(delivering(places(10)[1:], dry_run=True)) == {"read": 9, "unchanged": 9, "departed": 1}
    assert first(session)[0].statut == "publiee"


def test_a_file_with_unreadable_rows_sends_nobody_away(importing: Importing, session: Session, tmp_path: Path) -> None:
    importing(FS, deliver(tmp_path, places(10)))
    file = deliver(tmp_path, places(10)[1:])
    file.write_text(file.read_text(encoding="utf-8") + "1,coupée\n", encoding="utf-8")
    run = importing(FS, file)
    assert counts(run) == {"read": 10, "unchanged": 9, "rejected": 1}
    assert (run.message or "").startswith("1 ligne est illisible : la fiche que le fichier n’a plus")
    assert first(session)[0].disparu_le is None


def test_a_rejected_row_is_not_gone(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    run = delivering([Place("1", "X"), *places(10)[1:]])
    assert counts(run) == {"read": 10, "unchanged": 9, "rejected": 1}
    assert first(session)[0].disparu_le is None


@pytest.mark.parametrize(
    ("unreadable", "gone", "said"),
    [
        (
            1,
            1,
            "1 ligne est illisible : la fiche que le fichier n’a plus est gardée comme avant|corrigez-la",
        ),
        (
            2,
            1,
            "2 lignes sont illisibles : la fiche que le fichier n’a plus est gardée comme avant|corrigez-les",
        ),
        (
            1,
            3,
            "1 ligne est illisible : les 3 fiches que le fichier n’a plus sont gardées comme avant|corrigez-la",
        ),
    ],
)
def test_what_is_not_told_is_said_of_one_and_of_several(unreadable: int, gone: int, said: str) -> None:
    whole = said.replace("|", ". Pour savoir ce qui a disparu, ") + ", puis importez le fichier de nouveau."
    assert departures.not_told(unreadable, gone) == whole


def test_a_row_is_known_by_what_it_said_whatever_a_person_made_of_it(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    moved = {"nom": "Maison des essais", "commune": "Barcelonnette", "code_insee": "04019", "code_postal": "04400"}
    listings.edit(session, first(session)[0], moved, By("Camille Fictive", account_id=1))
    session.commit()
    assert counts(delivering([Place("77", places(1)[0].nom), *places(10)[1:]])) == {"read": 10, "unchanged": 9, "renumbered": 1}
    assert (first(session)[0].nom, first(session)[0].code_insee) == ("Maison des essais", "04019")


def test_a_service_that_says_no_commune_is_known_by_that_of_its_listing(engine: Engine, session: Session) -> None:
    samples.add_structure(session)
    samples.add_service(session)
    source = next(one for one in registry.discover() if one.id == "data-inclusion")
    row = {"genre": "service", "id": "essai--s1", "source": "essai", "structure_id": "essai--1", "nom": samples.service()["nom"]}
    session.add(ImportRun(id=1, source=source.id))
    session.flush()
    session.add(RawRecord(source=source.id, record_id="s1", run_id=1, hash="", content=row, listings=["service:essai--s1"]))
    session.commit()
    kept = Renumbered(source.id, ids_are_given=True)
    leaving = departures.Departures(source, Placing(engine, gazetteer.load(), None, None), kept, By("import", run_id=1), date.today())
    new = {"essai--s9": sign("service", samples.service())}
    assert leaving.plan(session, {"s1"}, new).came_back == {"essai--s9": "essai--s1"}


def test_a_row_under_a_new_id_keeps_its_listing(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    listings.edit(session, first(session)[0], {"courriel": "tape@example.org"}, By("Camille Fictive", account_id=1))
    session.commit()
    again = [Place("77", "ESPACE MARILINE, des essais", telephone="04 65 71 00 09"), *places(10)[1:]]
    assert counts(delivering(again)) == {"read": 10, "unchanged": 9, "renumbered": 1}
    structure, service = first(session)
    assert (structure.telephone, structure.courriel, structure.disparu_le) == ("+33465710009", "tape@example.org", None)
    assert (service.structure_id, service.telephone) == (FIRST, "+33465710009")
    assert session.get(Structure, f"{FS}--77") is None
    assert len(session.exec(select(Service)).all()) == 10
    assert set(session.exec(select(RawRecord.record_id))) == {"77", *(str(n) for n in range(2, 11))}
    assert [(row.record_id, row.listings[0]) for row in session.exec(select(RawRecordBefore))] == [("1", f"structure:{FIRST}")]


def test_a_renumbered_row_goes_on_with_its_listing(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    again = [Place("77", places(1)[0].nom), *places(10)[1:]]
    delivering(again)
    assert counts(delivering(again)) == {"read": 10, "unchanged": 10}
    assert counts(delivering([again[0]._replace(telephone="04 65 71 00 08"), *again[1:]])) == {"read": 10, "changed": 1, "unchanged": 9}
    assert first(session)[0].telephone == "+33465710008"
    assert counts(delivering([Place("78", again[0].nom), *again[1:]])) == {"read": 10, "unchanged": 9, "renumbered": 1}
    active = session.exec(select(Renumbering.new_id, Renumbering.listing_id).where(col(Renumbering.ended_by).is_(None))).all()
    assert active == [(f"{FS}--78", FIRST)]


def test_the_old_id_given_to_another_place_makes_another_listing(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    again = [Place("77", places(1)[0].nom), *places(10)[1:]]
    delivering(again)
    other = Place("1", "Maison toute neuve", "04019")
    assert counts(delivering([*again, other])) == {"read": 11, "created": 1, "unchanged": 10}
    assert first(session)[0].nom == places(1)[0].nom
    assert session.get_one(Structure, f"{FIRST}.2").nom == "Maison toute neuve"
    assert session.get_one(Service, f"{FIRST}.2-{FS}").structure_id == f"{FIRST}.2"
    assert counts(delivering([*again, other._replace(telephone="04 65 71 00 07")])) == {"read": 11, "changed": 1, "unchanged": 10}


def test_what_could_be_two_places_is_neither(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    twice = [Place(new, places(1)[0].nom) for new in ("77", "78")]
    assert counts(delivering([*twice, *places(10)[1:]])) == {"read": 11, "created": 2, "unchanged": 9, "to_verify": 1}
    assert counts(delivering([*twice, Place("79", places(1)[0].nom), *places(10)[1:]])) == {"read": 12, "created": 1, "unchanged": 11}


def test_a_row_missed_for_a_while_is_found_under_its_new_id(delivering: Delivering, session: Session) -> None:
    delivering(places(10))
    delivering(places(10)[1:])
    days_go_by(session, 31)
    delivering(places(10)[1:])
    assert first(session)[0].statut == "archivee"
    assert counts(delivering([Place("77", places(1)[0].nom), *places(10)[1:]])) == {"read": 10, "unchanged": 9, "renumbered": 1}
    assert [(row.statut, row.disparu_le) for row in first(session)] == [("publiee", None)] * 2


def test_what_a_run_replaced_is_kept_for_its_undo(delivering: Delivering, session: Session, engine: Engine) -> None:
    made = delivering(places(10))
    assert session.exec(select(RawRecordBefore)).all() == []
    run = delivering([places(1)[0]._replace(telephone="04 65 71 00 08"), *places(10)[1:9]])
    kept = {row.record_id: row for row in session.exec(select(RawRecordBefore))}
    assert kept.keys() == {"1", "10"}
    assert {(row.run_id, row.previous_run_id) for row in kept.values()} == {(run.id, made.id)}
    assert kept["1"].content["telephone"] == "04 65 71 00 01"
    assert all(row.hash for row in kept.values())
