"""Loire-Atlantique: places of digital help, a column for each thing they do, a column for each day."""

from collections.abc import Iterable

from importers import offers
from importers.digital import PUBLICS, digital
from importers.mapping import Row, Table, first, named, week
from importers.offers import Offer
from importers.readers import any_rows
from importers.source import Source

NEEDS = {
    "accompagnement_edemarches": (offers.SERVICES_EN_LIGNE, offers.DEMARCHES),
    "accompagnement_usages": (offers.FONDAMENTAUX,),
    "formation": (offers.FONDAMENTAUX,),
    "accompagnement_emploi": (offers.RECHERCHE,),
    "poste_libre_service": (offers.CONNEXION,),
    "wifi": (offers.CONNEXION,),
}


def _offers(row: Row) -> Iterable[Offer]:
    details = {"description": row.text("descriptif"), "frais_precisions": row.text("tarifs"), "publics": row.told("public", PUBLICS)}
    said = {"publics_precisions": row.text("public_precisions"), "conditions_acces": row.text("restriction_usage")}
    yield from digital(row.ticked(NEEDS), **details, **said, frais="gratuit" if row.flag("gratuit") else None)


SOURCE = Source(
    id="loire-atlantique",
    nom="Loire-Atlantique : lieux de médiation numérique",
    licence="À lire à l’adresse publiée",
    url="https://www.data.gouv.fr/fr/datasets/r/95824460-e707-4db1-a67b-46b4e540d8ac",
    file_name="44-loire-atlantique*",
    departements=("44",),
    date_columns=("date_modif", "date_saisie"),
    read=any_rows(),
    translation=Table(
        key=("cle",),
        content=("nom_lieu", "adresse", "commune"),
        required=("cle", "nom_lieu", "commune", "code_postal"),
        places=("44",),
        structure={
            **{name: name for name in ("code_postal", "code_insee", "commune", "adresse", "telephone", "site_web")},
            "nom": "nom_lieu",
            "date_maj": first("date_modif", "date_saisie"),
            "latitude": "location.lat",
            "longitude": "location.lon",
            "courriel": "mail_porteur",
            "horaires_accueil": week("horaire_{jour}"),
        },
        kinds=named("nom_lieu", "type_porteur"),
        offers=_offers,
    ),
)
