"""Shapes of the answers, for the description of the API. Answers are not validated against them: tests are."""

from typing import Annotated, Any, Generic, TypeVar

from data_inclusion.schema import v1
from pydantic import BaseModel, Field

T = TypeVar("T")

Score = Annotated[float, Field(ge=0, le=1)]
Certifiee = Annotated[
    bool, Field(description="Adresse certifiée par géocodage. Toujours faux : Levier garde l’adresse de la source, ou situe la commune.")
]


class Page(BaseModel, Generic[T]):
    """One page: `size` is the number of items on this page, `total` that of all pages."""

    items: list[T]
    total: int
    page: int
    size: int
    pages: int


class CarriedStructure(v1.Structure):  # type: ignore[misc]  # data-inclusion-schema is not typed
    adresse_certifiee: Certifiee


class Service(v1.Service):  # type: ignore[misc]
    adresse_certifiee: Certifiee
    score_qualite: Annotated[Score, Field(description="Score de qualité du service, de 0 à 1.")]


class DetailedService(Service):
    structure: CarriedStructure


class Structure(CarriedStructure):
    score_qualite: Annotated[Score, Field(description="Moyenne des scores de ses services ; 0 sans service.")]


class SourceAndId(BaseModel):
    source: str
    id: str


class ListedStructure(Structure):
    doublons: Annotated[list[SourceAndId], Field(description="Autres descriptions publiées de la même structure, par d’autres sources.")]


class DetailedStructure(Structure):
    doublons: Annotated[list[v1.Structure], Field(description="Autres descriptions publiées de la même structure, par d’autres sources.")]
    services: list[Service]


class FoundService(BaseModel):
    service: DetailedService
    distance: Annotated[
        int | None, Field(description="Kilomètres à vol d’oiseau ; nul à distance, ou quand une des positions est inconnue.")
    ]


class RankedService(FoundService):
    score_recherche: Annotated[float | None, Field(description="De 0 à 1, plus grand quand les mots correspondent mieux ; nul sans `q`.")]


class Source(BaseModel):
    slug: str
    nom: str
    description: str | None


class ReferenceValue(BaseModel):
    value: str
    label: str
    description: str | None


class Error(BaseModel):
    detail: str


class Fault(BaseModel):
    """Une valeur qui n’est pas comprise."""

    loc: Annotated[list[str | int], Field(description="Où elle est : `query`, puis le nom du paramètre.")]
    msg: Annotated[str, Field(description="Ce qui est attendu.")]
    type: str


class Invalid(BaseModel):
    detail: Annotated[str | list[Fault], Field(description="Une phrase, ou chaque valeur qui n’est pas comprise.")]


INVALID: dict[int | str, dict[str, Any]] = {422: {"model": Invalid, "description": "Valeur qui n’est pas comprise."}}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Error, "description": "Fiche inconnue, ou qui n’est pas publiée."}}
NO_ENGINE: dict[int | str, dict[str, Any]] = {503: {"model": Error, "description": "Le moteur de recherche ne répond pas."}}


class Counts(BaseModel):
    """Published listings, and how many of them the index holds as documents."""

    structures: int
    services: int
    sources: int
    documents: int | None


class Health(BaseModel):
    etat: Annotated[str, Field(description="`ok`, `degrade` (la recherche ne répond pas) ou `indisponible` (la base ne répond pas).")]
    version: str
    moteur: str
    comptes: Counts | None
    retard: Annotated[int | None, Field(description="Fiches modifiées que l’index n’a pas encore reprises.")]
