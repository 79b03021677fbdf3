"""Records of data·inclusion schema v1, as a folder of two NDJSON files."""

from importers.readers import schema_v1_folder
from importers.schema_v1 import SchemaV1
from importers.source import Source

SOURCE = Source(
    id="data-inclusion",
    nom="data·inclusion",
    description="Dossier de fiches au schéma v1 : structures.ndjson et services.ndjson",
    licence="Licence Ouverte 2.0",
    file_name="data-inclusion",
    read=schema_v1_folder,
    translation=SchemaV1(),
    optional=True,
    place_optional=True,
)
