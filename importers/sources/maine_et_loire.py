"""Maine-et-Loire: social and digital places of the département; coordinates in Lambert-93."""

from collections.abc import Iterable

from importers import offers
from importers.mapping import Row, Table
from importers.offers import Kind, Offer, kinds_named, networks
from importers.places import lambert93_latitude, lambert93_longitude
from importers.reading import json_rows
from importers.source import Source

KINDS: dict[str, Kind] = {
    "MDS": ("maisons-des-solidarites", offers.MDS),
    "CCAS": ("ccas-cias", offers.CCAS),
    "Mission locale": ("mission-locale", offers.MISSION_LOCALE),
    "France Services": ("france-service", offers.FRANCE_SERVICES),
    "Point Information Jeunesse (PIJ)": ("reseau-information-jeunesse", offers.INFORMATION_JEUNESSE),
    "La Poste": ("la-poste", None),
}
FLAGS = {"INTERNET": (offers.CONNEXION,), "DEM_Gen": (offers.SERVICES_EN_LIGNE, offers.DEMARCHES), "INITIATION": (offers.FONDAMENTAUX,)}
FLAGS["DEM_Spe"] = FLAGS["DEM_Gen"]


def _kinds(row: Row) -> tuple[Kind, ...]:
    """By category (several stand in one cell), and by name: operators are told by theirs alone."""
    listed = (KINDS[part] for part in row.parts("SS_CAT", " / ") if part in KINDS)
    return tuple(dict.fromkeys([*listed, *kinds_named(row["NOM_STRUCTURE"] or "")]))


def _publics(row: Row) -> list[str] | None:
    if row["PBC_Tout"]:
        return ["tous-publics"]
    return [public for column, public in (("PBC_Jeunes", "jeunes"), ("PBC_Senior", "seniors")) if row[column]] or None


def _offers(row: Row) -> Iterable[Offer]:
    for _, offer in _kinds(row):
        if offer:
            yield offer.but(zone_eligibilite=["49"]) if offer is offers.MDS else offer
    if thematiques := tuple(dict.fromkeys(t for flag, needs in FLAGS.items() if row.flag(flag) for t in needs)):
        insertion = "Personnes en insertion" if row["PBC_Insert"] else None
        members = "Adhésion à l’association" if row["PBC_Adh"] else None
        precise = {"publics": _publics(row), "publics_precisions": insertion, "conditions_acces": members}
        yield Offer("numerique", offers.NUMERIQUE.nom, thematiques, precise)


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
            "reseaux_porteurs": lambda row: networks(_kinds(row)),
            "statut": lambda row: "archivee" if row["AFFICHAGE"] == "INACTIF" else "publiee",
        },
        offers=_offers,
    ),
)
