"""Every read and write of a listing.

A write adds its revision and its queue row to the same transaction, whoever makes it: a person by a form, an import,
a partner by the API. The caller commits. A confidential address is sealed here, before the row is written.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from app import quality
from app.confidentiality import SEALED_FIELDS, redact, scrub_history, seal_rows, unseal_rows
from app.models import IndexQueue, Revision, Service, Structure
from app.models.base import now
from app.territory import gazetteer
from app.vocabulary import compose_description

Genre = Literal["structure", "service"]
Listing = Structure | Service
MODELS: dict[Genre, type[Structure] | type[Service]] = {"structure": Structure, "service": Service}

TECHNICAL = frozenset({"created_at", "updated_at", "champs_humains", "score_qualite"})
"""Columns that no revision tells of."""

ADDRESS_FIELDS = ("adresse", "complement_adresse", "code_postal", "commune", "code_insee", "longitude", "latitude", "precision_lieu")
CHUNK = 500  # rows a statement: under SQLite's limit of variables, and short enough that no other writer waits


@dataclass(frozen=True)
class By:
    """Who writes: a name to show, and the account or the import run behind it."""

    name: str
    account_id: int | None = None
    run_id: int | None = None


@dataclass
class Written:
    """What a write did, by listing id."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def fields(genre: Genre) -> frozenset[str]:
    """Names of the columns a write may set."""
    return frozenset(MODELS[genre].model_fields) - TECHNICAL


# --- reads ---------------------------------------------------------------------------------------------------------


def by_ids(session: Session, genre: Genre, ids: Sequence[str]) -> list[Listing]:
    """The listings of `ids`, in that order; those gone since are left out. One query per 500 ids."""
    model = MODELS[genre]
    found: dict[str, Listing] = {}
    for start in range(0, len(ids), CHUNK):
        rows = session.exec(select(model).where(col(model.id).in_(ids[start : start + CHUNK])))
        found.update((row.id, row) for row in rows)
    return [found[i] for i in ids if i in found]


def structures_of(session: Session, services: Iterable[Service]) -> dict[str, Structure]:
    """The structures of `services`, by id. One query."""
    ids = list(dict.fromkeys(service.structure_id for service in services))
    return {row.id: row for row in by_ids(session, "structure", ids) if isinstance(row, Structure)}


def services_of(session: Session, structure_id: str) -> list[Service]:
    """All services of a structure, whatever their statut, by name."""
    return list(session.exec(select(Service).where(Service.structure_id == structure_id).order_by(Service.nom, Service.id)))


def history(session: Session, genre: Genre, listing_id: str) -> list[Revision]:
    """Revisions of a listing, newest first."""
    query = select(Revision).where(Revision.genre == genre, Revision.listing_id == listing_id)
    return list(session.exec(query.order_by(col(Revision.id).desc())))


# --- writes --------------------------------------------------------------------------------------------------------


def write(session: Session, genre: Genre, records: Sequence[Mapping[str, Any]], by: By) -> Written:
    """Create or update listings; each record names its `id` and the fields it sets, the others stay.

    Records are already valid and located (``territory.locating``); a new record has the fields its table requires.
    For an import (`by.run_id`), fields that a person typed (`champs_humains`) are left as they are; for a person
    (`by.account_id`), the fields set are noted there. Ids must be distinct. Does not commit.
    """
    written = Written()
    for start in range(0, len(records), CHUNK):
        _write_chunk(session, genre, records[start : start + CHUNK], by, written)
    return written


def edit(session: Session, listing: Listing, changes: Mapping[str, Any], by: By) -> bool:
    """A person's edit of one listing; True if anything changed. An edited listing is dated today.

    When a structure moves, its services that shared its address move with it. Does not commit.
    """
    genre = genre_of(listing)
    real = {name: value for name, value in changes.items() if getattr(listing, name) != value or (name in SEALED_FIELDS and value)}
    if not real:
        return False
    if not real.keys() <= {"statut", "verifie_le", "verifie_par"}:
        real.setdefault("date_maj", date.today())
    movers: list[str] = []
    moved = {name: value for name, value in real.items() if name in ADDRESS_FIELDS or name == "adresse_confidentielle"}
    if isinstance(listing, Structure) and moved:
        here = _address(listing)
        movers = [s.id for s in services_of(session, listing.id) if _address(s) == here or "adresse_confidentielle" in moved]
    written = write(session, genre, [{"id": listing.id, **real}], by)
    if movers:
        write(session, "service", [{"id": i, **moved} for i in movers], by)
    session.refresh(listing)
    return bool(written.changed)


def verify(session: Session, listing: Listing, by: By) -> None:
    """A person says that the listing is true today. Does not commit."""
    write(session, genre_of(listing), [{"id": listing.id, "verifie_le": date.today(), "verifie_par": by.name}], by)
    session.refresh(listing)


def genre_of(listing: Listing) -> Genre:
    return "structure" if isinstance(listing, Structure) else "service"


def enqueue(session: Session, keys: Iterable[tuple[str, str]]) -> None:
    """Ask that the index documents of these (genre, id) be made again."""
    rows = [{"genre": genre, "listing_id": listing_id, "enqueued_at": now()} for genre, listing_id in dict.fromkeys(keys)]
    if rows:
        session.execute(insert(IndexQueue), rows)


def _address(listing: Listing) -> tuple[Any, ...]:
    return tuple(getattr(listing, name) for name in ADDRESS_FIELDS)


def _write_chunk(session: Session, genre: Genre, records: Sequence[Mapping[str, Any]], by: By, written: Written) -> None:
    model = MODELS[genre]
    session.flush()
    stored = {row.id: row for row in by_ids(session, genre, [record["id"] for record in records])}
    sealed_structures = _confidential_structures(session, genre, records, stored)
    sealed: list[dict[str, Any]] = []
    new_rows: list[dict[str, Any]] = []
    updates: list[dict[str, Any]] = []
    revisions: list[dict[str, Any]] = []
    for record in records:
        listing = stored.get(record["id"])
        values = _incoming(record, listing, by)
        if genre == "service" and (values.get("structure_id") or getattr(listing, "structure_id", None)) in sealed_structures:
            values["adresse_confidentielle"] = True
        _complete(session, genre, values, listing)
        was_confidential = listing is not None and listing.adresse_confidentielle
        if values.get("adresse_confidentielle", was_confidential):
            sealed.append(_seal(genre, values, listing))
            if listing is not None and not was_confidential:
                scrub_history(session, genre, listing.id)
        elif was_confidential:
            values.update(unseal_rows(session, genre, listing.id) if listing else {})
        if listing is None:
            new_rows.append(_new_row(model, genre, values, by))
            revisions.append(_revision(genre, values["id"], {}, by))
            written.created.append(values["id"])
            continue
        changes = _changes(listing, values)
        if not changes:
            written.unchanged.append(listing.id)
            continue
        updates.append(_update_row(genre, listing, values, changes, by))
        revisions.append(_revision(genre, listing.id, changes, by, hidden=bool(values.get("adresse_confidentielle", was_confidential))))
        written.changed.append(listing.id)
    _flush(session, model, new_rows, updates, revisions)
    seal_rows(session, [row for row in sealed if row])
    enqueue(session, _to_index(session, genre, new_rows, updates, stored))


def _incoming(record: Mapping[str, Any], listing: Listing | None, by: By) -> dict[str, Any]:
    """The record's values, less those an import must not overwrite."""
    kept = set(listing.champs_humains or ()) if listing is not None and by.run_id is not None else set()
    return {name: value for name, value in record.items() if name == "id" or name not in kept}


def _complete(session: Session, genre: Genre, values: dict[str, Any], listing: Listing | None) -> None:
    """Derive what follows from the place, and a description for the service that has none."""
    if "code_insee" in values and (listing is None or values["code_insee"] != listing.code_insee):
        commune = gazetteer.load().commune(values["code_insee"]) if values["code_insee"] else None
        values["departement"] = commune.departement if commune else None
        values.setdefault("collectivite", commune.collectivite if commune else None)
    if genre != "service" or ("description" not in values and listing is not None and not getattr(listing, "description_composee", False)):
        return
    if not values.get("description") or values.get("description_composee"):
        get: Callable[[str], Any] = lambda name: values[name] if name in values else getattr(listing, name, None)  # noqa: E731
        values["description"] = compose_description(get("nom"), get("type"), get("thematiques") or (), get("commune"))
        values["description_composee"] = True
    else:
        values["description_composee"] = False


def _seal(genre: Genre, values: dict[str, Any], listing: Listing | None) -> dict[str, Any]:
    """Take the address out of `values` and give the commune's instead; returns the sealed row, empty if no address came."""
    full = {name: values[name] if name in values else (getattr(listing, name, None)) for name in SEALED_FIELDS}
    came = (
        any(values.get(name) is not None for name in ("adresse", "complement_adresse"))
        or listing is None
        or not listing.adresse_confidentielle
    )
    redact(values, full["adresse"], full["complement_adresse"], listing)
    code = values["code_insee"] if "code_insee" in values else getattr(listing, "code_insee", None)
    commune = gazetteer.load().commune(code) if code else None
    values.update(
        adresse=None,
        complement_adresse=None,
        latitude=commune.latitude if commune else None,
        longitude=commune.longitude if commune else None,
        precision_lieu="commune" if commune and commune.latitude is not None else None,
    )
    return {"genre": genre, "listing_id": values["id"], **full} if came else {}


def _new_row(model: type[Listing], genre: Genre, values: dict[str, Any], by: By) -> dict[str, Any]:
    row = {name: column.get_default(call_default_factory=True) for name, column in model.model_fields.items() if not column.is_required()}
    row.update(values)
    if by.account_id is not None:
        row["champs_humains"] = sorted(values.keys() & _HUMAN[genre])
    if genre == "service":
        row["score_qualite"] = quality.score(row)
    return row


def _update_row(genre: Genre, listing: Listing, values: dict[str, Any], changes: Mapping[str, Any], by: By) -> dict[str, Any]:
    row = {"id": listing.id, "updated_at": now(), **{name: values[name] for name in changes}}
    if by.account_id is not None:
        row["champs_humains"] = sorted({*(listing.champs_humains or ()), *(changes.keys() & _HUMAN[genre])})
    if genre == "service":
        row["score_qualite"] = quality.score({**{name: getattr(listing, name) for name in Service.model_fields}, **row})
    return row


def _changes(listing: Listing, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """``{field: [before, after]}``. A new file date alone changes nothing: the content came in with the older file."""
    names = [name for name in values if name != "id" and getattr(listing, name) != values[name]]
    return {} if names == ["date_fichier"] else {name: [getattr(listing, name), values[name]] for name in names}


def _revision(genre: Genre, listing_id: str, changes: Mapping[str, list[Any]], by: By, hidden: bool = False) -> dict[str, Any]:
    shown = {
        name: ["(confidentiel)", "(confidentiel)"] if hidden and name in SEALED_FIELDS else [_plain(v) for v in pair]
        for name, pair in changes.items()
    }
    return {
        "genre": genre,
        "listing_id": listing_id,
        "at": now(),
        "account_id": by.account_id,
        "author": by.name,
        "run_id": by.run_id,
        "changes": shown,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _flush(
    session: Session,
    model: type[Listing],
    new_rows: list[dict[str, Any]],
    updates: list[dict[str, Any]],
    revisions: list[dict[str, Any]],
) -> None:
    if new_rows:
        session.execute(insert(model), new_rows)
    # Rows of one bulk statement must set the same columns; grouping keeps an import's thousand alike rows in one.
    by_columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in updates:
        by_columns.setdefault(frozenset(row), []).append(row)
    for rows in by_columns.values():
        session.execute(update(model), rows)
    if revisions:
        session.execute(insert(Revision), revisions)


def _to_index(
    session: Session,
    genre: Genre,
    new_rows: Sequence[Mapping[str, Any]],
    updates: Sequence[Mapping[str, Any]],
    stored: Mapping[str, Listing],
) -> list[tuple[str, str]]:
    """What a write touches in the index: the listing; a structure's services; a service's structure (is it still a lieu généraliste?)."""
    ids = [row["id"] for row in (*new_rows, *updates)]
    keys = [(genre, i) for i in ids]
    if genre == "service":
        owners = {row.get("structure_id") for row in (*new_rows, *updates)} | {getattr(stored.get(i), "structure_id", None) for i in ids}
        return [*keys, *(("structure", owner) for owner in sorted(o for o in owners if o))]
    changed = [row["id"] for row in updates]
    services = session.exec(select(Service.id).where(col(Service.structure_id).in_(changed))) if changed else ()
    return [*keys, *(("service", i) for i in services)]


def _confidential_structures(
    session: Session, genre: Genre, records: Sequence[Mapping[str, Any]], stored: Mapping[str, Listing]
) -> frozenset[str]:
    """Structures, among those these services belong to, whose address is confidential: theirs is too."""
    if genre != "service":
        return frozenset()
    owners = {record.get("structure_id") for record in records} | {getattr(row, "structure_id", None) for row in stored.values()}
    query = select(Structure.id).where(col(Structure.id).in_([o for o in owners if o]), col(Structure.adresse_confidentielle).is_(True))
    return frozenset(session.exec(query))


def delete_queue(session: Session, ids: Sequence[int]) -> None:
    """Forget queue rows whose documents are in the index."""
    for start in range(0, len(ids), CHUNK):
        session.execute(delete(IndexQueue).where(col(IndexQueue.id).in_(ids[start : start + CHUNK])))


_HUMAN: dict[Genre, frozenset[str]] = {
    genre: fields(genre)
    - {"id", "source", "structure_id", "statut", "date_maj", "verifie_le", "verifie_par", "departement", "description_composee"}
    for genre in MODELS
}
"""Fields that count as typed by a person once a person has set them."""
