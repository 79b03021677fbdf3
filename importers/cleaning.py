"""One raw value in, one clean value out. None always means "not known"."""

import html
import re
from datetime import date
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

import ftfy

MISSING = frozenset(
    {"", "-", "--", "—", "@", "?", "/", "n/a", "#n/a", "na", "nan", "null", "none", "nr", "néant", "#ref!", "#value!", "#valeur!"}
)
"""What people and spreadsheets write for "nothing", lower case."""

FIRST_DAY = date(2000, 1, 1)  # schema v1 refuses older dates

PASSES = 3  # over a fragment whose tags hold tags
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,10});")
_MOJIBAKE = re.compile(r"[ÃÂâÅ][\u0080-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_PLAIN = re.compile(r"[^\s<>&ÃÂâÅ\x00-\x1f\x7f\ufeff\u200b]+(?: [^\s<>&ÃÂâÅ\x00-\x1f\x7f\ufeff\u200b]+)*")  # words, one space apart
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\u2028\u2029]")


def is_missing(value: Any) -> bool:
    """Is there nothing in this cell?"""
    return value is None or (isinstance(value, str) and value.strip().casefold() in MISSING)


def text(value: Any) -> str | None:
    """The cell as text: HTML to text, mojibake mended, spaces tidied; paragraphs stay. None if there is nothing in it."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _text(value) if isinstance(value, str) else str(value)


@lru_cache(maxsize=4096)
def _text(value: str) -> str | None:
    if value.strip().casefold() in MISSING:
        return None
    if _PLAIN.fullmatch(value):
        return value
    if _TAG.search(value):
        value = html_to_text(value)
    elif _ENTITY.search(value):
        value = html.unescape(value)
    if _MOJIBAKE.search(value):
        value = ftfy.fix_encoding(value)
    value = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [re.sub(r"[ \t\xa0\u202f]+", " ", line).strip() for line in value.split("\n")]
    value = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return value if value and value.casefold() not in MISSING else None


def line(value: Any) -> str | None:
    """Like `text`, on one line."""
    clean = text(value)
    return " ".join(clean.split()) if clean and "\n" in clean else clean


def folded(value: Any) -> str:
    """The words of a cell without case, spaces and signs, to tell whether two cells say the same."""
    return re.sub(r"\W+", " ", (line(value) or "").casefold()).strip()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self.hidden += 1
        elif tag in ("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.hidden = max(0, self.hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def html_to_text(value: str) -> str:
    """The words of an HTML fragment; blocks become lines, scripts and styles nothing.

    A tag inside another leaves a tag (« <<i>script> »): what is left is read again, and in the end goes without its brackets.
    """
    for _ in range(PASSES):
        parser = _Words()
        parser.feed(value)
        parser.close()
        value = "".join(parser.parts)
        if not _TAG.search(value):
            return value
    return value.replace("<", "").replace(">", "")


def number(value: Any) -> float | None:
    """A number, its decimal comma forgiven."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if value == value else None  # NaN is not equal to itself
    clean = line(value)
    if clean is None or not re.fullmatch(r"[+-]?\d{1,9}(?:[.,]\d+)?", clean.replace(" ", "")):
        return None
    return float(clean.replace(" ", "").replace(",", "."))


def day(value: Any) -> date | None:
    """A date as ``dd/mm/yyyy`` or ISO; None when it is no date, older than 2000 or yet to come."""
    clean = line(value)
    if clean is None:
        return None
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: .*)?", clean):
        parts = (int(found[3]), int(found[2]), int(found[1]))
    elif found := re.match(r"(\d{4})-(\d{2})-(\d{2})(?!\d)", clean):
        parts = (int(found[1]), int(found[2]), int(found[3]))
    else:
        return None
    try:
        known = date(*parts)
    except ValueError:
        return None
    return known if FIRST_DAY <= known <= date.today() else None


def postal_code(value: Any, departements: tuple[str, ...] = ()) -> str | None:
    """Five digits. A lost leading zero comes back only where the source's départements say that there was one."""
    return _code(value, r"\d{5}", departements)


def insee_code(value: Any, departements: tuple[str, ...] = ()) -> str | None:
    """A commune's code; the same rule for lost zeros."""
    return _code(value, r"(?:\d{2}|2[AB])\d{3}", departements)


def _code(value: Any, pattern: str, departements: tuple[str, ...]) -> str | None:
    clean = (line(value) or "").replace(" ", "").upper()
    if re.fullmatch(pattern, clean):
        return clean
    if re.fullmatch(r"[1-9]\d{3}", clean) and (not departements or f"0{clean}"[:2] in departements):
        return f"0{clean}"
    return None


def siret(value: Any) -> str | None:
    """A SIRET whose key is right. La Poste's branches have their own rule: the sum of their digits is a multiple of 5."""
    digits = re.sub(r"[ .\xa0]", "", line(value) or "")
    if not re.fullmatch(r"\d{14}", digits) or digits[:9] == "000000000":
        return None
    if digits.startswith("356000000") and sum(map(int, digits)) % 5 == 0:
        return digits
    doubled = (int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(digits))
    return digits if sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0 else None


def cut(value: str, limit: int) -> str:
    """The first words of `value`, in at most `limit` characters, with an ellipsis if any was left out."""
    if len(value) <= limit:
        return value
    head = value[: limit - 1]
    space = head.rfind(" ")
    return head[: space if space > limit // 2 else None].rstrip(" ,;:-–(") + "…"


def is_true(value: Any) -> bool:
    """Does a flag say yes: oui, x, 1, true?"""
    return (line(value) or "").casefold() in {"oui", "x", "1", "true", "vrai", "o", "yes"}
