"""Invented resources around Digne-les-Bains, Barcelonnette and Tours, marked "Démonstration" wherever they appear."""

from datetime import date

from importers.readers import schema_v1_file
from importers.schema_v1 import SchemaV1
from importers.source import PACKAGE, Source

SOURCE = Source(
    id="demonstration",
    nom="Démonstration",
    description="Ressources inventées pour découvrir Levier",
    licence="MIT",
    file_name="demonstration.json",
    shipped=PACKAGE / "data" / "demonstration.json",
    departements=("04", "37"),
    file_date=date(2026, 11, 1),
    read=schema_v1_file,
    translation=SchemaV1(own_fields=True),
    demonstration=True,
)
