"""Where the person lives: what was typed, understood; and suggestions while typing."""

import re
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.dependencies import Ctx, Person
from app.territory.gazetteer import Commune, Gazetteer
from app.territory.names import key
from app.web import pages
from app.web.listbox import Group, Listbox, Option

router = APIRouter()

WRITTEN = re.compile(r"(?P<name>.+?)\s*\((?P<code>\d{5}|\d{2,3}|2[AB])\)")
CLEARLY_LARGER = 5  # times the population of the next: what most people mean by a postal code


@dataclass(frozen=True)
class Lieu:
    """A place as typed. `commune` is set when it is understood; else `choices` are what it may mean, most likely first.

    `others` are further communes of an understood postal code.
    """

    text: str
    state: Literal["none", "found", "ambiguous", "unknown"]
    commune: Commune | None = None
    choices: tuple[Commune, ...] = ()
    others: tuple[Commune, ...] = ()


def written(commune: Commune) -> str:
    """How the field writes a commune, so that it is understood again: « Digne-les-Bains (04000) »."""
    return f"{commune.nom} ({commune.codes_postaux[0] if commune.codes_postaux else commune.departement})"


def understand(gazetteer: Gazetteer, text: str, code: str = "") -> Lieu:
    """The commune meant by `text`; `code` (INSEE) decides when it still agrees with the text."""
    text = " ".join(text.split())
    chosen = gazetteer.commune(code) if code else None
    if not text and chosen:
        return Lieu(written(chosen), "found", chosen)
    if not text:
        return Lieu("", "none")
    if chosen and _agrees(chosen, text):
        return Lieu(text, "found", chosen)
    if re.fullmatch(r"\d[\dABab]\d{3}", text):
        return _by_code(gazetteer, text.upper())
    return _by_name(gazetteer, text)


def _agrees(commune: Commune, text: str) -> bool:
    return text in commune.codes_postaux or key(text) in {key(commune.nom), key(written(commune))}


def _by_code(gazetteer: Gazetteer, code: str) -> Lieu:
    """A postal code, or an INSEE code where that is none."""
    communes = gazetteer.by_postal_code(code)
    if not communes:
        commune = gazetteer.commune(code)
        return Lieu(code, "found", commune) if commune else Lieu(code, "unknown")
    if len(communes) == 1 or communes[0].population >= CLEARLY_LARGER * communes[1].population:
        return Lieu(code, "found", communes[0], others=communes[1:])
    return Lieu(code, "ambiguous", choices=communes)


def _by_name(gazetteer: Gazetteer, text: str) -> Lieu:
    parts = WRITTEN.fullmatch(text)
    name, code = (parts["name"], parts["code"]) if parts else (text, "")
    is_postal = len(code) == 5
    commune = gazetteer.find(name, code_postal=code if is_postal else None, departement=code if code and not is_postal else None)
    if commune:
        return Lieu(text, "found", commune)
    choices = gazetteer.suggest(text)
    return Lieu(text, "ambiguous", choices=choices) if choices else Lieu(text, "unknown")


@router.get("/lieux")
def suggest(request: Request, context: Ctx, _viewer: Person, q: str = "", lieu: str = "") -> Response:
    """Communes for what has been typed so far, as options of the place field. The form sends all of itself: `lieu` first."""
    typed = lieu or q
    communes = context.gazetteer.suggest(typed) if typed.strip() else ()
    options = tuple(Option(written(commune), value=written(commune)) for commune in communes)
    return pages.render(request, "_partials/listbox.html", Listbox("lieu", (Group("Communes", options),)))
