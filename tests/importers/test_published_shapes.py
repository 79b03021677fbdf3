"""Files in the manner of what is published: guessed and imported untouched, nine rows out of ten located and published."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import Structure
from importers import declared, pipeline
from importers.declared_rows import table_of
from tests.importers.conftest import counts, reasons
from tests.importers.published_shapes import PUBLISHED
from tests.importers.shapes import TRUE_ROWS, _csv, places
from tests.importers.test_guessing import guessed


@pytest.mark.parametrize("made", PUBLISHED)
def test_nine_rows_out_of_ten_are_located_and_published(
    made: str, engine: Engine, session: Session, settings: Settings, tmp_path: Path
) -> None:
    path = PUBLISHED[made](tmp_path)
    declaration = guessed(path)
    source_id = declared.save(session, None, declaration, "Camille Fictive")
    session.commit()
    run = pipeline.run(engine, source_id, settings=settings, file=path)[0]
    said = (declaration.champs, run.message, reasons(session, run))
    assert run.etat == "termine", said
    published = list(session.exec(select(Structure).where(Structure.source == source_id)))
    found = {row.nom.casefold(): row for row in published}
    right = [p for p in places() if (row := found.get(p.nom.casefold())) and row.code_insee == p.code_insee and row.statut == "publiee"]
    assert len(right) >= 0.9 * TRUE_ROWS, (len(right), said)
    assert len(published) <= TRUE_ROWS, "titles, totals and help came in as places"
    again = pipeline.run(engine, source_id, settings=settings, file=path)[0]
    assert "created" not in counts(again)
    assert "changed" not in counts(again)


@pytest.mark.parametrize(
    ("made", "field", "columns"),
    [
        ("boxes", "thematiques", ("Aide alimentaire", "Mobilité", "Garde d'enfants", "Accès aux droits")),
        ("yes_and_no", "publics", ("PUBLIC_JEUNES", "PUBLIC_SENIORS")),
        ("title_block", "thematiques", ("Type",)),
        ("a_sheet_a_theme", "thematiques", ("Feuille",)),
        ("associations", "adresse", ("adrs_numvoie", "adrs_typevoie", "adrs_libvoie")),
        ("administrations", "telephone", ("telephone.valeur",)),
        ("two_addresses", "code_postal", ("Lieu d'accueil - CP",)),
        ("pair_in_commas", "latitude_longitude", ("Coordonnées GPS",)),
        ("contact_person", "nom", ("Organisme",)),
        ("conical", "longitude", ("x_cc44",)),
        ("web_mercator", "latitude", ("latitude",)),
    ],
)
def test_columns_are_what_a_reader_would_say(made: str, field: str, columns: tuple[str, ...], tmp_path: Path) -> None:
    assert guessed(PUBLISHED[made](tmp_path)).champs.get(field) == columns


def test_a_phone_and_a_mail_in_the_address_are_taken_out_of_it(
    engine: Engine, session: Session, settings: Settings, tmp_path: Path
) -> None:
    path = PUBLISHED["all_in_two_cells"](tmp_path)
    source_id = declared.save(session, None, guessed(path), "Camille Fictive")
    session.commit()
    pipeline.run(engine, source_id, settings=settings, file=path)
    first = session.exec(select(Structure).where(Structure.nom == places()[0].nom)).one()
    assert (first.adresse, first.code_postal) == (places()[0].adresse, places()[0].code_postal)
    assert (first.telephone, first.courriel) == ("+33465710000", "alma0@example.org")


def test_what_other_columns_say_of_a_place_is_found_there(tmp_path: Path) -> None:
    rows = [[p.nom, "Bâtiment A", p.adresse, f"F-{p.code_postal} {p.commune}", f"{p.telephone}\n{p.courriel}"] for p in places()]
    header = ["Partenaire", "Adresse 1", "Adresse 2", "Adresse 3", "Contact"]
    declaration = guessed(_csv(tmp_path / "lignes.csv", header, rows))
    assert (declaration.champs["adresse"], declaration.champs["commune"]) == (("Adresse 2",), ("Adresse 3",))
    found = table_of(declaration).translate("x", dict(zip(header, rows[0], strict=True)), "essai").structures[0]
    assert (found["telephone"], found["courriel"], found["commune"]) == ("+33465710000", "alma0@example.org", "04000 Digne-les-Bains")


def test_a_town_that_ends_an_address_is_taken_and_said_to_be_checked(tmp_path: Path) -> None:
    rows = [[p.nom, f"{p.adresse} {p.commune}"] for p in places()]
    found = table_of(guessed(_csv(tmp_path / "adresses.csv", ["Structure", "Adresse"], rows)))
    told = found.translate("x", dict(zip(("Structure", "Adresse"), rows[0], strict=True)), "essai")
    assert told.structures[0]["code_insee"] == places()[0].code_insee
    assert told.notes == ["Commune absente : Digne-les-Bains retenue, que la fin de l’adresse ou du nom cite. À vérifier."]
