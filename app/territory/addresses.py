"""Postal codes, commune codes, points and addresses as clerks and spreadsheets write them."""

import math
import re
from typing import Any

CODE_AND_TOWN = re.compile(
    r"""(?P<before>.*?)                     # the street, as short as it can be up to the last code
        [\s,;(–—-]*\b(?P<code>\d{2}[ ]?\d{3})\b[\s,;)–—-]*
        (?P<town>[^\d,;]*?(?:\bcedex\b[\s\d]*|\b\d{1,2}\s?(?:er|e|ème|eme)?\b(?:\s*arr\w*\.?)?)?)
        [\s,;]*(?:\bfrance\b\.?)?\s*$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
STREET = re.compile(
    r"""\s*(?:\d{1,4}\s*(?:bis|ter|quater|[a-d])?[\s,]+(?=[^\W\d]{2})    # a number, then words
        |(?:rue|av|ave|avenue|bd|bld|boulevard|chemin|ch|impasse|imp|place|pl|all[ée]es?|route|rte|quai|cours|square|r[ée]sidence
        |lotissement|lot|hameau|lieu[ -]dit|quartier|cit[ée]|faubourg|fbg|mont[ée]e|passage|sentier|traverse|rond[ -]point
        |esplanade|promenade|voie|venelle|ruelle|villa|zac|za|zi)\.?\s+\S+[\s,]+\S)""",
    re.IGNORECASE | re.VERBOSE,
)
SEPARATORS = " \t\r\n,;–—-"


def split_address(text: str) -> tuple[str | None, str | None, str | None]:
    """Street, postal code and town of a whole address: "12 rue X - 33 000 Bordeaux" gives ("12 rue X", "33000", "Bordeaux").

    Without a postal code followed by a town the text comes back whole, with None for both.
    """
    whole = " ".join(text.split()) or None
    found = None
    for start in [match.start() for match in re.finditer(r"\b\d{2} ?\d{3}\b", text)][-1:]:
        found = CODE_AND_TOWN.fullmatch(text, _street_end(text, start))
    if found is None:
        return whole, None, None
    street = " ".join((text[: found.start("code")]).split()).rstrip(SEPARATORS + "(")
    town = " ".join(found["town"].split()).strip(SEPARATORS)
    if not town:
        return whole, None, None
    return street or None, found["code"].replace(" ", ""), town


def is_street(text: str) -> bool:
    """Does it begin as a street address? "12 rue Haute", "chemin du Lac, Digne"; some names of communes do too: "Cours-la-Ville"."""
    return bool(STREET.match(text))


def _street_end(text: str, start: int) -> int:
    return len(text[:start].rstrip(SEPARATORS + "("))


def postal_code(value: Any) -> str | None:
    """Five digits: 4000, "4000.0", "04 000" and "F-04000" all give "04000"; None for anything else."""
    text = re.sub(r"\.0+$", "", str(value if value is not None else "").strip())
    digits = re.sub(r"^(?:F|FR)-|[\s\xa0]", "", text)
    return digits.zfill(5) if re.fullmatch(r"\d{4,5}", digits) and int(digits) >= 1000 else None


def commune_code(value: Any) -> str | None:
    """Five characters, "4070" giving "04070" and "2a004" "2A004"; None when it cannot be a commune's code."""
    text = re.sub(r"\.0+$", "", str(value if value is not None else "").strip()).upper()
    if re.fullmatch(r"\d{4}", text):
        text = f"0{text}"
    return text if re.fullmatch(r"\d{5}|2[AB]\d{3}", text) else None


def degrees(value: Any) -> float | None:
    """A finite number from a number or a text, decimal comma allowed; None for anything else."""
    try:
        number = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance between two WGS 84 points."""
    phi, other_phi = math.radians(latitude), math.radians(other_latitude)
    half_lat = math.sin((other_phi - phi) / 2) ** 2
    half_lon = math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half_lat + math.cos(phi) * math.cos(other_phi) * half_lon)))
