"""What Levier asks of a search engine, in Levier's own words.

A request and a page are frozen; no table, session or engine type crosses this door. Both engines give the
same answer to the same request; ``tests/search/contract.py`` says what that answer is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal, Protocol

Genre = Literal["service", "structure"]

FACETS = ("categories", "thematiques", "publics", "frais", "modes_accueil", "types", "departements", "sources")
"""Facets a request may ask counts of; each is also the name of a filter."""

PLACED = frozenset({"departements", "sources"})
"""Filters that listings of every genre have."""


class Tri(StrEnum):
    PERTINENCE = "pertinence"
    DISTANCE = "distance"
    FRAICHEUR = "fraicheur"


@dataclass(frozen=True)
class Place:
    """Where the person lives.

    `codes` are all the zones that hold the place (commune, its city or districts, EPCI, département, country),
    as ``territory.competence.zones_of`` gives them: a service competent here has no zone, or one of these. `parts` are
    those of `codes` that cover only some of it: whether they cover the person depends on the address.
    """

    label: str
    code_insee: str
    departement: str
    codes: frozenset[str]
    latitude: float | None = None
    longitude: float | None = None
    parts: frozenset[str] = frozenset()

    @property
    def is_area(self) -> bool:
        """Is it an intercommunalité or a département, where the person lives somewhere? There is then no distance."""
        return not self.code_insee


@dataclass(frozen=True)
class SearchRequest:
    """One question. Values of one filter are alternatives; filters add up.

    - `thematiques`: values of schema v1; a whole catégorie is given as its values.
    - `publics`: a service for everyone, or that names no public, always stays; so does one for the residents of an area
      (``territory.competence.admitted``), unless `publics` asks for what is open to all.
    - `place` with `rayon_km`: keeps what is competent for the place and, unless it is remote, within the
      radius; without coordinates it stays only if its zone names the place (not just the country), if it lies in
      its commune, or if it has no zone and lies in its département. `rayon_km` None: no limit of distance.
    - `among`: ids of the listings that may answer; None means all. A filter as the others: which words are required does not
      depend on it. At most some tens of thousands.
    - `statuts`, `collectivites`: what the person who asks may see; `collectivites` None means all.
    - `beside`: another genre, of which only the number is asked (``SearchPage.beside``).
    """

    q: str = ""
    genre: Genre = "service"
    beside: Genre | None = None
    thematiques: frozenset[str] = frozenset()
    place: Place | None = None
    rayon_km: float | None = None
    publics: frozenset[str] = frozenset()
    frais: frozenset[str] = frozenset()
    modes_accueil: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    departements: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    among: frozenset[str] | None = None
    statuts: frozenset[str] = frozenset({"publiee"})
    collectivites: frozenset[str] | None = None
    tri: Tri = Tri.PERTINENCE
    page: int = 1
    size: int = 20
    facets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hit:
    """One answer. `id` is the listing's; `distance_km` is None for what has no coordinates or is only remote."""

    genre: Genre
    id: str
    distance_km: float | None = None
    score: float = 0.0


@dataclass(frozen=True)
class Understood:
    """A word sought, and what it was taken for; an answer holds, or is for, at least one of these.

    - `typed`, or a word of the same stem; with `begins`, also a word that it begins.
    - `corrections`: near words, lower case and without accents, the nearest first.
    - `others`: what is also said for it, or for the words it goes with (synonyms, compounds).
    - `needs`: thématiques and catégories that it means, the surest first.
    """

    typed: str
    begins: bool = False
    corrections: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class SearchPage:
    """A page of answers, the exact number of all answers, and counts per facet.

    A facet's counts ignore that facet's own filter (disjunctive): they say what choosing each value would give;
    a service open to all thus counts for every public. Counts of `categories` ignore the filter `thematiques`.
    `words` are the query's words as the engine understood them (corrected), for highlighting; `understood` says all that
    each was taken for. When no answer has them all, some are not required.
    `without` says, for each filter in use whose facet was asked, how many answers there would be without it.
    `beside` is the number of listings of the genre asked beside that hold the words required of the answers, whatever the
    filters that only services have: those of `PLACED` hold for all.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    without: Mapping[str, int] = field(default_factory=dict)
    understood: tuple[Understood, ...] = ()
    beside: int = 0


@dataclass(frozen=True)
class Document:
    """What an engine knows of a listing: enough to find and rank it, never its confidential address.

    `thematique_labels` are text to search in; lists of codes are to filter by. Everyday words are looked up by the query.
    A structure's document (`genre` "structure") exists only while it has no published service.
    `date_maj` is the later of the record's date and the day a person verified it; None: unknown, hence stale.
    """

    genre: Genre
    id: str
    structure_id: str
    nom: str
    structure_nom: str
    description: str
    thematique_labels: tuple[str, ...]
    commune: str
    thematiques: tuple[str, ...]
    categories: tuple[str, ...]
    publics: tuple[str, ...]
    frais: str | None
    modes_accueil: tuple[str, ...]
    type: str | None
    zones: tuple[str, ...]
    code_insee: str | None
    departement: str | None
    source: str
    statut: str
    collectivite: str | None
    latitude: float | None
    longitude: float | None
    date_maj: date | None
    score_qualite: float

    @property
    def key(self) -> str:
        return key_of(self.genre, self.id)

    @property
    def texts(self) -> dict[str, str]:
        """What is searched, by field."""
        return {
            "nom": self.nom,
            "structure_nom": self.structure_nom,
            "mots": ". ".join(self.thematique_labels),  # the lexicon knows the everyday words
            "description": self.description,
            "commune": self.commune,
        }


def key_of(genre: str, listing_id: str) -> str:
    """The document's key: a listing's genre and id."""
    return f"{genre}:{listing_id}"


class SearchUnavailable(Exception):
    """The engine does not answer. Never to be shown as "no result"."""


class QueryError(ValueError):
    """The request itself cannot be answered; its message says, in French, how to mend it."""


class SearchEngine(Protocol):
    """An engine. `put` and `remove` are durable and visible to every later search when they return."""

    name: str

    def search(self, request: SearchRequest) -> SearchPage: ...

    def put(self, documents: Iterable[Document]) -> None: ...

    def remove(self, keys: Iterable[str]) -> None: ...

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Fill a new index beside the one in use, swap, and return the number of documents."""
        ...

    def count(self) -> int: ...

    def needs_rebuild(self) -> bool:
        """Is there no index yet, or was it made with other settings or another version?"""
        ...

    def tidy(self) -> None:
        """Remove what a rebuild that was killed left. Only while nobody rebuilds."""
        ...
