"""What a source proposes for fields that people typed: shown to who keeps the listing, who takes it or keeps their own."""

from dataclasses import dataclass

from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from app import listings, proposals
from app.access import Viewer
from app.context import Context
from app.listings import ADDRESS_FIELDS
from app.models import EtatProposition, ImportRun, Listing, Proposition
from app.web import pages, wording
from app.writing import By

PLACE = "adresse"
SAID_OF_A_PLACE = ("adresse", "complement_adresse", "code_postal", "commune")


@dataclass(frozen=True)
class Proposal:
    """A field, or the whole place, as a source's last file says it; `number`: of the newest value."""

    name: str
    label: str
    number: int
    said_by: str
    value: str


def shown(session: Session, listing: Listing) -> tuple[Proposal, ...]:
    """What may be answered on the listing's page. A place is one thing."""
    found = proposals.open_of(session, listings.genre_of(listing), listing)
    place = [one for one in found if one[0].champ in ADDRESS_FIELDS]
    others = [_shown(row.champ, [(row, run)], wording.said(row.champ, row.valeur)) for row, run in found if row.champ not in ADDRESS_FIELDS]
    if not place:
        return tuple(others)
    values = {row.champ: row.valeur for row, _ in place}
    words = [str(values.get(name, getattr(listing, name)) or "") for name in SAID_OF_A_PLACE]
    return (*others, _shown(PLACE, place, ", ".join(word for word in words if word)))


def _shown(name: str, rows: list[tuple[Proposition, ImportRun | None]], value: str) -> Proposal:
    run = rows[0][1]
    day = wording.day(run.file_date or run.started_at.date()) if run else ""
    number = max(row.id or 0 for row, _ in rows)
    return Proposal(name, wording.FIELDS.get(name, name), number, f"Le fichier du {day} dit" if day else "Le fichier dit", value)


def answer(context: Context, session: Session, viewer: Viewer, listing: Listing, typed: FormData) -> Response:
    """Take the value, or keep one's own for good. One that the page no longer shows changes nothing."""
    listing = listings.hold(session, listing)
    genre = listings.genre_of(listing)
    asked = next((one for one in shown(session, listing) if str(one.number) == str(typed.get("proposition", ""))), None)
    if asked is not None:
        names = ADDRESS_FIELDS if asked.name == PLACE else (asked.name,)
        rows = [row for row, _ in proposals.open_of(session, genre, listing) if row.champ in names]
        taken = typed.get("geste") == "reprendre"
        proposals.settle(session, rows, EtatProposition.REPRISE if taken else EtatProposition.REFUSEE)
        if taken:
            listings.edit(session, listing, {row.champ: row.valeur for row in rows}, By(viewer.nom, account_id=viewer.account_id))
        session.commit()
        context.drainer.wake()
    return RedirectResponse(f"{pages.address(genre, listing.id)}/modifier#propositions", 303)
