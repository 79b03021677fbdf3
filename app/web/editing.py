"""The edit form of a listing, its history, and « Toujours exact »: for those who keep the listing."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from app import access, listings, vocabulary
from app.access import Viewer
from app.dependencies import Ctx, Db, Person, Typed
from app.models import Genre, Listing, Revision
from app.territory.gazetteer import Gazetteer
from app.web import forms, pages, proposals, wording
from app.writing import By

router = APIRouter()


@dataclass(frozen=True)
class Change:
    """One field of a past change, in words."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Past:
    """One past change of a listing: when, by whom, what. No `changes`: the listing was created."""

    when: str
    author: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class EditContext:
    """The form. `values` are shown in the fields; `conflicts` gives, by field, what another person saved meanwhile.

    `version` is the last revision the form was made from; `answered`: the form comes back after it was sent.
    `action` is where it is sent, `address` where « Annuler » leads; `new`: the listing is not in the base yet;
    `keeper` names its collectivité.
    """

    genre: Genre
    listing: Listing
    values: dict[str, Any]
    errors: dict[str, str]
    conflicts: dict[str, str]
    version: int
    answered: bool
    action: str
    address: str
    new: bool
    keeper: str
    history: tuple[Past, ...]
    references: dict[str, tuple[tuple[str, str], ...]]
    needs: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    statuts: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    fields: dict[str, str]
    proposals: tuple[proposals.Proposal, ...]


@router.get("/services/{listing_id:path}/modifier")
def service_form(request: Request, context: Ctx, session: Db, viewer: Person, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return show(request, context.gazetteer, session, access.editable(session, viewer, "service", listing_id))


@router.get("/structures/{listing_id:path}/modifier")
def structure_form(request: Request, context: Ctx, session: Db, viewer: Person, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return show(request, context.gazetteer, session, access.editable(session, viewer, "structure", listing_id))


@router.get("/contacts/{listing_id}/modifier")
def contact_form(request: Request, context: Ctx, session: Db, viewer: Person, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return show(request, context.gazetteer, session, access.editable(session, viewer, "contact", listing_id))


@router.post("/services/{listing_id:path}/modifier")
def edit_service(request: Request, context: Ctx, session: Db, viewer: Person, typed: Typed, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return _edit(request, context, session, viewer, access.editable(session, viewer, "service", listing_id), typed)


@router.post("/structures/{listing_id:path}/modifier")
def edit_structure(request: Request, context: Ctx, session: Db, viewer: Person, typed: Typed, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return _edit(request, context, session, viewer, access.editable(session, viewer, "structure", listing_id), typed)


@router.post("/contacts/{listing_id}/modifier")
def edit_contact(request: Request, context: Ctx, session: Db, viewer: Person, typed: Typed, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return _edit(request, context, session, viewer, access.editable(session, viewer, "contact", listing_id), typed)


@router.post("/services/{listing_id:path}/propositions")
def answer_for_service(context: Ctx, session: Db, viewer: Person, typed: Typed, listing_id: str) -> Response:
    """What the source says instead, taken or refused. Raises access.NotFound, access.Forbidden."""
    return proposals.answer(context, session, viewer, access.editable(session, viewer, "service", listing_id), typed)


@router.post("/structures/{listing_id:path}/propositions")
def answer_for_structure(context: Ctx, session: Db, viewer: Person, typed: Typed, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return proposals.answer(context, session, viewer, access.editable(session, viewer, "structure", listing_id), typed)


@router.post("/services/{listing_id:path}/verifier")
def verify_service(context: Ctx, session: Db, viewer: Person, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return _verify(context, session, viewer, access.editable(session, viewer, "service", listing_id))


@router.post("/structures/{listing_id:path}/verifier")
def verify_structure(context: Ctx, session: Db, viewer: Person, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return _verify(context, session, viewer, access.editable(session, viewer, "structure", listing_id))


@router.post("/contacts/{listing_id}/verifier")
def verify_contact(context: Ctx, session: Db, viewer: Person, listing_id: str) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return _verify(context, session, viewer, access.editable(session, viewer, "contact", listing_id))


def _edit(request: Request, context: Ctx, session: Session, viewer: Viewer, listing: Listing, typed: FormData) -> Response:
    genre = listings.genre_of(listing)
    listing = listings.hold(session, listing)
    form = forms.read(context.gazetteer, genre, listing, typed)
    past = listings.history(session, genre, listing.id)
    meanwhile = _changed_since(past, _number(typed.get("version")))
    if meanwhile:
        values, conflicts = _merge(context.gazetteer, genre, listing, form, meanwhile)
        return show(request, context.gazetteer, session, listing, values, form.errors, conflicts, status=409)
    if form.errors:
        return show(request, context.gazetteer, session, listing, form.typed, form.errors, status=422)
    changed = listings.edit(session, listing, form.changes, By(viewer.nom, account_id=viewer.account_id))
    session.commit()
    context.drainer.wake()
    return _to_sheet(listing, "modifie" if changed else "inchange")


def _verify(context: Ctx, session: Session, viewer: Viewer, listing: Listing) -> Response:
    listings.verify(session, listing, By(viewer.nom, account_id=viewer.account_id))
    session.commit()
    context.drainer.wake()
    return _to_sheet(listing, "verifie")


def _to_sheet(listing: Listing, done: str) -> Response:
    return RedirectResponse(f"{pages.address(listings.genre_of(listing), listing.id)}?fait={done}", 303)


def show(
    request: Request,
    gazetteer: Gazetteer,
    session: Session,
    listing: Listing,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    conflicts: dict[str, str] | None = None,
    status: int = 200,
    new_at: str = "",
) -> Response:
    """The form of a listing; `new_at`: where it is sent when the listing is not in the base yet."""
    genre = listings.genre_of(listing)
    past = listings.history(session, genre, listing.id)
    keeper = gazetteer.territory(listing.collectivite or "")
    shown = EditContext(
        genre=genre,
        listing=listing,
        values=values or forms.stored(gazetteer, genre, listing),
        errors=errors or {},
        conflicts=conflicts or {},
        version=_version(past),
        answered=values is not None,
        action=new_at or f"{pages.address(genre, listing.id)}/modifier",
        address="/contacts" if new_at else pages.address(genre, listing.id),
        new=bool(new_at),
        keeper=keeper.nom if keeper else "",
        history=tuple(_in_words(revision) for revision in past),
        references={name: _options(reference) for name, reference in (forms.CHOICES | forms.LISTS).items()},
        needs=_needs(),
        statuts=tuple((value.value, text) for value, text in wording.STATUTS.items()),
        roles=tuple((value.value, text) for value, text in wording.ROLES.items()),
        fields=wording.FIELDS,
        proposals=() if new_at or genre == "contact" else proposals.shown(session, listing),
    )
    return pages.render(request, "edit.html", shown, status=status)


# --- two people at once --------------------------------------------------------------------------------------------


def _version(past: list[Revision]) -> int:
    return (past[0].id or 0) if past else 0


def _number(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 18 else 0


def _changed_since(past: list[Revision], version: int) -> dict[str, list[Any]]:
    """Fields written since `version`, with the value each had then and the author of the last change: [before, author]."""
    changed: dict[str, list[Any]] = {}
    for revision in past:
        if (revision.id or 0) > version:
            for name, (before, _) in revision.changes.items():
                changed[name] = [before, changed.get(name, [None, revision.author])[1]]
    return changed


def _merge(
    gazetteer: Gazetteer, genre: Genre, listing: Listing, form: forms.Form, meanwhile: dict[str, list[Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What was typed, but for fields only the other person changed; and what to say of those both did."""
    now = forms.stored(gazetteer, genre, listing)
    values, conflicts = dict(form.typed), {}
    for name in meanwhile.keys() & now.keys():
        before, author = meanwhile[name]
        untouched = forms.as_typed(gazetteer, name, before) == form.typed[name]
        if untouched:
            values[name] = now[name]
        elif form.typed[name] != now[name]:
            conflicts[name] = f"{author} a enregistré : {wording.said(name, getattr(listing, name))}"
    return values, conflicts


# --- history in words ----------------------------------------------------------------------------------------------


def _in_words(revision: Revision) -> Past:
    changes = (
        Change(wording.FIELDS.get(name, name), wording.said(name, before), wording.said(name, after))
        for name, (before, after) in revision.changes.items()
        if name not in {"description_composee", "precision_lieu", "code_insee", "latitude", "longitude", "departement"}
    )
    return Past(wording.moment(revision.at), revision.author, tuple(changes))


# --- choices -------------------------------------------------------------------------------------------------------


def _options(reference: str) -> tuple[tuple[str, str], ...]:
    return tuple((item.value, vocabulary.label(item.value)) for item in vocabulary.REFERENTIELS[reference])


def _needs() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Thématiques under the everyday word of their catégorie."""
    groups = vocabulary.thematiques_by_categorie().items()
    return tuple((vocabulary.FREINS[c], tuple((value, vocabulary.label(value)) for value in values)) for c, values in groups)
