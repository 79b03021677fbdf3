"""What the answers leave out, said rather than dropped: just outside the radius, and for other publics."""

from collections.abc import Callable
from dataclasses import dataclass

from app.search.port import SearchPage, SearchRequest
from app.territory.density import RADII
from app.web import wording
from app.web.question import Question

FEW = 20
"""Answers under which those just outside are counted too: one more question to the engine, never on a full page."""


@dataclass(frozen=True)
class Left:
    """Answers left out: how many and which, in words, and the search that has them."""

    text: str
    href: str


@dataclass(frozen=True)
class Around:
    """The radius in use; `usual`: nobody chose it. `left` is just outside."""

    km: int
    usual: bool
    left: Left | None


def around(question: Question, request: SearchRequest, total: int, count: Callable[[Question], int]) -> Around | None:
    """What to say of the radius of `request`; None when distance doesn't matter or can't be told. `count` runs a question."""
    if request.rayon_km is None or request.place is None or request.place.latitude is None:
        return None
    rayon = round(request.rayon_km)
    wider = next((radius for radius in RADII if radius > rayon), None)
    left = None
    if wider and 0 < total < FEW:
        looser = question.but(rayon=wider)
        more = count(looser) - total
        said = f"{_others(more)} entre {rayon} et{wording.NBSP}{wider}{wording.NBSP}km"
        left = Left(said, looser.address) if more > 0 else None
    return Around(rayon, question.rayon is None, left)


def other_publics(question: Question, found: SearchPage) -> Left | None:
    """Answers that the filter of publics sets aside."""
    more = found.without.get("publics", 0) - found.total
    return Left(f"{_others(more)} pour d’autres publics", question.but(publics=()).address) if found.total and more > 0 else None


def _others(count: int) -> str:
    return wording.plural(count, "autre ressource", "autres ressources")
