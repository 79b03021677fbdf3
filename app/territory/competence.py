"""Which zones cover which place. The one place that knows; engines, API and explanations all ask here."""

from app.search.port import Place
from app.territory.gazetteer import Commune, Gazetteer

EVERYWHERE = frozenset({"france", "99100"})


def zones_of(gazetteer: Gazetteer, commune: Commune) -> frozenset[str]:
    """Every code by which a service may say that it serves `commune`."""
    city = commune.parent or commune.code
    codes = {commune.code, city, commune.departement, *gazetteer.members(city)[: 0 if commune.parent else None]}
    if commune.epci:
        codes.add(commune.epci)
    return frozenset(codes) | EVERYWHERE


def place_of(gazetteer: Gazetteer, commune: Commune, latitude: float | None = None, longitude: float | None = None) -> Place:
    """The place of a person who lives in `commune`, at the given point or else at its town hall."""
    known = latitude is not None and longitude is not None
    return Place(
        label=commune.nom,
        code_insee=commune.code,
        departement=commune.departement,
        codes=zones_of(gazetteer, commune),
        latitude=latitude if known else commune.latitude,
        longitude=longitude if known else commune.longitude,
    )
