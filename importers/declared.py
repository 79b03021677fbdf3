"""Sources described on screen, kept in the base: a clerk's file becomes a source without code."""

import hashlib
from collections.abc import Collection, Sequence

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.db import session_of
from app.models import DeclaredSource
from app.models.base import now
from app.territory.names import key
from importers.declared_rows import grouped_by, table_of
from importers.declaring import BY_NAME, FIELDS, Champ, Declaration, departements_of, faults
from importers.grouping import grouped
from importers.mapping import Row
from importers.problems import UnknownTarget
from importers.readers import RawRow, any_rows
from importers.source import Source

__all__ = [
    "BY_NAME",
    "FIELDS",
    "Champ",
    "Declaration",
    "departements_of",
    "faults",
    "load",
    "of_collectivites",
    "save",
    "source_of",
    "sources",
    "tally",
]


def source_of(source_id: str, declaration: Declaration, every_days: int | None = None) -> Source:
    """The source that it describes, ready for the pipeline; `every_days`: how often its address is asked by itself."""
    by = grouped_by(declaration)
    return Source(
        id=source_id,
        nom=declaration.nom,
        licence=declaration.licence,
        url=declaration.url,
        file_name=f"{source_id}*",
        departements=declaration.departements,
        date_columns=declaration.champs.get("date_maj", ()),
        read=any_rows(grouped(*by) if by else None, sheet=declaration.sheet),
        translation=table_of(declaration),
        mapping=hashlib.sha256(declaration.model_dump_json().encode()).hexdigest()[:16],
        every_days=every_days,
        optional=True,
    )


def tally(declaration: Declaration, rows: Sequence[RawRow]) -> tuple[int, int]:
    """How many structures these rows are, and how many services their own columns tell."""
    by, table = grouped_by(declaration), table_of(declaration)
    records = list(grouped(*by)(iter(rows)) if by else rows)
    named = [record.values for record in records if table.record_id(record.values) is not None]
    return len(named), sum(len(list(table.offers(Row(raw)))) for raw in named)


def save(session: Session, source_id: str | None, declaration: Declaration, author: str) -> str:
    """Keep it, anew under an id made of its name (None), or in place of what `source_id` said; the caller commits.

    Returns the id. Raises UnknownTarget when `source_id` is not kept here.
    """
    content = declaration.model_dump(mode="json")
    if source_id is None:
        source_id = _free_id(session, declaration)
        session.add(DeclaredSource(id=source_id, declaration=content, collectivite=declaration.collectivite, author=author))
    else:
        row = session.get(DeclaredSource, source_id)
        if row is None:
            raise UnknownTarget(f"La source « {source_id} » n’existe pas, ou n’a pas été décrite à l’écran.")
        row.declaration, row.collectivite, row.author, row.updated_at = content, declaration.collectivite, author, now()
        session.add(row)
    session.flush()
    return source_id


def load(session: Session, source_id: str) -> Declaration | None:
    """What was said of this source on screen; None if nothing was."""
    row = session.get(DeclaredSource, source_id)
    return Declaration.model_validate(row.declaration) if row else None


def of_collectivites(session: Session, codes: Collection[str] | None) -> list[DeclaredSource]:
    """Rows of the sources that these collectivités manage, by id; None: of all."""
    query = select(DeclaredSource).order_by(col(DeclaredSource.id))
    if codes is not None:
        query = query.where(col(DeclaredSource.collectivite).in_(codes))
    return list(session.exec(query))


def sources(engine: Engine) -> tuple[Source, ...]:
    """All that the base keeps, ready for the pipeline."""
    with session_of(engine) as session:
        rows = of_collectivites(session, None)
        return tuple(source_of(row.id, Declaration.model_validate(row.declaration), row.every_days) for row in rows)


def _free_id(session: Session, declaration: Declaration) -> str:
    """Begins with the collectivité's code, as no source of ``importers/sources`` does."""
    base = f"{declaration.collectivite} {key(declaration.nom)[:50]}".strip().lower().replace(" ", "-")
    found, rank = base, 1
    while session.get(DeclaredSource, found) is not None:
        rank += 1
        found = f"{base}-{rank}"
    return found
