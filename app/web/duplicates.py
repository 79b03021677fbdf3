"""Doublons: pairs of structures that may be one, side by side, for those who keep them. Nothing is merged by itself."""

from dataclasses import dataclass
from typing import Any, Literal, cast

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select
from starlette.datastructures import FormData
from starlette.responses import Response

from app import access, listings
from app.access import Viewer
from app.dependencies import Ctx, Db, Person, Typed
from app.duplicates import deciding
from app.duplicates.deciding import CannotMerge, Choice, Side
from app.duplicates.matching import HIGH
from app.models import Doublon, EtatDoublon, Service, Source, Statut, Structure
from app.web import hours, pages, wording
from app.writing import By

router = APIRouter()

PER_PAGE = 50
ETATS = {
    EtatDoublon.A_EXAMINER: "À examiner",
    EtatDoublon.MEME: "La même structure",
    EtatDoublon.DISTINCTS: "Deux structures distinctes",
    EtatDoublon.FUSIONNE: "Fusionnées",
}
DONE = {
    "meme": "C’est noté : ces deux fiches décrivent la même structure.",
    "distincts": "C’est noté : ce sont deux structures distinctes. Cette paire ne sera plus proposée.",
    "rouvrir": "La paire est de nouveau à examiner.",
    "fusion": "Les deux fiches n’en font plus qu’une.",
    "defaire": "La fusion est défaite : il y a de nouveau deux fiches.",
}
DECISIONS = {"meme": EtatDoublon.MEME, "distincts": EtatDoublon.DISTINCTS, "rouvrir": EtatDoublon.A_EXAMINER}
LEFT_OUT = {"lien_source"}  # follows the listing that is kept
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


@dataclass(frozen=True)
class Field:
    """A field of both listings in words; `chosen`: the side that a merge takes it from, "" where they agree."""

    name: str
    label: str
    a: str
    b: str
    chosen: str


@dataclass(frozen=True)
class SideContext:
    """One listing of the pair. `services`: id, name, is it published?"""

    side: Side
    structure: Structure
    source: str
    address: str
    services: tuple[tuple[str, str, bool], ...]
    editable: bool


@dataclass(frozen=True)
class PairContext:
    """A pair side by side. `mergeable`: this person keeps both, and both are still there to be merged."""

    pair: Doublon
    percent: int
    etat: str
    sides: tuple[SideContext, SideContext]
    fields: tuple[Field, ...]
    kept: str
    unticked: frozenset[str]
    sealed: bool
    mergeable: bool
    version: str
    done: str
    problem: str
    decided: str


@router.get("/doublons")
def duplicates(request: Request, session: Db, viewer: Person, etat: str = EtatDoublon.A_EXAMINER, page: int = 1) -> Response:
    """Raises access.Forbidden."""
    access.admit_keepers(viewer)
    etat = etat if etat in ETATS else EtatDoublon.A_EXAMINER
    counts = _counts(session, viewer)
    last = max(1, -(-counts.get(etat, 0) // PER_PAGE))
    page = min(max(page, 1), last)
    states = tuple((key.value, words, counts.get(key, 0)) for key, words in ETATS.items())
    return pages.render(request, "doublons.html", ListContext(_lines(session, viewer, etat, page), etat, states, page, last))


@router.get("/doublons/{pair_id}")
def duplicate(request: Request, session: Db, viewer: Person, pair_id: int, fait: str = "") -> Response:
    """Raises access.NotFound, access.Forbidden."""
    return _show(request, session, viewer, _pair(session, viewer, pair_id), done=DONE.get(fait, ""))


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
    choice = _choice(typed)
    try:
        if str(typed.get("version", "")) != _version(session, pair):
            raise CannotMerge(CHANGED)
        deciding.merge(session, pair, choice, By(viewer.nom, account_id=viewer.account_id))
    except CannotMerge as problem:
        session.rollback()
        return _show(request, session, viewer, pair, problem=str(problem), typed=choice, status=409)
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
        return _show(request, session, viewer, pair, problem=str(problem), status=409)
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
        percent=_percent(pair),
        likely=pair.score >= HIGH,
        names=(nom_a or "", nom_b or ""),
        sources=(sources.get(source_a or "", source_a or ""), sources.get(source_b or "", source_b or "")),
        communes=" / ".join(dict.fromkeys(c for c in (commune_a, commune_b) if c)),
        reasons=tuple(pair.reasons),
    )


def _percent(pair: Doublon) -> int:
    """Never 100: a score is not a certainty."""
    return min(99, int(pair.score * 100))


def _sources(session: Session) -> dict[str, str]:
    return {source.id: source.nom for source in session.exec(select(Source))}


# --- one pair ------------------------------------------------------------------------------------------------------


def _show(
    request: Request,
    session: Session,
    viewer: Viewer,
    pair: Doublon,
    *,
    done: str = "",
    problem: str = "",
    typed: Choice | None = None,
    status: int = 200,
) -> Response:
    found = deciding.sides(session, pair)
    if found is None:
        raise access.NotFound
    a, b = found
    archived = Statut.ARCHIVEE in (a.statut, b.statut)
    kept = typed.kept if typed else _better(a, b)
    both = (_side(session, viewer, "a", a), _side(session, viewer, "b", b))
    other = both[1] if kept == "a" else both[0]
    shown = PairContext(
        pair=pair,
        percent=_percent(pair),
        etat=ETATS[EtatDoublon(pair.etat)],
        sides=both,
        fields=_fields(a, b, kept, frozenset(typed.from_other) if typed else None),
        kept=kept,
        unticked=frozenset(i for i, *_ in other.services if typed and i not in typed.services),
        sealed=a.adresse_confidentielle or b.adresse_confidentielle,
        mergeable=both[0].editable and both[1].editable and not archived,
        version=_version(session, pair),
        done=done,
        problem=problem,
        decided=f"par {pair.decided_by}, {wording.moment(pair.decided_at)}" if pair.decided_at else "",
    )
    return pages.render(request, "doublon.html", shown, status=status)


def _side(session: Session, viewer: Viewer, side: Side, structure: Structure) -> SideContext:
    source = session.get(Source, structure.source)
    editable = viewer.keeps(structure.collectivite)
    services = [s for s in listings.services_of(session, structure.id) if s.statut == Statut.PUBLIEE or editable]
    return SideContext(
        side,
        structure,
        source.nom if source else structure.source,
        pages.address("structure", structure.id),
        tuple((s.id, s.nom, s.statut == Statut.PUBLIEE) for s in services),
        editable,
    )


def _better(a: Structure, b: Structure) -> Side:
    """The listing proposed to be kept: the fresher one."""
    return "b" if str(b.date_maj or b.date_fichier or "") > str(a.date_maj or a.date_fichier or "") else "a"


def _fields(a: Structure, b: Structure, kept: Side, from_other: frozenset[str] | None) -> tuple[Field, ...]:
    """What both say, field by field. What only one says is taken from it; elsewhere the kept one's word goes first."""
    differing = [name for name in deciding.differing(a, b) if name not in LEFT_OUT]
    main, second = (a, b) if kept == "a" else (b, a)
    shown = []
    for name in deciding.FIELDS:
        if name in LEFT_OUT or not (getattr(a, name) or getattr(b, name)):
            continue
        taken = name in from_other if from_other is not None else not getattr(main, name) and bool(getattr(second, name))
        chosen = "" if name not in differing else ("b" if kept == "a" else "a") if taken else kept
        shown.append(Field(name, wording.FIELDS[name], _say(a, name), _say(b, name), chosen))
    return tuple(shown)


def _say(structure: Structure, name: str) -> str:
    if name == "adresse":
        if structure.adresse_confidentielle:
            return "confidentielle"
        town = " ".join(part for part in (structure.code_postal, structure.commune) if part)
        return ", ".join(part for part in (structure.adresse, structure.complement_adresse, town) if part)
    value = getattr(structure, name)
    if not value:
        return ""
    if name == "telephone":
        return wording.phone(value)
    if name == "horaires_accueil":
        return " ; ".join(" : ".join(part for part in line if part) for line in hours.in_french(value)) or value
    return wording.labels(value) if isinstance(value, list) else wording.excerpt(str(value), 600)


def _version(session: Session, pair: Doublon) -> str:
    """The last revision of each listing that the page shows: a choice made on older ones is not taken."""
    last = (listings.history(session, "structure", i)[:1] for i in (pair.a_id, pair.b_id))
    services = select(func.count(col(Service.id))).where(col(Service.structure_id).in_((pair.a_id, pair.b_id)))
    return "-".join(str(found[0].id if found else 0) for found in last) + f"-{session.exec(services).one()}"


def _choice(typed: FormData) -> Choice:
    kept: Literal["a", "b"] = "b" if typed.get("garder") == "b" else "a"
    other = "a" if kept == "b" else "b"
    taken = [name for name in deciding.FIELDS if name not in LEFT_OUT and typed.get(f"champ-{name}") == other]
    return Choice(kept, taken, [str(value) for value in typed.getlist("service")])
