"""From listings to index documents: the only mapping.

A document never holds an address, and a confidential one is not even in the rows read here.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from app.db import CHUNK, chunks
from app.models import Service, Statut, Structure
from app.search.port import Document, key_of
from app.vocabulary import FREINS, categorie, label

Row = Any
"""The columns below of a service or of a structure. Objects would cost more than all the rest of a document."""

SHARED = ("id", "nom", "description", "commune", "code_insee", "departement", "source", "statut", "collectivite", "latitude", "longitude")
DATED = ("date_maj", "verifie_le")
OFFERED = ("structure_id", "thematiques", "publics", "frais", "modes_accueil", "type", "zone_eligibilite", "score_qualite")
OF_SERVICE = (*SHARED, *DATED, *OFFERED, "adresse_confidentielle")
OF_STRUCTURE = (*SHARED, *DATED)
OF_OWNER = ("id", "nom", "commune", "code_insee", "departement", "statut", "latitude", "longitude")

_OTHER: Any = aliased(Service)
_SERVES: Any = exists().where(_OTHER.structure_id == Structure.id, _OTHER.statut == Statut.PUBLIEE)


def documents(session: Session, keys: Iterable[tuple[str, str]]) -> tuple[list[Document], list[str]]:
    """Documents of the listings named by (genre, id), and the document keys of those that have none (any more)."""
    asked = list(dict.fromkeys(keys))
    found: list[Document] = []
    for chunk in chunks([i for genre, i in asked if genre == "service"]):
        found += _of_services(session, _rows(session, Service, OF_SERVICE, col(Service.id).in_(chunk)))
    for chunk in chunks([i for genre, i in asked if genre == "structure"]):
        found += map(_of_structure, _rows(session, Structure, OF_STRUCTURE, col(Structure.id).in_(chunk), ~_SERVES))
    made = {document.key for document in found}
    return found, [key for genre, i in asked if (key := key_of(genre, i)) not in made]


def all_documents(session: Session) -> Iterator[Document]:
    """Every document, read by chunks in short transactions: what changes meanwhile is in the queue."""
    last = ""
    while services := _rows(session, Service, OF_SERVICE, col(Service.id) > last, limit=CHUNK):
        last = services[-1].id
        found = _of_services(session, services)
        session.rollback()
        yield from found
    last = ""
    while structures := _rows(session, Structure, OF_STRUCTURE, col(Structure.id) > last, ~_SERVES, limit=CHUNK):
        last = structures[-1].id
        session.rollback()
        yield from map(_of_structure, structures)


def count_listings(session: Session) -> int:
    """How many listings a rebuild reads."""
    return sum(session.exec(select(func.count()).select_from(model)).one() for model in (Service, Structure))


def _rows(
    session: Session, model: type[Service] | type[Structure], names: Iterable[str], *wanted: ColumnElement[bool], limit: int | None = None
) -> Sequence[Row]:
    """Those columns of the listings wanted, by id."""
    columns = cast(Any, select)(*(getattr(model, name) for name in names))
    rows: Sequence[Row] = session.execute(columns.where(*wanted).order_by(col(model.id)).limit(limit)).all()
    return rows


def _of_services(session: Session, services: Sequence[Row]) -> list[Document]:
    owners = {service.structure_id for service in services}
    structures = {row.id: row for row in _rows(session, Structure, OF_OWNER, col(Structure.id).in_(owners))}
    return [_of_service(service, structures[service.structure_id]) for service in services if service.structure_id in structures]


def _of_service(service: Row, structure: Row) -> Document:
    thematiques = tuple(service.thematiques or ())
    categories = tuple(dict.fromkeys(map(categorie, thematiques)))
    # A shelter's service that has no coordinates must not take its structure's.
    place = structure if service.latitude is None and not service.adresse_confidentielle else service
    commune = service if service.code_insee or service.commune else structure
    return Document(
        genre="service",
        id=service.id,
        structure_id=structure.id,
        nom=service.nom,
        structure_nom=structure.nom,
        description=service.description or "",
        thematique_labels=(*map(label, thematiques), *_labels(categories)),
        commune=commune.commune or "",
        thematiques=thematiques,
        categories=categories,
        publics=tuple(service.publics or ()),
        frais=service.frais,
        modes_accueil=tuple(service.modes_accueil or ()),
        type=service.type,
        zones=tuple(service.zone_eligibilite or ()),
        code_insee=commune.code_insee,
        departement=commune.departement,
        source=service.source,
        # A published service of a structure that is not published is not published either.
        statut=service.statut if service.statut != Statut.PUBLIEE else structure.statut,
        collectivite=service.collectivite,
        latitude=place.latitude,
        longitude=place.longitude,
        date_maj=_freshest(service),
        score_qualite=service.score_qualite or 0.0,
    )


def _of_structure(structure: Row) -> Document:
    """Of one without a published service."""
    return Document(
        genre="structure",
        id=structure.id,
        structure_id=structure.id,
        nom=structure.nom,
        structure_nom=structure.nom,
        description=structure.description or "",
        thematique_labels=(),
        commune=structure.commune or "",
        thematiques=(),
        categories=(),
        publics=(),
        frais=None,
        modes_accueil=(),
        type=None,
        zones=(),
        code_insee=structure.code_insee,
        departement=structure.departement,
        source=structure.source,
        statut=structure.statut,
        collectivite=structure.collectivite,
        latitude=structure.latitude,
        longitude=structure.longitude,
        date_maj=_freshest(structure),
        score_qualite=0.0,
    )


def _labels(categories: Iterable[str]) -> list[str]:
    """Official and everyday names of catégories."""
    return [name for c in categories for name in dict.fromkeys((label(c), FREINS.get(c, label(c))))]


def _freshest(listing: Row) -> date | None:
    return max((day for day in (listing.date_maj, listing.verifie_le) if day), default=None)
