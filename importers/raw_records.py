"""Raw records: what the source said, kept beside its listings; and what a run replaced, kept for its undo."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import bindparam, delete, insert, literal, update
from sqlmodel import Session, select

from app.db import chunks
from app.models import RawRecord, RawRecordBefore
from importers.preparing import Prepared

RAW: Any = cast(Any, RawRecord).__table__
BEFORE: Any = cast(Any, RawRecordBefore).__table__
AGAIN: Any = (
    update(RAW)
    .where(RAW.c.source == bindparam("its_source"), RAW.c.record_id == bindparam("its_record_id"))
    .values({name: bindparam(f"its_{name}") for name in ("hash", "line", "notes", "listings")})
)


def known_ids(session: Session, source_id: str, departement: str | None = None) -> set[str]:
    """Ids of all the rows that ever came, but those undone or renumbered since; `departement`: whose `code_insee` is there."""
    query = select(RawRecord.record_id).where(RawRecord.source == source_id)
    if departement:
        query = query.where(RAW.c.content["code_insee"].as_string().startswith(departement))
    return set(session.exec(query))


def store(session: Session, source_id: str, run_id: int, prepared: Sequence[Prepared], replaced: dict[str, str]) -> list[str]:
    """Keep the raw records of a lot; those they replace go to `raw_record_before`. `replaced`: new record's id → the one it was.

    A row that says the same and changed nothing keeps its run: it was only read again. Returns the listings ("genre:id")
    that the rows made before, and no longer do; they stay on their record.
    """
    before = _stored(session, source_id, [replaced.get(item.record.id, item.record.id) for item in prepared])
    rows: list[dict[str, Any]] = []
    same: list[dict[str, Any]] = []
    lost: list[str] = []
    for item in prepared:
        record = before.get(replaced.get(item.record.id, item.record.id))
        keys = [f"{genre}:{values['id']}" for genre, found in item.by_genre() for values in found]
        gone = [one for one in (record.listings if record else ()) if one not in keys]
        lost += gone
        row: dict[str, Any] = {"hash": item.digest, "line": item.record.line, "notes": item.notes, "listings": [*keys, *gone]}
        row |= {"source": source_id, "record_id": item.record.id, "run_id": run_id, "content": dict(item.record.raw)}
        alike = item.effect == "unchanged" and record is not None and _says_the_same(record, row)
        (same if alike and not _is_sealed(item) else rows).append(row)  # of a sealed row, what differs is not in its content
    if same:
        read_again = [{f"its_{name}": row[name] for name in ("record_id", "hash", "line", "notes", "listings")} for row in same]
        session.connection().execute(AGAIN, [{"its_source": source_id, **row} for row in read_again])
    if rows:
        old = [replaced.get(row["record_id"], row["record_id"]) for row in rows]
        set_aside(session, source_id, run_id, [i for i in old if i in before])
        session.execute(delete(RAW).where(RAW.c.source == source_id, RAW.c.record_id.in_([i for i in old if i in before])))
        session.execute(insert(RAW), rows)
    return lost


def _says_the_same(record: Any, row: dict[str, Any]) -> bool:
    return bool(record.content == row["content"] and record.listings == row["listings"])


def _is_sealed(item: Prepared) -> bool:
    return any(values.get("adresse_confidentielle") for _, found in item.by_genre() for values in found)


def set_aside(session: Session, source_id: str, run_id: int, ids: Sequence[str]) -> None:
    """Copy these raw records as they are, for an undo of the run that is about to change them."""
    columns = ("source", "record_id", "hash", "content", "line", "notes", "listings")
    copied = cast(Any, select)(literal(run_id), RAW.c.run_id, *(RAW.c[name] for name in columns))
    for chunk in chunks(ids):
        rows = copied.where(RAW.c.source == source_id, RAW.c.record_id.in_(chunk))
        session.execute(insert(BEFORE).from_select(["run_id", "previous_run_id", *columns], rows))


def put_back(session: Session, source_id: str, run_id: int, ids: Sequence[str]) -> None:
    """The records of `ids`, 500 at most, as they were before this run."""
    mine = (BEFORE.c.run_id == run_id, BEFORE.c.source == source_id, BEFORE.c.record_id.in_(ids))
    columns = ("source", "record_id", "hash", "content", "line", "notes", "listings")
    session.execute(delete(RAW).where(RAW.c.source == source_id, RAW.c.record_id.in_(ids)))
    before = cast(Any, select)(BEFORE.c.previous_run_id, *(BEFORE.c[name] for name in columns)).where(*mine)
    session.execute(insert(RAW).from_select(["run_id", *columns], before))
    session.execute(delete(BEFORE).where(*mine))


def set_aside_by(session: Session, source_id: str, run_id: int) -> list[str]:
    """Ids of the records that this run replaced or set aside."""
    return list(
        session.scalars(select(RawRecordBefore.record_id).where(RawRecordBefore.run_id == run_id, RawRecordBefore.source == source_id))
    )


def made_by(session: Session, source_id: str, run_id: int) -> list[str]:
    """Ids of the records as this run left them."""
    return list(session.exec(select(RawRecord.record_id).where(RawRecord.source == source_id, RawRecord.run_id == run_id)))


def forget(session: Session, source_id: str, ids: Sequence[str]) -> None:
    """Drop these records, 500 at most."""
    session.execute(delete(RAW).where(RAW.c.source == source_id, RAW.c.record_id.in_(ids)))


def forget_hash(session: Session, source_id: str, ids: Sequence[str]) -> None:
    """Should these rows come back, even unchanged, they will be read."""
    for chunk in chunks(ids):
        session.execute(update(RAW).where(RAW.c.source == source_id, RAW.c.record_id.in_(chunk)).values(hash=""))


def _stored(session: Session, source_id: str, ids: Sequence[str]) -> dict[str, Any]:
    query = cast(Any, select)(RAW.c.record_id, RAW.c.listings, RAW.c.content)
    found: dict[str, Any] = {}
    for chunk in chunks(ids):
        rows = session.execute(query.where(RAW.c.source == source_id, RAW.c.record_id.in_(chunk)))
        found.update((row.record_id, row) for row in rows)
    return found
