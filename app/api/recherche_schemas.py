"""Shapes of ``/api/levier/v1/recherche``: what may be asked, and what is answered."""

from datetime import date
from typing import Annotated, Any, Literal

from data_inclusion.schema import v1
from pydantic import BaseModel, ConfigDict, Field

from app.api.parameters import FARTHEST_KM, Point, Text
from app.api.schemas import DetailedService, ListedStructure
from app.search.port import FACETS, Tri
from app.vocabulary import expand

MOST = 200
Facette = Literal["categories", "thematiques", "publics", "frais", "modes_accueil", "types", "departements", "sources"]
assert Facette.__args__ == FACETS  # type: ignore[attr-defined]  # noqa: S101


class Recherche(Point):
    """Parameters of ``/recherche``."""

    q: Annotated[
        Text | None,
        Field(description="Mots cherchés, comme on les dit. Accents, pluriels, débuts de mots et fautes de frappe sont pardonnés."),
    ] = None
    genre: Annotated[
        Literal["service", "structure"],
        Field(description="`service` : les ressources. `structure` : les lieux généralistes, qui n’ont pas de service publié."),
    ] = "service"
    lieu: Annotated[
        Text | None,
        Field(description="Où vit la personne : commune, code postal, intercommunalité, département ou adresse. N’est ni gardé ni redit."),
    ] = None
    code_commune: Annotated[v1.CodeCommune | None, Field(description="Le même, par le code INSEE de sa commune.")] = None
    rayon: Annotated[
        Annotated[int, Field(ge=1, le=FARTHEST_KM)] | Literal["tout"] | None,
        Field(description="Distance acceptée, en km, ou `tout`. À défaut, celle qui est d’usage là où vit la personne."),
    ] = None
    thematiques: Annotated[list[v1.Thematique | v1.Categorie] | None, Field(description="Besoins : thématiques, ou catégories.")] = None
    publics: Annotated[
        list[v1.Public] | None,
        Field(description="Publics dont est la personne. Ce qui est ouvert à tous reste, et ce qui ne dit rien : à vérifier."),
    ] = None
    frais: Annotated[list[v1.Frais] | None, Field(description="Frais.")] = None
    modes_accueil: Annotated[list[v1.ModeAccueil] | None, Field(description="Modes d’accueil.")] = None
    types: Annotated[list[v1.TypeService] | None, Field(description="Types de service.")] = None
    departements: Annotated[list[Text] | None, Field(description="Codes des départements où se trouve la ressource.")] = None
    sources: Annotated[list[Text] | None, Field(description="Sources : identifiants donnés par `/api/v1/sources`.")] = None
    tri: Annotated[Tri, Field(description="`pertinence`, `distance` ou `fraicheur`.")] = Tri.PERTINENCE
    facettes: Annotated[
        list[Facette] | None, Field(description="Compter les réponses par valeur de ces filtres ; à défaut, rien n’est compté.")
    ] = None
    page: Annotated[int, Field(ge=1, le=1_000_000, description="Numéro de la page, à partir de 1.")] = 1
    size: Annotated[int, Field(ge=1, le=MOST, description="Nombre de réponses par page.")] = 20

    def needs(self) -> frozenset[str]:
        """Thématiques asked for, a catégorie as its own."""
        return expand(str(value) for value in self.thematiques or ())


class Lieu(BaseModel):
    """Le lieu compris."""

    libelle: Annotated[str, Field(description="La commune, l’intercommunalité ou le département ; jamais la rue.")]
    code_commune: Annotated[str | None, Field(description="Nul pour une intercommunalité ou un département.")]
    departement: str | None
    latitude: Annotated[float | None, Field(description="D’où les distances sont mesurées.")]
    longitude: float | None
    precision: Annotated[
        Literal["point", "adresse", "commune", "territoire"],
        Field(description="`adresse` ou `point` : au mètre près ; `commune` : depuis sa mairie ; `territoire` : sans distance."),
    ]


class Mot(BaseModel):
    """Un mot cherché, et ce pour quoi il a été pris."""

    saisi: str
    corrections: list[str]
    autres: Annotated[list[str], Field(description="Ce qui se dit aussi pour lui.")]
    besoins: Annotated[list[str], Field(description="Thématiques et catégories qu’il désigne, la plus sûre d’abord.")]


class Besoin(BaseModel):
    value: str
    label: str
    confiance: Annotated[float, Field(description="De 0 à 1.")]


class Compris(BaseModel):
    """Comment la question a été comprise."""

    lieu: Lieu | None
    rayon_km: Annotated[int | None, Field(description="Le rayon appliqué ; nul sans lieu, ou quelle que soit la distance.")]
    rayon_usuel: Annotated[bool, Field(description="Le rayon est celui qui est d’usage en ce lieu : personne ne l’a choisi.")]
    mots: list[Mot]
    besoins: Annotated[list[Besoin], Field(description="Besoins que désignent les mots ensemble, le plus sûr d’abord.")]


class Raison(BaseModel):
    """Pourquoi cette réponse."""

    sujet: Annotated[str, Field(description="`mots`, `zone`, `lieu`, `distance`, `publics`, `conditions` ou `date`.")]
    verdict: Annotated[Literal["correspond", "a-verifier", "exclut"], Field(description="`a-verifier` : la fiche ne le dit pas.")]
    texte: str


class Fraicheur(BaseModel):
    date: date | None
    verifiee: Annotated[bool, Field(description="Une personne a vérifié la fiche ce jour-là.")]
    a_verifier: Annotated[bool, Field(description="Date ancienne ou inconnue, ou fiche que sa source ne publie plus.")]


class Reponse(BaseModel):
    """Une réponse : `service` ou `structure`, selon le genre demandé."""

    service: DetailedService | None = None
    structure: ListedStructure | None = None
    distance: Annotated[float | None, Field(description="Kilomètres à vol d’oiseau ; nul à distance, ou quand nul ne sait.")]
    competence: Annotated[
        Literal["correspond", "a-verifier"] | None,
        Field(description="Dessert le lieu (`correspond`), ou ne dit pas sa zone, ou n’en dessert qu’une partie ; nul sans lieu."),
    ]
    raisons: list[Raison]
    fraicheur: Fraicheur
    score: Annotated[float, Field(description="Pertinence dans cette recherche ; ne se compare pas d’une recherche à l’autre.")]


class Valeur(BaseModel):
    value: str
    label: str
    nombre: Annotated[int, Field(description="Réponses que donnerait ce choix, les autres filtres gardés.")]


class AuDela(BaseModel):
    """Ce qui reste juste au-delà du rayon."""

    rayon_km: int
    nombre: Annotated[int, Field(description="Réponses de plus.")]


EXAMPLE: dict[str, Any] = {
    "compris": {
        "lieu": {
            "libelle": "Barcelonnette (04400)",
            "code_commune": "04019",
            "departement": "04",
            "latitude": 44.3867,
            "longitude": 6.6519,
            "precision": "commune",
        },
        "rayon_km": 50,
        "rayon_usuel": True,
        "mots": [{"saisi": "gade", "corrections": ["garde"], "autres": [], "besoins": []}],
        "besoins": [{"value": "famille--garde-denfants", "label": "Garde d’enfants", "confiance": 0.92}],
    },
    "items": [
        {
            "service": {"id": "exemple--halte", "nom": "Halte-garderie du matin", "structure": {"id": "exemple--1"}},
            "distance": 0.4,
            "competence": "correspond",
            "raisons": [
                {"sujet": "mots", "verdict": "correspond", "texte": "« gade » corrigé en « garde », dans le nom"},
                {"sujet": "zone", "verdict": "correspond", "texte": "Compétent pour Barcelonnette : couvre le département (04)"},
                {"sujet": "publics", "verdict": "a-verifier", "texte": "Public non précisé : vérifier que la personne est concernée"},
            ],
            "fraicheur": {"date": "2026-10-01", "verifiee": True, "a_verifier": False},
            "score": 12.4,
        }
    ],
    "total": 1,
    "page": 1,
    "size": 1,
    "pages": 1,
    "facettes": {"frais": [{"value": "gratuit", "label": "Gratuit", "nombre": 1}]},
    "sans_filtre": {},
    "au_dela": {"rayon_km": 100, "nombre": 3},
}


class Resultats(BaseModel):
    """Une page de réponses."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    compris: Compris
    items: list[Reponse]
    total: int
    page: int
    size: Annotated[int, Field(description="Réponses sur cette page.")]
    pages: int
    facettes: Annotated[dict[str, list[Valeur]], Field(description="Pour chaque facette demandée, ses valeurs qui donnent des réponses.")]
    sans_filtre: Annotated[
        dict[str, int], Field(description="Pour chaque filtre employé dont la facette est demandée, le nombre de réponses sans lui.")
    ]
    au_dela: Annotated[AuDela | None, Field(description="Nul quand la page est pleine, ou que rien n’y est.")]


class ChoixDeLieu(BaseModel):
    libelle: str
    code: Annotated[str, Field(description="Code INSEE d’une commune, ou code d’une intercommunalité ou d’un département.")]


class LieuAPreciser(BaseModel):
    """Le lieu n’est pas connu, ou peut en désigner plusieurs."""

    detail: str
    choix: list[ChoixDeLieu]
