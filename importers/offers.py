"""What a kind of place offers, where the kind alone makes it certain.

Each offer becomes a service of the structure. Only what the law, a charter or the source's own column settles is said; the rest
stays unknown, and the interface says "à vérifier".
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from app.territory.names import key

DEMARCHES = "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives"
DROITS = "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits"
SERVICES_EN_LIGNE = "numerique--acceder-a-des-services-en-ligne"
CONNEXION = "numerique--acceder-a-une-connexion-internet"
EQUIPEMENT = "numerique--acquerir-un-equipement"
FONDAMENTAUX = "numerique--maitriser-les-fondamentaux-du-numerique"
OFFRES = "trouver-un-emploi--repondre-a-des-offres-demploi"
RECHERCHE = "preparer-sa-candidature--organiser-ses-demarches-de-recherche-demploi"
METIER = "choisir-un-metier--decouvrir-un-metier-ou-un-secteur-dactivite"
FORMATION = "se-former--trouver-sa-formation"
LOISIRS = "remobilisation--activites-sportives-et-culturelles"


@dataclass(frozen=True, eq=False)
class Offer:
    """A service to be: its place in the structure's id, its name, its thématiques, and other fields of schema v1."""

    key: str
    nom: str
    thematiques: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)

    def but(self, **fields: Any) -> "Offer":
        """The same offer with other fields; None leaves a field as it was."""
        return replace(self, fields={**self.fields, **{name: value for name, value in fields.items() if value is not None}})


TOUS = {"publics": ["tous-publics"], "modes_accueil": ["en-presentiel"]}

FRANCE_SERVICES = Offer(
    "france-services", "Accompagnement aux démarches administratives et numériques", (DEMARCHES, SERVICES_EN_LIGNE),
    {**TOUS, "type": "accompagnement", "frais": "gratuit", "mobilisable_par": ["usagers", "professionnels"]},
)  # fmt: skip
MDS = Offer(
    "accueil-social", "Accueil et accompagnement social", (DROITS, DEMARCHES), {**TOUS, "type": "accompagnement", "frais": "gratuit"}
)
CCAS = Offer("aide-sociale", "Aide sociale et accès aux droits", (DROITS, DEMARCHES), {"type": "accompagnement"})
MISSION_LOCALE = Offer(
    "accompagnement-jeunes", "Accompagnement des jeunes vers l’emploi et l’autonomie", (RECHERCHE, METIER, FORMATION),
    {"type": "accompagnement", "frais": "gratuit", "publics": ["jeunes"], "publics_precisions": "De 16 à 25 ans, sortis de l’école"},
)  # fmt: skip
INFORMATION_JEUNESSE = Offer(
    "information-jeunesse", "Information jeunesse", (METIER, DROITS), {"type": "information", "publics": ["jeunes"]}
)
FRANCE_TRAVAIL = Offer(
    "emploi", "Accompagnement à la recherche d’emploi", (OFFRES, RECHERCHE, FORMATION),
    {"type": "accompagnement", "frais": "gratuit", "publics": ["demandeurs-emploi"]},
)  # fmt: skip
CAF = Offer("prestations", "Accès aux prestations familiales et sociales", (DROITS,), {"type": "accompagnement", "frais": "gratuit"})
CPAM = Offer(
    "assurance-maladie",
    "Accès aux droits à l’assurance maladie",
    ("sante--acces-aux-soins", DROITS),
    {"type": "accompagnement", "frais": "gratuit"},
)
MSA = Offer(
    "prestations-agricoles", "Accès aux droits sociaux du régime agricole", (DROITS,), {"type": "accompagnement", "frais": "gratuit"}
)
Kind = tuple[str, Offer | None]
"""A network (`reseaux_porteurs`), and what a place of that kind offers; None: nothing that is certain."""

NAMES: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"\bmission locale\b", ("mission-locale", MISSION_LOCALE)),
        (r"\bc[ci]as\b|centre (?:inter)?communal d.action sociale", ("ccas-cias", CCAS)),
        (r"maisons? (?:departementales?|du departement) des solidarites|^mds\b", ("maisons-des-solidarites", MDS)),
        (r"\bfrance services?\b", ("france-service", FRANCE_SERVICES)),
        (r"^(?:agence )?(?:pole emploi|france travail)\b", ("france-travail", FRANCE_TRAVAIL)),
        (r"^caf\b|caisse d.allocations familiales", ("caf", CAF)),
        (r"^cpam\b|caisse primaire d.assurance maladie", ("cpam", CPAM)),
        (r"^msa\b|mutualite sociale agricole", ("mutualite-sociale-agricole", MSA)),
        (r"\b(?:point|bureau) information jeunesse\b|\binfo jeunes\b|\b[pb]ij\b", ("reseau-information-jeunesse", INFORMATION_JEUNESSE)),
        (r"^la poste\b|^agence postale\b|^bureau de poste\b", ("la-poste", None)),
    )
)


def slug(nom: str) -> str:
    """What tells a service from the others of its place, out of its name."""
    return key(nom)[:60].strip().replace(" ", "-")


@lru_cache(maxsize=2048)
def kinds_named(nom: str) -> tuple[Kind, ...]:
    """The kinds of place that a name says, plainly and in full: "Mission locale du Pays de Digne"."""
    plain = "".join(c for c in unicodedata.normalize("NFD", nom.casefold()) if not unicodedata.combining(c))
    return tuple(kind for pattern, kind in NAMES if pattern.search(plain))


def networks(kinds: tuple[Kind, ...]) -> list[str] | None:
    """Values of `reseaux_porteurs`; a maison des solidarités is the département's as well, says schema v1."""
    found = list(dict.fromkeys(reseau for reseau, _ in kinds))
    return ([*found, "departements"] if "maisons-des-solidarites" in found else found) or None
