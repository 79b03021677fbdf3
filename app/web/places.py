"""What the place field suggests while one types. A street address is looked up, then forgotten."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.dependencies import Ctx, Person
from app.territory.addresses import is_street
from app.territory.areas import areas_of
from app.territory.gazetteer import Commune, Gazetteer
from app.territory.geocoding import Geocoder
from app.territory.lieux import addresses, commune_said, last_words, written
from app.web import pages
from app.web.listbox import Group, Listbox, Option

router = APIRouter()

MOST_COMMUNES, MOST_AREAS, MOST_ADDRESSES = 6, 3, 5
AFTER_THE_FIRST = 100  # number of the first option of the second answer


@router.get("/lieux")
def suggest(request: Request, context: Ctx, _viewer: Person, q: str = "", lieu: str = "") -> Response:
    """Places for what has been typed so far, as options of the place field. The form sends all of itself: `lieu` first."""
    typed = (lieu or q).strip()
    return pages.render(request, "_partials/listbox.html", _options(context.gazetteer, typed, context.geocoder))


def _options(gazetteer: Gazetteer, typed: str, geocoder: Geocoder | None) -> Listbox:
    if not typed:
        return Listbox("lieu", ())
    if is_street(typed):
        more = "/lieux/adresses" if geocoder and not geocoder.is_resting else ""
        return Listbox("lieu", (_communes(tuple(last_words(gazetteer, typed))),), more=more)
    areas = (Option(area.written, value=area.written) for area in areas_of(gazetteer).suggest(typed, MOST_AREAS))
    groups = _communes(gazetteer.suggest(typed, MOST_COMMUNES)), Group("Intercommunalités et départements", tuple(areas))
    return Listbox("lieu", groups)


def _communes(communes: Sequence[Commune]) -> Group:
    return Group("Communes", tuple(Option(written(commune), value=written(commune)) for commune in communes))


@router.get("/lieux/adresses")
def suggest_addresses(request: Request, context: Ctx, _viewer: Person, lieu: str = "") -> Response:
    """Street addresses for what has been typed, asked for once the gazetteer's places are shown: they may take seconds, or not come."""
    typed = " ".join(lieu.split())
    found = addresses(context.geocoder, typed, commune_said(context.gazetteer, typed)) if is_street(typed) else ()
    options = tuple(Option(one.label, value=one.label) for one in found[:MOST_ADDRESSES])
    response = pages.render(request, "_partials/listbox.html", Listbox("lieu", (Group("Adresses", options),), first=AFTER_THE_FIRST))
    response.headers["cache-control"] = "no-store"
    return response
