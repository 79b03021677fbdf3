"""``/api/levier/v1/recherche``: Levier's own search, with who is competent and why, as on its page."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from sqlmodel import Session
from starlette.responses import Response

from app import vocabulary
from app.api import rows
from app.api.french import FrenchRoute
from app.api.paging import answer
from app.api.recherche_schemas import LieuAPreciser, Recherche, Resultats
from app.api.schemas import NO_ENGINE, Invalid
from app.context import Context
from app.dependencies import Ctx, Db, Program
from app.models import Service, Structure
from app.quality import is_missing, is_stale
from app.search import settings
from app.search.explain import Reason, reasons
from app.search.matched import Matched
from app.search.port import Hit, Place, SearchPage, SearchRequest, Tri
from app.search.reading import language_of
from app.territory import lieux
from app.territory.competence import place_of
from app.territory.density import RADII, usual_radius
from app.territory.gazetteer import Commune, Gazetteer
from app.territory.lieux import Lieu, understand

router = APIRouter(route_class=FrenchRoute)

UNCLEAR: dict[int | str, dict[str, Any]] = {422: {"model": LieuAPreciser | Invalid, "description": "Lieu ou valeur qui n’est pas compris."}}


@dataclass(frozen=True)
class Where:
    """The place that was understood; `at` is how well it is known."""

    lieu: Lieu
    place: Place
    at: str


class Unclear(Exception):
    """The place is unknown, or may be several."""

    def __init__(self, lieu: Lieu) -> None:
        super().__init__()
        self.lieu = lieu


@router.get(
    "/recherche", response_model=Resultats, responses={**NO_ENGINE, **UNCLEAR}, summary="Chercher ce qui est compétent, et pourquoi"
)
def search(request: Request, context: Ctx, session: Db, _program: Program, params: Annotated[Recherche, Query()]) -> Response:
    """La recherche des pages de Levier : les mots de tous les jours, le lieu où vit la personne, et des raisons à chaque réponse.

    Le lieu est `lieu`, `code_commune`, ou un point (`lat` et `lon`, seuls ou avec l’un des deux). Restent alors ce qui est
    compétent pour qui y vit (sa commune, son intercommunalité, son département, la France, ou une zone que la fiche ne dit
    pas : à vérifier) et, sauf à distance, ce qui est dans le rayon. Rien n’est écarté en silence : une fiche sans coordonnées
    reste quand sa zone nomme le lieu, et `au_dela` compte ce qui est juste hors du rayon.
    """
    try:
        where = _where(context, params)
    except Unclear as unclear:
        return JSONResponse(_to_choose(unclear.lieu), 422, {"Cache-Control": "no-store"})
    asked = _request(context.gazetteer, params, where)
    found = context.search.search(asked)
    items = _items(session, asked, found)
    content = {
        "compris": _understood(params, where, asked, found),
        "items": items,
        "total": found.total,
        "page": params.page,
        "size": len(items),
        "pages": -(-found.total // params.size),
        "facettes": {name: _values(name, counts, context.gazetteer) for name, counts in found.facets.items()},
        "sans_filtre": dict(found.without),
        "au_dela": _beyond(context, asked, found),
    }
    response = answer(request, content)
    response.headers["Cache-Control"] = "no-store"  # what is asked may hold where somebody lives
    return response


# --- the question


def _where(context: Context, params: Recherche) -> Where | None:
    """Raises Unclear."""
    gazetteer, point = context.gazetteer, params.point
    if params.lieu or params.code_commune:
        lieu = understand(gazetteer, params.lieu or "", params.code_commune or "", geocoder=context.geocoder)
        place = lieux.place(gazetteer, lieu)
        if place is None:
            raise Unclear(lieu if lieu.state != "none" else Lieu(params.code_commune or "", "unknown"))
        if lieu.area is not None:
            return Where(lieu, place, "territoire")
        if point and lieu.commune:
            return Where(lieu, place_of(gazetteer, lieu.commune, *point), "point")
        return Where(lieu, place, "adresse" if lieu.point else "commune")
    if point is None:
        return None
    commune = _nearest(gazetteer, *point)
    return Where(Lieu("", "found", commune), place_of(gazetteer, commune, *point), "point")


def _nearest(gazetteer: Gazetteer, latitude: float, longitude: float) -> Commune:
    """The commune whose town hall is nearest to the point. A flat map is enough to choose."""
    narrowing = math.cos(math.radians(latitude))

    def far(commune: Commune) -> float:
        if commune.latitude is None or commune.longitude is None:
            return math.inf
        return (commune.latitude - latitude) ** 2 + ((commune.longitude - longitude) * narrowing) ** 2

    return min(gazetteer.communes(), key=far)


def _to_choose(lieu: Lieu) -> dict[str, Any]:
    if lieu.choices:
        detail = "Ce lieu peut en désigner plusieurs : précisez-le, ou donnez l’un de ces codes dans `code_commune` ou `lieu`."
    else:
        detail = "Ce lieu n’est pas connu. Donnez une commune, un code postal, un département, ou `code_commune` (code INSEE)."
    return {"detail": detail, "choix": [{"libelle": choice.label, "code": choice.code} for choice in lieu.choices]}


def _request(gazetteer: Gazetteer, params: Recherche, where: Where | None) -> SearchRequest:
    is_service = params.genre == "service"

    def chosen(values: Iterable[str] | None) -> frozenset[str]:
        return frozenset(str(value) for value in values or ()) if is_service else frozenset()

    place = where.place if where else None
    return SearchRequest(
        q=params.q or "",
        genre=params.genre,
        thematiques=params.needs() if is_service else frozenset(),
        place=place,
        rayon_km=_radius(gazetteer, params, place),
        publics=chosen(params.publics),
        frais=chosen(params.frais),
        modes_accueil=chosen(params.modes_accueil),
        types=chosen(params.types),
        departements=frozenset(params.departements or ()),
        sources=frozenset(params.sources or ()),
        tri=params.tri if place or params.tri != Tri.DISTANCE else Tri.PERTINENCE,
        page=params.page,
        size=params.size,
        facets=tuple(dict.fromkeys(params.facettes or ())),
    )


def _radius(gazetteer: Gazetteer, params: Recherche, place: Place | None) -> float | None:
    if place is None or (params.rayon == "tout" and not place.is_area):
        return None
    if place.is_area:
        return 0  # no distance to speak of: what lies there, or serves it by name
    return params.rayon if isinstance(params.rayon, int) else usual_radius(gazetteer, place)


# --- the answer


def _understood(params: Recherche, where: Where | None, asked: SearchRequest, found: SearchPage) -> dict[str, Any]:
    measured = where is not None and not where.place.is_area and asked.rayon_km is not None
    needs = language_of(settings.load()).recogniser.read(params.q).needs if params.q else ()
    return {
        "lieu": _lieu(where) if where else None,
        "rayon_km": asked.rayon_km if measured else None,
        "rayon_usuel": measured and params.rayon is None,
        "mots": [
            {"saisi": word.typed, "corrections": word.corrections, "autres": word.others, "besoins": word.needs}
            for word in found.understood
        ],
        "besoins": [
            {"value": one.value, "label": vocabulary.label(one.value), "confiance": round(min(one.confidence, 1), 2)} for one in needs
        ],
    }


def _lieu(where: Where) -> dict[str, Any]:
    place = where.place
    return {
        "libelle": where.lieu.label,
        "code_commune": place.code_insee or None,
        "departement": place.departement or None,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "precision": where.at,
    }


def _items(session: Session, asked: SearchRequest, found: SearchPage) -> list[dict[str, Any]]:
    """The answers as they are kept now; what was withdrawn since the index knew is left out."""
    ids = [hit.id for hit in found.hits]
    matched = Matched(found.understood)
    if asked.genre == "structure":
        structures, places = rows.structures(session, ids), rows.whole(session, Structure, ids)
        records = {record["id"]: record for record in structures}
        return [
            {"structure": records[hit.id], **_why(hit, tuple(matched.reasons(places[hit.id], None)), places[hit.id])}
            for hit in found.hits
            if hit.id in records and hit.id in places
        ]
    services, listings = rows.services_with_structure(session, ids), rows.whole(session, Service, ids)
    owners = rows.whole(session, Structure, list(dict.fromkeys(listing.structure_id for listing in listings.values())))
    items = []
    for hit in found.hits:
        if hit.id in services and (listing := listings.get(hit.id)) and listing.structure_id in owners:
            why = (*matched.reasons(listing, owners[listing.structure_id]), *reasons(asked, listing, hit))
            items.append({"service": services[hit.id], **_why(hit, why, listing)})
    return items


def _why(hit: Hit, why: tuple[Reason, ...], listing: Service | Structure) -> dict[str, Any]:
    verified, dated = listing.verifie_le, listing.date_maj
    latest = max((day for day in (verified, dated) if day), default=None)
    doubtful = is_stale(latest) or is_missing(listing.disparu_le, verified)
    return {
        "distance": None if hit.distance_km is None else round(hit.distance_km, 1),
        "competence": next((reason.kind for reason in why if reason.topic == "zone"), None),
        "raisons": [{"sujet": reason.topic, "verdict": reason.kind, "texte": reason.text} for reason in why],
        "fraicheur": {"date": latest, "verifiee": latest is not None and latest == verified, "a_verifier": doubtful},
        "score": round(hit.score, 4),
    }


def _values(facet: str, counts: Mapping[str, int], gazetteer: Gazetteer) -> list[dict[str, Any]]:
    def label(value: str) -> str:
        territory = gazetteer.territory(value) if facet == "departements" else None
        return territory.nom if territory else vocabulary.label(value)

    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    return [{"value": value, "label": label(value), "nombre": counts[value]} for value in ranked]


def _beyond(context: Context, asked: SearchRequest, found: SearchPage) -> dict[str, int] | None:
    """How many answers stand just outside the radius; asked of the engine only when the page has room for them."""
    if asked.place is None or asked.place.is_area or asked.rayon_km is None or found.total >= asked.size:
        return None
    wider = next((radius for radius in RADII if radius > asked.rayon_km), None)
    if wider is None:
        return None
    more = context.search.search(replace(asked, rayon_km=wider, page=1, size=0, facets=())).total - found.total
    return {"rayon_km": wider, "nombre": more} if more > 0 else None
