"""What people decide of a pair: one structure, two, or one listing made of both. All of it can be taken back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlmodel import Session, col, select

from app import listings
from app.models import Doublon, EtatDoublon, Listing, Service, Statut, Structure
from app.models.base import now
from app.writing import By

PLACE = ("adresse", "complement_adresse", "code_postal", "commune", "code_insee", "longitude", "latitude", "precision_lieu")
"""What is chosen together: half of one address and half of another lead nowhere."""
FIELDS: tuple[str, ...] = ("nom", "siret", "adresse", "telephone", "courriel", "site_web", "horaires_accueil", "description")
FIELDS += ("reseaux_porteurs", "accessibilite_lieu", "lien_source")
"""What a merge chooses, one field after the other; « adresse » stands for the whole of PLACE."""

Side = Literal["a", "b"]


class CannotMerge(Exception):
    """The pair is not as it was when the choice was made. The message says what to do."""


@dataclass(frozen=True)
class Choice:
    """A merge: the side that is kept, the fields taken from the other, and which of the other's services stay published."""

    kept: Side
    from_other: Collection[str]
    services: Collection[str]


def sides(session: Session, pair: Doublon) -> tuple[Structure, Structure] | None:
    """The two structures; None if one is gone."""
    a, b = session.get(Structure, pair.a_id), session.get(Structure, pair.b_id)
    return (a, b) if a and b else None


def differing(a: Structure, b: Structure) -> tuple[str, ...]:
    """The fields on which the two disagree. The address is no choice when one of the two is confidential."""
    sealed = a.adresse_confidentielle or b.adresse_confidentielle
    return tuple(name for name in FIELDS if _value(a, name) != _value(b, name) and not (sealed and name == "adresse"))


def _value(structure: Structure, name: str) -> Any:
    return tuple(getattr(structure, part) for part in PLACE[:5]) if name == "adresse" else getattr(structure, name)


def decide(session: Session, pair: Doublon, etat: EtatDoublon, by: By) -> None:
    """Note that the two are one, are two, or must be looked at again. Does not commit."""
    pair.etat, pair.decided_at = etat, now()
    pair.decided_by = by.name
    session.add(pair)


def merge(session: Session, pair: Doublon, choice: Choice, by: By) -> Structure:
    """One listing made of both; returns it. Does not commit. Raises CannotMerge.

    The chosen values are a person's edit of the kept one. The other is archived; its services move to the kept one,
    those not wanted archived as well. What a shelter's listing hides stays hidden in what is made of it.
    """
    a, b = _held(session, pair)
    kept, other = (a, b) if choice.kept == "a" else (b, a)
    changes = {part: getattr(other, part) for name in differing(a, b) if name in choice.from_other for part in _parts(name)}
    if other.adresse_confidentielle and not kept.adresse_confidentielle:
        changes["adresse_confidentielle"] = True
    before = {name: getattr(kept, name) for name in changes}
    owned = listings.services_of(session, other.id)
    moved = [service.id for service in owned]
    archived = [service.id for service in owned if service.statut != Statut.ARCHIVEE and service.id not in choice.services]
    listings.edit(session, kept, changes, by)
    _set(session, "service", {i: {"structure_id": kept.id} for i in moved}, by)
    _set(session, "service", {i: {"statut": Statut.ARCHIVEE} for i in archived}, by)
    _set(session, "structure", {other.id: {"statut": Statut.ARCHIVEE}}, by)
    pair.fusion = {
        "gardee": kept.id,
        "champs": {name: [before[name], value] for name, value in changes.items()},
        "services": moved,
        "archives": archived,
    }
    decide(session, pair, EtatDoublon.FUSIONNE, by)
    return kept


def unmerge(session: Session, pair: Doublon, by: By) -> None:
    """Two listings again: the other is published, its services are its own, and the kept one's fields are as they were.

    What someone changed since the merge stays. Does not commit. Raises CannotMerge.
    """
    done = pair.fusion
    held = sides(session, pair)
    if pair.etat != EtatDoublon.FUSIONNE or done is None or held is None:
        raise CannotMerge("Cette fusion n’est plus à défaire.")
    kept, other = held if held[0].id == done["gardee"] else held[::-1]
    kept = _as_structure(listings.hold(session, kept))
    back = {name: before for name, (before, after) in done["champs"].items() if getattr(kept, name) == after}
    back.pop("adresse_confidentielle", None)  # what was hidden by the merge stays hidden until a person says otherwise
    listings.edit(session, kept, back, by)
    _set(session, "structure", {other.id: {"statut": Statut.PUBLIEE}}, by)
    query = select(Service).where(Service.structure_id == kept.id, col(Service.id).in_(done["services"]))
    _set(session, "service", {service.id: {"structure_id": other.id} for service in session.exec(query)}, by)
    archived = [s.id for s in listings.services_of(session, other.id) if s.id in done["archives"] and s.statut == Statut.ARCHIVEE]
    _set(session, "service", {i: {"statut": Statut.PUBLIEE} for i in archived}, by)
    pair.fusion = None
    decide(session, pair, EtatDoublon.A_EXAMINER, by)


def _held(session: Session, pair: Doublon) -> tuple[Structure, Structure]:
    """Both sides, read afresh and held until the transaction ends."""
    found = sides(session, pair)
    if found is None:
        raise CannotMerge("L’une des deux fiches n’existe plus : il n’y a rien à fusionner.")
    a, b = (_as_structure(listings.hold(session, side)) for side in found)
    session.refresh(pair)
    if pair.etat == EtatDoublon.FUSIONNE or Statut.ARCHIVEE in (a.statut, b.statut):
        raise CannotMerge("Quelqu’un a déjà fusionné ou archivé l’une de ces fiches : relisez-les avant de décider.")
    return a, b


def _as_structure(listing: Listing) -> Structure:
    return cast(Structure, listing)


def _parts(name: str) -> tuple[str, ...]:
    return PLACE if name == "adresse" else (name,)


def _set(session: Session, genre: Literal["structure", "service"], values: Mapping[str, Mapping[str, Any]], by: By) -> None:
    listings.write(session, genre, [{"id": listing_id, **changes} for listing_id, changes in values.items()], by)
