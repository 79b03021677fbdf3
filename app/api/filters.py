"""Filters as SQL that both databases speak."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_
from sqlmodel import col

from app import access
from app.api.parameters import ListServices, ListStructures, Search, ServiceFilter
from app.models import Service, Structure
from app.territory.gazetteer import Gazetteer
from app.vocabulary import SEPARATOR, thematiques_by_categorie

TOUS = "tous-publics"
Conditions = list[ColumnElement[bool]]


def holds_any(column: Any, values: Collection[str]) -> ColumnElement[bool]:
    """Does this JSON list hold one of `values`? Values are slugs or codes: nothing in them needs escaping."""
    return _matches_any(column, [f'%"{value}"%' for value in values])


def of_structures(params: ListStructures, gazetteer: Gazetteer) -> Conditions:
    """Published structures that the parameters keep."""
    conditions = [access.published(Structure), *_placed(Structure, params, gazetteer)]
    if params.sources is not None:
        conditions.append(col(Structure.source).in_(params.sources))
    if params.reseaux_porteurs is not None:
        conditions.append(holds_any(Structure.reseaux_porteurs, params.reseaux_porteurs))
    return conditions


def of_services(params: ServiceFilter) -> Conditions:
    """Published services that the filters keep: values of one filter are alternatives, filters add up.

    What is dear to test comes last: SQLite tests in this order.
    """
    conditions: Conditions = []
    if params.sources is not None:
        conditions.append(col(Service.source).in_(params.sources))
    if params.thematiques is not None:
        conditions.append(_has_thematique(params.thematiques))
    if params.frais is not None:
        conditions.append(col(Service.frais).in_(params.frais))
    if params.publics is not None and TOUS not in params.publics:
        conditions.append(holds_any(Service.publics, [*params.publics, TOUS]))
    if params.modes_accueil is not None:
        conditions.append(holds_any(Service.modes_accueil, params.modes_accueil))
    if params.types is not None:
        conditions.append(col(Service.type).in_(params.types))
    if params.score_qualite_minimum is not None:
        conditions.append(col(Service.score_qualite) >= params.score_qualite_minimum)
    return [*conditions, access.published(Service)]


def of_services_there(params: ListServices | Search, gazetteer: Gazetteer) -> Conditions:
    """The same that also lie where the parameters say; words, circles and `recherche_public` are not SQL's."""
    return [*of_services(params), *_placed(Service, params, gazetteer)]


def _placed(model: type[Structure] | type[Service], params: ListServices | ListStructures | Search, gazetteer: Gazetteer) -> Conditions:
    """Conditions on where the listing is. A city's code keeps what is in its districts; a former code means today's too."""
    conditions: Conditions = []
    departements = params.departements()
    if departements is not None:
        conditions.append(col(model.departement).in_(sorted(departements)))
    if params.code_commune is not None:
        commune = gazetteer.commune(params.code_commune)
        today = commune.code if commune else params.code_commune
        conditions.append(col(model.code_insee).in_(sorted({params.code_commune, today, *gazetteer.members(today)})))
    return conditions


def _has_thematique(needs: Collection[str]) -> ColumnElement[bool]:
    """One of these thématiques; a catégorie is a prefix of its own, cheaper to look for than all its values."""
    categories = thematiques_by_categorie()
    return _matches_any(Service.thematiques, [f'%"{need}{SEPARATOR}%' if need in categories else f'%"{need}"%' for need in needs])


def _matches_any(column: Any, patterns: Collection[str]) -> ColumnElement[bool]:
    text = as_text(column)
    return or_(*(text.like(pattern) for pattern in patterns))


def as_text(column: Any) -> ColumnElement[str]:
    """A JSON column as the text it is stored as, on both databases."""
    return cast(column, Text)
