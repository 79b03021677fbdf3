"""What the value of a cell means in a reference list of schema v1, when its words leave no doubt."""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from app import vocabulary
from app.territory.names import key
from importers import cleaning
from importers.digital import PHRASES, PUBLICS
from importers.offers import kinds_named

Codes = tuple[str, ...]

FRAIS: Mapping[str, Codes] = {
    **dict.fromkeys(("gratuit", "gratuite", "gratuitement", "sans frais", "accès libre et gratuit"), ("gratuit",)),
    **dict.fromkeys(("payant", "payante", "adhésion", "participation financière", "cotisation"), ("payant",)),
}
ACCUEIL: Mapping[str, Codes] = {
    **dict.fromkeys(("sur place", "présentiel", "en présentiel", "sur rendez-vous"), ("en-presentiel",)),
    **dict.fromkeys(("à distance", "en ligne", "visioconférence", "par téléphone"), ("a-distance",)),
}


def meaning(referentiel: str, value: str) -> Codes:
    """Codes of `referentiel` for one value of a cell; () when it is not certain."""
    return _meaning(referentiel, cleaning.line(value) or "")


@lru_cache(maxsize=8192)
def _meaning(referentiel: str, value: str) -> Codes:
    if not value:
        return ()
    if exact := _names(referentiel).get(key(value)):
        return (exact,)
    table, also = WORDS.get(referentiel, ({}, None))
    said = f" {cleaning.folded(value)} "
    found = [code for phrase, codes in table.items() if f" {cleaning.folded(phrase)} " in said for code in codes]
    return tuple(dict.fromkeys(found)) or (also(value) if also else ())


def _of_kinds(value: str) -> Codes:
    """What a kind of place always offers."""
    return tuple(dict.fromkeys(code for _, offer in kinds_named(value) if offer for code in offer.thematiques))


WORDS: Mapping[str, tuple[Mapping[str, Codes], Callable[[str], Codes] | None]] = {
    "thematiques": (PHRASES, _of_kinds),
    "publics": (PUBLICS, None),
    "frais": (FRAIS, None),
    "modes-accueil": (ACCUEIL, None),
}


@cache
def _names(referentiel: str) -> dict[str, str]:
    """Every value by its code and its label, levelled."""
    found: dict[str, str] = {}
    for item in vocabulary.REFERENTIELS[referentiel]:
        found[key(item.value)] = found[key(vocabulary.label(item.value))] = item.value
    return found
