"""Hérault: places that give access to digital tools, or help with them."""

from collections.abc import Iterable

from importers.digital import PHRASES, PUBLICS, digital
from importers.mapping import Row, Table, named
from importers.offers import Offer
from importers.readers import csv_rows
from importers.source import Source


def _offers(row: Row) -> Iterable[Offer]:
    paying = row.told("cond_acces", {"Gratuit": ("gratuit",), "Payant": ("payant",)})
    yield from digital(
        [*row.told("demarches", PHRASES), *row.told("usages", PHRASES)],
        description=row.text("infos_complementaires"),
        frais=paying[0] if len(paying) == 1 else None,
        conditions_acces=row.text("cond_acces"),
        publics=row.told("publics", PUBLICS),
        publics_precisions=row.text("publics"),
    )


SOURCE = Source(
    id="herault",
    nom="Hérault : lieux d’accueil et d’accompagnement aux outils numériques",
    licence="À lire à l’adresse publiée",
    url="https://www.herault-data.fr/api/explore/v2.1/catalog/datasets/lieux-daccueil-et-daccompagnement-aux-outils-numeriques-/exports/csv",
    file_name="34-herault*.csv",
    departements=("34",),
    date_columns=("date_maj",),
    read=csv_rows(";"),
    translation=Table(
        key=("code_service",),
        content=("lib_long_service", "adresse", "nom_comm"),
        required=("code_service", "lib_long_service", "nom_comm", "lieu_code_postal"),
        places=("34",),
        structure={
            "nom": "lib_long_service",
            "siret": "pivot",
            "date_maj": "date_maj",
            "adresse": "adresse",
            "code_postal": "lieu_code_postal",
            "code_insee": "num_insee_comm_service",
            "commune": "nom_comm",
            "latitude": "lieu_lat84",
            "longitude": "lieu_long84",
            "telephone": "tabservice_tel_service",
            "courriel": "tabservice_mail_service",
            "site_web": "site_internet_service",
            "horaires_accueil": "horaires",
        },
        kinds=named("lib_long_service", "lib_long_type"),
        offers=_offers,
    ),
)
