"""The way out: a search, or the listings that somebody keeps, as a file; and the page that lists the latter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from sqlmodel import Session, select
from starlette.responses import RedirectResponse, Response, StreamingResponse

from app import listings
from app.dependencies import Ctx, Db, Person
from app.interchange import kept
from app.interchange.exports import FORMATS
from app.interchange.tables import Row
from app.models import Service, Source, Statut, Structure
from app.search.port import SearchEngine, SearchRequest
from app.web import pages, wording
from app.web.asking import Asking

router = APIRouter()

Ending = Literal["csv", "xlsx", "geojson"]
PER_PAGE = 50
MOST_EXPORTED = 5000  # answers of a search
AT_ONCE = 1000  # answers that the engine gives to one request


@dataclass(frozen=True)
class Line:
    """A listing in the list of those that somebody keeps. `by`: a service's structure; `when`: the day it was last true, in words."""

    nom: str
    by: str
    href: str
    commune: str
    statut: str
    published: bool
    to_verify: bool
    when: str
    source: str


@dataclass(frozen=True)
class KeptContext:
    """A page of listings. `query`: the filters chosen, as an address tells them; `started`: it is not the first page."""

    choice: kept.Choice
    total: int
    lines: tuple[Line, ...]
    statuts: tuple[tuple[str, str], ...]
    query: str
    following: str
    started: bool


@router.get("/recherche/export.{ending}")
def export_search(request: Request, context: Ctx, _viewer: Person, ending: Ending) -> Response:
    """All that the search page of the same question answers, in its order, up to MOST_EXPORTED. Raises SearchUnavailable, QueryError."""
    asking = Asking(request, context)
    if asking.hides:
        return RedirectResponse(asking.question.address.replace("/recherche", f"/recherche/export.{ending}", 1), 303)
    asked = asking.whole(AT_ONCE)
    ids = _ids(context.search, asked) if asked else []
    rows = kept.found_rows(context.engine, asked.genre if asked else "service", ids)
    return _file(rows, ending, _departement(asked) or "recherche")


@router.get("/fiches/export.{ending}")
def export_kept(context: Ctx, viewer: Person, request: Request, ending: Ending) -> Response:
    """The listings that the viewer keeps, whatever their statut. Raises access.Forbidden."""
    choice = _choice(request)
    for genre in choice.genres:
        choice.condition(viewer, genre)  # refuses before the file begins
    codes = {choice.collectivite} - {""} or ({*viewer.collectivites} if not viewer.is_admin else set())
    return _file(kept.rows(context.engine, viewer, choice), ending, _short(codes.pop()) if len(codes) == 1 else "fiches")


@router.get("/fiches")
def list_kept(request: Request, session: Db, viewer: Person) -> Response:
    """The listings that the viewer keeps, by name. Raises access.Forbidden."""
    choice = _choice(request)
    genre = choice.genre or "service"
    after = (request.query_params.get("apres_nom", ""), request.query_params.get("apres", ""))
    found = kept.page(session, viewer, choice, genre, after if after[1] else None, PER_PAGE + 1)
    query = _query(choice)
    shown = found[:PER_PAGE]
    following = ""
    if len(found) > PER_PAGE:
        following = f"/fiches?{urlencode({**_fields(choice), 'apres_nom': shown[-1].nom, 'apres': shown[-1].id})}"
    total = kept.count(session, viewer, choice, genre)
    statuts = tuple((value.value, text) for value, text in wording.STATUTS.items())
    lines = tuple(_lines(session, shown))
    return pages.render(request, "fiches.html", KeptContext(choice, total, lines, statuts, query, following, bool(after[1])))


def _lines(session: Session, shown: Sequence[Structure | Service]) -> Iterator[Line]:
    sources = {source.id: source.nom for source in session.exec(select(Source))}
    structures = listings.structures_of(session, [one for one in shown if isinstance(one, Service)])
    for one in shown:
        structure = structures.get(one.structure_id or "") if isinstance(one, Service) else None
        yield Line(
            nom=one.nom,
            by=structure.nom if structure else "",
            href=pages.address(listings.genre_of(one), one.id),
            commune=one.commune or "",
            statut=wording.label(one.statut),
            published=one.statut == Statut.PUBLIEE,
            to_verify=one.disparu_le is not None,
            when=wording.day(one.verifie_le or one.date_maj),
            source=sources.get(one.source, one.source),
        )


def _choice(request: Request) -> kept.Choice:
    """What makes no sense in the address is left out."""
    given = {name: " ".join(value.replace("\x00", " ").split())[:100] for name, value in request.query_params.items()}
    return kept.Choice(
        genre=given.get("genre", "") if given.get("genre") in kept.MODELS else "",
        statut=given.get("statut", "") if given.get("statut") in set(Statut) else "",
        a_verifier=given.get("a_verifier") == "1",
        texte=given.get("texte", ""),
        collectivite=given.get("collectivite", "").upper(),
    )


def _fields(choice: kept.Choice) -> dict[str, str]:
    fields = {"genre": choice.genre, "statut": choice.statut, "a_verifier": "1" if choice.a_verifier else ""}
    fields |= {"texte": choice.texte, "collectivite": choice.collectivite}
    return {name: value for name, value in fields.items() if value}


def _query(choice: kept.Choice) -> str:
    return f"?{urlencode(fields)}" if (fields := _fields(choice)) else ""


def _ids(engine: SearchEngine, asked: SearchRequest) -> list[str]:
    """What answers, best first, each once even if the index changes between two requests."""
    ids: dict[str, None] = {}
    for page in range(1, MOST_EXPORTED // AT_ONCE + 1):
        found = engine.search(replace(asked, page=page))
        ids.update((hit.id, None) for hit in found.hits)
        if page * AT_ONCE >= found.total:
            break
    return list(ids)


def _departement(asked: SearchRequest | None) -> str:
    """The only département of a search, if it has one: nothing finer goes into a file's name."""
    if asked is None:
        return ""
    if len(asked.departements) == 1:
        return next(iter(asked.departements))
    return asked.place.departement if asked.place else ""


def _short(collectivite: str) -> str:
    """« 04 » for 04D, the département of Alpes-de-Haute-Provence; another kind of code as it is."""
    return "".join(sign for sign in collectivite.removesuffix("D") if sign.isalnum()) or "fiches"


def _file(rows: Iterator[Row], ending: Ending, what: str) -> Response:
    media_type, written = FORMATS[ending]
    headers = {
        "content-disposition": f'attachment; filename="levier-{what}-{date.today().isoformat()}.{ending}"',
        "cache-control": "private, no-store",
    }
    return StreamingResponse(written(rows), media_type=media_type, headers=headers)
