"""Opening hours, however they come, as OSM ``opening_hours``; None when they can't be told for sure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

import opening_hours

Slot = tuple[int, int]  # minutes since midnight
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
JOURS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
HOURS_MAX = 24 * 60

_TIME = r"(\d{1,2})\s*[:hH]\s*(\d{2})?"
_WORD = re.compile(
    rf"(?P<day>{'|'.join(JOURS)})s?\b|(?P<time>{_TIME.replace('(', '(?:')})|(?P<every>tous les jours)|(?P<word>[a-z]+)|(?P<sign>\S)"
)
_JOINING = frozenset({"de", "du", "le", "et", "des"})


@lru_cache(maxsize=8192)
def is_osm(value: str) -> bool:
    """Is this an OSM expression with hours in it, not a bare comment?"""
    return opening_hours.validate(value) and not re.fullmatch(r'\s*"[^"]*"\s*', value)


def slots(value: str) -> list[Slot] | None:
    """``09:00 - 12:00 / 13:30-17h`` as pairs of minutes, in order; None if it is anything else or its times overlap."""
    times = [_minutes(h, m) for h, m in re.findall(_TIME, value)]
    rest = re.sub(r"(?:de|a|et|à)\b", "", re.sub(_TIME, " ", value).lower())
    if not times or len(times) % 2 or re.sub(r"[-–/,;|:.\s\ufffd]", "", rest):
        return None
    return tidy(list(zip(times[::2], times[1::2], strict=True)))


def tidy(pairs: Sequence[Slot]) -> list[Slot] | None:
    """Slots in order, repeated and empty ones (00:00-00:00) left out; None if they overlap or run backwards."""
    kept = sorted({pair for pair in pairs if pair != (0, 0)})
    ends = [0, *(end for _, end in kept)]
    if any(start >= end or end > HOURS_MAX or start < before for (start, end), before in zip(kept, ends, strict=False)):
        return None
    return kept


def from_week(week: Mapping[int, Sequence[Slot]]) -> str | None:
    """OSM text of a week, day 0 being Monday; neighbouring days with the same hours are said together."""
    return _from_week(tuple((day, tuple(week[day])) for day in sorted(week) if week[day]))


@lru_cache(maxsize=4096)
def _from_week(week: tuple[tuple[int, tuple[Slot, ...]], ...]) -> str | None:
    groups: list[tuple[list[int], tuple[Slot, ...]]] = []
    for day, hours in week:
        if groups and groups[-1][1] == hours and groups[-1][0][-1] == day - 1:
            groups[-1][0].append(day)
        else:
            groups.append(([day], hours))
    said = "; ".join(f"{_said_days(days)} {','.join(_said_slot(slot) for slot in hours)}" for days, hours in groups)
    return said if said and is_osm(said) else None


def from_days(written: Mapping[int, str]) -> str | None:
    """OSM text of a week whose days are written apart, day 0 being Monday; the whole week as text if one of them can't be told."""
    week = {day: slots(value) for day, value in written.items()}
    if all(found is not None for found in week.values()):
        return from_week({day: found for day, found in week.items() if found})
    return " ; ".join(f"{JOURS[day]} : {value}" for day, value in written.items())


@lru_cache(maxsize=4096)
def from_text(value: str) -> str | None:
    """Hours written in plain French ("Lundi au vendredi 9h-12h/14h-18h; samedi 9h-12h"), if every word of it is understood."""
    week: dict[int, list[Slot]] = {}
    days: list[int] = []
    times: list[int] = []
    joined = ranged = False

    def close() -> bool:
        found = tidy(list(zip(times[::2], times[1::2], strict=False))) if len(times) % 2 == 0 else None
        if not days or not found or week.keys() & set(days):
            return False
        week.update(dict.fromkeys(days, found))
        return True

    for kind, word in _words(value):
        if kind in ("day", "every"):
            if times:
                if not close():
                    return None
                days, times = [], []
            new = list(range(7)) if kind == "every" else _days_to(JOURS.index(word), days if ranged else [])
            if joined and not ranged:
                return None  # "lundi - mercredi": from one to the other, or both? not ours to say
            days, joined, ranged = [*days, *(d for d in new if d not in days)], False, False
        elif kind == "time":
            times.append(_minutes(*re.findall(_TIME, word)[0]))
            joined = False
        elif word in ("au", "a") and not times and days:
            ranged = True
        elif kind == "sign" and word in "-–\ufffd" and days and not times:
            joined = True
        elif not (word in _JOINING or word == "a" or (kind == "sign" and word in "-–/,;|:.\ufffd")):
            return None
    return from_week(week) if close() else None


def _words(value: str) -> list[tuple[str, str]]:
    plain = "".join(c for c in unicodedata.normalize("NFD", value.lower()) if not unicodedata.combining(c))
    return [(match.lastgroup or "", match[match.lastgroup or 0]) for match in _WORD.finditer(plain)]


def _days_to(day: int, days: Sequence[int]) -> list[int]:
    """`day`, or all days from the last of `days` to it."""
    return list(range(days[-1] + 1, day + 1)) if days and days[-1] < day else [day]


def _minutes(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute or 0) if int(minute or 0) < 60 else HOURS_MAX + 1


def _said_days(days: Sequence[int]) -> str:
    if len(days) > 2:
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return ",".join(DAYS[day] for day in days)


@lru_cache(maxsize=4096)
def _said_slot(slot: Slot) -> str:
    return "-".join(f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in slot)
