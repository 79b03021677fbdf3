"""What both engines keep of a document to filter, count and order it."""

from datetime import date
from hashlib import blake2b

from app.search.port import FACETS as KNOWN_FACETS
from app.search.port import Document, QueryError, SearchRequest
from app.territory.competence import TOUS_PUBLICS, admitted

ANY = "*"
"""Stands for "none given" in a field to filter by, so that absence can be asked for."""

FACET_FIELDS = {
    "categories": "categories",
    "thematiques": "thematiques",
    "publics": "publics_admis",
    "frais": "frais",
    "modes_accueil": "modes_accueil",
    "types": "type",
    "departements": "departement",
    "sources": "source",
}
"""The field that each facet counts."""

FILTER_FIELDS = {name: field for name, field in FACET_FIELDS.items() if name != "categories"}
"""The field that each filter asks."""

OWN_FILTER = {name: "thematiques" if name == "categories" else name for name in FACET_FIELDS}
"""The filter of each facet: the one its own counts leave aside."""

REMOTE, ONLY_REMOTE = 1, 2
EPOCH = date(1970, 1, 1)


def check(request: SearchRequest) -> None:
    """Raises QueryError for a request that means nothing."""
    unknown = [name for name in request.facets if name not in KNOWN_FACETS]
    if unknown:
        raise QueryError(f"Facette inconnue : {', '.join(unknown)}. Facettes possibles : {', '.join(KNOWN_FACETS)}.")
    if request.page < 1 or not 0 <= request.size <= 1000:
        raise QueryError("La page commence à 1 et compte au plus 1 000 réponses.")
    if request.rayon_km is not None and not 0 <= request.rayon_km <= 25_000:
        raise QueryError("Le rayon est un nombre de kilomètres, positif.")


def chosen(request: SearchRequest) -> dict[str, frozenset[str]]:
    """The filters in use, by name: the values that answer."""
    found = {name: values for name in FILTER_FIELDS if (values := getattr(request, name))}
    if "publics" in found:
        found["publics"] |= {TOUS_PUBLICS}
    return found


def pk_of(key: str) -> int:
    """64 bits that stand for a document's key in numeric columns; also the last tie-breaker of every order."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())


def filter_values(document: Document) -> dict[str, str | list[str]]:
    """Values to filter and count by; a field without a value is absent."""
    values: dict[str, str | tuple[str, ...] | None] = {
        "genre": document.genre,
        "statut": document.statut,
        "collectivite": document.collectivite,
        "zones": document.zones or (ANY,),
        "thematiques": document.thematiques,
        "categories": document.categories,
        "publics_admis": admitted(document.publics),
        "frais": document.frais,
        "modes_accueil": document.modes_accueil,
        "type": document.type,
        "departement": document.departement,
        "source": document.source,
        "code_insee": document.code_insee,
        "lieu": "connu" if has_point(document) else ANY,
    }
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


def days_of(document: Document) -> int:
    """Days since 1970, at least 1; 0: unknown."""
    return max(1, (document.date_maj - EPOCH).days) if document.date_maj else 0


def packed(document: Document) -> int:
    """Days, quality and remoteness in one number: reading a column is what costs."""
    quality = round(max(0.0, min(1.0, document.score_qualite)) * 255)
    remote = "a-distance" in document.modes_accueil
    flags = REMOTE * remote + ONLY_REMOTE * (remote and set(document.modes_accueil) == {"a-distance"})
    return days_of(document) << 16 | quality << 8 | flags


def has_point(document: Document) -> bool:
    return document.latitude is not None and document.longitude is not None
