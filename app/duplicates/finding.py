"""The search for duplicates: whole, or of what was written since the last one. It only writes pairs; people decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Engine, delete, insert, select, update
from sqlmodel import Session, col

from app import db
from app.duplicates.blocking import pairs
from app.duplicates.matching import LOW, Card, Rarity, card_of, score
from app.models import Doublon, EtatDoublon, PassageDoublons, Statut, Structure
from app.models.base import now
from app.progress import Report

OVERLAP = timedelta(minutes=15)
"""How long a write may take from its date to its commit: what the last search could not see yet is looked at again."""
COMPARED: tuple[str, ...] = ("id", "source", "nom", "siret", "commune", "code_insee", "code_postal", "adresse", "latitude", "longitude")
COMPARED += ("precision_lieu", "adresse_confidentielle", "telephone", "courriel", "site_web")


@dataclass
class Found:
    """What a search did: structures looked at, new pairs, pairs that are none any more."""

    structures: int = 0
    new: int = 0
    gone: int = 0


Scored = dict[tuple[str, str], tuple[float, tuple[str, ...]]]


def find(engine: Engine, *, whole: bool = False, progress: Report | None = None) -> Found:
    """Look at the published structures written since the last search (`whole`: at all), one département after the other.

    A pair that someone decided stays as it is; one that waits takes its new score, or goes when it is none any more.
    Each département is a transaction: a search that is cut short is only taken up again.
    """
    started, found = now(), Found()
    with db.session_of(engine) as session:
        since = None if whole else _since(session)
        departements = _to_look_at(session, since)
    for done, departement in enumerate(departements):
        with db.session_of(engine) as session:
            _look_at(session, departement, since, found)
            session.commit()
        if progress:
            progress(done + 1, len(departements))
    with db.session_of(engine) as session:
        found.gone += _drop_unpublished(session)
        session.merge(PassageDoublons(id=1, started_at=started))
        session.commit()
    return found


def _since(session: Session) -> datetime | None:
    last = session.get(PassageDoublons, 1)
    return last.started_at - OVERLAP if last else None


def _to_look_at(session: Session, since: datetime | None) -> list[str | None]:
    query = select(col(Structure.departement)).where(col(Structure.statut) == Statut.PUBLIEE).distinct()
    if since is not None:
        query = query.where(col(Structure.updated_at) >= since)
    return sorted(session.execute(query).scalars(), key=lambda code: code or "")


def _look_at(session: Session, departement: str | None, since: datetime | None, found: Found) -> None:
    here = col(Structure.departement) == departement if departement else col(Structure.departement).is_(None)
    columns = [getattr(Structure, name) for name in (*COMPARED, "updated_at")]
    rows = session.execute(select(*columns).where(here, col(Structure.statut) == Statut.PUBLIEE)).mappings().all()
    cards = [card_of(cast(Any, row)) for row in rows]
    changed = None if since is None else frozenset(row["id"] for row in rows if row["updated_at"] >= since)
    found.structures += len(rows) if changed is None else len(changed)
    _store(session, _scored(cards, changed), [row["id"] for row in rows] if changed is None else sorted(changed), found)


def _scored(cards: Sequence[Card], changed: frozenset[str] | None) -> Scored:
    rarity = Rarity(cards)
    scored = {(a.id, b.id): score(a, b, rarity) for a, b in pairs(cards, changed)}
    return {pair: (points, why) for pair, (points, why) in scored.items() if points >= LOW}


def _store(session: Session, scored: Scored, looked_at: Sequence[str], found: Found) -> None:
    """Write the pairs of the structures looked at. What the base holds of them already is compared, not written again."""
    known = {(pair.a_id, pair.b_id): pair for pair in _known(session, looked_at)}
    new = [
        {"a_id": a, "b_id": b, "score": points, "reasons": list(why), "etat": EtatDoublon.A_EXAMINER.value, "found_at": now()}
        for (a, b), (points, why) in scored.items()
        if (a, b) not in known
    ]
    if new:
        session.execute(insert(cast(Any, Doublon).__table__), new)
    waiting = {key: pair for key, pair in known.items() if pair.etat == EtatDoublon.A_EXAMINER}
    gone = [pair.id for key, pair in waiting.items() if key not in scored]
    for some in db.chunks(gone):
        session.execute(delete(Doublon).where(col(Doublon.id).in_(some), col(Doublon.etat) == EtatDoublon.A_EXAMINER))
    for key, pair in waiting.items():
        if key in scored and (pair.score, tuple(pair.reasons)) != scored[key]:
            points, why = scored[key]
            session.execute(update(Doublon).where(col(Doublon.id) == pair.id).values(score=points, reasons=list(why)))
    found.new += len(new)
    found.gone += len(gone)


def _known(session: Session, ids: Sequence[str]) -> Iterator[Doublon]:
    for some in db.chunks(ids):
        yield from session.execute(select(Doublon).where(col(Doublon.a_id).in_(some) | col(Doublon.b_id).in_(some))).scalars()


def _drop_unpublished(session: Session) -> int:
    """Pairs that wait for nothing: one of the two is no longer published, or is gone."""
    shown = select(col(Structure.id)).where(col(Structure.statut) == Statut.PUBLIEE)
    lost = col(Doublon.a_id).not_in(shown) | col(Doublon.b_id).not_in(shown)
    done = session.execute(delete(Doublon).where(col(Doublon.etat) == EtatDoublon.A_EXAMINER, lost))
    return cast(Any, done).rowcount or 0
