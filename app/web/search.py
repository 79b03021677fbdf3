"""The search page: the address is read, the engine asked, the base read once, the results said."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from app import listings, vocabulary
from app.access import Viewer
from app.context import Context
from app.dependencies import Ctx, Db, Person
from app.search.port import QueryError, SearchPage, SearchRequest, SearchUnavailable, Tri
from app.territory.density import RADII
from app.territory.lieux import Lieu
from app.web import beyond, contacts, pages, results, several, understood, wording
from app.web.asking import SIZE, Asking
from app.web.exports import MOST_EXPORTED
from app.web.facets import Chip, Choice, Facet, Looser, chips, facets, loosen, tiles
from app.web.question import ANY_RADIUS, FILTERS, Question

router = APIRouter()

SORTS = ((Tri.PERTINENCE, "pertinentes"), (Tri.DISTANCE, "proches"), (Tri.FRAICHEUR, "récentes"))
State = Literal["home", "results", "place", "error", "down"]


@dataclass(frozen=True)
class Link:
    """A choice among several ways to see the same results."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class SearchContext:
    """What the search page shows. `state` says which of its faces; `message` explains "error"."""

    question: Question
    lieu: Lieu
    place_label: str
    state: State
    title: str
    announcement: str
    radii: tuple[tuple[str, str], ...]
    message: str = ""
    total: int = 0
    lieux_total: int = 0
    cards: tuple[results.Card, ...] = ()
    lieux: tuple[results.Card, ...] = ()
    corrected: results.Marked = ()
    needs: tuple[understood.Need, ...] = ()
    needs_apart: tuple[several.NeedApart, ...] = ()
    pair: contacts.Pair | None = None
    tiles: tuple[Choice, ...] = ()
    facets: tuple[Facet, ...] = ()
    chips: tuple[Chip, ...] = ()
    loosened: tuple[Looser, ...] = ()
    around: beyond.Around | None = None
    other_publics: beyond.Left | None = None
    place_choices: tuple[Link, ...] = ()
    tabs: tuple[Link, ...] = ()
    sorts: tuple[Link, ...] = ()
    previous: str = ""
    following: str = ""
    pages: int = 1
    journeys: str = ""
    most_exported: int = MOST_EXPORTED


@router.get("/recherche")
def search(request: Request, context: Ctx, session: Db, viewer: Person) -> Response:
    """The page, or its living part for htmx. The address holds the whole search."""
    asking = Asking(request, context)
    if asking.hides and not pages.wants_fragment(request):
        return RedirectResponse(asking.question.address, 303)
    answering, status = Answering(asking, context, session, viewer), 200
    try:
        shown = answering.answer()
    except QueryError as error:
        shown, status = answering.page("error", "Recherche à préciser", message=str(error)), 400
    except SearchUnavailable:
        shown, status = answering.page("down", "Recherche indisponible"), 503
    response = pages.render(request, "search.html", shown, status=status, fragment="_partials/search_fragment.html")
    if asking.lieu.is_address:
        response.headers["cache-control"] = "no-store"
    if pages.wants_fragment(request):
        typing = request.headers.get("hx-source", "").startswith("input")
        response.headers["HX-Replace-Url" if typing else "HX-Push-Url"] = asking.question.address
    return response


class Answering:
    """One search being answered."""

    def __init__(self, asking: Asking, context: Context, session: Session, viewer: Viewer) -> None:
        self.asking = asking
        self.question, self.lieu, self.place = asking.question, asking.lieu, asking.place
        self.context = context
        self.session = session
        self.viewer = viewer

    def answer(self) -> SearchContext:
        """Raises SearchUnavailable, QueryError."""
        if self.lieu.state in {"ambiguous", "unknown"}:
            return self._ask_place()
        if self.question.is_empty:
            return self._home()
        return self._lieux() if self.question.onglet == "lieux" else self._beside(self._ressources())

    def page(self, state: State, title: str, announcement: str = "", **more: Any) -> SearchContext:
        """The page with what it shows in every state."""
        own = self.question.rayon
        radii = tuple((str(radius), f"{radius} km") for radius in sorted({*RADII, *([own] if isinstance(own, int) else [])}))
        return SearchContext(
            question=self.question,
            lieu=self.lieu,
            place_label=self.lieu.label,
            state=state,
            title=title,
            announcement=announcement or title,
            radii=(("", "Selon le lieu"), *radii, (ANY_RADIUS, "Peu importe")),
            chips=chips(self.question, self.lieu.label, self.context.gazetteer),
            **more,
        )

    def _home(self) -> SearchContext:
        found = self.context.search.search(SearchRequest(facets=("categories",), size=1))
        return self.page("home", "Trouver une ressource", total=found.total, tiles=tiles(found.facets))

    def _ask_place(self) -> SearchContext:
        links = tuple(
            Link(choice.label, self.question.but(lieu=choice.lieu, code=choice.code, point=choice.point).address)
            for choice in self.lieu.choices
        )
        title = "Quel lieu ?" if links else "Lieu inconnu"
        return self.page("place", title, place_choices=links)

    def _ressources(self) -> SearchContext:
        question = self.question
        rayon = self.asking.rayon(question)
        needs = understood.needs_of(question)
        request = self.asking.request(question, _facets_wanted(question, self.place is not None, bool(needs)))
        found = self.context.search.search(request)
        lieux_total = found.beside if found.total else self._count_lieux()
        cards = self._cards(found, request)
        lieux: tuple[results.Card, ...] = ()
        looser: tuple[Looser, ...] = ()
        if not found.total:
            gazetteer = self.context.gazetteer
            looser = loosen(question, self.place is not None, rayon, self._count, gazetteer)
            lieux = self._lieux_to_ask(lieux_total)
        offered = understood.offered(question, needs, found.facets, found.total)
        return self._results(
            "ressource",
            found,
            cards,
            lieux_total,
            lieux=lieux,
            loosened=looser,
            needs=offered,
            around=beyond.around(question, request, found.total, self._count),
            other_publics=beyond.other_publics(question, found),
        )

    def _lieux_to_ask(self, total: int) -> tuple[results.Card, ...]:
        """Where nothing answers, who may know: the places that answer the words or, when none does, the nearest ones."""
        nearest = self._as_lieux().but(q="", tri=Tri.DISTANCE)
        if not total and not self.place:
            return ()
        request = self.asking.request(self._as_lieux() if total else nearest, size=5)
        cards = self._cards(self.context.search.search(request), request)
        return cards if total else tuple(card for card in cards if card.contacts)[:3]

    def _beside(self, shown: SearchContext) -> SearchContext:
        """When the person has several needs: the best answers to each before the others, and whom to call for the commune."""
        parts = several.parts_of(self.question)
        if not parts or several.is_a_name(self.question.q, shown.cards):
            return shown
        apart = tuple(map(self._apart, parts))
        if not any(one.total for one in apart):
            return shown
        title = f"{wording.plural(len(apart), 'besoin')}{self._near}"
        counts = " ; ".join(f"{one.title}, {wording.plural(one.total, 'réponse')}" for one in apart)
        lives = self.place if self.lieu.commune else None
        already = {card.href for one in apart for card in one.cards}
        return replace(
            shown,
            title=title,
            announcement=f"{title} : {counts}",
            cards=tuple(card for card in shown.cards if card.href not in already),
            needs=(),
            corrected=(),
            needs_apart=apart,
            pair=contacts.pair_of(self.session, self.context.gazetteer, self.viewer, lives) if lives else None,
        )

    def _apart(self, part: several.Part) -> several.NeedApart:
        request = self.asking.request(part.question, size=several.SHOWN)
        found = self.context.search.search(request)
        return several.NeedApart(part.title, part.need, part.question.address, found.total, self._cards(found, request))

    def _lieux(self) -> SearchContext:
        request = self.asking.request(self.question)
        found = self.context.search.search(request)
        ressources = self._count(self.question.but(onglet="ressources"))
        return self._results("lieu généraliste", found, self._cards(found, request), found.total, ressources=ressources)

    def _results(
        self, noun: str, found: SearchPage, cards: tuple[results.Card, ...], lieux_total: int, ressources: int | None = None, **more: Any
    ) -> SearchContext:
        question = self.question
        many = "lieux généralistes" if noun.startswith("lieu") else None
        counted = wording.plural(found.total, noun, many) if found.total else f"{'Aucun' if many else 'Aucune'} {noun}"
        title = counted + self._near
        corrected = understood.corrected(question.q, found.words, cards)
        said = "résultats pour" if found.total else "compris comme"
        read = f", {said} « {''.join(piece for piece, _ in corrected)} »" if corrected else ""
        last = max(1, -(-found.total // SIZE))
        return self.page(
            "results",
            title,
            title + read,
            corrected=corrected,
            total=found.total,
            lieux_total=lieux_total,
            cards=cards,
            facets=facets(question, found.facets, self.context.gazetteer),
            tabs=_tabs(question, found.total if ressources is None else ressources, lieux_total),
            sorts=_sorts(question, self.place is not None and not self.place.is_area) if found.total > 1 else (),
            previous=replace(question, page=min(question.page - 1, last)).address if question.page > 1 else "",
            following=replace(question, page=question.page + 1).address if question.page < last else "",
            pages=last,
            journeys=self._journeys if cards else "",
            **more,
        )

    @property
    def _journeys(self) -> str:
        """Where to ask for the times to get there, once the page is shown; empty when nobody can tell."""
        located = self.place is not None and self.place.latitude is not None
        return self.question.address.replace("/recherche", "/recherche/trajets", 1) if located and self.context.reach else ""

    @property
    def _near(self) -> str:
        if self.place is None:
            return ""
        return f"{wording.NBSP}· {self.place.label}" if self.place.is_area else f" près {vocabulary.of(self.place.label)}"

    def _count(self, question: Question) -> int:
        return self.context.search.search(self.asking.request(question, size=0)).total

    def _as_lieux(self) -> Question:
        return self.question.but(onglet="lieux")

    def _count_lieux(self) -> int:
        return self._count(self._as_lieux()) if self.asking.looks_for_lieux else 0

    def _cards(self, found: SearchPage, request: SearchRequest) -> tuple[results.Card, ...]:
        ids = [hit.id for hit in found.hits]
        if request.genre == "service":
            return results.cards(found, *listings.services_shown(self.session, ids), request)
        return results.cards(found, listings.by_ids(self.session, request.genre, ids), {}, request)


def _facets_wanted(question: Question, located: bool, needs_read: bool) -> tuple[str, ...]:
    finer = ("thematiques",) if question.besoins or needs_read else ()
    where = () if located and not question.departements else ("departements",)
    return ("categories", *finer, *FILTERS, *where)


def _tabs(question: Question, ressources: int, lieux: int) -> tuple[Link, ...]:
    if not lieux and question.onglet == "ressources":
        return ()
    here = question.onglet
    return (
        Link(f"Ressources ({wording.number(ressources)})", question.but(onglet="ressources").address, here == "ressources"),
        Link(f"Lieux généralistes ({wording.number(lieux)})", question.but(onglet="lieux").address, here == "lieux"),
    )


def _sorts(question: Question, located: bool) -> tuple[Link, ...]:
    return tuple(Link(label, question.but(tri=tri).address, question.tri == tri) for tri, label in SORTS if located or tri != Tri.DISTANCE)
