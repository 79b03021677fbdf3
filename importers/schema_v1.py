"""Rows that are already records of data·inclusion schema v1: taken as they are, but for phones and hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data_inclusion.schema import v1

from app.territory.gazetteer import Gazetteer
from importers import cleaning
from importers.fields import Context, clean
from importers.mapping import Translated

GENRES: Mapping[str, type[v1.Structure] | type[v1.Service]] = {"structure": v1.Structure, "service": v1.Service}
CLEANED = ("telephone", "horaires_accueil", "date_maj")
"""Fields that schema v1 wants in a form but does not check, and the date, to make it one."""

LEVIER_FIELDS = ("adresse_confidentielle", "statut", "verifie_le", "verifie_par")
"""What Levier's own files may say beyond schema v1."""


@dataclass(frozen=True)
class SchemaV1:
    """Each row is a structure or a service, by its `genre`; structures come before their services.

    `own_fields`: also take Levier's own fields; only for files that ship with Levier.
    """

    own_fields: bool = False
    required: tuple[str, ...] = ("genre", "id", "source")
    ids_are_given: bool = True

    def record_id(self, raw: Mapping[str, Any]) -> str | None:
        return f"{raw.get('genre')}:{raw['id']}" if raw.get("id") else f"{raw.get('genre')}:"

    def departement(self, raw: Mapping[str, Any], gazetteer: Gazetteer) -> str | None:
        commune = gazetteer.commune(str(raw.get("code_insee") or ""))
        return commune.departement if commune else None

    def translate(self, record_id: str, raw: Mapping[str, Any], source_id: str) -> Translated:
        genre = raw["genre"]
        context = Context(departement=str(raw.get("code_insee") or raw.get("code_postal") or "")[:3])
        values: dict[str, Any] = {name: _plain(raw.get(name)) for name in GENRES[genre].model_fields}
        for name in CLEANED:
            values[name] = clean(name, values[name], context)
        if context.leftovers:
            values["description"] = "\n".join([values["description"] or "", *context.leftovers]).strip()
        if self.own_fields:
            own = {name: raw[name] for name in LEVIER_FIELDS if name in raw}
            values.update({name: cleaning.day(value) if name == "verifie_le" else value for name, value in own.items()})
        missing = [name for name in ("id", "source", "nom", *(["structure_id"] if genre == "service" else [])) if not values.get(name)]
        problems = [f"Le champ obligatoire « {name} » manque." for name in missing]
        listings = {"structures": [values]} if genre == "structure" else {"services": [values]}
        return Translated(**listings, notes=context.notes, problems=problems)


def _plain(value: Any) -> Any:
    """Empty texts and lists mean unknown; a value stands once in its list."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, list):
        return list(dict.fromkeys(item for item in value if isinstance(item, str))) or None
    return value
