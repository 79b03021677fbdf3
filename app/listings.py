"""Every read and write of a listing.

A write adds its revision and its queue row to the same transaction, whoever makes it: a person by a form, an import,
a partner by the API. The caller commits. A confidential address is sealed on the way (``app.confidentiality``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, cast

from sqlalchemy import bindparam, case, delete, insert, text, update
from sqlalchemy.orm import Bundle
from sqlmodel import Session, col, select

from app import confidentiality, index_queue, proposals, writing
from app.db import chunks
from app.models import MODEL_OF, Contact, Genre, Listing, Revision, Service, Statut, Structure
from app.writing import By

ADDRESS_FIELDS = ("adresse", "complement_adresse", "code_postal", "commune", "code_insee", "longitude", "latitude", "precision_lieu")


@dataclass
class Written:
    """What a write did, by listing id."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Point:
    """Where a published listing is, in WGS 84 degrees; None: not known, or confidential. `structure` is its structure's name."""

    id: str
    nom: str
    structure: str
    commune: str | None
    latitude: float | None
    longitude: float | None
    precision: str | None


# --- reads ---------------------------------------------------------------------------------------------------------


def by_ids(session: Session, genre: Genre, ids: Sequence[str], *, to_write: bool = False) -> list[Listing]:
    """The listings of `ids`, in that order; those gone since are left out. One query per 500 ids.

    `to_write` reads them afresh and holds them until the transaction ends.
    """
    model = MODEL_OF[genre]
    found: dict[str, Listing] = {}
    for some in chunks(ids):
        query: Any = select(model).where(col(cast(Any, model).id).in_(some))
        if to_write:
            query = query.order_by(cast(Any, model).id).with_for_update().execution_options(populate_existing=True)
        found.update((row.id, row) for row in session.exec(query))
    return [found[i] for i in ids if i in found]


SHOWN: dict[type[Service] | type[Structure], tuple[str, ...]] = {
    Service: (
        *("id", "structure_id", "nom", "description", "description_composee", "thematiques", "publics", "publics_precisions", "frais"),
        *("modes_accueil", "conditions_acces", "zone_eligibilite", "secteurs", "commune", "code_insee", "departement", "precision_lieu"),
        *("telephone", "courriel", "lien_mobilisation", "date_maj", "verifie_le", "disparu_le", "demonstration"),
    ),
    Structure: ("id", "nom", "commune", "telephone", "courriel", "site_web"),
}
"""Columns that a list of answers shows. Half of a row is long texts and lists that it doesn't."""


@cache
def _shown() -> Any:
    bundles: list[Bundle[Any]] = [Bundle(model.__name__, *(getattr(model, name) for name in names)) for model, names in SHOWN.items()]
    query = cast(Any, select)(*bundles).join(Structure, col(Structure.id) == col(Service.structure_id))
    return query.where(col(Service.id).in_(bindparam("ids", expanding=True)))


def services_shown(session: Session, ids: Sequence[str]) -> tuple[list[Any], dict[str, Any]]:
    """The services of `ids`, in that order, and their structures by id, in one query: rows to read, which have the columns
    of `SHOWN` and no other, and cost half of what listings do."""
    rows = {service.id: (service, structure) for service, structure in session.execute(_shown(), {"ids": list(ids)})}
    return [rows[i][0] for i in ids if i in rows], {structure.id: structure for _, structure in rows.values()}


def structures_of(session: Session, services: Iterable[Service]) -> dict[str, Structure]:
    """The structures of `services`, by id. One query."""
    ids = list(dict.fromkeys(service.structure_id for service in services))
    return {row.id: row for row in by_ids(session, "structure", ids) if isinstance(row, Structure)}


def points(session: Session, genre: Genre, ids: Sequence[str]) -> list[Point]:
    """Where the published listings of `ids` are, in that order. One query per 500 ids, of a few columns."""
    model: Any = MODEL_OF[genre]
    shown = model.adresse_confidentielle.is_(False)
    point = (case((shown, model.latitude)), case((shown, model.longitude)))
    columns = (model.id, model.nom, Structure.nom, model.commune, *point, model.precision_lieu)
    query: Any = cast(Any, select)(*columns)  # typed for four columns at most
    query = query.where(model.statut == Statut.PUBLIEE, Structure.statut == Statut.PUBLIEE)
    if genre == "service":
        query = query.join(Structure, col(Structure.id) == col(Service.structure_id))
    found: dict[str, Point] = {}
    for some in chunks(ids):
        rows = session.exec(query.where(model.id.in_(some)))
        found.update((row[0], Point(*row)) for row in rows)
    return [found[i] for i in ids if i in found]


def services_of(session: Session, structure_id: str) -> list[Service]:
    """All services of a structure, whatever their statut, by name."""
    query = select(Service).where(Service.structure_id == structure_id).order_by(Service.nom, Service.id)
    return list(session.exec(query))


def contacts_of(session: Session, collectivite: str, *, every_statut: bool = False) -> list[Contact]:
    """The published contacts that a collectivité keeps, or all of them, by name."""
    query = select(Contact).where(Contact.collectivite == collectivite).order_by(Contact.nom, Contact.id)
    return list(session.exec(query if every_statut else query.where(Contact.statut == Statut.PUBLIEE)))


def history(session: Session, genre: Genre, listing_id: str) -> list[Revision]:
    """Revisions of a listing, newest first."""
    query = select(Revision).where(Revision.genre == genre, Revision.listing_id == listing_id)
    return list(session.exec(query.order_by(col(Revision.id).desc())))


def genre_of(listing: Listing) -> Genre:
    return "structure" if isinstance(listing, Structure) else "service" if isinstance(listing, Service) else "contact"


# --- writes --------------------------------------------------------------------------------------------------------


def write(session: Session, genre: Genre, records: Sequence[Mapping[str, Any]], by: By) -> Written:
    """Create or update listings; each record names its `id` and the fields it sets, the others stay.

    Records are already valid and located (``territory.locating``); a new record has the fields its table requires.
    For an import (`by.run_id`), fields that a person typed (`champs_humains`) are left as they are; for a person
    (`by.account_id`), the fields set are noted there. Ids must be distinct. Does not commit.
    """
    written = Written()
    for some in chunks(records):
        _write_chunk(session, genre, some, by, written)
    return written


def edit(session: Session, listing: Listing, changes: Mapping[str, Any], by: By) -> bool:
    """A person's edit of one listing; True if anything changed. What is edited is dated today.

    When a structure moves, its services that shared its address move with it. Does not commit.
    """
    sealed = listing.adresse_confidentielle
    real = {n: v for n, v in changes.items() if getattr(listing, n) != v or (sealed and n in confidentiality.SEALED_FIELDS and v)}
    if not real:
        return False
    if not real.keys() <= {"statut", "verifie_le", "verifie_par"}:
        real.setdefault("date_maj", date.today())
    move = {name: value for name, value in real.items() if name in ADDRESS_FIELDS or name == "adresse_confidentielle"}
    followers = _followers(session, listing, move)
    written = write(session, genre_of(listing), [{"id": listing.id, **real}], by)
    write(session, "service", [{"id": service_id, **move} for service_id in followers], by)
    session.refresh(listing)
    return bool(written.changed)


def hold(session: Session, listing: Listing) -> Listing:
    """The listing as it is now, and as it stays until the transaction ends: nobody writes between reading and editing it."""
    _take_write_lock(session)
    return by_ids(session, genre_of(listing), [listing.id], to_write=True)[0]


def verify(session: Session, listing: Listing, by: By) -> None:
    """A person says that the listing is true today. Does not commit."""
    write(session, genre_of(listing), [{"id": listing.id, "verifie_le": date.today(), "verifie_par": by.name}], by)
    session.refresh(listing)


def put_back(session: Session, genre: Genre, records: Sequence[Mapping[str, Any]], by: By) -> list[str]:
    """Give listings back values that they had, 500 at most: taken as they are, sealed or not. Returns the ids changed. Does not commit.

    Of a shelter's listing, the revision tells no address.
    """
    _take_write_lock(session)
    stored = {row.id: row for row in by_ids(session, genre, [record["id"] for record in records], to_write=True)}
    updates: list[dict[str, Any]] = []
    revisions: list[dict[str, Any]] = []
    for record in records:
        if (listing := stored.get(record["id"])) is None:
            continue
        values = {name: value for name, value in record.items() if getattr(listing, name) != value}
        if values:
            secret = listing.adresse_confidentielle or record.get("adresse_confidentielle")
            hidden = frozenset((*confidentiality.SEALED_FIELDS, *confidentiality.TEXT_FIELDS)) if secret else frozenset()
            changes = {name: [getattr(listing, name), value] for name, value in values.items()}
            updates.append(writing.update_row(genre, listing, values, by))
            revisions.append(writing.revision(genre, listing.id, confidentiality.hide(changes, hidden), by))
    touched = _to_index(session, genre, [], updates, stored)
    _execute(session, genre, [], updates, revisions)
    index_queue.enqueue(session, touched)
    return [row["id"] for row in updates]


def remove(session: Session, genre: Genre, ids: Sequence[str], by: By) -> list[str]:
    """Take listings out of the base, 500 at most, and tell it in their history. Returns the ids removed. Does not commit.

    Only an undo does this: whatever a source or a person lets go is archived.
    """
    _take_write_lock(session)
    found = by_ids(session, genre, ids, to_write=True)
    gone = [row.id for row in found]
    revisions = [writing.revision(genre, row.id, {"statut": [row.statut, None]}, by) for row in found]
    owners = sorted({row.structure_id for row in found if isinstance(row, Service)})
    model: Any = MODEL_OF[genre]
    session.execute(delete(model).where(model.id.in_(gone)).execution_options(synchronize_session=False))
    confidentiality.forget(session, genre, gone)
    _execute(session, genre, [], [], revisions)
    index_queue.enqueue(session, [*((genre, i) for i in gone), *(("structure", owner) for owner in owners)])
    return gone


# --- how a write is made -------------------------------------------------------------------------------------------


def _write_chunk(session: Session, genre: Genre, records: Sequence[Mapping[str, Any]], by: By, written: Written) -> None:
    """Load under lock, compare, then write rows, revisions, sealed addresses and queue by bulk statements."""
    _take_write_lock(session)
    stored = {row.id: row for row in by_ids(session, genre, [record["id"] for record in records], to_write=True)}
    sealing = confidentiality.Sealing(session, genre, records, stored, by.run_id)
    new_rows: list[dict[str, Any]] = []
    updates: list[dict[str, Any]] = []
    revisions: list[dict[str, Any]] = []
    kept: dict[str, dict[str, Any]] = {}  # what people typed over a source, or a source says that people typed over
    for record in records:
        listing = stored.get(record["id"])
        values = writing.incoming(record, listing, by)
        writing.complete(genre, values, listing)
        hidden = sealing.apply(values, listing)
        if listing is not None and (told := writing.told(record, values, listing, by)):
            kept[listing.id] = told
        if listing is None:
            new_rows.append(writing.new_row(genre, values, by))
            revisions.append(writing.revision(genre, values["id"], {}, by))
            written.created.append(values["id"])
        elif changes := writing.differences(listing, values):
            updates.append(writing.update_row(genre, listing, {name: values[name] for name in changes}, by))
            revisions.append(writing.revision(genre, listing.id, confidentiality.hide(changes, hidden), by))
            written.changed.append(listing.id)
        else:
            written.unchanged.append(listing.id)
    if by.run_id is not None:
        proposals.note(session, genre, kept, stored, by.run_id)
    else:
        proposals.replaced(session, genre, kept)
    touched = _to_index(session, genre, new_rows, updates, stored)  # before the stored rows become the new ones
    _execute(session, genre, new_rows, updates, revisions)
    sealing.store()
    index_queue.enqueue(session, touched)


def _take_write_lock(session: Session) -> None:
    """On SQLite, become the writer before reading what will be compared: no edit can then slip in between.

    PostgreSQL locks the rows themselves (``FOR UPDATE``).
    """
    session.flush()
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DELETE FROM index_queue WHERE 1 = 0"))


def _execute(
    session: Session, genre: Genre, new_rows: list[dict[str, Any]], updates: list[dict[str, Any]], revisions: list[dict[str, Any]]
) -> None:
    # Into the tables, not the classes: the ORM would make one statement for each pattern of empty columns.
    if new_rows:
        session.execute(insert(cast(Any, MODEL_OF[genre]).__table__), new_rows)
    # Rows of one bulk statement must set the same columns; grouping keeps an import's thousand alike rows in one.
    by_columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in updates:
        by_columns.setdefault(frozenset(row), []).append(row)
    for rows in by_columns.values():
        session.execute(update(MODEL_OF[genre]), rows)
    if revisions:
        session.execute(insert(cast(Any, Revision).__table__), revisions)


def _followers(session: Session, listing: Listing, move: Mapping[str, Any]) -> list[str]:
    """Services that move with their structure: those at its address, or all when it becomes confidential or ceases to be."""
    if not isinstance(listing, Structure) or not move:
        return []
    here = [getattr(listing, name) for name in ADDRESS_FIELDS]
    services = services_of(session, listing.id)
    return [s.id for s in services if "adresse_confidentielle" in move or [getattr(s, name) for name in ADDRESS_FIELDS] == here]


def _to_index(
    session: Session,
    genre: Genre,
    new_rows: Sequence[Mapping[str, Any]],
    updates: Sequence[Mapping[str, Any]],
    stored: Mapping[str, Listing],
) -> list[tuple[str, str]]:
    """What a write touches in the index: the listing; a structure's services; a service's structure (is it still a lieu généraliste?).

    A contact is in no index.
    """
    if genre == "contact":
        return []
    changed = [row["id"] for row in updates]
    keys = [(genre, row["id"]) for row in (*new_rows, *updates)]
    if genre == "service":
        moved = [row for row in updates if row.keys() & {"statut", "structure_id"}]  # else its structure serves as it did
        owners = {row.get("structure_id") for row in (*new_rows, *moved)} | {
            getattr(stored.get(row["id"]), "structure_id", None) for row in moved
        }
        return [*keys, *(("structure", owner) for owner in sorted(o for o in owners if o))]
    services = session.exec(select(Service.id).where(col(Service.structure_id).in_(changed))) if changed else ()
    return [*keys, *(("service", service_id) for service_id in services)]
