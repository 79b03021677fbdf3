"""What may be asked of the lists and searches: each filter documented once, each endpoint a sum of filters.

Names and meanings are data·inclusion's, so that a client of its API needs no other code.
"""

from typing import Annotated, Self

from data_inclusion.schema import v1
from pydantic import BaseModel, Field, StringConstraints, model_validator
from starlette.exceptions import HTTPException

from app.api.territories import DEPARTEMENTS, REGIONS, OneOf, code_of_departement, code_of_region, departements_of

DEFAULT_SIZE = 5000
MAX_SIZE = 10_000
RADIUS_KM = 50
FARTHEST_KM = 20_100  # nothing on Earth is farther

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=1000)]
"""Free text; PostgreSQL refuses the NUL character."""

CodeCommune = Annotated[v1.CodeCommune | None, Field(description="Code INSEE d’une commune.")]
PersonCommune = Annotated[
    v1.CodeCommune | None,
    Field(
        description="Code INSEE de la commune où vit la personne (ou de son arrondissement). Ne restent que les services "
        "dont la zone la contient, et qui sont à distance ou à moins de 50 km. Un code d’ancienne commune est suivi."
    ),
]
ExclureDoublons = Annotated[
    bool | None,
    Field(
        description="Vrai : de chaque groupe de structures en double, seule la meilleure est renvoyée (qualité, puis fraîcheur), "
        "ou les services de la meilleure, parmi ce que gardent les autres paramètres."
    ),
]


CodeRegion = Annotated[str | None, OneOf(tuple(REGIONS)), Field(description="Code INSEE d’une région.")]
SlugRegion = Annotated[str | None, OneOf(tuple(REGIONS.values())), Field(description="Nom court d’une région.")]
CodeDepartement = Annotated[str | None, OneOf(tuple(DEPARTEMENTS)), Field(description="Code INSEE d’un département.")]
SlugDepartement = Annotated[
    str | None, OneOf(tuple(slug for slug, _ in DEPARTEMENTS.values())), Field(description="Nom court d’un département.")
]


class Paging(BaseModel):
    page: Annotated[int, Field(ge=1, description="Numéro de la page, à partir de 1.")] = 1
    size: Annotated[int, Field(ge=1, le=MAX_SIZE, description="Nombre de réponses par page.")] = DEFAULT_SIZE


class SourceFilter(BaseModel):
    sources: Annotated[list[Text] | None, Field(description="Sources retenues : identifiants donnés par `/api/v1/sources`.")] = None


class TerritoryFilter(BaseModel):
    code_region: CodeRegion = None
    slug_region: SlugRegion = None
    code_departement: CodeDepartement = None
    slug_departement: SlugDepartement = None

    def departements(self) -> frozenset[str] | None:
        """Codes of the départements asked for; None: all of them. A code goes before a slug; both levels add up."""
        region = self.code_region or (self.slug_region and code_of_region(self.slug_region))
        departement = self.code_departement or (self.slug_departement and code_of_departement(self.slug_departement))
        asked = frozenset({departement}) if departement else None
        if region is None:
            return asked
        inside = departements_of(region)
        return inside if asked is None else inside & asked


class ServiceFilter(SourceFilter):
    thematiques: Annotated[
        list[v1.Thematique | v1.Categorie] | None,
        Field(description="Thématiques, ou catégories entières. Chaque service renvoyé a au moins l’une d’elles."),
    ] = None
    frais: Annotated[list[v1.Frais] | None, Field(description="Frais. Chaque service renvoyé a l’une de ces valeurs.")] = None
    publics: Annotated[
        list[v1.Public] | None,
        Field(description="Publics. Chaque service renvoyé vise au moins l’un d’eux, ou tous les publics."),
    ] = None
    modes_accueil: Annotated[
        list[v1.ModeAccueil] | None, Field(description="Modes d’accueil. Chaque service renvoyé a au moins l’un d’eux.")
    ] = None
    types: Annotated[list[v1.TypeService] | None, Field(description="Types de service. Chaque service renvoyé a l’un d’eux.")] = None
    score_qualite_minimum: Annotated[
        float | None, Field(allow_inf_nan=False, description="Score de qualité au moins égal à cette valeur, de 0 à 1.")
    ] = None


class RecherchePublic(BaseModel):
    recherche_public: Annotated[
        Text | None,
        Field(
            description="Mots cherchés dans les publics et leurs précisions, sans égard aux accents ni au pluriel. "
            'Tous les mots doivent s’y trouver ; `OR` propose un choix, `-mot` écarte, `"deux mots"` cherche une suite exacte.'
        ),
    ] = None


class Point(BaseModel):
    lat: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False, description="Latitude du point de départ ; avec `lon`.")] = None
    lon: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False, description="Longitude du point de départ ; avec `lat`.")] = (
        None
    )

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise HTTPException(422, "`lat` et `lon` vont ensemble : donnez les deux, ou aucun.")
        return self

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude."""
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)


class ListStructures(Paging, SourceFilter, TerritoryFilter):
    """Parameters of ``/structures``."""

    reseaux_porteurs: Annotated[
        list[v1.ReseauPorteur] | None, Field(description="Réseaux porteurs. Chaque structure renvoyée appartient à l’un d’eux.")
    ] = None
    code_commune: CodeCommune = None
    exclure_doublons: ExclureDoublons = False


class ListServices(Paging, ServiceFilter, RecherchePublic, TerritoryFilter):
    """Parameters of ``/services``."""

    code_commune: CodeCommune = None


class SearchServices(Paging, ServiceFilter, RecherchePublic, Point):
    """Parameters of ``/search/services``."""

    code_commune: PersonCommune = None
    exclure_doublons: ExclureDoublons = False


class Search(Paging, ServiceFilter, TerritoryFilter, Point):
    """Parameters of ``/search``."""

    q: Annotated[Text | None, Field(description="Mots cherchés. Accents, pluriels, débuts de mots et fautes de frappe sont pardonnés.")] = (
        None
    )
    code_commune: CodeCommune = None
    distance: Annotated[
        int, Field(ge=1, le=FARTHEST_KM, description="Rayon en kilomètres autour de `lat` et `lon` ; sans effet sans eux.")
    ] = RADIUS_KM
