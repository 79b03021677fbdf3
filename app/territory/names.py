"""How a place name is compared: what people forget, abbreviate or misplace is levelled on both sides."""

import re
import unicodedata

ARTICLES = frozenset({"l", "le", "la", "les", "los", "las"})
SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "s": "sur", "nd": "notre dame"}
ORDINAL = re.compile(r"(\d{1,2})(?:er|ere|e|eme|em|nd|nde|de)$")
DISTRICT_WORDS = frozenset({"arrondissement", "arrond", "arrdt", "arrt", "arr", "ardt"})
WORDS = re.compile(r"[a-z0-9]+")
LEVEL = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae", "ß": "ss", "’": "'"})


def fold(text: str) -> str:
    """Lower case without accents or ligatures."""
    lowered = text.translate(LEVEL).lower()
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Levelled words: "St-Étienne-s/-Mer" gives saint, etienne, sur, mer; "Lyon 3ème Arrdt" gives lyon, 3."""
    found = [SHORT.get(word, word) for word in WORDS.findall(fold(text))]
    return [ORDINAL.sub(r"\1", word) for word in found if word not in DISTRICT_WORDS]


def key(text: str) -> str:
    """The whole name, levelled: "L'Île-d'Yeu" and "l ile d yeu" give the same key."""
    return " ".join(words(text))


def without_article(levelled: str) -> str:
    """The same key without its leading article: "la seyne sur mer" gives "seyne sur mer"."""
    first, _, rest = levelled.partition(" ")
    return rest if rest and first in ARTICLES else levelled


def without_cedex(text: str) -> tuple[str, bool]:
    """A town's name without its mail routing ("Digne-les-Bains Cedex 9"), and whether it had one."""
    bare = re.sub(r"[\s,(-]*\bcedex\b.*$", "", text, flags=re.IGNORECASE | re.DOTALL)
    return bare.strip(), bare != text
