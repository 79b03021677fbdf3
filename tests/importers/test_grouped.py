"""Files with a row for each service of a place: seen, grouped, and the same listings from one delivery to the next."""

import csv
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.config import Settings
from app.models import Service, Structure
from importers import declared, pipeline
from importers.declaring import Declaration
from importers.guessing import guess
from importers.readers.opening import open_any
from importers.sources.haute_vienne import SOURCE
from tests.conftest import ROOT
from tests.importers.conftest import reasons
from tests.importers.shapes import COLLECTIVITE, THEMES, places

HEADER = ["Structure", "Adresse", "Code postal", "Ville", "Téléphone", "Service", "Horaires", "Public"]
Rows = list[list[str]]
Imported = Callable[[Path, Declaration], pipeline.ImportRun]


def services(per_place: int = 3) -> Rows:
    """Each place with several themes, one of them twice: for two publics."""
    rows = []
    for p in places():
        for turn in range(1 + p.rank % per_place):
            theme = THEMES[(p.rank + turn) % len(THEMES)]
            rows.append(
                [p.nom, p.adresse, p.code_postal, p.commune, p.telephone, theme, f"Du lundi au vendredi {9 + turn}h-12h", "Tout public"]
            )
        rows.append(
            [p.nom, p.adresse, p.code_postal, p.commune, p.telephone, THEMES[p.rank % len(THEMES)], "Du mardi au vendredi 9h-12h", "Jeunes"]
        )
    return rows


def written(path: Path, rows: Rows, header: Sequence[str] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, delimiter=";").writerows([header, *rows])
    return path


def guessed(path: Path) -> Declaration:
    opened = open_any(path)
    return guess(opened, list(opened.rows.rows), COLLECTIVITE)


def ids(session: Session) -> dict[str, tuple[str, str | None]]:
    session.expire_all()
    """The services that the file has, with their name and publics."""
    published = select(Service).where(Service.statut == "publiee", col(Service.disparu_le).is_(None))
    return {s.id: (s.nom, ",".join(s.publics or ())) for s in session.exec(published)}


@pytest.fixture
def kept(engine: Engine, session: Session, settings: Settings) -> Imported:
    def import_it(path: Path, declaration: Declaration) -> pipeline.ImportRun:
        source_id = next((row.id for row in declared.of_collectivites(session, [COLLECTIVITE])), None)
        source_id = declared.save(session, source_id, declaration, "Camille Fictive")
        session.commit()
        run = pipeline.run(engine, source_id, settings=settings, file=path)[0]
        assert run.etat == "termine", (run.message, reasons(session, run))
        return run

    return import_it


def test_rows_of_the_same_name_and_address_are_seen_to_be_one_place(tmp_path: Path) -> None:
    found = guessed(written(tmp_path / "services.csv", services()))
    assert (found.regrouper, found.cle) == ("lieu", ())
    assert (found.champs["nom"], found.champs["thematiques"]) == (("Structure",), ("Service",))


def test_a_column_that_identifies_places_is_preferred_to_name_and_address(tmp_path: Path) -> None:
    ranks = {p.nom: f"LIEU-{p.rank:03}" for p in places()}
    rows = [[ranks[row[0]], *row] for row in services()]
    found = guessed(written(tmp_path / "services.csv", rows, ["id_structure", *HEADER]))
    assert (found.regrouper, found.cle) == ("cle", ("id_structure",))


def test_a_column_of_too_many_words_to_be_needs_names_the_services(kept: Imported, tmp_path: Path, session: Session) -> None:
    rows = [[*row[:5], f"Atelier inventé numéro {rank}", row[6]] for rank, row in enumerate(services())]
    path = written(tmp_path / "ateliers.csv", rows, [*HEADER[:5], "Prestation", "Horaires"])
    found = guessed(path)
    assert (found.regrouper, found.champs["nom_service"]) == ("lieu", ("Prestation",))
    kept(path, found)
    assert sorted(nom for nom, _ in ids(session).values()) == sorted(row[5] for row in rows)


def test_doubles_and_places_of_one_row_are_not_grouped(tmp_path: Path) -> None:
    alone = [row for row in services() if row[7] == "Jeunes"]
    assert guessed(written(tmp_path / "seuls.csv", alone)).regrouper == ""
    assert guessed(written(tmp_path / "doubles.csv", [*alone, *alone])).regrouper == ""


def test_places_come_in_once_with_a_service_for_each_of_their_rows(kept: Imported, tmp_path: Path, session: Session) -> None:
    path = written(tmp_path / "services.csv", services())
    kept(path, guessed(path))
    structures = {row.nom: row for row in session.exec(select(Structure))}
    assert set(structures) == {p.nom for p in places()}
    assert len(ids(session)) == len(services()) == declared.tally(guessed(path), list(open_any(path).rows.rows))[1]
    third = structures[places()[2].nom]
    assert third.horaires_accueil is None  # its rows differ: they are its services'
    said = {(s.nom, s.horaires_accueil) for s in session.exec(select(Service).where(Service.structure_id == third.id))}
    assert (places()[2].theme, "Mo-Fr 09:00-12:00") in said
    assert (places()[2].theme, "Tu-Fr 09:00-12:00") in said


def test_rows_moved_or_gone_leave_the_others_their_ids(kept: Imported, tmp_path: Path, session: Session) -> None:
    rows = services()
    path = written(tmp_path / "services.csv", rows)
    declaration = guessed(path)
    kept(path, declaration)
    before = ids(session)
    random.Random(6).shuffle(rows)
    kept(written(path, rows), declaration)
    assert ids(session) == before
    gone = next(row for row in rows if row[0] == places()[2].nom and row[7] == "Tout public" and row[5] != places()[2].theme)
    kept(written(path, [row for row in rows if row is not gone]), declaration)
    left = ids(session)
    assert left.items() < before.items()
    assert [before[i][0] for i in before.keys() - left.keys()] == [gone[5]]


def test_a_key_of_rows_names_their_services(kept: Imported, tmp_path: Path, session: Session) -> None:
    rows = [[f"A{rank}", *row] for rank, row in enumerate(services())]
    path = written(tmp_path / "services.csv", rows, ["id_service", *HEADER])
    declaration = guessed(path)
    assert (declaration.regrouper, declaration.cle) == ("lieu", ("id_service",))
    kept(path, declaration)
    before = ids(session)
    assert {i.rsplit("-", 1)[1] for i in before} == {f"a{rank}" for rank in range(len(rows))}
    for row in rows:
        row[6] = row[6].replace("12h", "13h")
    kept(written(path, rows, ["id_service", *HEADER]), declaration)
    assert ids(session).keys() == before.keys()


def test_the_real_file_of_haute_vienne_needs_no_code() -> None:
    path = ROOT / "../shared/data/87-haute-vienne.json"
    if not path.is_file():
        pytest.skip("The real files of ../shared/data are not here: the invented ones above stand in for them")
    opened = open_any(path)
    rows = list(opened.rows.rows)
    structures, told = declared.tally(guess(opened, rows, "87D"), rows)
    by_hand = [SOURCE.translation.translate("x", row.values, "87") for row in SOURCE.read(path).rows if row.values.get("nom_org")]
    assert abs(structures - len(by_hand)) <= 1
    assert abs(told - sum(len(list(row.values["lignes"])) for row in SOURCE.read(path).rows)) <= 0.02 * told
