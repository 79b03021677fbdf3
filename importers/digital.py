"""Places of digital help: what they offer, in the words of those who list them, as needs of schema v1."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from importers.offers import CONNEXION, DEMARCHES, DROITS, EQUIPEMENT, FONDAMENTAUX, LOISIRS, RECHERCHE, SERVICES_EN_LIGNE, Offer

PHRASES: Mapping[str, tuple[str, ...]] = {
    # the nine services of the national schema of places of digital help, and what its first version called them
    "Aide aux démarches administratives": (SERVICES_EN_LIGNE, DEMARCHES),
    "Réaliser des démarches administratives avec un accompagnement": (SERVICES_EN_LIGNE, DEMARCHES),
    "Devenir autonome dans les démarches administratives": (SERVICES_EN_LIGNE,),
    "Maîtrise des outils numériques du quotidien": (FONDAMENTAUX,),
    "Prendre en main un ordinateur": (FONDAMENTAUX,),
    "Prendre en main un smartphone ou une tablette": (FONDAMENTAUX,),
    "Utiliser le numérique au quotidien": (FONDAMENTAUX,),
    "Utilisation sécurisée du numérique": (FONDAMENTAUX,),
    "Compréhension du monde numérique": (FONDAMENTAUX,),
    "Approfondir ma culture numérique": (FONDAMENTAUX,),
    "Insertion professionnelle via le numérique": (RECHERCHE,),
    "Favoriser mon insertion professionnelle": (RECHERCHE,),
    "Loisirs et créations numériques": (LOISIRS,),
    "Créer avec le numérique": (LOISIRS,),
    "Accès internet et matériel informatique": (CONNEXION,),
    "Accéder à une connexion internet": (CONNEXION,),
    "Acquisition de matériel informatique à prix solidaire": (EQUIPEMENT,),
    # départements' own words
    "Accès à Internet": (CONNEXION,),
    "Accès à Internet en autonomie": (CONNEXION,),
    "Etre accompagné dans ses démarches administratives": (SERVICES_EN_LIGNE, DEMARCHES),
    "Faire une demande ou une déclaration en ligne": (SERVICES_EN_LIGNE, DEMARCHES),
    "Faire valoir un droit": (DROITS,),
    "accès aux droits": (DROITS,),
    "Etre initié aux outils numériques": (FONDAMENTAUX,),
    "Accompagnement aux usages numériques": (FONDAMENTAUX,),
    "Créer et utiliser un compte de messagerie": (FONDAMENTAUX,),
    "Découverte": (FONDAMENTAUX,),
    "Initiation à la culture numérique": (FONDAMENTAUX,),
    "Aide à la recherche d'emploi": (RECHERCHE,),
    "Accompagnement des demandeurs d'emploi": (RECHERCHE,),
    "Pratiquer des activités récréatives numériques": (LOISIRS,),
    "Pratiques d'activités numériques récréatives": (LOISIRS,),
    "Don, prêt matériel": (EQUIPEMENT,),
}
"""A phrase that stands in a list of services, as it is written there → the needs that it meets for sure."""

PUBLICS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("tout public", "tous publics", "tous public"), ("tous-publics",)),
    **dict.fromkeys(("jeune", "jeunes", "moins de 35 ans", "16-25 ans"), ("jeunes",)),
    **dict.fromkeys(("senior", "seniors", "retraité", "retraités", "personnes âgées"), ("seniors",)),
    **dict.fromkeys(("famille", "familles", "parents"), ("familles",)),
    **dict.fromkeys(("demandeur d'emploi", "demandeurs d'emploi", "recherche d'emploi"), ("demandeurs-emploi",)),
    **dict.fromkeys(("situation de handicap", "personnes handicapées"), ("personnes-en-situation-de-handicap",)),
    **dict.fromkeys(("étudiant", "étudiants"), ("etudiants",)),
    **dict.fromkeys(("allocataires rsa", "bénéficiaires du rsa"), ("beneficiaires-des-minimas-sociaux",)),
}
"""Words of a free text that name a public without a doubt."""

_WORDS = tuple(  # of a list of services in anyone's words, its accents lost or not
    (re.compile(pattern, re.IGNORECASE), thematique)
    for pattern, thematique in (
        (r"e[ -]administration|d.marches|services publics num|d.mat.rialisation", SERVICES_EN_LIGNE),
        (r"acc.s (?:libre|internet|wifi)|libre acc.s|wifi|espace internet|libre service", CONNEXION),
        (r"initi|d.butant|m.diation num|ateliers? (?:informatique|num)|cours informatique|usages? num", FONDAMENTAUX),
        (r"recherche (?:d.)?emploi|ateliers? recherche d", RECHERCHE),
    )
)
_FOR_FIRMS = re.compile(r"entrepre|startup|start-up|porteurs de projet", re.IGNORECASE)


def digital(thematiques: Iterable[str], **fields: Any) -> tuple[Offer, ...]:
    """The one service of a place of digital help, if it meets any need; with other fields of schema v1."""
    known = tuple(dict.fromkeys(thematiques))
    return (Offer("numerique", "Accès et accompagnement au numérique", known, fields),) if known else ()


def needs_in_words(nom: str | None, services: str | None) -> list[str]:
    """Needs that a place meets, by its name ("Point numérique" of a préfecture) or its own list of services, if it is not for firms."""
    known = [SERVICES_EN_LIGNE] if re.match(r"points? num.riques?", nom or "", re.IGNORECASE) else []
    if services and not _FOR_FIRMS.search(services):
        known += [thematique for words, thematique in _WORDS if words.search(services)]
    return known
