"""Rows that came back under another id: the same listings, which keep the ids that partners and links know."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from app.models import Renumbering, RenumberingBefore, Service, Structure
from app.territory.names import key

Values = dict[str, Any]


class Sign(NamedTuple):
    """What a listing is known by, whatever its id: its name and commune, levelled, and the structure of a service."""

    genre: str
    nom: str
    commune: str
    owner: str | None


def sign(genre: str, values: Mapping[str, Any]) -> Sign:
    commune = values.get("code_insee") or key(values.get("commune") or "")
    return Sign(genre, key(values.get("nom") or ""), commune, values.get("structure_id") if genre == "service" else None)


@dataclass
class Renumbered:
    """The listings of one source that stand under an id their row no longer gives: id given → id kept.

    `ids_are_given`: each row is one listing with its own id; else a structure's id begins those of its services.
    """

    source_id: str
    ids_are_given: bool
    kept: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, session: Session, source_id: str, *, ids_are_given: bool) -> "Renumbered":
        query = select(Renumbering.new_id, Renumbering.listing_id).where(
            Renumbering.source == source_id, col(Renumbering.ended_by).is_(None)
        )
        return cls(source_id, ids_are_given, dict(session.exec(query).all()))

    def rename(self, structures: Iterable[Values], services: Iterable[Values]) -> None:
        """Give listings the ids that Levier keeps, in place. A row that gives an id kept for another's gets one of its own."""
        taken = set(self.kept.values()) if self.kept else set()
        if not taken:
            return
        mains = [*structures] if not self.ids_are_given else [*structures, *services]
        for values in mains:
            if values.get("id") in taken and values["id"] not in self.kept:
                self.kept[values["id"]] = _free(values["id"], taken)
        rename(structures, services, self.kept, ids_are_given=self.ids_are_given)

    def store(self, session: Session, given_id: str, listing_id: str, run_id: int) -> None:
        """From now on the row that gives `given_id` is the listing `listing_id`; the row that was it before no longer is."""
        here = col(Renumbering.source) == self.source_id
        self._set_aside(session, given_id, listing_id, run_id)
        ended = update(Renumbering).where(here, col(Renumbering.listing_id) == listing_id, col(Renumbering.ended_by).is_(None))
        session.execute(ended.values(ended_by=run_id))
        session.execute(delete(Renumbering).where(here, col(Renumbering.new_id) == given_id))
        if given_id != listing_id:
            row = {"source": self.source_id, "new_id": given_id, "listing_id": listing_id, "run_id": run_id}
            session.execute(insert(cast(Any, Renumbering).__table__), [row])

    def _set_aside(self, session: Session, given_id: str, listing_id: str, run_id: int) -> None:
        """Keep what this run ends or replaces, once, for its undo."""
        ended = (col(Renumbering.listing_id) == listing_id) & col(Renumbering.ended_by).is_(None)
        concerned = select(Renumbering).where(Renumbering.source == self.source_id, ended | (col(Renumbering.new_id) == given_id))
        for row in session.exec(concerned).all():
            known = session.get(RenumberingBefore, (run_id, row.source, row.new_id))
            if row.run_id != run_id and known is None:
                before = {**row.model_dump(), "run_id": run_id, "previous_run_id": row.run_id}
                session.execute(insert(cast(Any, RenumberingBefore).__table__), [before])


def rename(structures: Iterable[Values], services: Iterable[Values], kept: Mapping[str, str], *, ids_are_given: bool) -> None:
    """Listings under the ids of `kept`, in place; a structure's services follow it."""
    for values in structures:
        values["id"] = kept.get(values["id"], values["id"])
    for values in services:
        owner = values["structure_id"]
        if owner in kept:
            values["structure_id"] = kept[owner]
            if not ids_are_given and values["id"].startswith(f"{owner}-"):
                values["id"] = kept[owner] + values["id"][len(owner) :]
        if ids_are_given:
            values["id"] = kept.get(values["id"], values["id"])


def match(session: Session, gone: Mapping[str, Sign], new: Mapping[str, Sign]) -> dict[str, str]:
    """Listings that came back: id given by a new row → id of the listing that is gone. What could be two is neither."""
    found: dict[str, str] = {}
    for genre in ("structure", "service"):
        before = _by_sign({i: one for i, one in gone.items() if one.genre == genre})
        after = _by_sign({i: one._replace(owner=found.get(one.owner or "", one.owner)) for i, one in new.items() if one.genre == genre})
        for one, ids in after.items():
            same = before.get(one, [])
            if len(ids) == 1 and len(same) == 1 and one.nom and one.commune and not _twins(session, one, same[0], gone):
                found[ids[0]] = same[0]
    return found


def _by_sign(signs: Mapping[str, Sign]) -> dict[Sign, list[str]]:
    grouped: dict[Sign, list[str]] = defaultdict(list)
    for listing_id, one in signs.items():
        grouped[one].append(listing_id)
    return grouped


def _twins(session: Session, one: Sign, listing_id: str, gone: Mapping[str, Sign]) -> Sequence[str]:
    """Listings of the same source, still in its file, that the new row could as well be: as one made a moment ago by a run that died."""
    model: Any = Structure if one.genre == "structure" else Service
    source = session.scalar(select(model.source).where(model.id == listing_id))
    query: Any = select(model).where(model.source == source, model.code_insee == one.commune)
    near = session.exec(query)
    return [row.id for row in near if row.id not in gone and sign(one.genre, row.model_dump()) == one]


def _free(listing_id: str, taken: Iterable[str]) -> str:
    rank, used = 2, set(taken)
    while f"{listing_id}.{rank}" in used:
        rank += 1
    return f"{listing_id}.{rank}"
