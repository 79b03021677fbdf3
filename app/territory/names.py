"""How a place name is compared: what people forget, abbreviate or misplace is levelled on both sides."""

import re
import unicodedata

LOST = "\ufffd"  # an accented letter destroyed before the file came to us; it stays in a key, to stand for any letter
ARTICLES = frozenset({"l", "le", "la", "les", "los", "las"})
SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "nd": "notre dame"}
ORDINAL = re.compile(r"(\d{1,2})(?:er|ere|e|eme|em|nd|nde|de)$")
DISTRICT = re.compile(r"ar(?:r[a-z]*|dt)?$")  # "arrondissement" after its rank, however far it has been typed
CEDEX = re.compile(r"[\s,(-]*\bcedex\b.*$", re.IGNORECASE | re.DOTALL)


def _plain(letter: str) -> str:
    """One letter as lower case without accent or ligature; a blank for what is no letter or digit."""
    parts = unicodedata.normalize("NFKD", letter.lower().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss"))
    kept = "".join(part for part in parts if part.isalnum() and part.isascii())
    return kept if kept or unicodedata.combining(letter) else " "


# Latin letters and general punctuation once and for all: names are levelled by the ten thousand
PLAIN = {code: _plain(chr(code)) for code in (*range(0x250), *range(0x300, 0x370), *range(0x2000, 0x2070))} | {ord(LOST): LOST}


def words(text: str) -> list[str]:
    """Levelled words: "St-Étienne-s/-Mer" gives saint, etienne, sur, mer; "Lyon 3ème Arrdt" gives lyon, 3."""
    found = [SHORT.get(word, word) for word in text.translate(PLAIN).split()]
    if "s" in found[1:-1]:
        found = ["sur" if word == "s" and 0 < rank < len(found) - 1 else word for rank, word in enumerate(found)]
    return _ranks(found) if any(word[0].isdigit() for word in found) else found


def _ranks(found: list[str]) -> list[str]:
    """Ordinals as numbers, without the word "arrondissement"."""
    ranked = [ORDINAL.sub(r"\1", word) for word in found]
    return [word for rank, word in enumerate(ranked) if not (rank and ranked[rank - 1].isdigit() and DISTRICT.match(word))]


def key(text: str) -> str:
    """The whole name, levelled: "L'Île-d'Yeu" and "l ile d yeu" give the same key."""
    return " ".join(words(text))


def without_article(levelled: str) -> str:
    """The same key without its leading article: "la seyne sur mer" gives "seyne sur mer"."""
    first, _, rest = levelled.partition(" ")
    return rest if rest and first in ARTICLES else levelled


def without_cedex(text: str) -> str:
    """A town's name without its mail routing: "Digne-les-Bains Cedex 9" gives "Digne-les-Bains"."""
    return CEDEX.sub("", text).strip()
