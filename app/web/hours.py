"""Opening hours (OSM ``opening_hours``) in plain French, where they are simple; as they are where they are not."""

import re

DAYS = {"Mo": "lundi", "Tu": "mardi", "We": "mercredi", "Th": "jeudi", "Fr": "vendredi", "Sa": "samedi", "Su": "dimanche"}
ORDER = list(DAYS)
DAY = "(?:Mo|Tu|We|Th|Fr|Sa|Su)"
RULE = re.compile(rf"(?P<days>(?:{DAY}(?:-{DAY})?)(?:,\s*{DAY}(?:-{DAY})?)*|PH)\s+(?P<times>.+)")
TIME = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})(\+?)")


def in_french(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs (days, times), such as ("du lundi au vendredi", "9 h – 12 h, 14 h – 17 h 30"); empty when the text is not simple enough."""
    rows: list[tuple[str, str]] = []
    for rule in (part.strip() for part in text.split(";")):
        if not rule or rule == "PH off":
            continue
        if rule == "24/7":
            rows.append(("tous les jours", "24 h sur 24"))
            continue
        found = RULE.fullmatch(rule)
        times = _times(found["times"]) if found else None
        if found is None or times is None:
            return ()
        rows.append((_days(found["days"]), times))
    return tuple(rows)


def _days(text: str) -> str:
    if text == "PH":
        return "jours fériés"
    return ", ".join(_span(part.strip()) for part in text.split(","))


def _span(part: str) -> str:
    first, _, last = part.partition("-")
    if not last:
        return DAYS[first]
    if (first, last) == ("Mo", "Su"):
        return "tous les jours"
    if ORDER.index(last) - ORDER.index(first) == 1:
        return f"{DAYS[first]} et {DAYS[last]}"
    return f"du {DAYS[first]} au {DAYS[last]}"


def _times(text: str) -> str | None:
    if text in {"off", "closed"}:
        return "fermé"
    spans = []
    for part in text.split(","):
        found = TIME.fullmatch(part.strip())
        if not found:
            return None
        start_hour, start_minute, end_hour, end_minute, _ = found.groups()
        spans.append(f"{_clock(start_hour, start_minute)} – {_clock(end_hour, end_minute)}")
    return ", ".join(spans)


def _clock(hour: str, minute: str) -> str:
    return f"{int(hour)}\u00a0h" + (f"\u00a0{minute}" if minute != "00" else "")
