"""Which zones cover which place, and whom a service admits. The one place that knows; engines, API and explanations all ask here."""

from collections.abc import Collection
from typing import Literal
from weakref import WeakKeyDictionary

from app.search.port import Place
from app.territory.gazetteer import Commune, Gazetteer
from app.vocabulary import REFERENTIELS

EVERYWHERE = frozenset({"france", "99100"})

TOUS_PUBLICS, RESIDENTS = "tous-publics", "residents-qpv-frr"
PUBLICS = tuple(item.value for item in REFERENTIELS["publics"])

Verdict = Literal["correspond", "a-verifier", "exclut"]

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


def admitted(publics: Collection[str]) -> tuple[str, ...]:
    """Publics for which a service that names `publics` must be found.

    All, when it is open to all or names none. Residents of a priority area (QPV) or of a rural one (FRR) may belong to any
    other public, and only their address tells: their service is found for every public, to be checked.
    """
    if not publics or TOUS_PUBLICS in publics:
        return tuple(dict.fromkeys((*PUBLICS, *publics)))
    if RESIDENTS in publics:
        return tuple(dict.fromkeys((*publics, *(public for public in PUBLICS if public != TOUS_PUBLICS))))
    return tuple(publics)


def verdict_on_publics(wanted: Collection[str], publics: Collection[str]) -> Verdict:
    """Whether a service that names `publics` is for a person of the publics `wanted` (not empty)."""
    if TOUS_PUBLICS in publics or set(wanted) & set(publics) - {RESIDENTS}:
        return "correspond"
    return "a-verifier" if set(wanted) & set(admitted(publics)) else "exclut"
