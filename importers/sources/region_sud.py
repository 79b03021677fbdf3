"""Région Sud: libraries, third places, France services... of six départements, in a file that lost its accented letters."""

import re

from importers.broken_rows import whole_rows
from importers.digital import digital, needs_in_words
from importers.lost_letters import mend
from importers.mapping import Table, first, named, sentences
from importers.readers import csv_rows
from importers.source import Source

DEPARTEMENTS = ("04", "05", "06", "13", "83", "84")


def _mend(cell: str) -> str:
    """Lost letters; and 13, which someone replaced everywhere by the département's name, hours included ("Bouche-du-Rhôneh30")."""
    return mend(re.sub(r"Bouches?-du-Rh.ne(?=h(?:\d\d)?\b)", "13", cell))


WHOLE = whole_rows(
    is_tail=lambda cells: not cells.get("adresse_region") and cells.get("statut") not in ("Public", "Priv\ufffd", "Privé"),
    is_whole=lambda cells: (cells.get("adresse_region") or "").endswith("gion Sud"),
)

SOURCE = Source(
    id="region-sud",
    nom="Région Sud : lieux de médiation numérique",
    licence="Licence Ouverte 2.0",
    url="https://www.data.gouv.fr/fr/datasets/r/5250e9c9-8abe-4a4e-8ebc-cb4e8fe72b71",
    file_name="region-sud*.csv",
    departements=DEPARTEMENTS,
    read=csv_rows(";", repair=WHOLE),
    translation=Table(
        key=("nom", "adresse_numero", "adresse_rue", "adresse_code_postal", "adresse_commune"),
        content=("nom", "structure_porteuse", "adresse_rue", "adresse_commune"),
        required=("nom", "adresse_code_postal", "adresse_commune", "services"),
        places=DEPARTEMENTS,
        mend=_mend,
        structure={
            "nom": first("nom", "structure_porteuse"),
            "description": sentences(_="description", Porteur="structure_porteuse", Services="services", Matériel="materiels_disponibles"),
            "adresse": ("adresse_numero", "adresse_rue"),
            "code_postal": "adresse_code_postal",
            "code_insee": "adresse_code_insee",
            "commune": "adresse_commune",
            "latitude": "latitude",
            "longitude": "longitude",
            "telephone": "contact_telephone",
            "courriel": first("contact_email"),
            "site_web": first("contact_web", "contact_facebook"),
            "horaires_accueil": first("horaires_ouverture_osm", "horaires_ouverture_brut", "horaires_grand_public"),
        },
        kinds=named("labels", "type_lieu", "nom"),
        offers=lambda row: digital(needs_in_words(row["nom"], row["services"]), description=row["services"]),
    ),
)
