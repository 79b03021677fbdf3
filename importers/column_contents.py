"""What a column holds, whatever it is called: the share of its filled cells that look like each kind of thing."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from app import hours
from app.territory import gazetteer
from app.territory.addresses import is_street, split_address
from app.territory.names import key, without_article, without_cedex
from importers import cleaning, contacts
from importers.metric import is_east, is_north
from importers.points import point_of

MOST = 200  # filled cells looked at, or nearly
SURE = 0.7  # share from which a column is of a kind, errors and exceptions allowed
DAYS_AND_HOURS = re.compile(r"(?i)\b\d{1,2}\s?(?:h|:)\s?\d{0,2}\b")
DEPARTEMENT_BESIDE = re.compile(r"\s*(?:\((?:\d{2,3}|2[AB])\)|[-–]\s*(?:\d{2}|2[AB]))\s*$")  # « Digne-les-Bains (04) »
A_DATE = re.compile(r"\d/\d{1,2}/\d|\d{4}-\d\d-\d\d|\d:\d\d")
LATITUDES, LONGITUDES = (
    ((41.0, 51.6), (-21.6, -20.6), (-13.2, -12.4), (14.2, 18.3)),
    ((-5.6, 10.0), (44.9, 45.4), (55.0, 56.0), (-63.3, -51.3)),
)


@dataclass(frozen=True)
class Contents:
    """Of one column: how many cells are filled, of how many; how many different values; their mean length; the shares by kind."""

    filled: int
    rows: int
    different: int
    length: float
    shares: Mapping[str, float]
    values: tuple[Any, ...]

    def share(self, kind: str) -> float:
        return self.shares.get(kind, 0.0)

    def is_mostly(self, kind: str) -> bool:
        return self.filled > 0 and self.share(kind) >= SURE


def contents_of(cells: Iterable[Any], departements: tuple[str, ...]) -> Contents:
    """What these cells hold; `departements` are the file's own: a code that no commune has may be one of theirs, for mail."""
    every = list(cells)
    values = [cell for cell in every if not cleaning.is_missing(cell) and cell != []]
    looked = values[:: max(1, len(values) // MOST)]
    lines = [cleaning.line(value) or "" if not isinstance(value, list | dict) else str(value) for value in looked]
    tests: dict[str, Callable[[Any, str], bool]] = {**KINDS, "code_postal": partial(_is_postal, departements)}
    count = max(1, len(looked))
    shares = {kind: sum(bool(test(*pair)) for pair in zip(looked, lines, strict=True)) / count for kind, test in tests.items()}
    length = sum(map(len, lines)) / max(1, len(lines))
    return Contents(len(values), len(every), len(set(map(str, values))), length, shares, tuple(looked))


def _is_postal(departements: tuple[str, ...], value: Any, _line: str) -> bool:
    code = cleaning.postal_code(value)
    return code is not None and (bool(gazetteer.load().by_postal_code(code)) or code[:2] in departements)


def _is_insee(value: Any, _line: str) -> bool:
    code = cleaning.insee_code(value)
    return code is not None and gazetteer.load().commune(code) is not None


def _is_commune(_value: Any, line: str) -> bool:
    """A town's name, alone or beside its postal code."""
    name = re.sub(r"\(?\b(?:FR?-)?\d{2} ?\d{3}\b\)?", " ", DEPARTEMENT_BESIDE.sub("", line))
    return 1 < len(name) < 60 and without_article(key(without_cedex(name))) in _towns()


@cache
def _towns() -> frozenset[str]:
    return frozenset(without_article(key(commune.nom)) for commune in gazetteer.load().communes())


def _is_phone(value: Any, line: str) -> bool:
    number, digits = cleaning.number(value), re.sub(r"\D", "", line)
    if (number is not None and not number.is_integer()) or re.search(r"[^\W\d_]{10}", line) or cleaning.siret(line) or A_DATE.search(line):
        return False
    written = 10 <= len(digits) <= 12 or (len(digits) == 9 and digits[0] != "0") or 20 <= len(digits) <= 30
    return written and contacts.phone(line, None) is not None


def _between(boxes: Iterable[tuple[float, float]], value: Any, _line: str) -> bool:
    """In one of these ranges, and with decimals: whole numbers are counts and ranks."""
    number = cleaning.number(value)
    return number is not None and not number.is_integer() and any(low <= number <= high for low, high in boxes)


def _is_siret(_value: Any, line: str) -> bool:
    return bool(re.fullmatch(r"\d{14}", re.sub(r"[ .\xa0]", "", line)) or re.fullmatch(r"\d[.,]\d+E\+?13", line, re.IGNORECASE))


def _is_hours(_value: Any, line: str) -> bool:
    return bool(DAYS_AND_HOURS.search(line)) or (len(line) < 200 and ":" in line and hours.is_osm(line))


def _is_number_of_door(_value: Any, line: str) -> bool:
    return bool(re.fullmatch(r"(?i)\d{1,4}(?:\.0)?\s?(?:bis|ter|quater|[a-d])?(?:[ -/]+\d{1,4})?", line))


def _is_whole_address(_value: Any, line: str) -> bool:
    return split_address(line)[2] is not None if len(line) < 300 else False


KINDS: Mapping[str, Callable[[Any, str], bool]] = {
    "commune": _is_commune,
    "code_insee": _is_insee,
    "telephone": _is_phone,
    "courriel": lambda _value, line: "@" in line and contacts.email(line) is not None,
    "site_web": lambda _value, line: "@" not in line and "." in line and contacts.url(line) is not None,
    "siret": _is_siret,
    "date": lambda _value, line: len(line) < 40 and cleaning.day(line) is not None,
    "latitude": partial(_between, LATITUDES),
    "longitude": partial(_between, LONGITUDES),
    "est": lambda value, _line: (number := cleaning.number(value)) is not None and is_east(number),
    "nord": lambda value, _line: (number := cleaning.number(value)) is not None and is_north(number),
    "point": lambda value, line: (isinstance(value, list | dict) or len(line) < 200) and point_of(value) is not None,
    "horaires": _is_hours,
    "rue": lambda _value, line: is_street(line),
    "adresse": _is_whole_address,
    "nombre": lambda value, _line: cleaning.number(value) is not None,
    "drapeau": lambda _value, line: line.casefold() in {"oui", "non", "x", "0", "1", "true", "false", "vrai", "faux"},
    "texte": lambda _value, line: bool(re.search(r"[^\W\d_]{2}", line)),
    "phrase": lambda _value, line: len(line) > 60 and line.count(" ") > 8,
    "numero": _is_number_of_door,
}  # fmt: skip
"""Kind → does this cell (as given, and on one line) look like it?"""
