"""An export that comes back: what its editor changed is edited, and nothing else."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app import listings
from app.access import Viewer
from app.accounts import create_account, viewer_of
from app.interchange import exports, kept
from app.models import ImportRun, Quarantine, Revision, Service, Structure
from importers.exported import STALE, UNKNOWN, bring_back
from tests.samples import IMPORT, TOURS, add_service, add_structure, service

Change = Callable[[list[dict[str, Any]]], None]
CLERK = "gestion@example.org"


@pytest.fixture
def clerk(engine: Engine, session: Session) -> Viewer:
    add_structure(session, telephone="+33465710001", siret="00000000000000", nom="=2+3", latitude=-0.5, longitude=1.0)
    add_service(session, description='Une longue description\nsur deux lignes ; avec "guillemets".', volume_horaire_hebdomadaire=12.0)
    add_structure(session, id="essai--37", nom="Ateliers de Touraine", **TOURS)
    add_structure(session, id="essai--abri", nom="Abri", adresse_confidentielle=True, adresse="17 impasse du Secret")
    create_account(session, CLERK, "Camille Fictive", "gestionnaire", ("04D",))
    session.commit()
    return viewer_of(session, CLERK)


def edited(engine: Engine, viewer: Viewer, path: Path, change: Change) -> Path:
    """What `viewer` exports, changed in a spreadsheet, at `path`."""
    _, written = exports.FORMATS[path.suffix[1:]]
    content = b"".join(written(kept.rows(engine, viewer, kept.Choice())))
    if path.suffix == ".csv":
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
        change(rows)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        return path
    header, *cells = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    rows = [dict(zip(header, row, strict=True)) for row in cells]
    change(rows)
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Fiches")
        for rank, row in enumerate([header, *(list(row.values()) for row in rows)]):
            sheet.write_row(rank, 0, row)
    return path


def told(session: Session, run: ImportRun) -> list[str]:
    session.expire_all()
    found = session.exec(select(Quarantine).where(Quarantine.run_id == run.id).order_by(col(Quarantine.line)))
    return [reason for row in found for reason in row.reasons]


def counts(run: ImportRun) -> tuple[str, int, int, int]:
    return run.etat, run.changed, run.unchanged, run.rejected


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_one_phone_changed_in_a_spreadsheet_changes_one_phone(
    engine: Engine, session: Session, clerk: Viewer, tmp_path: Path, ending: str
) -> None:
    before = len(session.exec(select(col(Revision.id))).all())

    def change(rows: list[dict[str, Any]]) -> None:
        [row] = [row for row in rows if row["id"] == "essai--1"]
        row["telephone"] = "04 65 71 00 99"

    run = bring_back(engine, edited(engine, clerk, tmp_path / f"e.{ending}", change), clerk)
    assert (counts(run), told(session, run)) == (("termine", 1, 2, 0), [])
    assert run.departement == "04"
    listing = session.get_one(Structure, "essai--1")
    assert (listing.telephone, listing.nom, listing.siret) == ("+33465710099", "=2+3", "00000000000000")
    assert listing.champs_humains == ["telephone"]
    [revision] = session.exec(select(Revision).order_by(col(Revision.id))).all()[before:]
    assert revision.changes["telephone"] == ["+33465710001", "+33465710099"]
    assert revision.author == "Camille Fictive"
    assert revision.changes.keys() <= {"telephone", "date_maj"}
    listings.write(session, "structure", [{"id": "essai--1", "telephone": "+33465710001"}], IMPORT)
    session.commit()
    assert session.get_one(Structure, "essai--1").telephone == "+33465710099", "the source's next file does not undo it"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_that_comes_back_as_it_was_changes_nothing(
    engine: Engine, session: Session, clerk: Viewer, tmp_path: Path, ending: str
) -> None:
    before = session.exec(select(col(Revision.id))).all()
    path = edited(engine, clerk, tmp_path / f"e.{ending}", lambda rows: None)
    assert counts(bring_back(engine, path, clerk)) == ("termine", 0, 3, 0)
    assert session.exec(select(col(Revision.id))).all() == before


def test_what_a_spreadsheet_does_to_numbers_is_no_edit(engine: Engine, session: Session, clerk: Viewer, tmp_path: Path) -> None:
    def spoil(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row.update(code_postal=row["code_postal"].lstrip("0"), code_insee=row["code_insee"].lstrip("0"), date_maj="01/10/2026")
            if row["siret"]:
                row["siret"] = "0"

    run = bring_back(engine, edited(engine, clerk, tmp_path / "e.csv", spoil), clerk)
    assert (counts(run), told(session, run)) == (("termine", 0, 3, 0), [])


def test_lists_places_and_statuts_come_back(engine: Engine, session: Session, clerk: Viewer, tmp_path: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        [row] = [row for row in rows if row["genre"] == "service"]
        row.update(publics="familles | jeunes", commune="Aiglun", code_postal="04510", adresse="1 chemin des Essais", statut="Suspendue")

    run = bring_back(engine, edited(engine, clerk, tmp_path / "e.csv", change), clerk)
    assert (counts(run), told(session, run)) == (("termine", 1, 2, 0), [])
    found = session.get_one(Service, "essai--s1")
    assert (set(found.publics or ()), found.code_insee, found.statut) == ({"familles", "jeunes"}, "04001", "suspendue")
    assert found.precision_lieu == "commune"


def test_only_listings_that_the_editor_keeps_are_edited(engine: Engine, session: Session, clerk: Viewer, tmp_path: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["nom"] = "Volé"
        rows.append(dict(rows[0], id="essai--inconnue"))

    path = edited(engine, Viewer(None, "admin", "administrateur"), tmp_path / "e.csv", change)
    for who in (Viewer(None, "x", "conseiller"), Viewer(None, "y", "gestionnaire", frozenset({"37D"}))):
        run = bring_back(engine, path, who)
        assert run.changed == (1 if who.collectivites else 0)
        assert set(told(session, run)) == {UNKNOWN}
    assert session.get_one(Structure, "essai--1").nom == "=2+3"
    assert session.get(Structure, "essai--inconnue") is None


def test_a_listing_changed_since_the_export_is_left_alone(engine: Engine, session: Session, clerk: Viewer, tmp_path: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[-1]["telephone"] = "04 65 71 00 99"

    path = edited(engine, clerk, tmp_path / "e.csv", change)
    listings.write(session, "service", [service(nom="Un autre nom")], IMPORT)
    listings.write(session, "structure", [{"id": "essai--1", "date_maj": date(2026, 11, 1)}], IMPORT)
    session.commit()
    run = bring_back(engine, path, clerk)
    assert (counts(run), told(session, run)) == (("termine", 0, 2, 1), [STALE])
    assert session.get_one(Service, "essai--s1").nom == "Un autre nom"
    assert session.get_one(Structure, "essai--1").date_maj == date(2026, 11, 1), "its row was not touched: it says nothing"


def test_values_that_mean_nothing_are_told(engine: Engine, session: Session, clerk: Viewer, tmp_path: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        by_id = {row["id"]: row for row in rows}
        by_id["essai--1"].update(telephone="demander à l’accueil", statut="")
        by_id["essai--s1"].update(frais="un peu")
        by_id["essai--abri"].update(adresse="18 impasse du Secret")

    run = bring_back(engine, edited(engine, clerk, tmp_path / "e.csv", change), clerk)
    assert counts(run) == ("termine", 0, 0, 3)
    said = " ".join(told(session, run))
    assert "telephone" in said
    assert "statut" in said
    assert "un peu" in said
    assert "confidentielle" in said
    assert "impasse" not in said


def test_another_file_is_said_not_to_be_an_export(engine: Engine, clerk: Viewer, tmp_path: Path) -> None:
    path = tmp_path / "autre.csv"
    path.write_text("nom;commune\nUn lieu;Digne\n")
    run = bring_back(engine, path, clerk)
    assert run.etat == "echoue"
    assert "n’est pas un export de Levier" in (run.message or "")


def test_a_rehearsal_edits_nothing(engine: Engine, session: Session, clerk: Viewer, tmp_path: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[0]["telephone"] = "04 65 71 00 99"

    run = bring_back(engine, edited(engine, clerk, tmp_path / "e.csv", change), clerk, dry_run=True)
    assert counts(run) == ("termine", 1, 2, 0)
    session.expire_all()
    assert session.get_one(Structure, "essai--1").telephone == "+33465710001"
