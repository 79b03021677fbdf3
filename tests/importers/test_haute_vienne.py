"""Haute-Vienne: rows to group into places, a pop-up in HTML, the pin of a map link, conditions in free text."""

import json
from pathlib import Path

import pytest
from sqlmodel import Session, select

from app.models import ImportRun, RawRecord, Service, Structure
from tests.importers.conftest import FIXTURES, Importing, counts

FIRST_STEPS = "Découverte de l'ordinateur-tablette- smartphone"


@pytest.fixture
def run(importing: Importing) -> ImportRun:
    return importing("haute-vienne", "87-haute-vienne.json")


def place(session: Session, nom: str, commune: str) -> Structure:
    return session.exec(select(Structure).where(Structure.nom == nom, Structure.commune == commune)).one()


def services(session: Session, structure: Structure) -> list[Service]:
    return list(session.exec(select(Service).where(Service.structure_id == structure.id).order_by(Service.id)))


def test_rows_of_one_place_are_one_record_with_its_services(run: ImportRun, session: Session) -> None:
    assert run.etat == "termine", run.message
    assert counts(run) == {"read": 4, "created": 4}
    atelier = place(session, "Atelier du Clavier", "Limoges")
    assert (atelier.adresse, atelier.code_postal, atelier.telephone) == ("3 Rue des Essais", "87000", "+33536490001")
    assert [service.nom for service in services(session, atelier)] == ["Accès à Internet", FIRST_STEPS, FIRST_STEPS]


def test_one_name_in_two_communes_is_two_places(run: ImportRun, session: Session) -> None:
    assert place(session, "Relais des Champs", "Eymoutiers").id != place(session, "Relais des Champs", "Peyrat-le-Château").id


def test_the_pin_of_the_map_is_believed_and_not_the_geocoder_s_column(run: ImportRun, session: Session) -> None:
    atelier = place(session, "Atelier du Clavier", "Limoges")
    assert (atelier.latitude, atelier.longitude) == pytest.approx((45.83528, 1.261256), abs=1e-5)
    assert {s.departement for s in session.exec(select(Structure))} == {"87"}


def test_the_comment_comes_whole_from_the_pop_up_as_text(run: ImportRun, session: Session) -> None:
    _, steps, further = services(session, place(session, "Atelier du Clavier", "Limoges"))
    assert (steps.description or "").startswith('Atelier gratuit : "Premiers pas"')
    assert steps.frais == "gratuit"
    assert further.description == "Perfectionnement"
    assert not any("<" in (service.description or "") for service in session.exec(select(Service)))


def test_conditions_publics_and_hours_are_said_and_never_guessed(run: ImportRun, session: Session) -> None:
    internet, steps, further = services(session, place(session, "Atelier du Clavier", "Limoges"))
    assert (internet.conditions_acces, internet.publics, internet.frais) == ("Accès libre", ["tous-publics"], None)
    assert internet.horaires_accueil == "Mo-Fr 09:00-12:00"
    assert internet.thematiques == ["numerique--acceder-a-une-connexion-internet"]
    assert (steps.publics, steps.publics_precisions) == (["jeunes", "familles"], "Moins de 35 ans, parents")
    assert steps.horaires_accueil is None
    assert "Horaires : Une fois par mois" in (steps.description or "")
    assert further.conditions_acces is None


def test_a_short_number_read_as_a_decimal_is_a_number_again(run: ImportRun, session: Session) -> None:
    library = place(session, "Médiathèque de l’Étang", "Bellac")
    assert library.telephone == "39 60"
    assert library.reseaux_porteurs == ["france-service"]
    assert {service.nom for service in services(session, library)} == {
        "Accès à Internet",
        "Accompagnement aux démarches administratives et numériques",
    }


def test_a_second_run_changes_nothing_and_a_row_more_changes_its_place_alone(
    importing: Importing, session: Session, tmp_path: Path
) -> None:
    importing("haute-vienne", "87-haute-vienne.json")
    assert counts(importing("haute-vienne", "87-haute-vienne.json")) == {"read": 4, "unchanged": 4}
    rows = json.loads((FIXTURES / "87-haute-vienne.json").read_text(encoding="utf-8"))
    more = tmp_path / "87-haute-vienne.json"
    more.write_text(json.dumps([*rows, {**rows[4], "objectid": 7, "service": "Don, prêt matériel"}]), encoding="utf-8")
    assert counts(importing("haute-vienne", more)) == {"read": 4, "changed": 1, "unchanged": 3}
    assert len(services(session, place(session, "Relais des Champs", "Eymoutiers"))) == 2


def test_the_published_layer_is_the_same_source(importing: Importing, session: Session, tmp_path: Path) -> None:
    """As downloads keep an ArcGIS layer: an answer a line, the fields one step lower, no column of the geocoder."""
    rows = json.loads((FIXTURES / "87-haute-vienne.json").read_text(encoding="utf-8"))
    fields = [{name: cell for name, cell in row.items() if name not in ("latitude", "longitude")} for row in rows]
    pages = [{"features": [{"attributes": one} for one in page]} for page in (fields[:3], fields[3:])]
    layer = tmp_path / "couche"
    layer.write_text("\n".join(map(json.dumps, pages)), encoding="utf-8")
    assert counts(importing("haute-vienne", layer)) == {"read": 4, "created": 4}
    kept = session.exec(select(RawRecord).where(RawRecord.source == "haute-vienne")).all()
    assert sum(len(record.content["lignes"]) for record in kept) == 6
