"""Structures that programs may take for one: of each group, the best listing. What people said of a pair goes before its score."""

from collections.abc import Collection, Iterable
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session, col

from app import access
from app.db import chunks
from app.duplicates.matching import HIGH
from app.models import Doublon, EtatDoublon, Service, Structure

Groups = dict[str, str]
"""Structure → the least id of its group; a structure that has no double is not there."""


def _one() -> ColumnElement[bool]:
    """Pairs that are one structure: judged so, or not judged yet and scored high. « Distincts » is never one."""
    waits = and_(col(Doublon.etat) == EtatDoublon.A_EXAMINER, col(Doublon.score) >= HIGH)
    return or_(col(Doublon.etat) == EtatDoublon.MEME, waits)


def groups(session: Session) -> Groups:
    """All groups: two pairs that share a structure are one group."""
    leader: Groups = {}

    def find(one: str) -> str:
        while leader.setdefault(one, one) != one:
            one = leader[one]
        return one

    for a, b in session.execute(select(col(Doublon.a_id), col(Doublon.b_id)).where(_one())):
        first, second = sorted((find(a), find(b)))
        leader[second] = first
    return {one: find(one) for one in leader}


def members(session: Session, structure_ids: Collection[str]) -> dict[str, list[str]]:
    """The doubles of each of these structures, published or not; those without any are not there."""
    grouped = groups(session)
    together: dict[str, list[str]] = {}
    for one, leader in grouped.items():
        together.setdefault(leader, []).append(one)
    return {i: sorted(other for other in together[grouped[i]] if other != i) for i in structure_ids if i in grouped}


def worse_structures(session: Session, ids: Iterable[str]) -> frozenset[str]:
    """Those of the structures `ids` to leave out: in each group, all but the best that is among `ids`."""
    grouped = groups(session)
    return _all_but_best(session, {i: grouped[i] for i in ids if i in grouped})


def worse_services(session: Session, ids: Collection[str]) -> frozenset[str]:
    """Those of the services `ids` to leave out: their structure's group has a better one among the structures of `ids`."""
    grouped = groups(session)
    if not grouped:
        return frozenset()
    owners: dict[str, str] = {}
    for some in chunks(sorted(grouped)):
        rows = session.execute(select(col(Service.id), col(Service.structure_id)).where(col(Service.structure_id).in_(some)))
        owners.update((row[0], row[1]) for row in rows)
    wanted = ids if isinstance(ids, frozenset | set | dict) else frozenset(ids)
    here = {service: owner for service, owner in owners.items() if service in wanted}
    out = _all_but_best(session, {owner: grouped[owner] for owner in here.values()})
    return frozenset(service for service, owner in here.items() if owner in out)


def _all_but_best(session: Session, grouped: Groups) -> frozenset[str]:
    """Best: the highest mean score of published services, then the latest date, then the least id."""
    rank = _ranks(session, sorted(grouped))
    best: dict[str, str] = {}
    for one, leader in sorted(grouped.items()):
        if leader not in best or rank.get(one, (0.0, "")) > rank.get(best[leader], (0.0, "")):
            best[leader] = one
    return frozenset(one for one, leader in grouped.items() if best[leader] != one)


def _ranks(session: Session, ids: list[str]) -> dict[str, tuple[float, str]]:
    ranks: dict[str, tuple[float, str]] = {}
    mean = func.avg(col(Service.score_qualite))
    dated = func.coalesce(col(Structure.date_maj), col(Structure.date_fichier))
    on: Any = and_(col(Service.structure_id) == col(Structure.id), access.published(Service))
    for some in chunks(ids):
        query = select(col(Structure.id), mean, dated).outerjoin(Service, on).where(col(Structure.id).in_(some))
        rows = session.execute(query.group_by(col(Structure.id), col(Structure.date_maj), col(Structure.date_fichier)))
        ranks.update((row[0], (cast(float, row[1] or 0.0), str(row[2] or ""))) for row in rows)
    return ranks
