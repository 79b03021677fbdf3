"""Listings: structures and services of data·inclusion schema v1, contacts, and what maintaining them needs.

Field names are those of schema v1. A confidential address is *not* in the listing's own row: it lies in
``AdresseConfidentielle``, which only ``app.listings`` writes and nothing reads out, so that no page, export,
index or API can show it by mistake.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, false, text
from sqlmodel import Field, SQLModel

from app.models.base import now


class Statut(StrEnum):
    """Life of a listing. Only ``publiee`` answers a counsellor's search."""

    BROUILLON = "brouillon"
    PUBLIEE = "publiee"
    SUSPENDUE = "suspendue"
    ARCHIVEE = "archivee"


def _json_list() -> Any:
    return Field(default=None, sa_type=JSON(none_as_null=True))


_FILTERED = ["id", "latitude", "longitude", "zone_eligibilite", "modes_accueil", "thematiques", "publics", "frais", "type"]
_FILTERED += ["score_qualite", "source"]
_REMOTE = text("CAST(modes_accueil AS TEXT) LIKE '%\"a-distance\"%'")


class Source(SQLModel, table=True):
    """Where listings come from; ``id`` is the ``source`` of schema v1. The importers fill it."""

    id: str = Field(primary_key=True)
    nom: str
    description: str | None = None
    licence: str | None = None
    url: str | None = None


class _Listing(SQLModel):
    """What every listing has: fields of schema v1, then what Levier adds to keep it true."""

    nom: str
    description: str | None = None
    date_maj: date | None = None
    commune: str | None = None
    adresse: str | None = None
    complement_adresse: str | None = None
    code_postal: str | None = None
    code_insee: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    telephone: str | None = None
    courriel: str | None = None
    horaires_accueil: str | None = None

    statut: str = Field(default=Statut.PUBLIEE, index=True)
    collectivite: str | None = Field(default=None, index=True)  # code, e.g. "04D"; None: commune unknown
    departement: str | None = Field(default=None, index=True)  # of the commune; "04", "2A", "974"
    precision_lieu: str | None = None  # "adresse", "commune", or None: no coordinates
    adresse_confidentielle: bool = False
    date_fichier: date | None = None  # of the file it came in; exported when date_maj is unknown
    verifie_le: date | None = None
    verifie_par: str | None = None  # name shown, not an identifier
    champs_humains: list[str] | None = _json_list()  # fields a person typed: an import proposes, never overwrites
    demonstration: bool = False
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class _Published(_Listing):
    """What a structure and a service have besides: they come from a source, and are looked for by commune."""

    source: str = Field(index=True, foreign_key="source.id")
    lien_source: str | None = None
    code_insee: str | None = Field(default=None, index=True)
    disparu_le: date | None = None  # day an import no longer found it in its source's file


class Structure(_Published, table=True):
    """A structure of schema v1. Without a published service, it is a *lieu généraliste*."""

    __table_args__ = (Index("ix_structure_source_id", "source", "id"),)

    id: str = Field(primary_key=True)
    site_web: str | None = None
    accessibilite_lieu: str | None = None
    siret: str | None = Field(default=None, index=True)
    reseaux_porteurs: list[str] | None = _json_list()


class Service(_Published, table=True):
    """A service of schema v1: what a structure offers."""

    __table_args__ = (
        Index("ix_service_source_id", "source", "id"),
        Index("ix_service_point", "latitude", "longitude"),
        # All that lists and searches filter by, apart from the long texts: SQLite reads it instead of the rows.
        Index("ix_service_filtres", *_FILTERED, info={"dialect": "sqlite"}),
        Index("ix_service_a_distance", "id", postgresql_where=_REMOTE, info={"dialect": "postgresql"}),
    )

    id: str = Field(primary_key=True)
    structure_id: str = Field(index=True, foreign_key="structure.id")
    description_composee: bool = False  # composed from type, needs and place: said so wherever it is shown
    type: str | None = None
    thematiques: list[str] | None = _json_list()
    frais: str | None = None
    frais_precisions: str | None = None
    publics: list[str] | None = _json_list()
    publics_precisions: str | None = None
    conditions_acces: str | None = None
    contact_nom_prenom: str | None = None
    modes_accueil: list[str] | None = _json_list()
    zone_eligibilite: list[str] | None = _json_list()
    secteurs: list[str] | None = _json_list()  # parts of the zone finer than a commune, in words; Levier's own, in no schema v1 export
    lien_mobilisation: str | None = None
    modes_mobilisation: list[str] | None = _json_list()
    mobilisable_par: list[str] | None = _json_list()
    mobilisation_precisions: str | None = None
    volume_horaire_hebdomadaire: float | None = None
    nombre_semaines: int | None = None
    score_qualite: float | None = None  # of data-inclusion-schema, at the last write


class RoleContact(StrEnum):
    """What a contact is: the first two stand on the département's side, the others on France Travail's."""

    REFERENT = "referent-accompagnement-global"
    SOLIDARITES = "maison-des-solidarites"
    CONSEILLER_DEDIE = "conseiller-dedie"
    AGENCE = "agence-france-travail"


class Contact(_Listing, table=True):
    """Whom a professional calls for a commune, `nom` being the place. For signed-in persons only: in no index, no API, no export.

    `collectivite` keeps it, and its communes are the only ones it may serve: all of them when it names no zone.
    """

    id: str = Field(primary_key=True)
    role: str  # RoleContact
    contact_nom_prenom: str | None = None  # whom to ask for: a team or a function rather than a person
    zone_eligibilite: list[str] | None = _json_list()
    secteurs: list[str] | None = _json_list()  # parts of the zone finer than a commune, in words


Genre = Literal["structure", "service", "contact"]
Listing = Structure | Service | Contact
MODEL_OF: dict[Genre, type[Structure] | type[Service] | type[Contact]] = {"structure": Structure, "service": Service, "contact": Contact}


class AdresseConfidentielle(SQLModel, table=True):
    """The true address of a shelter. Written by ``app.listings``; read out by nothing."""

    __tablename__ = "adresse_confidentielle"

    genre: str = Field(primary_key=True)  # "structure" or "service"
    listing_id: str = Field(primary_key=True)
    adresse: str | None = None
    complement_adresse: str | None = None
    longitude: float | None = None
    latitude: float | None = None


class SecretBefore(SQLModel, table=True):
    """What no revision tells of a shelter's listing that an import wrote: what an undo puts back, and nothing else reads.

    `champs`: its fields that the revision hides; `scellee` and `scellee_apres`: its sealed address before the run and after it;
    `revisions`: those that were scrubbed when it became confidential, by id.
    """

    __tablename__ = "secret_before"

    run_id: int = Field(primary_key=True)
    genre: str = Field(primary_key=True)
    listing_id: str = Field(primary_key=True)
    champs: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    scellee: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    scellee_apres: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    revisions: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Revision(SQLModel, table=True):
    """One write to a listing: who, when, and each changed field as ``{field: [before, after]}``.

    ``changes`` is empty for a creation. Confidential fields read ``["(confidentiel)", "(confidentiel)"]``.
    """

    __table_args__ = (Index("ix_revision_listing", "genre", "listing_id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True))
    genre: str
    listing_id: str
    at: datetime = Field(default_factory=now)
    account_id: int | None = None
    author: str  # name shown: a person's, or "import de <source>"
    run_id: int | None = Field(default=None, index=True)
    changes: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class IndexQueue(SQLModel, table=True):
    """The outbox: listings whose index documents must be made again."""

    __tablename__ = "index_queue"
    __table_args__ = {"sqlite_autoincrement": True}  # an id never comes back: a drain deletes what it has read, no more

    id: int | None = Field(default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True))
    genre: str
    listing_id: str
    enqueued_at: datetime = Field(default_factory=now)
    # Where two engines follow the base, which of them has it already: a row goes when both have.
    principal: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    secours: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class IndexFollower(SQLModel, table=True):
    """An engine whose index has followed the base ever since it was made; one that is not here is made again.

    So is found out an index that another engine replaced for a while, or that belongs to another base.
    """

    __tablename__ = "index_follower"

    moteur: str = Field(primary_key=True)
