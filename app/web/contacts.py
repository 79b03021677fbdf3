"""Whom to call for a commune, on each side of the pair: found by everyone who is signed in, kept by the gestionnaires."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.responses import Response

from app import access, listings
from app.access import Viewer
from app.dependencies import Ctx, Db, Person, Typed
from app.models import Contact, RoleContact, Statut
from app.search.port import Place
from app.territory import lieux
from app.territory.competence import place_of
from app.territory.gazetteer import Gazetteer, Territory
from app.web import editing, forms, pages, results, sheets, wording
from app.writing import By

router = APIRouter()

ORDER: dict[str, int] = {role: rank for rank, role in enumerate(RoleContact)}
DEPARTEMENT = frozenset({RoleContact.REFERENT, RoleContact.SOLIDARITES})
"""Roles on the département's side; the others are on France Travail's."""
JOINT = frozenset({RoleContact.REFERENT, RoleContact.CONSEILLER_DEDIE})
DONE = {**sheets.DONE, "ajoute": "Contact ajouté."}


@dataclass(frozen=True)
class Interlocuteur:
    """A contact as pages show it. `by_address`: it serves part of the commune only, in words where they are known."""

    contact: Contact
    role: str
    ways: tuple[results.Way, ...]
    by_address: str
    freshness: results.Freshness
    href: str
    editable: bool


@dataclass(frozen=True)
class Pair:
    """Who serves `commune`: the département's side (`side` names it: Lyon's is its Métropole) and France Travail's.

    `new_at`: where the viewer adds a contact, empty for who keeps none there.
    """

    commune: str
    side: str
    departement: tuple[Interlocuteur, ...]
    france_travail: tuple[Interlocuteur, ...]
    href: str
    new_at: str

    @property
    def joint(self) -> tuple[Interlocuteur, ...]:
        """The two professionals who accompany together."""
        return tuple(who for who in (*self.departement, *self.france_travail) if who.contact.role in JOINT)

    @property
    def social(self) -> tuple[Interlocuteur, ...]:
        """The department's social workers."""
        return tuple(who for who in self.departement if who.contact.role == RoleContact.SOLIDARITES)


@dataclass(frozen=True)
class ContactsContext:
    """The page of contacts: those of a commune, or those a gestionnaire keeps (`kept` is the collectivité shown, of `choices`)."""

    lieu: lieux.Lieu
    place_choices: tuple[tuple[str, str], ...]
    pair: Pair | None
    choices: tuple[Territory, ...]
    kept: Territory | None
    list: tuple[Interlocuteur, ...]


@dataclass(frozen=True)
class ContactContext:
    """The sheet of one contact."""

    who: Interlocuteur
    zones: tuple[str, ...]
    side: str
    address: str
    done: str
    saved: str


# --- who serves a commune --------------------------------------------------------------------------------------------


def pair_of(session: Session, gazetteer: Gazetteer, viewer: Viewer, place: Place) -> Pair:
    """Both sides for the place where a person lives, the narrowest zones first. One query."""
    commune = gazetteer.commune(place.code_insee)
    keeper = gazetteer.territory(commune.collectivite or "") if commune else None
    found = listings.contacts_of(session, keeper.code) if keeper else []
    serving = sorted((contact for contact in found if _serves(contact, place)), key=lambda c: (ORDER.get(c.role, 0), _width(c, place)))
    shown = [_interlocuteur(contact, viewer, place) for contact in serving]
    return Pair(
        commune=place.label,
        side=_side(keeper),
        departement=tuple(who for who in shown if who.contact.role in DEPARTEMENT),
        france_travail=tuple(who for who in shown if who.contact.role not in DEPARTEMENT),
        href=f"/contacts?code={place.code_insee}",
        new_at=f"/contacts/nouveau?collectivite={keeper.code}" if keeper and viewer.keeps(keeper.code) else "",
    )


def _side(keeper: Territory | None) -> str:
    """« Département (Alpes-de-Haute-Provence) », « Métropole de Lyon »."""
    if keeper is None:
        return "Département"
    return f"Département ({keeper.nom})" if keeper.code.endswith("D") else keeper.nom


def _serves(contact: Contact, place: Place) -> bool:
    return not contact.zone_eligibilite or bool(place.codes & set(contact.zone_eligibilite))


def _width(contact: Contact, place: Place) -> int:
    """How many kinds of territory wide: a commune, an EPCI, a département, the whole collectivité."""
    covering = place.codes & set(contact.zone_eligibilite or ())
    return min((0 if len(code) == 5 else 1 if len(code) == 9 else 2 for code in covering), default=3)


def _interlocuteur(contact: Contact, viewer: Viewer, place: Place | None = None) -> Interlocuteur:
    return Interlocuteur(
        contact=contact,
        role=wording.label(contact.role),
        ways=tuple(results.ways(contact)),
        by_address=_by_address(contact, place),
        freshness=results.freshness(contact),
        href=pages.address("contact", contact.id),
        editable=viewer.keeps(contact.collectivite),
    )


def _by_address(contact: Contact, place: Place | None) -> str:
    if contact.secteurs:
        return ", ".join(contact.secteurs)
    covering = place.codes & set(contact.zone_eligibilite or ()) if place else frozenset()
    return "une partie de la commune" if place and covering and covering <= place.parts else ""


# --- pages -----------------------------------------------------------------------------------------------------------


@router.get("/contacts")
def contacts(
    request: Request, context: Ctx, session: Db, viewer: Person, lieu: str = "", code: str = "", collectivite: str = ""
) -> Response:
    """By commune for everyone; by collectivité for those who keep one."""
    gazetteer = context.gazetteer
    understood = lieux.understand(gazetteer, lieu[:120], code[:9])
    commune = understood.commune
    if understood.is_address and commune:
        return RedirectResponse(f"/contacts?code={commune.code}", 303)  # a street address stays in no address of ours
    choices = _kept_by(viewer, gazetteer)
    kept = _chosen(choices, collectivite) if not commune else None
    shown = ContactsContext(
        lieu=understood,
        place_choices=tuple((choice.label, f"/contacts?code={choice.code}") for choice in understood.choices),
        pair=pair_of(session, gazetteer, viewer, place_of(gazetteer, commune)) if commune else None,
        choices=choices,
        kept=kept,
        list=_list(listings.contacts_of(session, kept.code, every_statut=True), viewer) if kept else (),
    )
    return pages.render(request, "contacts.html", shown, fragment="_partials/pair.html")


@router.get("/contacts/nouveau")
def new_contact(request: Request, context: Ctx, session: Db, viewer: Person, collectivite: str = "") -> Response:
    """Raises access.Forbidden."""
    return editing.show(request, context.gazetteer, session, _blank(viewer, context.gazetteer, collectivite), new_at="/contacts/nouveau")


@router.post("/contacts/nouveau")
def add_contact(request: Request, context: Ctx, session: Db, viewer: Person, typed: Typed) -> Response:
    """Raises access.Forbidden."""
    blank = _blank(viewer, context.gazetteer, str(typed.get("collectivite", "")))
    form = forms.read(context.gazetteer, "contact", blank, typed)
    for name, message in (("role", "Choisissez dans la liste."), ("nom", forms.MESSAGES["nom"])):
        if not form.typed[name]:
            form.errors[name] = message
    if form.errors:
        return editing.show(request, context.gazetteer, session, blank, form.typed, form.errors, status=422, new_at="/contacts/nouveau")
    values = {"id": blank.id, "collectivite": blank.collectivite, **form.changes}
    listings.write(session, "contact", [{**values, "date_maj": date.today()}], By(viewer.nom, account_id=viewer.account_id))
    session.commit()
    return RedirectResponse(f"{pages.address('contact', blank.id)}?fait=ajoute", 303)


@router.get("/contacts/{listing_id}")
def contact_sheet(request: Request, context: Ctx, session: Db, viewer: Person, listing_id: str, fait: str = "") -> Response:
    """Raises access.NotFound."""
    contact = access.readable(session, viewer, "contact", listing_id)
    keeper = context.gazetteer.territory(contact.collectivite or "")
    address = pages.address("contact", contact.id)
    shown = ContactContext(
        who=_interlocuteur(contact, viewer),
        zones=sheets.zones(context.gazetteer, contact.zone_eligibilite),
        side=_side(keeper),
        address=address,
        done=DONE.get(fait, ""),
        saved="/contacts/nouveau" if fait == "ajoute" else f"{address}/modifier",
    )
    return pages.render(request, "contact.html", shown)


def _list(found: Iterable[Contact], viewer: Viewer) -> tuple[Interlocuteur, ...]:
    """Every contact that is kept, the archived last."""
    ranked = sorted(found, key=lambda c: (c.statut == Statut.ARCHIVEE, ORDER.get(c.role, 0)))
    return tuple(_interlocuteur(contact, viewer) for contact in ranked)


def _kept_by(viewer: Viewer, gazetteer: Gazetteer) -> tuple[Territory, ...]:
    """The collectivités whose contacts this person keeps."""
    return tuple(place for place in gazetteer.collectivites() if viewer.keeps(place.code))


def _chosen(choices: tuple[Territory, ...], code: str) -> Territory | None:
    """The one asked for; when none is, the only one there is."""
    if not code:
        return choices[0] if len(choices) == 1 else None
    return next((place for place in choices if place.code == code), None)


def _blank(viewer: Viewer, gazetteer: Gazetteer, code: str) -> Contact:
    """A contact to fill, of a collectivité that this person keeps. Raises access.Forbidden."""
    keeper = _chosen(_kept_by(viewer, gazetteer), code)
    if keeper is None:
        raise access.Forbidden
    return Contact(id=uuid4().hex, collectivite=keeper.code, role="", nom="")
