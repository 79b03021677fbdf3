"""Addresses looked up during an import: found, refused, awaited, and never a confidential one."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import AdresseConfidentielle, AdresseSituee, ImportRun, RawRecord, Structure
from importers import pipeline
from importers.placing import AWAITED, NOT_FOUND
from tests.territory.strangers import a_geocoder, an_answer

TOWN_HALL = (44.09338, 6.23523)  # of Digne-les-Bains, as the gazetteer has it
FOUND = (44.1012, 6.2299)
Imported = Callable[..., tuple[ImportRun, Structure, list[str]]]


@pytest.fixture
def service() -> Iterator[Any]:
    known = {f"{n} chemin des Essais": [an_answer(f"{n} Chemin des Essais", "04070", *FOUND, score=0.87)] for n in ("7", "8")}
    with a_geocoder(known) as stranger:
        yield stranger


@pytest.fixture
def imported(engine: Engine, session: Session, service: Any, tmp_path: Path) -> Imported:
    """Import one structure of Digne with these values: the run, the structure as stored, and the notes of its record."""

    def run(geocoder: str | None = None, dry_run: bool = False, copies: int = 1, **values: Any) -> Any:
        folder = tmp_path / "fiches"
        folder.mkdir(exist_ok=True)
        record = {"id": "essai--1", "source": "essai", "nom": "Accueil fictif", "date_maj": "2026-10-01", "commune": "Digne-les-Bains"}
        record |= {"code_postal": "04000", "code_insee": "04070", "adresse": "7 chemin des Essais"} | values
        lines = [
            json.dumps(record | ({"id": f"essai--{n}", "adresse": f"{n} rue des Essais"} if n > 1 else {})) for n in range(1, copies + 1)
        ]
        (folder / "structures.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "services.ndjson").write_text("", encoding="utf-8")
        settings = Settings(data_dir=tmp_path / "var", geocoder_url=service.url if geocoder is None else geocoder)
        done = pipeline.run(engine, "data-inclusion", settings=settings, file=folder, dry_run=dry_run)[0]
        session.expire_all()
        kept = session.exec(select(RawRecord.notes)).first()
        return done, session.get(Structure, "essai--1"), kept

    return run


def point(structure: Structure) -> tuple[float | None, float | None, str | None]:
    return structure.latitude, structure.longitude, structure.precision_lieu


def test_an_address_without_a_point_is_looked_up_and_the_score_is_noted(imported: Imported, service: Any) -> None:
    _, structure, notes = imported()
    assert point(structure) == (*FOUND, "adresse")
    assert notes == ["Position trouvée d’après l’adresse (score 0,87)."]
    assert [path.rpartition("/service")[2] for path, _ in service.asked] == ["/search/csv"]


def test_a_point_that_can_be_believed_is_not_looked_up(imported: Imported, service: Any) -> None:
    _, structure, notes = imported(latitude=44.095, longitude=6.24)
    assert point(structure) == (44.095, 6.24, "adresse")
    assert notes == []
    assert service.asked == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((48.8566, 2.3522), "Position à plus de 30 km"),
        (TOWN_HALL, "Position identique à celle de la mairie"),
        ((0.5, 0.5), "Position à plus de 30 km"),
    ],
    ids=["far away", "the town hall's", "nowhere"],
)
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_a_suspicious_point_is_repaired_or_flagged(
    imported: Imported, service: Any, given: tuple[float, float], said: str, known: bool
) -> None:
    service.known = service.known if known else {}
    _, structure, notes = imported(latitude=given[0], longitude=given[1])
    assert notes[0].startswith(said)
    assert point(structure) == ((*FOUND, "adresse") if known else (*TOWN_HALL, "commune"))
    assert notes[1:] == ["Position trouvée d’après l’adresse (score 0,87)." if known else NOT_FOUND]


def test_swapped_axes_are_put_right_without_asking(imported: Imported, service: Any) -> None:
    _, structure, notes = imported(latitude=6.24, longitude=44.095)
    assert point(structure) == (44.095, 6.24, "adresse")
    assert notes == ["Latitude et longitude étaient interverties : remises à leur place."]
    assert service.asked == []


def test_the_town_hall_itself_may_stand_there(imported: Imported, service: Any) -> None:
    _, structure, notes = imported(nom="Mairie de Digne-les-Bains", latitude=TOWN_HALL[0], longitude=TOWN_HALL[1])
    assert point(structure) == (*TOWN_HALL, "adresse")
    assert (notes, service.asked) == ([], [])


@pytest.mark.parametrize(
    "lie",
    [
        an_answer("7 Chemin des Essais 05000 Gap", "05061", 44.5594, 6.0786),
        an_answer("7 Chemin des Essais", "04070", FOUND[1], FOUND[0]),
        an_answer("7 Chemin des Essais", "04070", 44.5594, 6.0786),
        an_answer("7 Chemin des Essais", "04070", *FOUND, score=0.6),
        an_answer("Digne-les-Bains", "04070", *FOUND, type="municipality"),
    ],
    ids=["wrong town", "swapped axes", "far away", "unsure", "the commune"],
)
def test_a_lie_is_not_stored(imported: Imported, service: Any, session: Session, lie: dict[str, Any]) -> None:
    service.manner, service.known = "lies", {"7 chemin": [lie]}
    run, structure, notes = imported()
    assert notes == [NOT_FOUND]
    assert service.asked
    assert (run.etat, point(structure)) == ("termine", (*TOWN_HALL, "commune"))
    assert session.exec(select(AdresseSituee)).all() == []


@pytest.mark.parametrize("manner", ["errs", "cuts", "garbage", "redirects", "endless"])
def test_what_could_not_be_asked_is_asked_by_the_next_import(imported: Imported, service: Any, manner: str) -> None:
    service.manner = manner
    run, structure, notes = imported()
    assert (run.etat, run.created, point(structure), notes) == ("termine", 1, (*TOWN_HALL, "commune"), [AWAITED])
    service.manner = "well"
    run, structure, notes = imported()
    assert (run.changed, point(structure)) == (1, (*FOUND, "adresse"))
    assert AWAITED not in notes
    assert imported()[0].unchanged == 1


@pytest.mark.parametrize("manner", ["hangs", "drips", "drips-headers"])
def test_a_geocoder_that_never_ends_does_not_hold_the_import(
    imported: Imported, service: Any, monkeypatch: pytest.MonkeyPatch, manner: str
) -> None:
    monkeypatch.setattr("importers.placing.LOT", 1)
    monkeypatch.setattr("app.territory.geocoding.BATCH_SECONDS", 0.3)
    service.manner = manner
    run, _, _ = imported(copies=6)
    assert (run.etat, run.created) == ("termine", 6)
    assert len(service.asked) <= 2, "two failures are enough for a run"
    assert not service.closing.is_set(), "the service would have gone on"


def test_what_was_found_stands_when_the_geocoder_is_gone(imported: Imported, service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    imported()
    monkeypatch.setattr("importers.preparing.version", lambda: "another version")
    for geocoder in ("", "http://127.0.0.1:9"):
        run, structure, _ = imported(geocoder, nom=f"Accueil {len(geocoder)}")
        assert (run.changed, point(structure)) == (1, (*FOUND, "adresse"))
    assert len(service.asked) == 1


def test_the_same_address_is_asked_for_once(imported: Imported, service: Any) -> None:
    imported()
    imported(nom="Accueil fictif, autrement")
    assert len(service.asked) == 1
    imported(adresse="8 chemin des Essais")
    assert len(service.asked) == 2


def test_switched_off_nothing_is_asked_and_the_commune_stands(imported: Imported, service: Any) -> None:
    run, structure, notes = imported("")
    assert (point(structure), notes, service.asked) == ((*TOWN_HALL, "commune"), [], [])
    assert imported("")[0].unchanged == run.created


def test_a_dry_run_keeps_nothing(imported: Imported, session: Session) -> None:
    run, structure, _ = imported(dry_run=True)
    assert (run.created, structure) == (1, None)
    assert session.exec(select(AdresseSituee)).all() == []


def test_a_confidential_address_goes_nowhere(imported: Imported, service: Any, session: Session) -> None:
    imported(latitude=44.095, longitude=6.24)
    structure = session.get(Structure, "essai--1")
    assert structure
    structure.adresse_confidentielle = True
    session.add(AdresseConfidentielle(genre="structure", listing_id="essai--1"))
    session.commit()
    imported(nom="Accueil fictif, autrement")
    assert service.asked == []
    assert session.exec(select(AdresseSituee)).all() == []


def test_invented_addresses_are_looked_up_by_nobody(engine: Engine, service: Any, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var", geocoder_url=service.url)
    assert pipeline.run(engine, "demonstration", settings=settings)[0].created
    assert service.asked == []
