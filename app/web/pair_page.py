"""The page of two structures side by side: what each says, and what a merge would keep of it."""

from dataclasses import dataclass
from typing import Literal

from fastapi import Request
from sqlmodel import Session, col, func, select
from starlette.datastructures import FormData
from starlette.responses import Response

from app import access, listings
from app.access import Viewer
from app.duplicates import deciding
from app.duplicates.deciding import Choice, Side
from app.models import Doublon, EtatDoublon, Service, Source, Statut, Structure
from app.web import hours, pages, wording

ETATS = {
    EtatDoublon.A_EXAMINER: "À examiner",
    EtatDoublon.MEME: "La même structure",
    EtatDoublon.DISTINCTS: "Deux structures distinctes",
    EtatDoublon.FUSIONNE: "Fusionnées",
}
LEFT_OUT = {"lien_source"}  # follows the listing that is kept


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


def show(
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
    """The page of a pair that the viewer may look at; `typed`: the choice just refused. Raises access.NotFound when one of them is gone."""
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
        percent=percent(pair),
        etat=ETATS[EtatDoublon(pair.etat)],
        sides=both,
        fields=_fields(a, b, kept, frozenset(typed.from_other) if typed else None),
        kept=kept,
        unticked=frozenset(i for i, *_ in other.services if typed and i not in typed.services),
        sealed=a.adresse_confidentielle or b.adresse_confidentielle,
        mergeable=both[0].editable and both[1].editable and not archived,
        version=version(session, pair),
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


def version(session: Session, pair: Doublon) -> str:
    """The last revision of each listing that the page shows: a choice made on older ones is not taken."""
    last = (listings.history(session, "structure", i)[:1] for i in (pair.a_id, pair.b_id))
    services = select(func.count(col(Service.id))).where(col(Service.structure_id).in_((pair.a_id, pair.b_id)))
    return "-".join(str(found[0].id if found else 0) for found in last) + f"-{session.exec(services).one()}"


def choice(typed: FormData) -> Choice:
    """What the form of a merge says."""
    kept: Literal["a", "b"] = "b" if typed.get("garder") == "b" else "a"
    other = "a" if kept == "b" else "b"
    taken = [name for name in deciding.FIELDS if name not in LEFT_OUT and typed.get(f"champ-{name}") == other]
    return Choice(kept, taken, [str(value) for value in typed.getlist("service")])


def percent(pair: Doublon) -> int:
    """Never 100: a score is not a certainty."""
    return min(99, int(pair.score * 100))
