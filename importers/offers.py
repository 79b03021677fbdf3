"""What a kind of place offers, where the kind alone makes it certain.

Each offer becomes a service of the structure. Only what the law, a charter or the source's own column settles is said; the rest
stays unknown, and the interface says "à vérifier".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

DEMARCHES = "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives"
DROITS = "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits"
SERVICES_EN_LIGNE = "numerique--acceder-a-des-services-en-ligne"
CONNEXION = "numerique--acceder-a-une-connexion-internet"
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
MSA = Offer("prestations", "Accès aux droits sociaux du régime agricole", (DROITS,), {"type": "accompagnement", "frais": "gratuit"})
NUMERIQUE = Offer("numerique", "Accès et accompagnement au numérique")
