"""The words of the field: référentiels of data·inclusion schema v1, and how Levier says them every day."""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cache

from data_inclusion.schema import v1

SEPARATOR = "--"

REFERENTIELS: dict[str, type[StrEnum]] = {
    "frais": v1.Frais,
    "modes-accueil": v1.ModeAccueil,
    "modes-mobilisation": v1.ModeMobilisation,
    "personnes-mobilisatrices": v1.PersonneMobilisatrice,
    "publics": v1.Public,
    "reseaux-porteurs": v1.ReseauPorteur,
    "thematiques": v1.Thematique,
    "types-services": v1.TypeService,
}
"""Reference lists by their name in the API's ``/doc/{name}``."""

FREINS: dict[str, str] = {
    "choisir-un-metier": "Trouver sa voie",
    "creer-une-entreprise": "Créer son activité",
    "difficultes-administratives-ou-juridiques": "Papiers, droits et justice",
    "difficultes-financieres": "Argent et dettes",
    "equipement-et-alimentation": "Se nourrir, s’équiper",
    "famille": "Enfants et famille",
    "lecture-ecriture-calcul": "Lire, écrire, compter",
    "logement-hebergement": "Logement",
    "mobilite": "Se déplacer",
    "numerique": "Internet et ordinateur",
    "preparer-sa-candidature": "CV et candidature",
    "remobilisation": "Reprendre confiance, sortir",
    "sante": "Santé",
    "se-former": "Se former",
    "souvrir-a-linternational": "Partir à l’étranger",
    "trouver-un-emploi": "Trouver un emploi",
}
"""The 16 catégories in everyday words; the interface shows these."""


@cache
def labels() -> dict[str, str]:
    """Official label of every value of every référentiel, catégories included."""
    enums = [*REFERENTIELS.values(), v1.Categorie]
    return {item.value: item.label for enum in enums for item in enum}


def label(value: str) -> str:
    """Official label of `value`; the value itself when it is not of schema v1."""
    return labels().get(value, value)


def categorie(thematique: str) -> str:
    """The catégorie a thématique belongs to: ``mobilite--preparer-un-permis`` → ``mobilite``."""
    return thematique.split(SEPARATOR, 1)[0]


@cache
def thematiques_by_categorie() -> dict[str, tuple[str, ...]]:
    """The thématiques of each catégorie, in the référentiel's order."""
    return {c.value: tuple(t.value for t in v1.Thematique if categorie(t.value) == c.value) for c in v1.Categorie}


def expand(needs: Iterable[str]) -> frozenset[str]:
    """Thématiques meant by `needs`: each a thématique or a whole catégorie. Unknown values stay as they are."""
    return frozenset(value for need in needs for value in thematiques_by_categorie().get(need, (need,)))


def compose_description(nom: str | None, type_service: str | None, thematiques: Iterable[str], commune: str | None) -> str:
    """A plain sentence for a service whose source gives no description, made of what is known.

    Whoever stores it marks it as composed (`description_composee`).
    """
    kind = label(type_service) if type_service else (nom or "Service")
    needs = ", ".join(dict.fromkeys(label(t).lower() for t in thematiques))
    return f"{kind}{f' : {needs}' if needs else ''}{f', à {commune}' if commune else ''}."


def of(place: str) -> str:
    """« de Digne-les-Bains », « d’Aiglun », « du Mans », « des Mées »: a place after « de ». An initial h stays whole."""
    for article, joined in (("Le ", "du "), ("Les ", "des ")):
        if place.startswith(article):
            return joined + place.removeprefix(article)
    return f"d’{place}" if re.match(r"(?i)[aeiouàâäéèêëîïôöùûüœæ]|y[^aeiouàâéèêîôùû]", place) else f"de {place}"
