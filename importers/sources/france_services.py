"""The national list of France services: one row, one place, one service that the charter describes."""

from collections.abc import Iterable

from importers.mapping import Row, Table, constant, week
from importers.offers import FRANCE_SERVICES, Offer
from importers.readers import csv_rows
from importers.source import Source

MULTIPLE = {"Bus_équivalent": "Bus itinérant", "Itinérante": "Accueil itinérant", "Multisites": "Plusieurs lieux d’accueil"}


def _description(row: Row) -> str | None:
    travelling = MULTIPLE.get(row["format_fs"] or "") or ("Accueil itinérant" if row.flag("itinerance") else None)
    return "\n".join(filter(None, [travelling and f"{travelling}.", row.text("commentaire")])) or None


def _offers(row: Row) -> Iterable[Offer]:
    yield FRANCE_SERVICES.but(mobilisation_precisions="Prise de rendez-vous possible" if row.flag("prise_rdv") else None)


SOURCE = Source(
    id="france-services",
    nom="France services",
    description="Liste nationale des espaces France services (ANCT)",
    licence="Licence Ouverte 2.0",
    url="https://www.data.gouv.fr/fr/datasets/r/31576dff-fd61-4de9-819f-32c2f880b142",
    file_name="france-services*.csv",
    read=csv_rows(","),
    translation=Table(
        key=("id_fs",),
        content=("lib_fs",),
        required=("id_fs", "lib_fs", "insee_com"),
        structure={
            "nom": "lib_fs",
            "description": _description,
            "adresse": "adresse",
            "complement_adresse": "complement_adresse",
            "code_insee": "insee_com",
            "code_postal": "code_postal",
            "commune": "lib_com",
            "latitude": "latitude",
            "longitude": "longitude",
            "courriel": "mail",
            "telephone": "telephone",
            "horaires_accueil": week("h_{jour}"),
            "reseaux_porteurs": constant(["france-service"]),
        },
        offers=_offers,
    ),
)
