"""The rows of a source described on screen, as listings."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app import vocabulary
from importers import cleaning, hours, towns
from importers.declaring import BY_NAME, Declaration
from importers.mapping import Row, Rule, Table, Translated, first, named
from importers.meanings import meaning
from importers.offers import Offer, slug
from importers.points import Point, ordered, point_of

FIRST_FILLED = frozenset(
    {"siret", "date_maj", "lien_source", "accessibilite_lieu", "telephone", "courriel", "site_web", "code_insee", "code_postal"}
)
NOT_OF_STRUCTURES = frozenset({"latitude", "longitude", "latitude_longitude", "commune", "horaires_accueil", "description"})
MAX_VALUE = 80  # characters; longer is a text, not a value to choose from
_BETWEEN = re.compile(r"\s*[;|\n,]\s*(?![^()]*\))|\s+/\s+(?![^()]*\))")  # what stands in brackets is not a list of its own
_ID = re.compile(r"[\w.-]{1,80}")
_NO = frozenset({"non", "0", "n", "false", "faux", "no"})


@dataclass(frozen=True)
class Declared(Table):
    """A table whose key may hold anything: what is no plain identifier is known by its digest."""

    def record_id(self, raw: Mapping[str, Any]) -> str | None:
        record_id = super().record_id(raw)
        return record_id if record_id is None or _ID.fullmatch(record_id) else hashlib.sha256(record_id.encode()).hexdigest()[:12]

    def translate(self, record_id: str, raw: Mapping[str, Any], source_id: str) -> Translated:
        found = super().translate(record_id, raw, source_id)
        for structure in found.structures:
            found.notes += towns.complete(structure)
        return found


def table_of(declaration: Declaration) -> Declared:
    """How its rows become listings."""
    champs = declaration.champs
    place = [column for name in ("adresse", "commune", "code_postal") for column in champs.get(name, ())]
    identity = declaration.cle or tuple(dict.fromkeys([*champs["nom"], *place]))
    return Declared(
        key=identity if declaration.cle or len(identity) > 1 else identity * 2,  # a name alone is digested too
        content=champs["nom"],
        required=tuple(dict.fromkeys([*champs["nom"], *declaration.cle])),
        places=declaration.departements,
        structure=_rules(declaration),
        kinds=named(*champs["nom"]),
        offers=_offers(declaration),
    )


def values_of(row: Row | Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """The values that the cells of these columns list, each once; a flag that says yes gives its column's name."""
    row = row if isinstance(row, Row) else Row(row)
    found: list[str] = []
    for column in columns:
        if row.flag(column):
            found.append(column)
            continue
        cell = row.cell(column)
        parts = cell if isinstance(cell, list) else _BETWEEN.split(row.text(column) or "")
        found += [part for part in (cleaning.line(part) or "" for part in parts) if part and part.casefold() not in _NO]
    return list(dict.fromkeys(found))


def _rules(declaration: Declaration) -> dict[str, Rule]:
    champs = declaration.champs
    rules: dict[str, Rule] = {}
    for name, columns in champs.items():
        if BY_NAME[name].groupe != "Service" and name not in NOT_OF_STRUCTURES and not name.startswith("horaires_"):
            rules[name] = first(*columns) if name in FIRST_FILLED else columns if len(columns) > 1 else columns[0]
    if "description" in champs:
        rules["description"] = lambda row: _text(row, champs["description"])
    if any(name.startswith("horaires_") for name in champs):
        rules["horaires_accueil"] = _hours(champs)
    point = _point(declaration)
    if "latitude_longitude" in champs or {"latitude", "longitude"} <= champs.keys():
        rules["latitude"] = lambda row: (found := point(row)) and found[0]
        rules["longitude"] = lambda row: (found := point(row)) and found[1]
    if "commune" in champs:
        rules["commune"] = _commune(champs["commune"])
    return rules


def _text(row: Row, columns: Sequence[str]) -> str | None:
    """Columns as lines; the first is the text, the others say what they are."""
    said = [(column, row.text(column)) for column in columns]
    lines = [text if column == columns[0] else f"{column.strip(' :?')} : {text}" for column, text in said if text]
    return "\n".join(lines) or None


def _hours(champs: Mapping[str, Sequence[str]]) -> Rule:
    """The week's own column if it is filled, else the days' columns; several of one day are its slots."""

    def said(row: Row) -> str | None:
        if whole := _text(row, champs.get("horaires_accueil", ())):
            return whole
        days: dict[int, str] = {}
        for day, jour in enumerate(hours.JOURS):
            slots = [value for column in champs.get(f"horaires_{jour}", ()) if (value := row[column])]
            if slots and not all(re.match(r"(?i)ferm|clos", value) for value in slots):
                days[day] = " / ".join(slots)
        return hours.from_days(days) if days else None

    return said


def _point(declaration: Declaration) -> Callable[[Row], Point | None]:
    champs = declaration.champs

    def found(row: Row) -> Point | None:
        for column in champs.get("latitude_longitude", ()):
            if point := point_of(row.cell(column)):
                return point
        latitudes, longitudes = (
            [cleaning.number(row.cell(column)) for column in champs.get(name, ())] for name in ("latitude", "longitude")
        )
        return next((point for pair in zip(latitudes, longitudes, strict=False) if (point := ordered(*pair))), None)

    return found


def _commune(columns: Sequence[str]) -> Rule:
    """The town as written, its postal code first if it has one: "Digne (04000)" gives "04000 Digne"."""

    def said(row: Row) -> str | None:
        written = " ".join(filter(None, (row[column] for column in columns)))
        code = re.search(r"(?<!\d)\d{2} ?\d{3}(?!\d)", written)
        if code is None:
            return written or None
        return " ".join(filter(None, (code[0], written[: code.start()].strip(" (-,"), written[code.end() :].strip(" )-,"))))

    return said


def _offers(declaration: Declaration) -> Callable[[Row], Iterable[Offer]]:
    champs = declaration.champs

    def found(row: Row) -> Iterable[Offer]:
        themes = [
            (value, codes) for value in _values(row, declaration, "thematiques") if (codes := _codes(declaration, "thematiques", value))
        ]
        nom = " ".join(filter(None, (row[column] for column in champs.get("nom_service", ()))))
        if declaration.thematiques or (nom and themes):
            codes = tuple(dict.fromkeys([*declaration.thematiques, *(code for _, found in themes for code in found)]))
            themes = [(nom or vocabulary.label(codes[0]), codes)]
        fields = _fields(row, declaration) if themes else {}
        for value, codes in themes:
            yield Offer(slug(value) or "service", cleaning.cut(value, 150), codes, fields)

    return found


def _fields(row: Row, declaration: Declaration) -> dict[str, Any]:
    """What the row says of each of its services."""
    champs = declaration.champs
    fields: dict[str, Any] = {"description": _text(row, champs.get("description", ()))}
    for name, words in (("publics", "publics_precisions"), ("frais", "frais_precisions"), ("modes_accueil", None)):
        values = _values(row, declaration, name)
        codes = list(dict.fromkeys(code for value in values for code in _codes(declaration, name, value)))
        if name == "frais":
            fields[name] = codes[0] if len(codes) == 1 else None
        else:
            fields[name] = codes or None
        if words and values:
            fields[words] = ", ".join(values)
    if "conditions_acces" in champs:
        fields["conditions_acces"] = _text(row, champs["conditions_acces"])
    if "lien_mobilisation" in champs:
        fields["lien_mobilisation"] = next((value for column in champs["lien_mobilisation"] if (value := row[column])), None)
    return {name: value for name, value in fields.items() if value}


def _values(row: Row, declaration: Declaration, name: str) -> list[str]:
    return values_of(row, declaration.champs.get(name, ()))


def _codes(declaration: Declaration, name: str, value: str) -> tuple[str, ...]:
    """What the clerk said that it means, else what its words say."""
    said = declaration.valeurs.get(name, {}).get(cleaning.folded(value))
    return meaning(BY_NAME[name].referentiel or "", value) if said is None else said
