"""data·inclusion: its API, a département at a time, or its records of schema v1 as a folder of two files."""

from importers.readers import schema_v1_any
from importers.schema_v1 import SchemaV1
from importers.source import Source

SOURCE = Source(
    id="data-inclusion",
    nom="data·inclusion",
    description="Fiches au schéma v1 : l’API, par département et avec un jeton ; ou un dossier de structures et de services",
    licence="Licence Ouverte 2.0",
    url="https://api.data.inclusion.gouv.fr/api/v1",
    endpoints=("structures", "services"),
    file_name="data-inclusion",
    read=schema_v1_any,
    translation=SchemaV1(),
    optional=True,
    place_optional=True,
)
