"""Charente-Maritime: places of digital help, in the national schema."""

from importers.mednum import mednum
from importers.readers import csv_rows
from importers.source import Source

SOURCE = Source(
    id="charente-maritime",
    nom="Charente-Maritime : lieux de médiation numérique",
    licence="À lire à l’adresse publiée",
    url="https://www.data.gouv.fr/api/1/datasets/r/8f732d2a-cb7d-48c0-8c68-a2991692e820",
    file_name="17-charente-maritime*.csv",
    departements=("17",),
    date_columns=("date_maj",),
    read=csv_rows(";"),
    translation=mednum(("17",)),
)
