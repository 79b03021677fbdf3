"""Why a result fits, in a counsellor's words: what meets the request, and what must be checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.models import Service
from app.search.port import Hit, Place, SearchRequest
from app.territory.competence import EVERYWHERE
from app.vocabulary import label

EPCI_DIGITS = 9


@dataclass(frozen=True)
class Reason:
    """One reason; `kind` "a-verifier": the listing does not say, so ask. A page that shows `topic` elsewhere leaves it out."""

    kind: Literal["correspond", "a-verifier"]
    text: str
    topic: Literal["zone", "lieu", "distance", "publics", "date"]


def reasons(request: SearchRequest, service: Service, hit: Hit) -> tuple[Reason, ...]:
    """Zone, distance, publics and date of `service` against `request`, in that order."""
    return tuple((*_zone(request.place, service), *_distance(request.place, service, hit), *_publics(request, service), *_date(service)))


def _zone(place: Place | None, service: Service) -> Iterator[Reason]:
    if place is None:
        return
    zones = set(service.zone_eligibilite or ())
    covering = zones & place.codes
    if not zones:
        yield Reason("a-verifier", f"Zone desservie non précisée : vérifier que {place.label} en fait partie", "zone")
    elif covering:
        yield Reason("correspond", f"Compétent pour {place.label} : {_widest(place, covering)}", "zone")


def _widest(place: Place, covering: set[str]) -> str:
    if covering & EVERYWHERE:
        return "couvre toute la France"
    if place.departement in covering:
        return f"couvre le département ({place.departement})"
    if any(len(code) == EPCI_DIGITS for code in covering):
        return "couvre l’intercommunalité"
    return "couvre la commune"


def _distance(place: Place | None, service: Service, hit: Hit) -> Iterator[Reason]:
    modes = set(service.modes_accueil or ())
    if place is not None and hit.distance_km is not None:
        about = " environ, à compter du centre de la commune" if service.precision_lieu == "commune" else ""
        yield Reason("correspond", f"À {kilometres(hit.distance_km)}{about}", "distance")
    elif place is not None and "a-distance" not in modes:
        yield Reason("a-verifier", "Lieu d’accueil non situé : demander où se rendre", "lieu")
    if "a-distance" in modes:
        yield Reason("correspond", "Possible à distance", "lieu")


def kilometres(distance: float) -> str:
    """« 800 m », « 3,2 km », « 27 km »."""
    if distance < 1:
        return f"{max(100, round(distance * 10) * 100)} m" if distance < 0.95 else "1 km"
    return f"{distance:.1f} km".replace(".", ",") if distance < 10 else f"{distance:.0f} km"


def _publics(request: SearchRequest, service: Service) -> Iterator[Reason]:
    publics = set(service.publics or ())
    if not request.publics:
        return
    if not publics:
        yield Reason("a-verifier", "Public non précisé : vérifier que la personne est concernée", "publics")
    elif common := sorted(request.publics & publics):
        yield Reason("correspond", f"Pour ce public : {', '.join(label(value).lower() for value in common)}", "publics")
    elif "tous-publics" in publics:
        yield Reason("correspond", "Ouvert à tous", "publics")


def _date(service: Service) -> Iterator[Reason]:
    if service.date_maj is None and service.verifie_le is None:
        yield Reason("a-verifier", "Date de mise à jour inconnue", "date")
