"""``/doc/{name}``: the reference lists of schema v1, open to all."""

from functools import cache
from typing import Any

from fastapi import APIRouter

from app.api.french import FrenchRoute
from app.api.schemas import ReferenceValue
from app.vocabulary import REFERENTIELS

router = APIRouter(route_class=FrenchRoute)

SUMMARIES = {
    "frais": "Référentiel des frais",
    "modes-accueil": "Référentiel des modes d’accueil",
    "modes-mobilisation": "Référentiel des modes de mobilisation",
    "personnes-mobilisatrices": "Référentiel des personnes mobilisatrices",
    "publics": "Référentiel des publics",
    "reseaux-porteurs": "Référentiel des réseaux porteurs",
    "thematiques": "Référentiel des thématiques",
    "types-services": "Référentiel des types de services",
}


@cache
def values_of(name: str) -> list[dict[str, Any]]:
    """The values of a référentiel with label and description, by value."""
    items: Any = REFERENTIELS[name]  # data-inclusion-schema is not typed
    return sorted(({"value": v.value, "label": v.label, "description": v.description} for v in items), key=lambda v: v["value"])


def _add(name: str, summary: str) -> None:
    def read() -> list[dict[str, Any]]:
        return values_of(name)

    router.add_api_route(f"/doc/{name}", read, name=f"doc-{name}", response_model=list[ReferenceValue], summary=summary)


for _name, _summary in SUMMARIES.items():
    _add(_name, _summary)
