"""Vendée: places of digital help, in the first version of the national schema."""

from importers.mednum import mednum
from importers.readers import csv_rows
from importers.source import Source

SOURCE = Source(
    id="vendee",
    nom="Vendée : lieux de médiation numérique",
    licence="À lire à l’adresse publiée",
    url="https://www.data.gouv.fr/fr/datasets/r/d2877549-0ac9-4c1d-96bf-ede948e980fb",
    file_name="85-vendee*.csv",
    departements=("85",),
    date_columns=("date_maj",),
    read=csv_rows(","),
    translation=mednum(("85",)),
)
