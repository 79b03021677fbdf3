"""From listings to index documents: the only mapping.

A document never holds an address, and a confidential one is not even in the rows read here.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from sqlmodel import Session, col, func, select

from app import listings
from app.listings import CHUNK
from app.models import Service, Statut, Structure
from app.search.port import Document, key_of
from app.vocabulary import FREINS, categorie, label

T = TypeVar("T", Service, Structure)


def documents(session: Session, keys: Iterable[tuple[str, str]]) -> tuple[list[Document], list[str]]:
    """Documents of the listings named by (genre, id), and the document keys of those that have none (any more)."""
    asked = list(dict.fromkeys(keys))
    services = listings.by_ids(session, "service", [i for genre, i in asked if genre == "service"])
    structures = listings.by_ids(session, "structure", [i for genre, i in asked if genre == "structure"])
    found = [
        *_of_services(session, [s for s in services if isinstance(s, Service)]),
        *_of_structures(session, [s for s in structures if isinstance(s, Structure)]),
    ]
    made = {document.key for document in found}
    return found, [key for genre, i in asked if (key := key_of(genre, i)) not in made]


def all_documents(session: Session) -> Iterator[Document]:
    """Every document, read by chunks in short transactions: what changes meanwhile is in the queue.

    `session` is emptied after each chunk, so it must hold nothing of the caller's.
    """
    for services in _chunks(session, Service):
        yield from _of_services(session, services)
    for structures in _chunks(session, Structure):
        yield from _of_structures(session, structures)


def count_listings(session: Session) -> int:
    """How many listings a rebuild reads."""
    return sum(session.exec(select(func.count()).select_from(model)).one() for model in (Service, Structure))


def _chunks(session: Session, model: type[T]) -> Iterator[Sequence[T]]:
    last = ""
    while rows := session.exec(select(model).where(col(model.id) > last).order_by(col(model.id)).limit(CHUNK)).all():
        last = rows[-1].id
        yield rows
        session.expunge_all()  # first: else the rollback goes through them all
        session.rollback()


def _of_services(session: Session, services: Sequence[Service]) -> list[Document]:
    structures = listings.structures_of(session, services)
    return [_of_service(service, structures[service.structure_id]) for service in services if service.structure_id in structures]


def _of_service(service: Service, structure: Structure) -> Document:
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


def _of_structures(session: Session, structures: Sequence[Structure]) -> list[Document]:
    """Documents of those without a published service."""
    serving: set[str] = set()
    ids = [structure.id for structure in structures]
    for start in range(0, len(ids), CHUNK):
        query = select(Service.structure_id).where(
            col(Service.structure_id).in_(ids[start : start + CHUNK]), Service.statut == Statut.PUBLIEE
        )
        serving.update(session.exec(query.distinct()))
    return [_of_structure(structure) for structure in structures if structure.id not in serving]


def _of_structure(structure: Structure) -> Document:
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


def _freshest(listing: Service | Structure) -> date | None:
    return max((day for day in (listing.date_maj, listing.verifie_le) if day), default=None)
