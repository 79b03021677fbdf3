"""Doublons: pairs of structures that may be one, side by side, for those who keep them. Nothing is merged by itself."""

from dataclasses import dataclass
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select
from starlette.responses import Response

from app import access
from app.access import Viewer
from app.dependencies import Ctx, Db, Person, Typed
from app.duplicates import deciding
from app.duplicates.deciding import CannotMerge
from app.duplicates.matching import HIGH
from app.models import Doublon, EtatDoublon, Source, Statut, Structure
from app.web import pages, pair_page
from app.writing import By

router = APIRouter()

PER_PAGE = 50
DONE = {
    "meme": "C’est noté : ces deux fiches décrivent la même structure.",
    "distincts": "C’est noté : ce sont deux structures distinctes. Cette paire ne sera plus proposée.",
    "rouvrir": "La paire est de nouveau à examiner.",
    "fusion": "Les deux fiches n’en font plus qu’une.",
    "defaire": "La fusion est défaite : il y a de nouveau deux fiches.",
}
DECISIONS = {"meme": EtatDoublon.MEME, "distincts": EtatDoublon.DISTINCTS, "rouvrir": EtatDoublon.A_EXAMINER}
CHANGED = "L’une des fiches a changé pendant que vous choisissiez. Rien n’est enregistré : relisez, puis recommencez."


@dataclass(frozen=True)
class Line:
    """A pair in the list: both names, where, whence, and why."""

    id: int
    percent: int
    likely: bool
    names: tuple[str, str]
    sources: tuple[str, str]
    communes: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ListContext:
    """Pairs of one state, the likeliest first. `states`: key, words, number of pairs."""

    lines: tuple[Line, ...]
    etat: str
    states: tuple[tuple[str, str, int], ...]
    page: int
    pages: int


@router.get("/doublons")
def duplicates(request: Request, session: Db, viewer: Person, etat: str = EtatDoublon.A_EXAMINER, page: int = 1) -> Response:
    """Raises access.Forbidden."""
    access.admit_keepers(viewer)
    etat = etat if etat in pair_page.ETATS else EtatDoublon.A_EXAMINER
    counts = _counts(session, viewer)
    last = max(1, -(-counts.get(etat, 0) // PER_PAGE))
    page = min(max(page, 1), last)
    states = tuple((key.value, words, counts.get(key, 0)) for key, words in pair_page.ETATS.items())
    return pages.render(request, "doublons.html", ListContext(_lines(session, viewer, etat, page), etat, states, page, last))


@router.get("/doublons/{pair_id}")
def duplicate(request: Request, session: Db, viewer: Person, pair_id: int, fait: str = "") -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return pair_page.show(request, session, viewer, _pair(session, viewer, pair_id), done=DONE.get(fait, ""))


@router.post("/doublons/{pair_id}")
def decide(context: Ctx, session: Db, viewer: Person, pair_id: int, typed: Typed) -> Response:
    """« La même », « distinctes », or to be looked at again. Raises access.NotFound, access.Forbidden."""
    pair = _pair(session, viewer, pair_id)
    decision = str(typed.get("decision", ""))
    if decision not in DECISIONS or pair.etat == EtatDoublon.FUSIONNE:
        return RedirectResponse(f"/doublons/{pair_id}", 303)
    deciding.decide(session, pair, DECISIONS[decision], By(viewer.nom, account_id=viewer.account_id))
    session.commit()
    return RedirectResponse(f"/doublons/{pair_id}?fait={decision}", 303)


@router.post("/doublons/{pair_id}/fusion")
def merge(request: Request, context: Ctx, session: Db, viewer: Person, pair_id: int, typed: Typed) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    pair = _pair(session, viewer, pair_id)
    _both_editable(session, viewer, pair)
    choice = pair_page.choice(typed)
    try:
        if str(typed.get("version", "")) != pair_page.version(session, pair):
            raise CannotMerge(CHANGED)
        deciding.merge(session, pair, choice, By(viewer.nom, account_id=viewer.account_id))
    except CannotMerge as problem:
        session.rollback()
        return pair_page.show(request, session, viewer, pair, problem=str(problem), typed=choice, status=409)
    session.commit()
    context.drainer.wake()
    return RedirectResponse(f"/doublons/{pair_id}?fait=fusion", 303)


@router.post("/doublons/{pair_id}/defaire")
def unmerge(request: Request, context: Ctx, session: Db, viewer: Person, pair_id: int) -> Response:
    """Raises access.NotFound, access.Forbidden."""
    pair = _pair(session, viewer, pair_id)
    _both_editable(session, viewer, pair)
    try:
        deciding.unmerge(session, pair, By(viewer.nom, account_id=viewer.account_id))
    except CannotMerge as problem:
        session.rollback()
        return pair_page.show(request, session, viewer, pair, problem=str(problem), status=409)
    session.commit()
    context.drainer.wake()
    return RedirectResponse(f"/doublons/{pair_id}?fait=defaire", 303)


# --- who -----------------------------------------------------------------------------------------------------------


def _pair(session: Session, viewer: Viewer, pair_id: int) -> Doublon:
    """The pair, for who keeps one of its sides and may read the other."""
    access.admit_keepers(viewer)
    pair = session.get(Doublon, pair_id) if 0 < pair_id < 2**31 else None
    if pair is None:
        raise access.NotFound
    both = [access.readable(session, viewer, "structure", i) for i in (pair.a_id, pair.b_id)]
    if not any(viewer.keeps(side.collectivite) for side in both):
        raise access.NotFound
    return pair


def _both_editable(session: Session, viewer: Viewer, pair: Doublon) -> None:
    for listing_id in (pair.a_id, pair.b_id):
        access.editable(session, viewer, "structure", listing_id)


# --- the list ------------------------------------------------------------------------------------------------------


def _of(viewer: Viewer, query: Any, a: Any, b: Any) -> Any:
    """Pairs whose two listings exist, one of them kept by the viewer and the other published (or kept)."""
    query = query.join(a, a.id == col(Doublon.a_id)).join(b, b.id == col(Doublon.b_id))
    if viewer.is_admin:
        return query
    kept_a, kept_b = a.collectivite.in_(viewer.collectivites), b.collectivite.in_(viewer.collectivites)
    query = query.where(or_(kept_a, kept_b), or_(kept_a, a.statut == Statut.PUBLIEE), or_(kept_b, b.statut == Statut.PUBLIEE))
    return query


def _counts(session: Session, viewer: Viewer) -> dict[str, int]:
    a, b = aliased(Structure), aliased(Structure)
    rows = session.execute(_of(viewer, select(col(Doublon.etat), func.count(col(Doublon.id))), a, b).group_by(col(Doublon.etat)))
    return {etat: number for etat, number in rows}


def _lines(session: Session, viewer: Viewer, etat: str, page: int) -> tuple[Line, ...]:
    a, b = cast(Any, aliased(Structure)), cast(Any, aliased(Structure))
    columns = (cast(Any, column) for column in (Doublon, a.nom, a.source, a.commune, b.nom, b.source, b.commune))
    query = _of(viewer, cast(Any, select)(*columns).where(col(Doublon.etat) == etat), a, b)
    query = query.order_by(col(Doublon.score).desc(), col(Doublon.id)).offset((page - 1) * PER_PAGE).limit(PER_PAGE)
    names = _sources(session)
    return tuple(_line(names, *row) for row in session.execute(query))


def _line(sources: dict[str, str], pair: Doublon, *values: str | None) -> Line:
    nom_a, source_a, commune_a, nom_b, source_b, commune_b = values
    return Line(
        id=pair.id or 0,
        percent=pair_page.percent(pair),
        likely=pair.score >= HIGH,
        names=(nom_a or "", nom_b or ""),
        sources=(sources.get(source_a or "", source_a or ""), sources.get(source_b or "", source_b or "")),
        communes=" / ".join(dict.fromkeys(c for c in (commune_a, commune_b) if c)),
        reasons=tuple(pair.reasons),
    )


def _sources(session: Session) -> dict[str, str]:
    return {source.id: source.nom for source in session.exec(select(Source))}
