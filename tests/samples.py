"""Invented listings for tests: every value is plausible, none is real."""

from datetime import date
from typing import Any

from sqlmodel import Session

from app import listings
from app.models import Contact, Service, Source, Structure
from app.writing import By

DIGNE: dict[str, Any] = {
    "code_insee": "04070",
    "commune": "Digne-les-Bains",
    "code_postal": "04000",
    "adresse": "3 rue des Exemples",
    "latitude": 44.0925,
    "longitude": 6.2356,
    "precision_lieu": "adresse",
}
TOURS: dict[str, Any] = {
    "code_insee": "37261",
    "commune": "Tours",
    "code_postal": "37000",
    "adresse": "8 place des Modèles",
    "latitude": 47.3936,
    "longitude": 0.6892,
    "precision_lieu": "adresse",
}
GARDE = "famille--garde-denfants"
IMPORT = By("import de essai", run_id=1)


def structure(id: str = "essai--1", **values: Any) -> dict[str, Any]:
    return {"id": id, "source": "essai", "nom": "Association Les Petits Pas", "date_maj": date(2026, 10, 1), **DIGNE, **values}


def service(id: str = "essai--s1", structure_id: str = "essai--1", **values: Any) -> dict[str, Any]:
    return {
        "id": id,
        "source": "essai",
        "structure_id": structure_id,
        "nom": "Halte-garderie du matin",
        "description": "Accueil des enfants de 3 mois à 6 ans, dès 5 heures, pour les parents en horaires décalés.",
        "date_maj": date(2026, 10, 1),
        "type": "accompagnement",
        "thematiques": [GARDE],
        "publics": ["familles"],
        "frais": "payant",
        "modes_accueil": ["en-presentiel"],
        "zone_eligibilite": ["04"],
        "telephone": "+33465710001",
        **DIGNE,
        **values,
    }


def add_source(session: Session, id: str = "essai", nom: str = "Fichier d’essai") -> None:
    if session.get(Source, id) is None:
        session.add(Source(id=id, nom=nom))
        session.flush()


def add_structure(session: Session, by: By = IMPORT, **values: Any) -> Structure:
    """A structure as an import would bring it, committed."""
    record = structure(**values)
    add_source(session, record["source"])
    listings.write(session, "structure", [record], by)
    session.commit()
    return session.get_one(Structure, record["id"])


def add_service(session: Session, by: By = IMPORT, **values: Any) -> Service:
    """A service as an import would bring it, committed; its structure must exist."""
    record = service(**values)
    listings.write(session, "service", [record], by)
    session.commit()
    return session.get_one(Service, record["id"])


def contact(id: str = "essai-c1", **values: Any) -> dict[str, Any]:
    return {
        "id": id,
        "role": "maison-des-solidarites",
        "nom": "Maison des solidarités fictive",
        "collectivite": "04D",
        "telephone": "+33465710090",
        "courriel": "solidarites@example.org",
        "zone_eligibilite": ["04019"],
        "date_maj": date(2026, 10, 1),
        **values,
    }


def add_contact(session: Session, by: By = IMPORT, **values: Any) -> Contact:
    """A contact of Alpes-de-Haute-Provence who serves Barcelonnette, committed."""
    record = contact(**values)
    listings.write(session, "contact", [record], by)
    session.commit()
    return session.get_one(Contact, record["id"])
