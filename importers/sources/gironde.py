"""Gironde: places of digital help, an offer ticked by the place itself. `Coord. X` is the latitude."""

from collections.abc import Iterable

from importers import offers
from importers.mapping import Row, Table, sentences
from importers.offers import Kind, Offer, kinds_named, networks
from importers.reading import json_rows
from importers.source import Source

THEMATIQUES = {
    "Accès à Internet en autonomie": (offers.CONNEXION,),
    "Etre accompagné dans ses démarches administratives": (offers.SERVICES_EN_LIGNE, offers.DEMARCHES),
    "Etre initié aux outils numériques": (offers.FONDAMENTAUX,),
    "Pratiquer des activités récréatives numériques": (offers.LOISIRS,),
}


def _kinds(row: Row) -> tuple[Kind, ...]:
    """By the type of the structure (CAF, MSA, Pôle Emploi...), as by its name."""
    return tuple(dict.fromkeys(kind for column in ("Type Structure", "Lieu") for kind in kinds_named(row[column] or "")))


def _offers(row: Row) -> Iterable[Offer]:
    yield from (offer for _, offer in _kinds(row) if offer)
    ticked = dict.fromkeys(t for value in row.parts("services", " / ") for t in THEMATIQUES.get(value, ()))
    if thematiques := tuple(ticked) or (offers.CONNEXION,) * ("Accès Internet" in row.parts("equipements", " / ")):
        yield Offer("numerique", offers.NUMERIQUE.nom, thematiques, {"description": row.text("Description")})


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
            "reseaux_porteurs": lambda row: networks(_kinds(row)),
        },
        offers=_offers,
    ),
)
