"""Loading is authorising: who sees what, who edits what. Routes fetch listings through here, and nowhere else."""

from dataclasses import dataclass
from typing import Literal, overload

from sqlalchemy import ColumnElement, or_, true, union_all
from sqlmodel import Session, col, select

from app.models import MODEL_OF, Contact, Genre, Listing, Service, Statut, Structure
from app.models.accounts import Role


class NotFound(Exception):
    """The listing does not exist for whoever asks. Answered 404, so that strangers learn nothing."""


class Forbidden(Exception):
    """Whoever asks sees the listing but may not do this with it. Answered 403; the message says whom to ask."""


@dataclass(frozen=True)
class Viewer:
    """Who asks: a signed-in person, or a program with a token (`account_id` None). Never an anonymous visitor."""

    account_id: int | None
    nom: str
    role: str
    collectivites: frozenset[str] = frozenset()

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMINISTRATEUR

    def keeps(self, collectivite: str | None) -> bool:
        """Does this person maintain the listings of `collectivite`?"""
        return self.is_admin or (self.role == Role.GESTIONNAIRE and collectivite in self.collectivites)


def admit_keepers(viewer: Viewer) -> None:
    """Pages for those who keep listings, whichever those are. Raises Forbidden."""
    if viewer.role == Role.CONSEILLER:
        raise Forbidden


@overload
def readable(session: Session, viewer: Viewer, genre: Literal["structure"], listing_id: str) -> Structure: ...
@overload
def readable(session: Session, viewer: Viewer, genre: Literal["service"], listing_id: str) -> Service: ...
@overload
def readable(session: Session, viewer: Viewer, genre: Literal["contact"], listing_id: str) -> Contact: ...
def readable(session: Session, viewer: Viewer, genre: Genre, listing_id: str) -> Listing:
    """The listing, if this viewer may read it: published, or of a collectivité that the viewer keeps.

    A published service of an unpublished structure is not readable either; a contact, by no program. Raises NotFound.
    """
    listing: Listing | None = session.get(MODEL_OF[genre], listing_id)  # type: ignore[assignment]  # mypy joins to the base
    if listing is None or (isinstance(listing, Contact) and viewer.account_id is None):
        raise NotFound
    if not viewer.keeps(listing.collectivite):
        shown = listing.statut == Statut.PUBLIEE
        if shown and isinstance(listing, Service):
            structure = session.get(Structure, listing.structure_id)
            shown = structure is not None and structure.statut == Statut.PUBLIEE
        if not shown:
            raise NotFound
    return listing


@overload
def editable(session: Session, viewer: Viewer, genre: Literal["structure"], listing_id: str) -> Structure: ...
@overload
def editable(session: Session, viewer: Viewer, genre: Literal["service"], listing_id: str) -> Service: ...
@overload
def editable(session: Session, viewer: Viewer, genre: Literal["contact"], listing_id: str) -> Contact: ...
def editable(session: Session, viewer: Viewer, genre: Genre, listing_id: str) -> Listing:
    """The listing, if this viewer may change it. Raises NotFound or Forbidden."""
    listing: Listing = readable(session, viewer, genre, listing_id)
    if not viewer.keeps(listing.collectivite):
        raise Forbidden
    return listing


def published(model: type[Structure] | type[Service]) -> ColumnElement[bool]:
    """SQL condition: the listing is published, and so is its structure. All that programs may read.

    Said as "not among the few that are not", with ranges rather than "different from": both databases then find those
    few by index, and count or page through the others by their primary key alone. A union rather than "or", for which
    PostgreSQL would read the whole table.
    """
    hidden_structures = select(Structure.id).where(_not_published(Structure))
    if model is Structure:
        return col(Structure.id).not_in(hidden_structures)
    hidden = select(Service.id).where(_not_published(Service))
    orphans = select(Service.id).where(col(Service.structure_id).in_(hidden_structures))
    return col(Service.id).not_in(union_all(hidden, orphans))


def _not_published(model: type[Structure] | type[Service]) -> ColumnElement[bool]:
    return or_(col(model.statut) < Statut.PUBLIEE, col(model.statut) > Statut.PUBLIEE)


def kept(viewer: Viewer, model: type[Structure] | type[Service]) -> ColumnElement[bool]:
    """SQL condition: this viewer keeps the listing, whatever its statut. Raises Forbidden for those who keep none."""
    if viewer.is_admin:
        return true()
    if viewer.role != Role.GESTIONNAIRE:
        raise Forbidden
    return col(model.collectivite).in_(viewer.collectivites)
