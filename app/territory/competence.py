"""Which zones cover which place. The one place that knows; engines, API and explanations all ask here."""

from weakref import WeakKeyDictionary

from app.search.port import Place
from app.territory.gazetteer import Commune, Gazetteer

EVERYWHERE = frozenset({"france", "99100"})

_zones: WeakKeyDictionary[Gazetteer, dict[str, frozenset[str]]] = WeakKeyDictionary()


def zones_of(gazetteer: Gazetteer, commune: Commune) -> frozenset[str]:
    """Every code by which a service may say that it serves `commune`.

    Who lives in a district is served by it, by its city, their EPCI, département and collectivité ("69M"), not by a sibling
    district. Codes of parts (see `parts_of`) are among them. Schema v1 has no zone for a région: ``territory.zones``
    writes one as its départements.
    """
    known = _zones.setdefault(gazetteer, {})
    if commune.code not in known:
        known[commune.code] = _compute(gazetteer, commune)
    return known[commune.code]


def parts_of(gazetteer: Gazetteer, commune: Commune) -> frozenset[str]:
    """Zones that cover some of `commune` only: a city's districts, and the former communes that it was made of.

    Who lives there may be served: it depends on the address.
    """
    return frozenset((*gazetteer.members(commune.code), *gazetteer.former_codes(commune.code)))


def _compute(gazetteer: Gazetteer, commune: Commune) -> frozenset[str]:
    codes = {commune.code, commune.parent or commune.code, commune.departement}
    codes.update(code for code in (commune.epci, commune.collectivite) if code)
    return frozenset(codes) | parts_of(gazetteer, commune) | EVERYWHERE


def place_of(gazetteer: Gazetteer, commune: Commune, latitude: float | None = None, longitude: float | None = None) -> Place:
    """The place of a person who lives in `commune`, at the given point or else at its town hall."""
    known = latitude is not None and longitude is not None
    return Place(
        label=commune.nom,
        code_insee=commune.code,
        departement=commune.departement,
        codes=zones_of(gazetteer, commune),
        parts=parts_of(gazetteer, commune),
        latitude=latitude if known else commune.latitude,
        longitude=longitude if known else commune.longitude,
    )
