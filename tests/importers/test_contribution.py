"""The contribution workbook: every fault that people leave in it is named in French, and everything else comes in."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select

from app.models import ImportRun, Quarantine, RawRecord, Service, Structure
from tests.importers.conftest import Importing, counts
from tests.importers.workbooks import sheet_xml, write_xlsx

STRUCTURES = [
    ["__ignore__", "id", date(2026, 2, 23), "nom", "siret", "commune", "code_postal", "courriel", "site_web", "reseaux_porteurs", "note"],
    [True, "Un identifiant unique.", None, "Entre 3 et 150 caractères."],
    [
        None,
        "s1",
        date(2026, 2, 20),
        "Atelier du Pré.",
        36750100000000,
        "Gap",
        50000123,
        "pas une adresse",
        "pas une url !",
        "mobin, rien",
        "x",
    ],
    [None, "s2", "bientôt", "Relais de Nulle-Part", None, "Nulle-Part-sur-Rien"],
]
SERVICES = [
    [
        "__ignore__",
        "structure_id",
        "id",
        "nom",
        "lien_source",
        "thematiques",
        "lien_source",
        "mobilisable_par",
        "nombre_semaines",
        "code_insee",
        "zone_eligibilite",
    ],
    [
        None,
        "s1",
        "a",
        "Réparer son vélo",
        None,
        "mobilite--acceder-a-un-vehicule,mobilite--voler",
        "https://a.example.org",
        "usagers, autres",
        "beaucoup",
        59999,
        5061,
    ],
    [None, "s1", "b", "Louer un vélo", "https://b.example.org", "mobilite--acceder-a-un-vehicule", None, "usagers", 2],
    [None, "s9", "c", "Prêter un vélo"],
    [None, "s1", "b", "Louer un vélo, deux fois"],
]


@pytest.fixture
def run(importing: Importing, tmp_path: Path) -> ImportRun:
    file = write_xlsx(tmp_path / "contribution.xlsx", {"Structures": sheet_xml(STRUCTURES), "Services": sheet_xml(SERVICES)})
    return importing("contribution", file)


def notes(session: Session, record: str) -> list[str]:
    return session.get_one(RawRecord, ("contribution", record)).notes


def test_explanations_are_not_listings_and_rows_without_a_place_or_an_owner_say_why(run: ImportRun, session: Session) -> None:
    assert run.etat == "termine", run.message
    assert counts(run) == {"read": 6, "created": 3, "rejected": 3}
    assert sorted(session.exec(select(Quarantine.reasons))) == [  # lines of two sheets
        ["Cet identifiant est déjà celui d’une autre fiche du fichier."],
        ["Commune introuvable ou ambiguë : « Nulle-Part-sur-Rien »."],
        ["La structure « contribution--s9 » de ce service est inconnue ou en quarantaine."],
    ]


def test_every_fault_of_a_structure_is_named(run: ImportRun, session: Session) -> None:
    found = notes(session, "structure:s1")
    for fault in (
        "Feuille « Structures » : l’en-tête « 2026-02-23 » est une date et non un nom de colonne ; ses dates sont lues comme « date_maj ».",
        "Feuille « Structures » : la colonne « note » est en trop, le schéma v1 ne la connaît pas ; elle n’est pas reprise.",
        "SIRET faux ou abîmé par un tableur : « 36750100000000 », non repris.",
        "Code postal illisible : « 50000123 ».",
        "Courriel illisible : « pas une adresse ».",
        "Site web illisible : « pas une url ! ».",
        "Le nom se terminait par un point : retiré.",
        "structure, champ « reseaux_porteurs » : valeur inconnue du référentiel « rien » : non repris.",
    ):
        assert fault in found


def test_every_fault_of_a_service_is_named(run: ImportRun, session: Session) -> None:
    assert notes(session, "service:a") == [
        "Feuille « Services » : la colonne « lien_source » est en double ; la première qui est remplie compte.",
        "Code INSEE inconnu : « 59999 », non repris.",
        "service, champ « thematiques » : valeur inconnue du référentiel « mobilite--voler » : non repris.",
        "service, champ « mobilisable_par » : valeur inconnue du référentiel « autres » : non repris.",
        "service, champ « nombre_semaines » : ce n’est pas un nombre « beaucoup » : non repris.",
    ]


def test_everything_else_comes_in(run: ImportRun, session: Session) -> None:
    structure = session.get_one(Structure, "contribution--s1")
    assert (structure.nom, structure.commune, structure.code_postal) == ("Atelier du Pré", "Gap", "05000")
    assert (structure.date_maj, structure.reseaux_porteurs, structure.siret) == (date(2026, 2, 20), ["mobin"], None)
    repair = session.get_one(Service, "contribution--a")
    assert (repair.structure_id, repair.thematiques, repair.mobilisable_par) == (
        structure.id,
        ["mobilite--acceder-a-un-vehicule"],
        ["usagers"],
    )
    assert (repair.lien_source, repair.zone_eligibilite, repair.code_insee) == ("https://a.example.org", ["05061"], structure.code_insee)
    assert session.get_one(Service, "contribution--b").nombre_semaines == 2
