"""Names and addresses levelled, so that two hands that wrote the same thing are seen to have."""

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

_MARKS = str.maketrans({"œ": "oe", "æ": "ae", "&": " et ", "’": " ", "'": " "})
_WORD = re.compile(r"[a-z]+|\d+")

_SAME: tuple[tuple[str, str], ...] = (
    (r"centre communal d action sociale", "ccas"),
    (r"centre intercommunal d action sociale", "cias"),
    (r"maison departementale des solidarites", "mds"),
    (r"protection maternelle et infantile", "pmi"),
    (r"caisse d allocations familiales", "caf"),
    (r"caisse primaire d assurance maladie", "cpam"),
    (r"mutualite sociale agricole", "msa"),
    (r"union departementale des associations familiales", "udaf"),
    (r"agence departementale d information sur le logement", "adil"),
    (r"centre d information sur les droits des femmes(?: et des familles)?", "cidff"),
    (r"maison des jeunes et de la culture", "mjc"),
    (r"relais (?:de la )?petite enfance|relais (?:d )?assistante?s? maternelle?s?|\bram\b", "rpe"),
    (r"espace public numerique", "epn"),
    (r"point conseil budget", "pcb"),
    (r"point information mediation multiservices", "pimms"),
    (r"accueil de loisirs(?: sans hebergement)?|centre de loisirs", "alsh"),
    (r"(?:residence|foyer) (?:de )?(?:habitat jeunes|jeunes travailleurs)", "fjt"),
    (r"(?:espace|maison|point) france services?", "france services"),
    (r"maison de services au public", "msap"),
    (r"centre socio ?culturel|centre socio culturel", "centre social"),
    (r"agence france travail|agence pole emploi|pole emploi", "france travail"),
    (r"epicerie sociale et solidaire|epicerie sociale", "epicerie solidaire"),
    (r"\basso\b", "association"),
    (r"\bst\b", "saint"),
    (r"\bste\b", "sainte"),
    (r"\bdept\b", "departement"),
)
"""Long names and the short ones that everybody writes for them."""
_REWRITTEN = tuple((re.compile(rf"(?:{pattern})"), short) for pattern, short in _SAME)
_STREETS = {"r": "rue", "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "pl": "place", "all": "allee"} | {
    "ch": "chemin",
    "che": "chemin",
    "rte": "route",
    "imp": "impasse",
    "sq": "square",
    "fg": "faubourg",
    "st": "saint",
    "ste": "sainte",
    "dr": "docteur",
    "gal": "general",
    "mal": "marechal",
}
LIKE = 80.0  # of 100: two long words at least so alike are one, mistyped
LONG = 5  # letters
SMALL = frozenset(
    {
        *("a", "au", "aux", "avec", "d", "dans", "de", "des", "du", "en", "et", "l", "la", "le", "les", "pour", "par", "sur", "un", "une"),
    }
)
COMMON = frozenset(
    {
        *("accueil", "action", "agence", "annexe", "antenne", "association", "atelier", "ateliers", "bureau"),
        *("caf", "ccas", "centre", "cias", "club", "comite", "communal", "commune", "culture", "departement"),
        *("departemental", "departementale", "dispositif", "emploi", "equipe", "espace", "familles"),
        *("federation", "fjt", "formation", "foyer", "france", "groupe", "insertion", "jeunes", "jeunesse"),
        *("locale", "local", "maison", "mairie", "mds", "mission", "mjc", "municipal", "numerique"),
        *("permanence", "plateforme", "point", "pole", "public", "relais", "reseau", "residence", "rpe"),
        *("sante", "secteur", "service", "services", "site", "social", "sociale", "solidaire", "solidarite"),
        *("solidarites", "structure", "travail", "union", "ville"),
    }
)
"""Words that a thousand structures share: that two names have them says little."""


def fold(text: str) -> str:
    """Small letters without accents; words and numbers parted by one space."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_MARKS)).encode("ascii", "ignore").decode()
    return " ".join(_WORD.findall(plain))


@lru_cache(maxsize=50_000)
def level(nom: str) -> str:
    """A name folded, its long titles written as the short ones that everybody knows."""
    plain = fold(nom)
    for pattern, short in _REWRITTEN:
        plain = pattern.sub(short, plain)
    return plain


def words(plain: str, commune: str | None) -> frozenset[str]:
    """The words of a levelled name; those of its commune too, unless nothing else is left of it."""
    found = frozenset(word for word in plain.split() if word not in SMALL)
    here = [word for word in level(commune).split() if len(word) >= LONG] if commune else []
    told = frozenset(word for word in found if word in plain_words(commune) or any(fuzz.ratio(word, other) >= LIKE for other in here))
    return (found - told) or found


@lru_cache(maxsize=50_000)
def plain_words(commune: str | None) -> frozenset[str]:
    """The words of a commune's name."""
    return frozenset(level(commune).split()) if commune else frozenset()


def street(adresse: str | None) -> tuple[str, frozenset[str]] | None:
    """Number and words of an address: ``("12", {"rue", "lilas"})``; None: no street is given."""
    if not adresse:
        return None
    found = [_STREETS.get(word, word) for word in fold(adresse).split() if word not in SMALL]
    numbers = [word for word in found if word.isdigit()]
    named = frozenset(word for word in found if not word.isdigit() and word not in {"bis", "ter", "quater"})
    return (numbers[0] if numbers else "", named) if named else None
