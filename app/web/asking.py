"""A search as the address of a page asks it: the question and its place, and what to ask of the engine.

Pages that show the same answers otherwise (the map, the files, the journeys) ask them the same way.
"""

from dataclasses import replace
from typing import Any

from fastapi import Request

from app.context import Context
from app.search.port import SearchRequest, Tri
from app.territory import lieux
from app.territory.density import usual_radius
from app.territory.lieux import Lieu
from app.web.question import FILTERS, Question

SIZE = 20  # answers a page


class Asking:
    """One search. `question` holds no street address; `hides`: the address of `request` held one, and its own doesn't."""

    def __init__(self, request: Request, context: Context) -> None:
        asked = Question.read(request.query_params)
        self.gazetteer = context.gazetteer
        self.lieu = lieux.understand(self.gazetteer, asked.lieu, asked.code, asked.point, context.geocoder)
        self.place = lieux.place(self.gazetteer, self.lieu)
        self.question = _without_street(asked, self.lieu)
        self.hides = self.lieu.is_address and self.lieu.state == "found" and asked.lieu not in ("", self.question.lieu)

    @property
    def has_answers(self) -> bool:
        """Is it more than a place to choose, or all the needs?"""
        return self.lieu.state not in {"ambiguous", "unknown"} and not self.question.is_empty

    def whole(self, size: int) -> SearchRequest | None:
        """The first `size` answers on one page; None where there are none to give."""
        return self.request(replace(self.question, page=1), size=size) if self.has_answers else None

    def shown(self) -> SearchRequest | None:
        """The answers of this page; None where there are none to give."""
        return self.request(self.question) if self.has_answers else None

    def request(self, question: Question, wanted: tuple[str, ...] = (), size: int = SIZE) -> SearchRequest:
        """The engine's request for a question of the same place. Places answer no need: only words, place and département look for them."""
        is_service = question.onglet == "ressources"
        filters: dict[str, Any] = {name: frozenset(getattr(question, name) if is_service else ()) for name in FILTERS}
        return SearchRequest(
            q=question.q,
            genre="service" if is_service else "structure",
            thematiques=question.thematiques if is_service else frozenset(),
            place=self.place,
            rayon_km=0 if self.place and self.place.is_area else self.rayon(question),
            departements=frozenset(question.departements),
            tri=question.tri if self.place or question.tri != Tri.DISTANCE else Tri.PERTINENCE,
            page=question.page,
            size=size,
            facets=wanted,
            beside="structure" if wanted and self.looks_for_lieux else None,
            **filters,
        )

    def rayon(self, question: Question) -> int | None:
        """Kilometres that the answers are within."""
        if self.place is None or self.place.is_area:
            return None
        return question.radius(usual_radius(self.gazetteer, self.place))

    @property
    def looks_for_lieux(self) -> bool:
        """Are places that answer the words or stand around counted? Not when they would be all of France's."""
        return bool(self.question.q or self.place or self.question.departements)


def _without_street(question: Question, lieu: Lieu) -> Question:
    """The question without any street address, for whatever shows or keeps it."""
    if not lieu.is_address:
        return replace(question, point="")
    if lieu.commune is None:
        return replace(question, lieu="", code="", point="")
    return replace(question, lieu=lieu.label, code=lieu.commune.code, point=lieu.parameter)
