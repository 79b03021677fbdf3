"""What the value of a cell means in a reference list of schema v1, when its words leave no doubt."""

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from app import vocabulary
from app.territory.names import key
from importers import cleaning
from importers.digital import PHRASES, PUBLICS
from importers.offers import FONDAMENTAUX, kinds_named

Codes = tuple[str, ...]

ALSO_THEMES: Mapping[str, Codes] = dict.fromkeys(
    (
        *("découverte d’internet", "découverte de l’ordinateur", "découverte de l’informatique", "découverte du numérique"),
        *("découverte des logiciels", "découverte des outils numériques"),
    ),
    (FONDAMENTAUX,),
)
ALSO_PUBLICS: Mapping[str, Codes] = {
    **dict.fromkeys(("ados", "adolescents", "adolescent", "16 25 ans", "jeunes majeurs"), ("jeunes",)),
    **dict.fromkeys(("femmes", "femme", "femmes seules"), ("femmes",)),
    **dict.fromkeys(("personne âgée", "aînés", "retraitées", "troisième âge"), ("seniors",)),
    **dict.fromkeys(("parent", "couples", "foyers avec enfants"), ("familles",)),
    **dict.fromkeys(("salariés", "salarié", "actifs", "travailleurs"), ("actifs",)),
    **dict.fromkeys(("chômeurs", "deld", "personnes sans emploi", "en recherche d’emploi"), ("demandeurs-emploi",)),
    **dict.fromkeys(("brsa", "rsa", "minima sociaux", "minimas sociaux"), ("beneficiaires-des-minimas-sociaux",)),
    **dict.fromkeys(("handicap", "rqth", "psh", "handicapés"), ("personnes-en-situation-de-handicap",)),
    **dict.fromkeys(("réfugiés", "réfugié", "demandeurs d’asile", "primo arrivants", "migrants", "exilés", "bpi"), ("personnes-exilees",)),
    **dict.fromkeys(("sans abri", "sdf", "sans domicile", "victimes de violences"), ("personnes-en-situation-durgence",)),
    **dict.fromkeys(("sortants de prison", "détenus", "sous main de justice"), ("personnes-en-situation-juridique-specifique",)),
    **dict.fromkeys(("qpv", "quartiers prioritaires", "quartier prioritaire", "zrr"), ("residents-qpv-frr",)),
}
EVERYBODY = frozenset({"tous", "toutes", "tout le monde", "toute personne", "ouvert à tous", "grand public"})
FREE = frozenset({"gratuit", "gratuite", "gratuitement", "sans frais", "accès libre et gratuit", "aucun", "aucune", "aucun frais", "0"})
PAID = (
    "payant",
    "payante",
    "adhésion",
    "participation financière",
    "cotisation",
    "non gratuit",
    "pas gratuit",
    "quotient familial",
    "forfait",
)
ACCUEIL: Mapping[str, Codes] = {
    **dict.fromkeys(
        ("sur place", "présentiel", "en présentiel", "sur rendez-vous", "en agence", "au guichet", "à domicile", "itinérant"),
        ("en-presentiel",),
    ),
    **dict.fromkeys(
        ("à distance", "a distance", "distanciel", "en ligne", "visioconférence", "visio", "par téléphone", "téléphone"), ("a-distance",)
    ),
    **dict.fromkeys(("mixte", "hybride"), ("a-distance", "en-presentiel")),
}
_BUT = re.compile(r"\b(?:sauf|hors|hommes?|excepté|sans)\b")  # beside one of these, a word may say the contrary
_PRICE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:€|euros?\b)")
_AGES = re.compile(r"(\d{1,2})\s*(?:-|à|/|et)\s*(\d{1,2})\s*ans")
_AGED = re.compile(
    r"(?:plus de|dès|à partir de)\s*(\d{1,2})\s*ans|(\d{1,2})\s*ans et (?:plus|\+)|(\d{1,2})\s*ans?\s*\+|\+\s*de\s*(\d{1,2})"
)


def meaning(referentiel: str, value: str) -> Codes:
    """Codes of `referentiel` for one value of a cell; () when it is not certain."""
    return _meaning(referentiel, (cleaning.line(value) or "").replace("_", " "))


@lru_cache(maxsize=8192)
def _meaning(referentiel: str, value: str) -> Codes:
    if not value:
        return ()
    if exact := _names(referentiel).get(key(value)):
        return (exact,)
    return WORDS[referentiel](value) if referentiel in WORDS else ()


def _themes(value: str) -> Codes:
    """Needs of the phrases that it holds, but a word alone must be all of it; else what its kind of place always offers."""
    said = cleaning.folded(value)
    phrases = {phrase: codes for phrase, codes in PHRASES.items() if " " in phrase or cleaning.folded(phrase) == said}
    held = _held(said, {**phrases, **ALSO_THEMES})
    return held or tuple(dict.fromkeys(code for _, offer in kinds_named(value) if offer for code in offer.thematiques))


def _publics(value: str) -> Codes:
    said = cleaning.folded(value)
    if said in EVERYBODY:
        return ("tous-publics",)
    if _BUT.search(said) and "sans abri" not in said and "sans domicile" not in said and "sans emploi" not in said:
        return ()
    return tuple(dict.fromkeys([*_held(said, PUBLICS), *_held(said, ALSO_PUBLICS), *_of_age(value.casefold())]))


def _of_age(said: str) -> Codes:
    if (between := _AGES.search(said)) and 11 <= int(between[1]) < int(between[2]) <= 30:
        return ("jeunes",)
    aged = _AGED.search(said)
    return ("seniors",) if aged and int(next(filter(None, aged.groups()))) >= 55 else ()


def _frais(value: str) -> Codes:
    """What may cost something or nothing says neither."""
    said = cleaning.folded(value)
    if prices := [float(price.replace(",", ".")) for price in _PRICE.findall(value.casefold())]:
        return ("gratuit",) if not any(prices) else ("payant",) if all(prices) and "gratuit" not in said else ()
    paid = _held(said, dict.fromkeys(PAID, ("payant",)))
    free = said in FREE or (" gratuit" in f" {said}" and not re.search(r"\b(?:sous|selon|sauf|si|ou|pour|non|pas|condition\w*)\b", said))
    return () if free and paid else ("gratuit",) if free else paid


def _held(said: str, table: Mapping[str, Codes]) -> Codes:
    """What the phrases of `table` mean, for those that stand in `said`, folded."""
    found = [code for phrase, codes in table.items() if f" {cleaning.folded(phrase)} " in f" {said} " for code in codes]
    return tuple(dict.fromkeys(found))


WORDS: Mapping[str, Callable[[str], Codes]] = {
    "thematiques": _themes,
    "publics": _publics,
    "frais": _frais,
    "modes-accueil": lambda value: _held(cleaning.folded(value), ACCUEIL),
}


@cache
def _names(referentiel: str) -> dict[str, str]:
    """Every value by its code and its label, levelled."""
    found: dict[str, str] = {}
    for item in vocabulary.REFERENTIELS[referentiel]:
        found[key(item.value)] = found[key(vocabulary.label(item.value))] = item.value
    return found
