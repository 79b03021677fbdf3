"""Why a result fits, in a counsellor's words: what meets the request, what must be checked, what forbids."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.models import Service
from app.quality import is_missing
from app.search.port import Hit, Place, SearchRequest
from app.territory import gazetteer
from app.territory.competence import EVERYWHERE, RESIDENTS, TOUS_PUBLICS, Verdict, verdict_on_publics
from app.vocabulary import label, of

EPCI_DIGITS = 9
LONGEST = 120  # characters of a condition; the sheet has it whole
CUT = " […]"

RESIDENTS_ONLY = (
    "Pour qui habite un quartier prioritaire (QPV) ou une commune France ruralités revitalisation (FRR) : "
    "chercher l’adresse sur sig.ville.gouv.fr, ou la commune dans la liste FRR"
)

OPEN = re.compile(
    r"\W*(?:aucune?s?(?: (?:condition|restriction|formalité|critère)s?\b.{0,40})?"
    r"|(?:sans|pas de) conditions?\b.{0,40}|n[ée]ant|non|rien|n/?a|(?:acc[èe]s )?libre\b.{0,40}"
    r"|tou[ts]e?s?(?: les)?(?: personnes?| publics?)?|ouverte?s? à tou[st]\b.{0,40})?\W*",
    re.IGNORECASE,
)
"""A condition that excludes nobody."""


@dataclass(frozen=True)
class Reason:
    """One reason. `kind` "a-verifier": the listing does not say, or it depends on the person, so ask; "exclut": no answer of
    a search has one, but a listing opened otherwise may. A page that shows `topic` elsewhere leaves it out."""

    kind: Verdict
    text: str
    topic: Literal["mots", "zone", "lieu", "distance", "publics", "conditions", "date"]


def reasons(request: SearchRequest, service: Service, hit: Hit) -> tuple[Reason, ...]:
    """Zone, distance, publics, conditions and date of `service` against `request`, in that order."""
    return tuple(
        (
            *_zone(request.place, service),
            *_distance(request.place, service, hit),
            *_publics(request, service),
            *_conditions(service),
            *_date(service),
        )
    )


def _zone(place: Place | None, service: Service) -> Iterator[Reason]:
    zones = set(service.zone_eligibilite or ())
    covering = zones & place.codes if place else set()
    if place and zones and not covering:
        yield Reason("exclut", f"Ne dessert pas {place.label}", "zone")
    elif service.secteurs:
        yield Reason("a-verifier", f"Selon l’adresse de la personne : {' ; '.join(service.secteurs)}", "zone")
    elif place and not zones:
        yield Reason("a-verifier", f"Zone non précisée : vérifier que {place.label} en fait partie", "zone")
    elif place and covering <= place.parts:
        yield Reason("a-verifier", f"Dessert une partie {of(place.label)} : vérifier selon l’adresse", "zone")
    elif place:
        yield Reason("correspond", f"Compétent pour {place.label} : {_widest(place, covering)}", "zone")


def _widest(place: Place, covering: set[str]) -> str:
    if covering & EVERYWHERE:
        return "couvre toute la France"
    if place.departement in covering:
        return f"couvre le département ({place.departement})"
    if any(len(code) == EPCI_DIGITS for code in covering):
        return "couvre l’intercommunalité"
    collectivites = filter(None, map(gazetteer.load().territory, covering))
    return next((f"couvre la collectivité ({one.nom})" for one in collectivites), "couvre la commune")


def _distance(place: Place | None, service: Service, hit: Hit) -> Iterator[Reason]:
    modes = set(service.modes_accueil or ())
    if place is not None and hit.distance_km is not None:
        about = " environ, à compter du centre de la commune" if service.precision_lieu == "commune" else ""
        yield Reason("correspond", f"À {kilometres(hit.distance_km)}{about}", "distance")
    elif place is not None and not place.is_area and "a-distance" not in modes:
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
        if publics == {RESIDENTS}:
            yield Reason("a-verifier", RESIDENTS_ONLY, "publics")
        return
    verdict = verdict_on_publics(request.publics, publics)
    if not publics:
        text = "Public non précisé : vérifier que la personne est concernée"
    elif verdict == "a-verifier":
        text = RESIDENTS_ONLY
    elif verdict == "exclut":
        text = f"Pour d’autres publics : {_list(publics)}"
    else:
        common = request.publics & publics - {RESIDENTS, TOUS_PUBLICS}
        text = f"Pour ce public : {_list(common)}" if common else "Ouvert à tous"
    yield Reason(verdict, text, "publics")


def _list(values: set[str] | frozenset[str]) -> str:
    return ", ".join(label(value).lower() for value in sorted(values))


def _conditions(service: Service) -> Iterator[Reason]:
    """What may exclude somebody, in the listing's own words."""
    for said, text in (("Conditions", service.conditions_acces), ("Public", service.publics_precisions)):
        if text and not OPEN.fullmatch(text):
            yield Reason("a-verifier", f"{said} : {_beginning(text)}", "conditions")


def _beginning(text: str) -> str:
    """`text` on one line, cut between two words. (``textwrap.shorten`` costs as much as all other reasons.)"""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else flat[: LONGEST - len(CUT) + 1].rsplit(" ", 1)[0] + CUT


def _date(service: Service) -> Iterator[Reason]:
    if is_missing(service.disparu_le, service.verifie_le):
        yield Reason("a-verifier", "N’est plus dans le fichier de sa source", "date")
    elif service.date_maj is None and service.verifie_le is None:
        yield Reason("a-verifier", "Date de mise à jour inconnue", "date")
