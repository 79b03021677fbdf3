"""Stored rows of published listings, read in bulk as records. Only exported columns are loaded."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import JSON, ColumnElement, Date, Text, TypeDecorator, func, select, type_coerce
from sqlmodel import Session, col

from app import access, json_text
from app.db import chunks
from app.interchange import data_inclusion
from app.interchange.data_inclusion import Record, Values
from app.models import Service, Structure

T = TypeVar("T", Service, Structure)


class _LenientJson(TypeDecorator[Any]):
    """A JSON column whose value may be damaged: then unknown, where the usual type would fail the whole page."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        return _decode(value) if isinstance(value, str) else value  # PostgreSQL's driver has decoded it


@lru_cache(maxsize=20_000)
def _decode(text: str) -> Any:
    """The value written as `text`: shared by all rows that have it, never changed."""
    try:
        return json_text.loads(text)
    except ValueError:
        return None


class _LenientDate(TypeDecorator[Any]):
    """A date column whose value may be damaged: SQLite stores any text."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None


def _column(model: Any, name: str) -> Any:
    column = model.__table__.c[name]
    if isinstance(column.type, JSON):
        column = type_coerce(column, _LenientJson()).label(name)
    elif isinstance(column.type, Date):
        column = type_coerce(column, _LenientDate()).label(name)
    return column


_SERVICE = [_column(Service, name) for name in (*data_inclusion.SERVICE_FIELDS, "date_fichier", "score_qualite")]
_STRUCTURE = [_column(Structure, name) for name in (*data_inclusion.STRUCTURE_FIELDS, "date_fichier")]
_SCORE = (
    select(func.avg(Service.score_qualite))
    .where(col(Service.structure_id) == col(Structure.id), access.published(Service))
    .correlate(Structure)
    .scalar_subquery()
    .label("score_qualite")
)


def services(session: Session, ids: Sequence[str]) -> list[Record]:
    """Published services of `ids`, in that order."""
    found = _load(session, Service, _SERVICE, ids)
    return [data_inclusion.service_record(found[i]) for i in ids if i in found]


def services_with_structure(session: Session, ids: Sequence[str]) -> dict[str, Record]:
    """Published services of `ids`, each with its structure, by id."""
    found = services(session, ids)
    owners = _load(session, Structure, _STRUCTURE, list(dict.fromkeys(service["structure_id"] for service in found)))
    structures = {i: data_inclusion.structure_record(values) for i, values in owners.items()}
    return {
        service["id"]: data_inclusion.detailed_service(service, structures[service["structure_id"]])
        for service in found
        if service["structure_id"] in structures
    }


def structures(session: Session, ids: Sequence[str]) -> list[Record]:
    """Published structures of `ids`, in that order, with their score."""
    found = _load(session, Structure, [*_STRUCTURE, _SCORE], ids)
    listed = [found[i] for i in ids if i in found]
    return [data_inclusion.scored_structure(data_inclusion.structure_record(values), values["score_qualite"]) for values in listed]


def whole(session: Session, model: type[T], ids: Sequence[str]) -> dict[str, T]:
    """Published listings of `ids` with every column, by id, to be read only: a damaged value is unknown. They belong to no session."""
    columns = [_column(model, column.name) for column in model.__table__.columns]  # type: ignore[attr-defined]
    return {i: model(**_clean(model, values)) for i, values in _load(session, model, columns, ids).items()}


def _clean(model: type[T], values: Values) -> Values:
    """Lists of text where lists are expected."""
    lists = [column.name for column in model.__table__.columns if isinstance(column.type, JSON)]  # type: ignore[attr-defined]
    return {**values, **{name: list(data_inclusion.listed(values[name]) or ()) for name in lists}}


def services_of(session: Session, structure_id: str) -> list[Record]:
    """Published services of a structure, by id."""
    query = select(col(Service.id)).where(col(Service.structure_id) == structure_id)
    return services(session, sorted(session.execute(query).scalars()))


def _load(
    session: Session, model: type[Structure] | type[Service], columns: list[ColumnElement[Any]], ids: Sequence[str]
) -> dict[str, Values]:
    """Published rows by id, as column → value. What was withdrawn since the ids were found is left out."""
    found: dict[str, Values] = {}
    names = [column.name for column in columns]
    ids = [i for i in ids if "\0" not in i]  # no id holds one, and PostgreSQL refuses the question
    for some in chunks(ids):
        query = select(*columns).where(col(model.id).in_(some), access.published(model))
        for row in session.connection().execute(query):
            values = dict(zip(names, row, strict=True))
            found[values["id"]] = values
    return found
