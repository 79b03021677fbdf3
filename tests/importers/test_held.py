"""A file that would change too much at once waits for a human, and writes nothing meanwhile."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app import listings
from app.config import Settings
from app.models import ImportRun, IndexQueue, Quarantine, RawRecord, RawRecordBefore, Revision, Service, Structure
from app.writing import By
from importers import foreseeing, locking
from importers.problems import NotHeld
from tests.importers.conftest import Approving, Importing, counts
from tests.importers.deliveries import Place, deliver, places

FS = "france-services"
Delivering = Callable[..., ImportRun]
WRITTEN = (Structure, Service, RawRecord, RawRecordBefore, Revision, IndexQueue)


@pytest.fixture
def delivering(importing: Importing, tmp_path: Path) -> Delivering:
    return lambda found, **options: importing(FS, deliver(tmp_path / "livraisons", found), **options)


def dump(session: Session) -> list[list[str]]:
    session.expire_all()
    return [sorted(str(row.model_dump()) for row in session.exec(select(model))) for model in WRITTEN]


def changed(found: Sequence[Place], count: int, **change: str) -> list[Place]:
    return [place._replace(**change) if rank < count else place for rank, place in enumerate(found)]


def renamed(found: Sequence[Place], count: int, name: str = "Relais {} du bourg") -> list[Place]:
    return [place._replace(nom=name.format(place.nom.split()[1])) if rank < count else place for rank, place in enumerate(found)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: found[5:], "5 ne sont plus dans le fichier"),
        (lambda found: changed(found, 5, insee="04019"), "5 changeraient de commune ou de plus de 5 km"),
        (lambda found: renamed(found, 5), "5 changeraient de nom"),
        (lambda found: renamed(found[1:], 4), "1 n’est plus dans le fichier"),
    ],
)
def test_more_than_a_fifth_is_held_and_nothing_is_written(
    delivering: Delivering, session: Session, change: Callable[[list[Place]], list[Place]], said: str
) -> None:
    delivering(places(20))
    before = dump(session)
    run = delivering(change(places(20)))
    assert run.etat == "retenu"
    assert run.retenue is not None
    assert run.retenue[0] == "5 fiches sur 20 seraient touchées (25\u00a0%), plus que les 20\u00a0% admis sans relecture."
    assert said in run.retenue
    assert run.message == " ".join(run.retenue)
    assert dump(session) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found[4:],
        lambda found: changed(found, 4, insee="04019"),
        lambda found: renamed(changed(found, 4, insee="04019"), 4),
        lambda found: changed(found, 20, telephone="04 65 71 00 99"),
        lambda found: renamed(found, 20, "ESPACE {}, des éssais"),
        lambda found: renamed(found, 20, "Espace {} des Esais"),
        lambda found: [place._replace(id=f"n{place.id}") for place in found],
    ],
    ids=["a fifth gone", "a fifth moved", "a fifth moved and renamed", "phones", "case and accents", "typos", "new ids"],
)
def test_a_fifth_or_small_corrections_are_not_held(delivering: Delivering, change: Callable[[list[Place]], list[Place]]) -> None:
    delivering(places(20))
    assert delivering(change(places(20))).etat == "termine"


def test_a_first_import_is_never_held(delivering: Delivering) -> None:
    assert delivering(places(3)).etat == "termine"


def test_what_an_approved_run_does_is_what_it_said(delivering: Delivering, approving: Approving, session: Session, tmp_path: Path) -> None:
    delivering(places(20))
    found = [Place("x", "X"), *renamed(places(20)[6:], 2), Place("77", places(1)[0].nom)]
    held = delivering(found)
    deliver(tmp_path / "livraisons", places(3))  # the file is another one since: what was held is what is applied
    done = approving(held)
    assert (done.id, done.etat, done.approved_by, done.message) == (held.id, "termine", "Camille Fictive", None)
    assert counts(done) == counts(held)
    assert counts(done) == {"read": 16, "changed": 2, "unchanged": 12, "rejected": 1, "renumbered": 1, "to_verify": 5}
    assert len(session.exec(select(Quarantine)).all()) == 1
    assert counts(delivering(found)) == {"read": 16, "unchanged": 15, "rejected": 1}


def test_a_dry_run_says_that_it_would_be_held(delivering: Delivering) -> None:
    delivering(places(20))
    run = delivering(places(5), dry_run=True)
    assert (run.etat, run.dry_run, run.to_verify) == ("retenu", True, 15)


def test_what_a_person_typed_does_not_hold_a_file(delivering: Delivering, session: Session) -> None:
    delivering(places(20))
    for place in places(5):
        listing = session.get_one(Structure, f"{FS}--{place.id}")
        listings.edit(session, listing, {"nom": f"Nom tapé {place.id}"}, By("Camille Fictive", account_id=1))
    session.commit()
    assert delivering(changed(places(20), 20, telephone="04 65 71 00 98")).etat == "termine"


def test_only_a_held_run_can_be_approved_and_once(delivering: Delivering, approving: Approving) -> None:
    done = delivering(places(20))
    with pytest.raises(NotHeld, match="n’est pas retenu"):
        approving(done)
    held = delivering(places(5))
    approving(held)
    with pytest.raises(NotHeld, match="n’est pas retenu"):
        approving(held)


def test_a_later_import_makes_the_held_one_void(delivering: Delivering, approving: Approving) -> None:
    delivering(places(20))
    held = delivering(places(5))
    delivering(places(19))
    with pytest.raises(NotHeld, match="plus récent"):
        approving(held)


def test_a_run_is_still_held_when_its_source_is_busy(
    delivering: Delivering, approving: Approving, engine: Engine, session: Session, settings: Settings
) -> None:
    delivering(places(20))
    held = delivering(places(5))
    with locking.held(engine, settings.data_dir, FS), pytest.raises(locking.Busy):
        approving(held)
    assert session.get_one(ImportRun, held.id).etat == "retenu"


def test_the_raw_bytes_of_a_held_run_may_be_gone(delivering: Delivering, approving: Approving, settings: Settings) -> None:
    delivering(places(20))
    held = delivering(places(5))
    for file in (settings.data_dir / "fichiers" / FS).iterdir():
        file.unlink()
    run = approving(held)
    assert (run.etat, (run.message or "")[:10]) == ("echoue", "Le fichier")


def test_an_approved_run_that_died_is_resumed_by_the_same_file(
    delivering: Delivering, approving: Approving, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivering(places(20))
    held = delivering(places(5))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("importers.batches.Batches.flag", stop)
        with pytest.raises(KeyboardInterrupt):
            approving(held)
    session.expire_all()
    assert session.get_one(ImportRun, held.id).etat == "interrompu"
    resumed = delivering(places(5))
    assert (resumed.etat, counts(resumed)) == ("termine", {"read": 5, "unchanged": 5, "to_verify": 15})


def test_two_machines_of_one_base_never_import_a_source_together(engine: Engine, tmp_path: Path) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("A SQLite base has one machine, which the kernel's lock covers")
    with locking.held(engine, tmp_path / "une", FS):
        with pytest.raises(locking.Busy), locking.held(engine, tmp_path / "autre", FS):
            pass
        with locking.held(engine, tmp_path / "autre", "gironde"):
            pass
    with locking.held(engine, tmp_path / "autre", FS):
        pass


def test_an_address_made_more_precise_is_no_move() -> None:
    before = Structure(id="s", source="s", nom="Lieu", code_insee="04070", latitude=44.09, longitude=6.23, precision_lieu="adresse")
    near = {"nom": "Lieu", "code_insee": "04070", "latitude": 44.12, "longitude": 6.23, "precision_lieu": "adresse"}
    assert foreseeing.kinds(before, near) == []
    assert foreseeing.kinds(before, {**near, "latitude": 44.15}) == ["moved"]
    assert foreseeing.kinds(before, {**near, "latitude": 44.15, "precision_lieu": "commune"}) == []
    assert foreseeing.kinds(before, {**near, "statut": "archivee"}) == ["closed"]
