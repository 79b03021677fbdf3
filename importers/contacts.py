"""Phones, e-mails and web addresses, as people write them in a cell."""

import re
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import HttpUrl, TypeAdapter, ValidationError

REGIONS = {
    "971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT",
    "977": "BL", "978": "MF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip
"""Where a national number is dialled from, by département; FR elsewhere."""

NINE_DIGITS = frozenset({33, 262, 590, 594, 596})
"""Country codes of France whose numbers have nine digits; the library lets shorter ones pass."""

_PHONE_WORDS = re.compile(r"\+?\d[\d .\-()\xa0/]*\d")
_USUAL_PHONE = re.compile(r"0[1-9](?:[ .-]?\d\d){4}")  # nine numbers out of ten: the library would say the same, slowly
_URL_WORD = re.compile(r"(?i)^(?:https?://)?(?:[\w-]+\.)+[a-z]{2,24}(?::\d+)?(?:[/?#]\S*)?$")
_MAIL_WORD = re.compile(r"[^\s@<>,;:()\[\]\"]+@[^\s@<>,;:()\[\]\"]+")
_HTTP_URL = TypeAdapter(HttpUrl)


@lru_cache(maxsize=8192)
def phone(value: str, departement: str | None = None) -> str | None:
    """The first number in `value`: E.164, or as written when it is a short one (3949). None if there is none.

    Numbers reserved for fiction are possible ones, and stay: ``is_possible_number``, not ``is_valid_number``.
    """
    if _USUAL_PHONE.fullmatch(value) and not (departement or "").startswith(("97", "98")):
        return "+33" + re.sub(r"\D", "", value)[1:]
    found: str
    for found in _PHONE_WORDS.findall(value):
        for candidate in (found, *re.split(r"\s*/\s*", found)):
            digits = re.sub(r"\D", "", candidate)
            if not candidate.startswith("+") and re.fullmatch(r"1\d{1,2}|3\d{3}|10\d{2}|11[68]\d{3}", digits):
                return candidate.strip()
            if number := _e164(candidate, REGIONS.get(departement or "", "FR")):
                return number
    return None


def _e164(candidate: str, region: str) -> str | None:
    if candidate.startswith(("00", "+")):
        candidate = re.sub(r"^(?:00|\+)", "+", candidate)
        candidate = re.sub(r"^\+(\d{2,3})[ .]*\(0\)", r"+\1", candidate)
    try:
        number = phonenumbers.parse(candidate, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or (number.country_code in NINE_DIGITS and len(str(number.national_number)) != 9):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@lru_cache(maxsize=16384)
def is_email(value: str) -> bool:
    """Could this be someone's address?"""
    try:
        validate_email(value, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


@lru_cache(maxsize=4096)
def email(value: str) -> str | None:
    """The first e-mail address in `value` that could exist."""
    for found in _MAIL_WORD.findall(value):
        if is_email(address := str(found).strip(".'")):
            return address
    return None


@lru_cache(maxsize=8192)
def url(value: str) -> str | None:
    """The web address in `value`, with its scheme; the first when there are several. None if any word is something else."""
    value = re.sub(r"(?i)\b(https?)\s*:\s*//\s*", lambda found: found[1].lower() + "://", value.strip())
    words = [word for word in re.split(r"[\s,;]+", value) if word]
    if not words or not all(_URL_WORD.match(word) for word in words):
        return None
    first = words[0] if "://" in words[0] else f"http://{words[0]}"
    scheme, rest = first.split("://", 1)
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    address = f"{scheme}://{host.lower()}{rest[len(host) :]}"
    try:
        _HTTP_URL.validate_python(address)
    except ValidationError:
        return None
    return address
