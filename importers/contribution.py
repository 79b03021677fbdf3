"""Rows of the workbook in which contributors give their offer to data·inclusion: schema v1, as people type it in a spreadsheet.

What schema v1 refuses is left out and named in a note; the rest of the row comes in.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.territory import gazetteer
from app.territory.gazetteer import Gazetteer
from importers import cleaning, validation
from importers.fields import CLEANERS, Context, clean
from importers.mapping import Translated
from importers.schema_v1 import GENRES

OWN = ("genre", "__ignore__")
LISTS = ("reseaux_porteurs", "thematiques", "publics", "modes_accueil", "zone_eligibilite", "modes_mobilisation", "mobilisable_par")
NUMBERS = ("volume_horaire_hebdomadaire", "nombre_semaines")
SHEETS = {"structure": "Structures", "service": "Services"}
_REPEATED = re.compile(r"(.+) \((\d+)\)")  # how a reader tells columns of one name apart


@dataclass(frozen=True)
class Contribution:
    """Each row is a structure or a service, by its `genre`; its id gets that of the source before it."""

    required: tuple[str, ...] = ("genre", "id", "nom")
    ids_are_given: bool = True

    def record_id(self, raw: Mapping[str, Any]) -> str | None:
        if all(cleaning.is_missing(cell) for column, cell in raw.items() if column not in OWN):
            return None
        return f"{raw.get('genre')}:{cleaning.line(raw.get('id')) or ''}"

    def departement(self, raw: Mapping[str, Any], gazetteer: Gazetteer) -> str | None:
        commune = gazetteer.commune(cleaning.insee_code(raw.get("code_insee")) or "")
        return commune.departement if commune else None

    def translate(self, record_id: str, raw: Mapping[str, Any], source_id: str) -> Translated:
        genre, context = raw["genre"], Context()
        cells = _by_field(genre, raw, context.notes)
        values: dict[str, Any] = {name: _value(name, cells.get(name), context) for name in GENRES[genre].model_fields}
        values["source"] = source_id
        if values["code_insee"] and gazetteer.load().commune(values["code_insee"]) is None:
            context.notes.append(f"Code INSEE inconnu : « {values['code_insee']} », non repris.")
            values["code_insee"] = None
        for name in ("id", "structure_id"):
            if written := cleaning.line(cells.get(name)):
                values[name] = f"{source_id}--{written}"
        if str(cells.get("nom") or "").rstrip().endswith("."):
            context.notes.append("Le nom se terminait par un point : retiré.")
        missing = [name for name in ("id", "nom", *(["structure_id"] if genre == "service" else [])) if not values.get(name)]
        problems = [f"Le champ obligatoire « {name} » manque." for name in missing]
        kept, faults = validation.without_faults(genre, values)
        for left in context.leftovers:
            kept["description"] = "\n".join(filter(None, [kept.get("description"), left]))
        notes = list(dict.fromkeys([*context.notes, *faults]))
        return Translated(**{f"{genre}s": [kept]}, notes=notes, problems=problems)


def _by_field(genre: str, raw: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """Cells by field of schema v1; says which columns are none, come again, or have a date for a name."""
    known = GENRES[genre].model_fields
    cells: dict[str, Any] = {}
    for column, cell in raw.items():
        again = _REPEATED.fullmatch(column)
        name = again[1] if again else column
        sheet = f"Feuille « {SHEETS[genre]} »"
        if cleaning.day(name) and "date_maj" not in raw:
            notes.append(f"{sheet} : l’en-tête « {name} » est une date et non un nom de colonne ; ses dates sont lues comme « date_maj ».")
            name = "date_maj"
        elif name in known and again:
            notes.append(f"{sheet} : la colonne « {name} » est en double ; la première qui est remplie compte.")
        elif name not in known and name not in OWN:
            notes.append(f"{sheet} : la colonne « {column} » est en trop, le schéma v1 ne la connaît pas ; elle n’est pas reprise.")
        if name in known and cleaning.is_missing(cells.get(name)):
            cells[name] = cell
    return cells


def _value(name: str, cell: Any, context: Context) -> Any:
    if cleaning.is_missing(cell):
        return None
    if name in LISTS:
        parts = [part.strip() for part in str(cell).split(",") if part.strip()]
        if name == "zone_eligibilite":  # spreadsheets take the zero off 05 and 05061
            parts = [f"0{part}" if re.fullmatch(r"[1-9]|[1-9]\d{3}", part) else part for part in parts]
        return list(dict.fromkeys(parts))
    if name in NUMBERS:
        return cell if (number := cleaning.number(cell)) is None else number
    if name in CLEANERS:
        return clean(name, cell, context)
    return cleaning.line(cell)
