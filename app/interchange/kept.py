"""Rows of listings, read a few hundred at a time: no transaction lasts as long as the download."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, true
from sqlmodel import Session, col, select

from app import access, listings
from app.access import Viewer
from app.db import CHUNK, chunks, session_of
from app.interchange import tables
from app.interchange.tables import Row
from app.models import Service, Structure

Model = type[Structure] | type[Service]
MODELS: dict[str, Model] = {"structure": Structure, "service": Service}


@dataclass(frozen=True)
class Choice:
    """Which of the listings that a person keeps: empty fields choose all. `texte` stands in their names."""

    genre: str = ""
    statut: str = ""
    a_verifier: bool = False
    texte: str = ""
    collectivite: str = ""

    @property
    def genres(self) -> tuple[str, ...]:
        return (self.genre,) if self.genre else tuple(MODELS)

    def condition(self, viewer: Viewer, genre: str) -> ColumnElement[bool]:
        """Raises access.Forbidden for those who keep nothing."""
        model = MODELS[genre]
        wanted = access.kept(viewer, model)
        if self.collectivite:
            wanted &= col(model.collectivite) == self.collectivite
        if self.statut:
            wanted &= col(model.statut) == self.statut
        if self.a_verifier:
            wanted &= col(model.disparu_le).is_not(None)
        if self.texte:
            said = col(model.nom).contains(self.texte, autoescape=True)  # SQLite lowers no accented letter
            wanted &= said | func.lower(model.nom).contains(self.texte.lower(), autoescape=True)
        return wanted


def count(session: Session, viewer: Viewer, choice: Choice, genre: str) -> int:
    """How many are chosen. Raises access.Forbidden."""
    return session.exec(select(func.count()).select_from(MODELS[genre]).where(choice.condition(viewer, genre))).one()


def page(session: Session, viewer: Viewer, choice: Choice, genre: str, after: tuple[str, str] | None, size: int) -> list[Any]:
    """The next `size` listings by name, after the (name, id) given: nothing is told twice nor missed as others come and go.

    Raises access.Forbidden.
    """
    model = MODELS[genre]
    later: ColumnElement[bool] = true()
    if after is not None:
        nom, listing_id = after
        later = (col(model.nom) > nom) | (col(model.nom) == nom) & (col(model.id) > listing_id)
    query = select(model).where(choice.condition(viewer, genre), later).order_by(col(model.nom), col(model.id))
    return list(session.exec(query.limit(size)))


def rows(engine: Engine, viewer: Viewer, choice: Choice) -> Iterator[Row]:
    """All the listings chosen, structures before services, each by id. Raises access.Forbidden at the first."""
    for genre in choice.genres:
        model: Any = MODELS[genre]  # typed, it would join to their base
        wanted, last = choice.condition(viewer, genre), ""
        while True:
            with session_of(engine) as session:
                query = select(model).where(wanted, model.id > last).order_by(model.id).limit(CHUNK)
                found = list(session.exec(query))
                told = _rows(session, found)
            yield from told
            if len(found) < CHUNK:
                break
            last = found[-1].id


def found_rows(engine: Engine, genre: str, ids: Sequence[str]) -> Iterator[Row]:
    """The published listings of `ids`, in that order."""
    model: Any = MODELS[genre]
    for some in chunks(ids):
        with session_of(engine) as session:
            shown = {one.id: one for one in session.exec(select(model).where(model.id.in_(some), access.published(model)))}
            told = _rows(session, [shown[i] for i in some if i in shown])
        yield from told


def _rows(session: Session, found: Sequence[Structure | Service]) -> list[Row]:
    names = {s.id: s.nom for s in listings.structures_of(session, [one for one in found if isinstance(one, Service)]).values()}
    return [tables.row(one, names.get(one.structure_id) if isinstance(one, Service) else one.nom) for one in found]
