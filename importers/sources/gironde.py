"""Gironde: places of digital help, an offer ticked by the place itself. `Coord. X` is the latitude."""

from collections.abc import Iterable

from importers.digital import PHRASES, digital
from importers.mapping import Row, Table, named, sentences
from importers.offers import CONNEXION, Offer
from importers.readers import json_rows
from importers.source import Source


def _offers(row: Row) -> Iterable[Offer]:
    connected = [CONNEXION] if "Accès Internet" in row.parts("equipements", " / ") else []
    yield from digital(row.told("services", PHRASES) or connected, description=row.text("Description"))


SOURCE = Source(
    id="gironde",
    nom="Gironde : lieux d’accompagnement numérique",
    licence="Licence Ouverte 2.0",
    file_name="33-gironde*.json",
    departements=("33",),
    date_columns=("Dernière MAJ",),
    read=json_rows,
    translation=Table(
        key=("Lieu", "Commune"),
        content=("Lieu", "Adresse postale", "Commune"),
        required=("Lieu", "Commune", "Adresse postale", "services"),
        places=("33",),
        structure={
            "nom": "Lieu",
            "date_maj": "Dernière MAJ",
            "description": sentences(_="Description", Équipements="equipements"),
            "adresse": "Adresse postale",
            "complement_adresse": "Libellé 2",
            "commune": "Commune",
            "latitude": "Coord. X",
            "longitude": "Coord. Y",
            "telephone": "Téléphone",
            "courriel": "Email",
            "site_web": "Site internet",
        },
        kinds=named("Type Structure", "Lieu"),
        offers=_offers,
    ),
)
