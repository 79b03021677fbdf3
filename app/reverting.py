"""What an import run did to listings, read from their revisions; and how they are put back as they were before it.

What a person did since stays. A run's undo writes its revisions under the run's own number: read together, they come to nothing,
so that an undo cut short goes on where it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, or_, select

from app import confidentiality, listings
from app.db import chunks
from app.listings import ADDRESS_FIELDS
from app.models import Doublon, EtatDoublon, Genre, ImportRun, Revision, SecretBefore, Service
from app.writing import By

GENRES: tuple[Genre, ...] = ("service", "structure")  # services first: they stand on their structures
DATES = frozenset({"date_maj", "date_fichier", "verifie_le", "disparu_le"})
PLACE = frozenset({*ADDRESS_FIELDS, "departement", "collectivite", "adresse_confidentielle"})
TOGETHER = (PLACE, frozenset({"description", "description_composee"}))
"""Fields that say one thing together: where a person changed one, none goes back."""


@dataclass(frozen=True)
class Survivor:
    """A listing that an undo leaves, or leaves in part. `champs`: what was changed since; `created`: the run had created it."""

    genre: Genre
    id: str
    nom: str
    champs: tuple[str, ...]
    created: bool


@dataclass
class _Trace:
    """What one run did to one listing, and what was done since. `before`: first value of each field that the run changed."""

    created: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    since: set[str] = field(default_factory=set)
    touched: bool = False


def touched(session: Session, run_id: int, genre: Genre) -> list[str]:
    """Ids of the listings that a run wrote, in order."""
    written = select(Revision.listing_id).where(Revision.run_id == run_id, Revision.genre == genre).distinct()
    sealed = select(SecretBefore.listing_id).where(SecretBefore.run_id == run_id, SecretBefore.genre == genre)
    return sorted({*session.exec(written), *session.exec(sealed)})


def count(session: Session, run_id: int) -> int:
    """How many listings a run wrote."""
    return sum(len(touched(session, run_id, genre)) for genre in GENRES)


def survivors(session: Session, run_id: int, until: datetime | None = None) -> list[Survivor]:
    """Listings of a run that people changed since (`until` its undo), or that others stand on: they stay, at least in part."""
    found: list[Survivor] = []
    for genre in GENRES:
        for ids in chunks(_maybe_kept(session, run_id, genre)):
            traces = _traces(session, run_id, genre, ids, until)
            needed = _needed(session, run_id, genre, traces)
            for row in listings.by_ids(session, genre, ids):
                trace = traces.get(row.id, _Trace())
                if trace.touched or (trace.created and row.id in needed):
                    found.append(Survivor(genre, row.id, row.nom, tuple(sorted(trace.since)), trace.created))
    return found


def _maybe_kept(session: Session, run_id: int, genre: Genre) -> list[str]:
    """Listings of the run that others wrote since, or may stand on: few, where a run may have written 150,000."""
    first = select(func.min(Revision.id)).where(Revision.run_id == run_id).scalar_subquery()
    others = or_(col(Revision.run_id).is_(None), col(Revision.run_id) != run_id)
    since = {kind: select(Revision.listing_id).where(Revision.genre == kind, col(Revision.id) > first, others) for kind in GENRES}
    ours = {kind: select(Revision.listing_id).where(Revision.run_id == run_id, Revision.genre == kind) for kind in GENRES}
    found = set(session.exec(since[genre].where(col(Revision.listing_id).in_(ours[genre]))))
    if genre == "structure":
        stay = or_(col(Service.id).in_(since["service"]), col(Service.id).not_in(ours["service"]))
        found.update(session.exec(select(Service.structure_id).where(col(Service.structure_id).in_(ours["structure"]), stay)))
        for side in (Doublon.a_id, Doublon.b_id):
            found.update(session.exec(select(side).where(Doublon.etat == EtatDoublon.FUSIONNE, col(side).in_(ours["structure"]))))
    return sorted(found)


def revert(session: Session, run_id: int, genre: Genre, ids: Sequence[str], by: By) -> None:
    """Put the listings of `ids`, 500 at most, back as they were before the run; those it created go. Does not commit."""
    traces = _traces(session, run_id, genre, ids)
    needed = _needed(session, run_id, genre, traces)
    created = [i for i, trace in traces.items() if trace.created]
    listings.remove(session, genre, [i for i in created if i not in needed and not traces[i].touched], by)
    secrets = confidentiality.secrets_before(session, run_id, genre, ids)
    kept_places = confidentiality.moved_since(session, secrets) | {i for i, trace in traces.items() if trace.since & PLACE}
    changed = {i: trace for i, trace in traces.items() if not trace.created}
    listings.put_back(session, genre, [_record(i, trace, secrets.get(i), i in kept_places) for i, trace in changed.items()], by)
    confidentiality.put_back(session, secrets, secrets.keys() - kept_places)


def _traces(session: Session, run_id: int, genre: Genre, ids: Sequence[str], until: datetime | None = None) -> dict[str, _Trace]:
    """What the run did to these listings, 500 at most, and what others did after it; runs undone since did nothing."""
    undone = set(session.exec(select(ImportRun.id).where(ImportRun.etat == "annule")))
    query = select(Revision).where(Revision.genre == genre, col(Revision.listing_id).in_(ids)).order_by(col(Revision.id))
    traces: dict[str, _Trace] = {}
    for revision in session.exec(query):
        trace = traces.get(revision.listing_id)
        if revision.run_id == run_id:
            trace = traces.setdefault(revision.listing_id, _Trace())
            trace.created = trace.created or not revision.changes
            for name, (before, _) in revision.changes.items():
                trace.before.setdefault(name, before)
        elif trace is not None and revision.run_id not in undone and (until is None or revision.at <= until):
            trace.touched = True
            trace.since |= revision.changes.keys()
    return traces


def _needed(session: Session, run_id: int, genre: Genre, traces: Mapping[str, _Trace]) -> set[str]:
    """Structures among those the run created that another listing stands on: a service that stays, or a merge."""
    created = [i for i, trace in traces.items() if trace.created]
    if genre != "structure" or not created:
        return set()
    owners = dict(session.exec(select(Service.id, Service.structure_id).where(col(Service.structure_id).in_(created))).all())
    going: set[str] = set()
    for ids in chunks(list(owners)):
        theirs = _traces(session, run_id, "service", ids)
        going.update(i for i, trace in theirs.items() if trace.created and not trace.touched)
    either = or_(col(Doublon.a_id).in_(created), col(Doublon.b_id).in_(created))
    merged = session.exec(select(Doublon.a_id, Doublon.b_id).where(Doublon.etat == EtatDoublon.FUSIONNE, either))
    return {owner for i, owner in owners.items() if i not in going} | {i for pair in merged for i in pair}


def _record(listing_id: str, trace: _Trace, secret: SecretBefore | None, keeps_place: bool) -> dict[str, Any]:
    """The values that the listing had before the run, but for those that changed since and those that nothing tells."""
    told = {name: value for name, value in trace.before.items() if value != confidentiality.HIDDEN}
    if secret is not None:
        told |= {name: value for name, value in secret.champs.items() if name in trace.before}
    kept = set(trace.since) | (PLACE if keeps_place else set())
    for together in TOGETHER:
        if together & trace.since:
            kept |= together
    return {"id": listing_id, **{name: _value(name, value) for name, value in told.items() if name not in kept}}


def _value(name: str, told: Any) -> Any:
    return date.fromisoformat(told) if name in DATES and isinstance(told, str) else told
