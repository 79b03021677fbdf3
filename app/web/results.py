"""What a result looks like: a listing and its hit, said in the words of the page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

from app import vocabulary
from app.models import Listing, Structure
from app.quality import is_missing
from app.search import explain
from app.search.highlight import Highlighter
from app.search.matched import Matched
from app.search.port import Hit, SearchPage, SearchRequest
from app.web import pages, wording

MAX_TAGS = 3
FAR = 100  # km: farther, what can be done at a distance is said so first
SAID_ELSEWHERE = frozenset({"distance", "date"})
REMOTE = ("correspond", "lieu")
"""What the card already says of a result: distance, freshness, and that it can be done at a distance."""


@dataclass(frozen=True)
class Way:
    """A way to reach someone: its address (``tel:``, ``mailto:``, web), its words, and an icon."""

    href: str
    text: str
    icon: str


@dataclass(frozen=True)
class Freshness:
    """When the information was last known to be true."""

    text: str
    stale: bool


Marked = tuple[tuple[str, bool], ...]
"""A text in pieces; True: the piece is a word that was searched."""


@dataclass(frozen=True)
class Card:
    """One result. `needs` groups thématiques by everyday word; `where` is the distance or what stands for it; `rank` is on the page."""

    href: str
    nom: Marked
    by: str
    needs: tuple[tuple[str, str], ...]
    excerpt: Marked
    composed: bool
    tags: tuple[str, ...]
    where: str
    where_note: str
    demonstration: bool
    freshness: Freshness
    contacts: tuple[Way, ...]
    reasons: tuple[explain.Reason, ...]
    rank: int


def card(
    listing: Any, structure: Structure | None, hit: Hit, rank: int, request: SearchRequest, words: Highlighter, matched: Matched
) -> Card:
    """The card of a service (with its structure) or of a structure (`structure` None): `words` are marked, `matched` says why."""
    where, note = _where(listing, hit, request)
    owner = structure.nom if structure and structure.nom != listing.nom else ""
    return Card(
        href=pages.address(hit.genre, listing.id),
        nom=tuple(words.mark(listing.nom)),
        by=f"{wording.NBSP}· ".join(part for part in (owner, town(listing)) if part),
        needs=needs(getattr(listing, "thematiques", None)),
        excerpt=tuple(words.mark(wording.excerpt(listing.description or ""))),
        composed=bool(getattr(listing, "description_composee", False)),
        tags=_tags(listing.frais, tuple(listing.publics or ()), tuple(listing.modes_accueil or ())) if hit.genre == "service" else (),
        where=where,
        where_note=note,
        demonstration=listing.demonstration,
        freshness=freshness(listing),
        contacts=tuple(islice(ways(listing, structure), 2)),
        reasons=(*matched.reasons(listing, structure), *_reasons(listing, hit, request)),
        rank=rank,
    )


def town(listing: Listing) -> str:
    """« Digne-les-Bains (04) », whose département begins no line."""
    if not listing.commune:
        return ""
    return f"{listing.commune}{wording.NBSP}({listing.departement})" if listing.departement else listing.commune


def needs(thematiques: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Pairs (everyday word of the catégorie, its thématiques in words)."""
    return _needs(tuple(thematiques or ()))


@lru_cache(maxsize=5000)
def _needs(thematiques: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    groups: dict[str, list[str]] = {}
    for value in thematiques:
        groups.setdefault(vocabulary.categorie(value), []).append(wording.label(value))
    return tuple((wording.label(categorie), ", ".join(words)) for categorie, words in groups.items())


def freshness(listing: Listing, today: date | None = None) -> Freshness:
    """The later of the record's date and its verification; an unknown date counts as stale. What left its source's file says so."""
    return _freshness(getattr(listing, "disparu_le", None), listing.verifie_le, listing.date_maj, today or date.today())


@lru_cache(maxsize=5000)
def _freshness(missing: date | None, verified: date | None, dated: date | None, today: date) -> Freshness:
    if missing and is_missing(missing, verified):
        return Freshness(f"Absente du fichier de sa source depuis le {wording.day(missing)} : à vérifier", True)
    if verified and (dated is None or verified >= dated):
        return Freshness(f"Vérifié {wording.age(verified, today)}", wording.is_stale(verified, today))
    if dated is None:
        return Freshness("Date inconnue : à vérifier", True)
    stale = wording.is_stale(dated, today)
    return Freshness(f"Mis à jour le {wording.day(dated)}" + (" : à vérifier" if stale else ""), stale)


def ways(listing: Listing, structure: Structure | None = None) -> Iterator[Way]:
    """Every way to call, write or sign up, the structure's own where the service names none; the most direct first."""

    def get(name: str) -> str | None:
        return getattr(listing, name, None) or getattr(structure, name, None)

    if telephone := get("telephone"):
        yield Way(wording.phone_link(telephone), wording.phone(telephone), "phone")
    if courriel := get("courriel"):
        yield Way(f"mailto:{courriel}", courriel, "mail")
    if lien := getattr(listing, "lien_mobilisation", None):
        yield Way(lien, "S’inscrire en ligne", "link")
    if site := get("site_web"):
        yield Way(site, wording.host(site), "link")


@lru_cache(maxsize=5000)
def _tags(frais: str | None, publics: tuple[str, ...], modes_accueil: tuple[str, ...]) -> tuple[str, ...]:
    more = len(publics) - MAX_TAGS
    return (
        wording.label(frais) if frais else "Frais non précisés",
        *([wording.label(value) for value in publics[:MAX_TAGS]] or ["Public non précisé"]),
        *([f"+ {wording.plural(more, 'autre public', 'autres publics')}"] if more > 0 else []),
        *(wording.label(value) for value in modes_accueil),
    )


def _where(listing: Any, hit: Hit, request: SearchRequest) -> tuple[str, str]:
    """The distance, or what stands for it, and a note."""
    place, distance = request.place, hit.distance_km
    if place is None or (place.is_area and "a-distance" not in (getattr(listing, "modes_accueil", None) or ())):
        return "", ""
    if "a-distance" in (getattr(listing, "modes_accueil", None) or ()):
        if distance is None:
            return "à distance", ""
        if distance > (request.rayon_km or FAR):
            return "à distance", f"sur place, {wording.distance(distance)}"
    if distance is not None and listing.precision_lieu == "commune" and listing.code_insee == place.code_insee:
        return "dans la commune", ""  # from a town hall to itself: no distance to speak of
    if distance is not None:
        return wording.distance(distance), "environ" if listing.precision_lieu == "commune" else ""
    if set(getattr(listing, "zone_eligibilite", None) or ()) & place.codes:
        return "couvre votre commune", "lieu non précisé"
    return "distance inconnue", ""


def _reasons(listing: Any, hit: Hit, request: SearchRequest) -> tuple[explain.Reason, ...]:
    """Why it fits, without what the card says elsewhere; a place answers no need, so nothing explains it."""
    if hit.genre != "service":
        return ()
    return tuple(r for r in explain.reasons(request, listing, hit) if r.topic not in SAID_ELSEWHERE and (r.kind, r.topic) != REMOTE)


def cards(page: SearchPage, found: Sequence[Any], structures: Mapping[str, Any], request: SearchRequest) -> tuple[Card, ...]:
    """The cards of a page of answers, in their order. `found`: their listings, or rows of them (``listings.services_shown``)."""
    by_id = {listing.id: listing for listing in found}
    words, matched = Highlighter(page.words), Matched(page.understood)
    made = []
    for rank, hit in enumerate(page.hits, 1):
        listing = by_id.get(hit.id)
        if listing is None:
            continue  # gone between the index and the base
        structure = structures.get(listing.structure_id) if hit.genre == "service" else None
        made.append(card(listing, structure, hit, rank, request, words, matched))
    return tuple(made)
