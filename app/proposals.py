"""What a source says of the fields that people typed: kept as proposals, never written over them.

A proposal is the last row of its field. Earlier rows remember the values that were refused: a value that a person replaced is one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import delete, insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from app.confidentiality import SEALED_FIELDS, TEXT_FIELDS
from app.models import EtatProposition, ImportRun, Listing, Proposition
from app.models.base import now

NEVER = frozenset({"adresse_confidentielle", "demonstration", "structure_id", "source", "collectivite", "departement"})
SECRET = frozenset({*SEALED_FIELDS, *TEXT_FIELDS})
"""Fields of a shelter's listing that tell where it is: nothing is proposed of them."""
TABLE: Any = cast(Any, Proposition).__table__


def note(session: Session, genre: str, said: Mapping[str, Mapping[str, Any]], listings: Mapping[str, Listing], run_id: int) -> None:
    """An import read these values of fields that people typed, by listing: propose those that differ and that nobody refused."""
    past = _past(session, genre, list(said)) if said else {}
    rows = []
    for listing_id, values in said.items():
        for champ, value in values.items():
            earlier = past.get((listing_id, champ), [])
            etat = _etat(value, getattr(listings[listing_id], champ), earlier)
            last = earlier[-1] if earlier else None
            if last is None and etat == EtatProposition.RETIREE:
                continue
            if last is None or (last.valeur, last.etat) != (value, etat):
                rows.append(_row(genre, listing_id, champ, value, etat, run_id))
    if rows:
        session.execute(insert(TABLE), rows)


def replaced(session: Session, genre: str, before: Mapping[str, Mapping[str, Any]]) -> None:
    """A person typed over these values of the source for the first time: they are refused."""
    refused = EtatProposition.REFUSEE
    rows = [_row(genre, i, champ, value, refused, None) for i, values in before.items() for champ, value in values.items() if _says(value)]
    if rows:
        session.execute(insert(TABLE), rows)


def told(values: Mapping[str, Any], champs: Iterable[str], *, secret: bool) -> dict[str, Any]:
    """The values of `champs` that may be kept as proposals; `secret`: of a shelter's listing."""
    never = NEVER | SECRET if secret else NEVER
    return {name: values[name] for name in champs if name in values and name not in never}


def open_of(session: Session, genre: str, listing: Listing) -> list[tuple[Proposition, ImportRun | None]]:
    """What sources propose for this listing and nobody has answered, by field, each with its run."""
    past = _past(session, genre, [listing.id])
    last = [rows[-1] for _, rows in sorted(past.items())]
    found = [row for row in last if row.etat == EtatProposition.OUVERTE and row.valeur != getattr(listing, row.champ)]
    runs = {run.id: run for run in session.exec(select(ImportRun).where(col(ImportRun.id).in_({row.run_id for row in found})))}
    return [(row, runs.get(row.run_id)) for row in found]


def count_of_run(session: Session, run_id: int) -> int:
    """How many proposals of this run wait for an answer."""
    later = aliased(Proposition)
    same = (getattr(later, name) == getattr(Proposition, name) for name in ("genre", "listing_id", "champ"))
    replaced_since = select(later.id).where(*same, col(later.id) > col(Proposition.id)).exists()
    mine = (Proposition.run_id == run_id, Proposition.etat == EtatProposition.OUVERTE, ~replaced_since)
    return session.exec(select(func.count()).select_from(Proposition).where(*mine)).one()


def settle(session: Session, found: Iterable[Proposition], etat: EtatProposition) -> None:
    """A person answered these. Does not commit."""
    for row in found:
        row.etat = etat
        session.add(row)


def forget_run(session: Session, run_id: int) -> None:
    """A run is undone: what it proposed is no longer; what was before it is again."""
    session.execute(delete(TABLE).where(TABLE.c.run_id == run_id))


def _etat(value: Any, typed: Any, earlier: Sequence[Proposition]) -> EtatProposition:
    if not _says(value) or value == typed:
        return EtatProposition.RETIREE
    refused = any(row.valeur == value and row.etat == EtatProposition.REFUSEE for row in earlier)
    return EtatProposition.REFUSEE if refused else EtatProposition.OUVERTE


def _says(value: Any) -> bool:
    return value not in (None, "", [])


def _past(session: Session, genre: str, ids: Sequence[str]) -> dict[tuple[str, str], list[Proposition]]:
    query = select(Proposition).where(Proposition.genre == genre, col(Proposition.listing_id).in_(ids)).order_by(col(Proposition.id))
    found: dict[tuple[str, str], list[Proposition]] = {}
    for row in session.exec(query):
        found.setdefault((row.listing_id, row.champ), []).append(row)
    return found


def _row(genre: str, listing_id: str, champ: str, valeur: Any, etat: EtatProposition, run_id: int | None) -> dict[str, Any]:
    return {
        "genre": genre,
        "listing_id": listing_id,
        "champ": champ,
        "valeur": valeur,
        "etat": etat.value,
        "run_id": run_id,
        "at": now(),
    }
