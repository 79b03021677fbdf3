"""Invented resources around Digne-les-Bains for the tests of pages, and how to wait for them in the index."""

import time
from datetime import date
from typing import Any

from fastapi import FastAPI
from sqlmodel import Session

from app import db
from app.search import sync
from tests.samples import add_service, add_source, add_structure

AIGLUN: dict[str, Any] = {
    "code_insee": "04001",
    "commune": "Aiglun",
    "code_postal": "04510",
    "adresse": "1 chemin des Essais",
    "latitude": 44.0605,
    "longitude": 6.1369,
}
BARCELONNETTE: dict[str, Any] = {
    "code_insee": "04019",
    "commune": "Barcelonnette",
    "code_postal": "04400",
    "adresse": "2 rue des Essais",
    "latitude": 44.3869,
    "longitude": 6.6522,
}
NEAR, FURTHER, FAR = "Crèche du centre", "Garde d’enfants d’Aiglun", "Crèche de l’Ubaye"


def settle(app: FastAPI, seconds: float = 20) -> None:
    """Wait until the index has everything that was written."""
    context = app.state.context
    context.drainer.wake()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with db.session_of(context.engine) as session:
            if not sync.lag(session):
                return
        time.sleep(0.02)
    raise AssertionError("the index does not follow the base")


def furnish(app: FastAPI) -> None:
    """Three childcare services at growing distances, one of them free and remote too; a garage; a town hall without service."""
    with db.session_of(app.state.context.engine) as session:
        _furnish(session)
    settle(app)


def _furnish(session: Session) -> None:
    add_source(session, "essai", "Fichier d’essai")
    add_structure(session, telephone="+33465710010", courriel="accueil@example.org")
    add_service(session, id="essai--s1", nom=NEAR)
    add_structure(session, id="essai--2", nom="Les Galopins", **AIGLUN)
    add_service(session, id="essai--s2", structure_id="essai--2", nom=FURTHER, frais="gratuit", date_maj=None, **AIGLUN)
    add_structure(session, id="essai--3", nom="Les Marmottons", **BARCELONNETTE)
    add_service(session, id="essai--s3", structure_id="essai--3", nom=FAR, date_maj=date(2023, 1, 2), **BARCELONNETTE)
    add_service(
        session,
        id="essai--s4",
        nom="Réparation de voitures",
        description="Un garage qui répare les voitures à petit prix.",
        thematiques=["mobilite--entretenir-reparer-son-vehicule"],
        publics=["tous-publics"],
        demonstration=True,
    )
    add_structure(session, id="essai--mairie", nom="Mairie d’Aiglun", telephone="+33465710020", **AIGLUN)
