"""The sheet of a service, and of a structure with its services; both print well."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import Response

from app import access, listings
from app.access import Viewer
from app.dependencies import Ctx, Db, Person
from app.models import Listing, Service, Source, Statut, Structure
from app.territory.competence import EVERYWHERE
from app.territory.gazetteer import Gazetteer
from app.web import pages, proposals, results, wording

router = APIRouter()

DONE = {
    "modifie": "Modifications enregistrées.",
    "verifie": "Merci : la fiche est notée exacte à ce jour.",
    "inchange": "Aucun changement à enregistrer.",
}
"""What the sheet says after an act, by the value of ``?fait=``."""


@dataclass(frozen=True)
class SheetContext:
    """A sheet. `zones` in words, empty when the source gives none; `services` are those of a structure that this viewer may read;
    `proposed`: how many fields its source says otherwise, for who keeps it."""

    genre: str
    listing: Listing
    structure: Structure | None
    services: tuple[Service, ...]
    source: Source | None
    needs: tuple[tuple[str, str], ...]
    contacts: tuple[results.Way, ...]
    freshness: results.Freshness
    zones: tuple[str, ...]
    hours: str | None
    editable: bool
    address: str
    back: str
    done: str
    proposed: int


@router.get("/services/{listing_id:path}")
def service_sheet(request: Request, context: Ctx, session: Db, viewer: Person, listing_id: str, fait: str = "") -> Response:
    """Raises access.NotFound."""
    service = access.readable(session, viewer, "service", listing_id)
    structure = session.get(Structure, service.structure_id)
    shown = _sheet(request, session, viewer, service, structure, (), zones(context.gazetteer, service.zone_eligibilite), fait)
    return pages.render(request, "service.html", shown)


@router.get("/structures/{listing_id:path}")
def structure_sheet(request: Request, session: Db, viewer: Person, listing_id: str, fait: str = "") -> Response:
    """Raises access.NotFound."""
    structure = access.readable(session, viewer, "structure", listing_id)
    offered = [s for s in listings.services_of(session, structure.id) if s.statut == Statut.PUBLIEE or viewer.keeps(s.collectivite)]
    shown = _sheet(request, session, viewer, structure, None, offered, (), fait)
    return pages.render(request, "structure.html", shown)


def _sheet(
    request: Request,
    session: Session,
    viewer: Viewer,
    listing: Structure | Service,
    structure: Structure | None,
    services: Iterable[Service],
    zones: tuple[str, ...],
    done: str,
) -> SheetContext:
    genre = listings.genre_of(listing)
    return SheetContext(
        genre=genre,
        listing=listing,
        structure=structure,
        services=tuple(sorted(services, key=lambda service: _in_order(service.nom))),
        source=session.get(Source, listing.source),
        needs=results.needs(getattr(listing, "thematiques", None)),
        contacts=tuple(results.ways(listing, structure)),
        freshness=results.freshness(listing),
        zones=zones,
        hours=listing.horaires_accueil or (structure.horaires_accueil if structure else None),
        editable=viewer.keeps(listing.collectivite),
        address=pages.address(genre, listing.id),
        back=_search_before(request),
        done=DONE.get(done, ""),
        proposed=len(proposals.shown(session, listing)) if viewer.keeps(listing.collectivite) else 0,
    )


def _in_order(nom: str) -> list[tuple[int, str]]:
    """Numbers as numbers: « Permanence 2 » before « Permanence 10 »."""
    return [(int(piece), "") if piece.isdecimal() else (0, piece.casefold()) for piece in re.split(r"(\d+)", nom)]


def zones(gazetteer: Gazetteer, codes: Iterable[str] | None) -> tuple[str, ...]:
    """The territories that a service says it serves, by name; a code nobody knows is given as it is."""
    named = []
    for code in codes or ():
        if code in EVERYWHERE:
            return ("Toute la France",)
        commune = gazetteer.commune(code) if len(code) == 5 else None
        territory = gazetteer.territory(code)
        if commune:
            named.append(f"{commune.nom} ({commune.departement})")
        elif territory:
            named.append(f"{territory.nom} ({code})" if territory.kind == "departement" else territory.nom)
        else:
            named.append(wording.label(code))
    return tuple(named)


def _search_before(request: Request) -> str:
    """The search this sheet was opened from, if it was."""
    came = urlsplit(request.headers.get("referer", ""))
    return f"/recherche?{came.query}" if came.path == "/recherche" and came.query else "/recherche"
