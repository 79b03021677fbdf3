"""What the address of the search page asks: read leniently, written back in one canonical way."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from app import vocabulary
from app.search.port import Tri

ANY_RADIUS: Literal["tout"] = "tout"
MAX_PAGE = 500
LONGEST = 300  # characters of a text field that are read
FILTERS = {"publics": "publics", "frais": "frais", "modes_accueil": "modes-accueil"}
"""Filters on a field of the service, each with the référentiel of its values: fields of `SearchRequest` and facets of the same name."""
LISTS = ("besoins", *FILTERS, "departements")
Onglet = Literal["ressources", "lieux"]


@dataclass(frozen=True)
class Question:
    """A search as its address tells it. `rayon` in km, or ANY_RADIUS; None: what is usual around the place.

    `point` stands for a street address, which is never written: see ``territory.lieux.Lieu.parameter``.
    """

    q: str = ""
    lieu: str = ""
    code: str = ""
    point: str = ""
    rayon: int | Literal["tout"] | None = None
    besoins: tuple[str, ...] = ()
    publics: tuple[str, ...] = ()
    frais: tuple[str, ...] = ()
    modes_accueil: tuple[str, ...] = ()
    departements: tuple[str, ...] = ()
    tri: Tri = Tri.PERTINENCE
    onglet: Onglet = "ressources"
    page: int = 1

    @classmethod
    def read(cls, params: QueryParams) -> "Question":
        """From an address that people may have written or cut: what makes no sense is left out."""
        filters: dict[str, Any] = {name: _known(params.getlist(name), _values(values)) for name, values in FILTERS.items()}
        return cls(
            q=_text(params, "q"),
            lieu=_text(params, "lieu"),
            code=_text(params, "code")[:9],
            point=_text(params, "point")[:40],
            rayon=_radius(params.get("rayon", "")),
            besoins=_known(params.getlist("besoins"), _needs()),
            departements=tuple(dict.fromkeys(v[:3] for v in params.getlist("departements") if v.isalnum())),
            tri=Tri(params["tri"]) if params.get("tri") in set(Tri) else Tri.PERTINENCE,
            onglet="lieux" if params.get("onglet") == "lieux" else "ressources",
            page=_page(params.get("page", "")),
            **filters,
        )

    @property
    def is_empty(self) -> bool:
        """Is nothing asked yet?"""
        return not (self.q or self.lieu or self.code or self.narrowing) and self.onglet == "ressources"

    @property
    def narrowing(self) -> tuple[tuple[str, str], ...]:
        """Every value chosen in a filter, after the filter's name."""
        return tuple((name, value) for name in LISTS for value in getattr(self, name))

    def radius(self, usual: int) -> int | None:
        """Kilometres that the answers are within, `usual` unless one was chosen; None: whatever the distance."""
        return None if self.rayon == ANY_RADIUS else self.rayon or usual

    @property
    def thematiques(self) -> frozenset[str]:
        """Thématiques meant: a catégorie stands for all of its own, unless some of them are chosen too, which narrow it."""
        chosen = set(self.besoins)
        narrowed = {vocabulary.categorie(value) for value in chosen if vocabulary.SEPARATOR in value}
        return vocabulary.expand(value for value in chosen if value not in narrowed)

    def but(self, **changes: Any) -> "Question":
        """The same question with changes; back to its first page unless a page is given."""
        return replace(self, **{"page": 1, **changes})

    def without(self, name: str, value: str) -> "Question":
        """Without one value of a filter; without a catégorie, its thématiques go too."""
        kept = tuple(v for v in getattr(self, name) if v != value and vocabulary.categorie(v) != value)
        return self.but(**{name: kept})

    @property
    def address(self) -> str:
        """Its canonical address: only what was chosen."""
        texts = ("q", "lieu", "code", *(("point",) if self.lieu or self.code else ()))
        pairs: list[tuple[str, str]] = [(name, getattr(self, name)) for name in texts if getattr(self, name)]
        if self.rayon is not None:
            pairs.append(("rayon", str(self.rayon)))
        pairs += self.narrowing
        if self.tri != Tri.PERTINENCE:
            pairs.append(("tri", self.tri.value))
        if self.onglet != "ressources":
            pairs.append(("onglet", self.onglet))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return "/recherche" + (f"?{urlencode(pairs)}" if pairs else "")


def _text(params: QueryParams, name: str) -> str:
    return " ".join(params.get(name, "").replace("\x00", " ").split())[:LONGEST]


def _radius(text: str) -> int | Literal["tout"] | None:
    if text == ANY_RADIUS:
        return ANY_RADIUS
    return min(max(int(text), 1), 500) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _page(text: str) -> int:
    return min(max(int(text), 1), MAX_PAGE) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _values(name: str) -> frozenset[str]:
    return frozenset(item.value for item in vocabulary.REFERENTIELS[name])


def _needs() -> frozenset[str]:
    return _values("thematiques") | vocabulary.FREINS.keys()


def _known(values: Iterable[str], vocabulaire: frozenset[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value in vocabulaire))
