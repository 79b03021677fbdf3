"""The workbook in which any structure can give its offer to data·inclusion; a département may hand it out."""

from importers.contribution import Contribution
from importers.readers import schema_v1_workbook
from importers.source import Source

SOURCE = Source(
    id="contribution",
    nom="Classeurs de contribution",
    description="Classeur de contribution de data·inclusion (schéma v1) : feuilles « Structures » et « Services »",
    licence="Licence Ouverte 2.0",
    file_name="contribution*.xlsx",
    read=schema_v1_workbook,
    translation=Contribution(),
    optional=True,
    place_optional=True,
)
