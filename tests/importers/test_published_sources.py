"""Sources whose address is known and whose file is not at hand: small files with their columns, as other public projects read them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from app.models import Service, Structure
from importers import registry
from tests.importers.conftest import Importing, counts

ONLINE = [
    "numerique--acceder-a-des-services-en-ligne",
    "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives",
]
BASICS = ["numerique--maitriser-les-fondamentaux-du-numerique"]


def csv(*cells: Mapping[str, str], delimiter: str = ";") -> str:
    return "\n".join([delimiter.join(cells[0]), *(delimiter.join(f'"{cell}"' for cell in row.values()) for row in cells)])


def only(session: Session) -> tuple[Structure, list[Service]]:
    return session.exec(select(Structure)).one(), list(session.exec(select(Service).order_by(Service.id)))


def test_charente_maritime_is_in_the_national_schema(importing: Importing, session: Session, tmp_path: Path) -> None:
    row = {
        "id": "cm-1", "pivot": "00000000000000", "nom": "CCAS du Phare", "commune": "La Rochelle", "code_postal": "17000",
        "code_insee": "17300", "adresse": "1 rue des Essais", "latitude": "46.16", "longitude": "-1.15", "telephone": "05 36 49 00 01",
        "courriel": "phare@example.org", "site_web": "https://phare.example.org", "date_maj": "2025-03-04", "horaires": "Mo-Fr 09:00-12:00",
        "services": "Prendre en main un ordinateur, Réaliser des démarches administratives avec un accompagnement",
        "conditions_acces": "Gratuit : Je peux accéder gratuitement", "publics_accueillis": "Jeunes, Seniors",
    }  # fmt: skip
    (tmp_path / "17.csv").write_text(csv(row), encoding="utf-8")
    assert counts(importing("charente-maritime", tmp_path / "17.csv")) == {"read": 1, "created": 1}
    place, services = only(session)
    assert (place.id, place.commune, str(place.date_maj), place.siret) == ("charente-maritime--cm-1", "La Rochelle", "2025-03-04", None)
    assert (place.horaires_accueil, place.reseaux_porteurs) == ("Mo-Fr 09:00-12:00", ["ccas-cias"])
    digital = services[-1]
    assert (digital.frais, digital.publics, digital.thematiques) == ("gratuit", ["jeunes", "seniors"], [*ONLINE, *BASICS])


def test_vendée_has_the_words_of_the_first_version(importing: Importing, session: Session, tmp_path: Path) -> None:
    row = {
        "id": "v1", "pivot": "", "typologie": "BIB", "nom": "Médiathèque des Dunes", "commune": "Challans", "code_postal": "85300",
        "adresse": "2 place des Essais", "complement_adresse": "", "latitude": "", "longitude": "", "telephone": "", "courriel": "",
        "site_web": "", "date_maj": "", "modalites_accompagnement": "", "services": "Approfondir ma culture numérique",
    }  # fmt: skip
    (tmp_path / "85.csv").write_text(csv(row, delimiter=","), encoding="utf-8")
    assert counts(importing("vendee", tmp_path / "85.csv")) == {"read": 1, "created": 1}
    place, [digital] = only(session)
    assert (place.commune, place.departement, digital.thematiques) == ("Challans", "85", BASICS)


def test_hérault_has_a_service_a_row(importing: Importing, session: Session, tmp_path: Path) -> None:
    row = {
        "code_service": "H1", "lib_long_service": "Point d’accueil des Vignes", "nom_comm": "Béziers", "lieu_code_postal": "34500",
        "num_insee_comm_service": "34032", "adresse": "3 rue des Essais", "lieu_lat84": "43,344", "lieu_long84": "3,215",
        "tabservice_tel_service": "04 65 71 00 01", "tabservice_mail_service": "vignes@example.org", "site_internet_service": "",
        "date_maj": "2024-02-01", "infos_complementaires": "Sur la place.", "lib_long_type": "France Services", "cond_acces": "Gratuit",
        "demarches": "Faire valoir un droit", "usages": "Créer et utiliser un compte de messagerie", "publics": "Retraité",
    }  # fmt: skip
    (tmp_path / "34.csv").write_text(csv(row), encoding="utf-8")
    assert counts(importing("herault", tmp_path / "34.csv")) == {"read": 1, "created": 1}
    place, services = only(session)
    assert (place.latitude, place.longitude, place.precision_lieu) == (43.344, 3.215, "adresse")
    assert [s.nom for s in services] == [
        "Accompagnement aux démarches administratives et numériques",
        "Accès et accompagnement au numérique",
    ]
    assert (services[1].frais, services[1].publics, services[1].description) == ("gratuit", ["seniors"], "Sur la place.")


@pytest.mark.parametrize("wrapped", [False, True])
def test_loire_atlantique_has_a_column_a_day_and_a_place_inside(
    importing: Importing, session: Session, tmp_path: Path, wrapped: bool
) -> None:
    row: dict[str, Any] = {
        "cle": "la1", "nom_lieu": "Maison du Canal", "code_postal": "44000", "code_insee": "44109", "commune": "Nantes",
        "adresse": "4 quai des Essais", "location": {"lat": 47.218, "lon": -1.553}, "telephone": "02 61 91 00 01",
        "date_modif": None, "date_saisie": "2023-05-06", "accompagnement_edemarches": 1, "formation": 0, "wifi": 0, "gratuit": "oui",
        "public": ["Jeunes de 11-25 ans", "Familles"], "horaire_lundi": "09:00-12:00", "horaire_mardi": "09:00-12:00",
    }  # fmt: skip
    (tmp_path / "44.json").write_text(json.dumps({"results": [row]} if wrapped else [row]), encoding="utf-8")
    assert counts(importing("loire-atlantique", tmp_path / "44.json")) == {"read": 1, "created": 1}
    place, [digital] = only(session)
    assert (place.latitude, place.horaires_accueil, str(place.date_maj)) == (47.218, "Mo,Tu 09:00-12:00", "2023-05-06")
    assert (digital.frais, digital.publics, digital.thematiques) == ("gratuit", ["jeunes", "familles"], ONLINE)


def test_ille_et_vilaine_has_a_service_a_theme(importing: Importing, session: Session, tmp_path: Path) -> None:
    fields = {
        "ID": 7, "NOM": "Épicerie de l’Écluse", "ADRESSE": "5 rue des Essais", "COMMUNE": "Rennes", "CODE_POSTAL": "35000",
        "CODE_INSEE": "35238", "LATITUDE": 48.117, "LONGITUDE": -1.677, "DATE_MAJ": "2025-01-31",
        "THEMATIQUE": "Epiceries sociales et solidaires, Espaces jeux",
        "PROFIL": "Allocataires RSA, Famille", "PRESENTATION_DETAIL": "Courses à petit prix.", "LIEN_SOURCE": "https://annuaire.example.org/7",
    }  # fmt: skip
    (tmp_path / "35.json").write_text(json.dumps({"features": [{"attributes": fields}]}), encoding="utf-8")
    assert counts(importing("ille-et-vilaine", tmp_path / "35.json")) == {"read": 1, "created": 1}
    place, [food] = only(session)
    assert (place.id, str(place.date_maj), place.lien_source) == ("ille-et-vilaine--7", "2025-01-31", "https://annuaire.example.org/7")
    assert (food.nom, food.thematiques) == ("Epiceries sociales et solidaires", ["equipement-et-alimentation--alimentation"])
    assert food.publics == ["familles", "beneficiaires-des-minimas-sociaux"]


def test_a_source_is_a_file_of_fewer_than_sixty_lines() -> None:
    folder = Path(registry.__file__).parent / "sources"
    sizes = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in folder.glob("*.py")}
    assert {name: size for name, size in sizes.items() if size >= 60} == {}
    assert len(registry.SOURCES) == len(sizes) - 1
