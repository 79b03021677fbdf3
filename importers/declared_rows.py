"""The rows of a source described on screen, as listings."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app import hours
from importers import cleaning, towns
from importers.column_contents import DEPARTEMENT_BESIDE
from importers.declared_services import columns_of, differing, offers_of
from importers.declaring import BY_NAME, Declaration
from importers.mapping import Row, Rule, Table, Translated, first, named
from importers.points import Point, ordered, point_of
from importers.postal import address_in, mail_in, phone_in
from importers.values import text_of

FIRST_FILLED = frozenset(
    {"siret", "date_maj", "lien_source", "accessibilite_lieu", "telephone", "courriel", "site_web", "code_insee", "code_postal"}
)
NOT_OF_STRUCTURES = frozenset({"latitude", "longitude", "latitude_longitude", "commune", "horaires_accueil", "description"})
_ID = re.compile(r"[\w.-]{1,80}")


@dataclass(frozen=True)
class Declared(Table):
    """A table whose key may hold anything: what is no plain identifier is known by its digest."""

    def record_id(self, raw: Mapping[str, Any]) -> str | None:
        record_id = super().record_id(raw)
        return record_id if record_id is None or _ID.fullmatch(record_id) else hashlib.sha256(record_id.encode()).hexdigest()[:12]

    def translate(self, record_id: str, raw: Mapping[str, Any], source_id: str) -> Translated:
        found = super().translate(record_id, raw, source_id)
        for structure in found.structures:
            found.notes += towns.complete(structure, self.places)
        return found


def place_of(declaration: Declaration) -> tuple[str, ...]:
    """The columns that say which place a row speaks of: its name, and where it is."""
    place = [column for name in ("adresse", "commune", "code_postal") for column in declaration.champs.get(name, ())]
    return tuple(dict.fromkeys([*declaration.champs["nom"], *place]))


def grouped_by(declaration: Declaration) -> tuple[str, ...]:
    """The columns in which the rows of one place say the same; () when each row is one."""
    return place_of(declaration) if declaration.regrouper == "lieu" else declaration.cle if declaration.regrouper else ()


def table_of(declaration: Declaration) -> Declared:
    """How its rows become listings."""
    champs, rules = declaration.champs, _rules(declaration)
    by_key = bool(declaration.cle) and declaration.regrouper != "lieu"
    identity = declaration.cle if by_key else place_of(declaration)
    return Declared(
        key=identity if by_key or len(identity) > 1 else identity * 2,  # a name alone is digested too
        content=champs["nom"],
        required=tuple(dict.fromkeys([*champs["nom"], *declaration.cle])),
        places=declaration.departements,
        structure=rules,
        kinds=named(*champs["nom"]),
        offers=offers_of(declaration, rules),
    )


def _rules(declaration: Declaration) -> dict[str, Rule]:
    champs = declaration.champs
    rules: dict[str, Rule] = {}
    for name, columns in champs.items():
        if BY_NAME[name].groupe != "Service" and name not in NOT_OF_STRUCTURES and not name.startswith("horaires_"):
            rules[name] = first(*columns) if name in FIRST_FILLED else columns if len(columns) > 1 else columns[0]
    if "adresse" in champs:
        rules["adresse"] = address_in(champs["adresse"])
    for name, found_in, also in (("telephone", phone_in, "courriel"), ("courriel", mail_in, "telephone")):
        if name not in champs and (told := (*champs.get(also, ()), *champs.get("adresse", ()))):
            rules[name] = found_in(told)
    if "description" in champs:
        rules["description"] = _shared(lambda row: text_of(row, champs["description"]), columns_of(declaration, "description"))
    if any(name.startswith("horaires_") for name in champs):
        rules["horaires_accueil"] = _shared(_hours(champs), columns_of(declaration, "horaires_accueil"))
    point = _point(declaration)
    if "latitude_longitude" in champs or {"latitude", "longitude"} <= champs.keys():
        rules["latitude"] = lambda row: (found := point(row)) and found[0]
        rules["longitude"] = lambda row: (found := point(row)) and found[1]
    if "commune" in champs:
        rules["commune"] = _commune(champs["commune"])
    return rules


def _shared(rule: Callable[[Row], Any], columns: Sequence[str]) -> Rule:
    """What the rows of a place say alike; where they differ, each speaks of its own service."""
    return lambda row: None if differing(row) & {*columns} else rule(row)


def _hours(champs: Mapping[str, Sequence[str]]) -> Callable[[Row], str | None]:
    """The week's own column if it is filled, else the days' columns; several of one day are its slots."""

    def said(row: Row) -> str | None:
        if whole := text_of(row, champs.get("horaires_accueil", ())):
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
        written = " ".join(filter(None, (DEPARTEMENT_BESIDE.sub("", row[column] or "") for column in columns)))
        written = re.sub(r"\bFR?-(?=\d{2} ?\d{3}\b)", "", written)  # « F-04000 »
        code = re.search(r"(?<!\d)\d{2} ?\d{3}(?!\d)", written)
        if code is None:
            return written or None
        return " ".join(filter(None, (code[0], written[: code.start()].strip(" (-,"), written[code.end() :].strip(" )-,"))))

    return said
