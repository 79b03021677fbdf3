"""Maine-et-Loire: social and digital places of the département; coordinates in Lambert-93."""

from collections.abc import Iterable

from importers import offers
from importers.digital import digital
from importers.mapping import Row, Table, named
from importers.offers import Offer
from importers.places import lambert93_latitude, lambert93_longitude
from importers.readers import json_rows
from importers.source import Source

ONLINE = (offers.SERVICES_EN_LIGNE, offers.DEMARCHES)
NEEDS = {"INTERNET": (offers.CONNEXION,), "DEM_Gen": ONLINE, "DEM_Spe": ONLINE, "INITIATION": (offers.FONDAMENTAUX,)}
PUBLICS = {"PBC_Tout": "tous-publics", "PBC_Jeunes": "jeunes", "PBC_Senior": "seniors"}


def _offers(row: Row) -> Iterable[Offer]:
    yield from digital(
        row.ticked(NEEDS),
        publics=[public for column, public in PUBLICS.items() if row[column]],
        publics_precisions="Personnes en insertion" if row["PBC_Insert"] else None,
        conditions_acces="Adhésion à l’association" if row["PBC_Adh"] else None,
    )


SOURCE = Source(
    id="maine-et-loire",
    nom="Maine-et-Loire : lieux d’accueil social et numérique",
    licence="Licence Ouverte 2.0",
    file_name="49-maine-et-loire*.json",
    departements=("49",),
    date_columns=("DAT_MaJ",),
    read=json_rows,
    translation=Table(
        key=("ID_LieuMed",),
        content=("NOM_STRUCTURE", "ADRESSE", "COMMUNE", "CP"),
        required=("ID_LieuMed", "NOM_STRUCTURE", "COMMUNE", "AFFICHAGE"),
        places=("49",),
        structure={
            "nom": "NOM_STRUCTURE",
            "date_maj": "DAT_MaJ",
            "adresse": ("N°", "ADRESSE"),
            "complement_adresse": ("COMP_ADRESSE", "BP"),
            "code_postal": "CP",
            "commune": "COMMUNE",
            "longitude": lambert93_longitude("x", "y"),
            "latitude": lambert93_latitude("x", "y"),
            "telephone": "NUM_TEL",
            "courriel": "MAIL_STRUC",
            "site_web": "SITE_WEB",
            "statut": lambda row: "archivee" if row["AFFICHAGE"] == "INACTIF" else "publiee",
        },
        kinds=named("SS_CAT", "NOM_STRUCTURE"),
        offers=_offers,
    ),
)
