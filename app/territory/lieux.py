"""Where a person lives, as somebody wrote it: a commune, postal code, intercommunalité, département or street address, understood."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.search.port import Place
from app.territory.addresses import degrees, is_street, split_address
from app.territory.areas import Area, areas_of
from app.territory.competence import place_of
from app.territory.gazetteer import Commune, Gazetteer
from app.territory.geocoding import Found, Geocoder
from app.territory.locating import distance, farthest
from app.territory.names import key
from app.territory.outside import Unanswered

WRITTEN = re.compile(r"(?P<name>.+?)\s*\((?P<code>\d{5}|\d{2,3}|2[AB])\)")
CLEARLY_LARGER = 5  # times the population of the next: what most people mean by a postal code
LAST_WORDS = 4  # of an address: the longest end of it that is taken for its commune
MOST_AREAS = 3


@dataclass(frozen=True)
class Choice:
    """A place that the text may mean, and the parameters of the page's address that ask for it."""

    label: str
    code: str
    lieu: str
    point: str = ""


@dataclass(frozen=True)
class Lieu:
    """A place as typed. When it is understood, `commune` or `area` is set; else `choices` are what it may mean, most likely first.

    `is_address`: a street address was typed, in `commune`; `point` (latitude, longitude) is where, None when nobody could tell.
    `others` are further communes of an understood postal code.
    """

    text: str
    state: Literal["none", "found", "ambiguous", "unknown"]
    commune: Commune | None = None
    area: Area | None = None
    point: tuple[float, float] | None = None
    is_address: bool = False
    choices: tuple[Choice, ...] = ()
    others: tuple[Commune, ...] = ()

    @property
    def label(self) -> str:
        """The place as the field writes it; empty until it is understood."""
        return written(self.commune) if self.commune else self.area.written if self.area else ""

    @property
    def parameter(self) -> str:
        """What the page's address keeps of a street address: its commune's code and, to a hundred metres, its point."""
        if not (self.is_address and self.commune):
            return ""
        return ",".join([self.commune.code, *(f"{degree:.3f}" for degree in self.point or ())])


def written(commune: Commune) -> str:
    """How the field writes a commune, so that it is understood again: « Digne-les-Bains (04000) »."""
    return f"{commune.nom} ({commune.codes_postaux[0] if commune.codes_postaux else commune.departement})"


def place(gazetteer: Gazetteer, lieu: Lieu) -> Place | None:
    """The place that was understood, as engines take it."""
    if lieu.area:
        return areas_of(gazetteer).place(lieu.area.territory.code)
    return place_of(gazetteer, lieu.commune, *(lieu.point or (None, None))) if lieu.commune else None


def understand(gazetteer: Gazetteer, text: str, code: str = "", point: str = "", geocoder: Geocoder | None = None) -> Lieu:
    """The place meant by `text`; `code` (INSEE, EPCI, département) decides when it still agrees with the text.

    `point` is a `Lieu.parameter`. Street addresses are looked up by `geocoder`; without one, or any answer, their commune stands.
    """
    text = " ".join(text.split())
    lieu = _chosen(gazetteer, text, code) or _read(gazetteer, text, geocoder)
    return _at(lieu, point) if lieu.commune and not lieu.is_address else lieu


def _chosen(gazetteer: Gazetteer, text: str, code: str) -> Lieu | None:
    commune, area = gazetteer.commune(code) if code else None, areas_of(gazetteer).get(code)
    if commune and (not text or text in commune.codes_postaux or key(text) in {key(commune.nom), key(written(commune))}):
        return Lieu(text or written(commune), "found", commune)
    if area and (not text or key(text) in {key(area.territory.nom), key(area.nom), key(area.written)}):
        return Lieu(text or area.written, "found", area=area)
    return None


def _read(gazetteer: Gazetteer, text: str, geocoder: Geocoder | None) -> Lieu:
    if not text:
        return Lieu("", "none")
    if re.fullmatch(r"\d[\dABab]\d{3}", text):
        return _by_code(gazetteer, text.upper())
    if area := areas_of(gazetteer).get(text.upper()):
        return Lieu(text, "found", area=area)
    return _by_address(gazetteer, text, geocoder) if is_street(text) else _by_name(gazetteer, text)


def _by_code(gazetteer: Gazetteer, code: str) -> Lieu:
    """A postal code, or an INSEE code where that is none."""
    communes = gazetteer.by_postal_code(code)
    if not communes:
        commune = gazetteer.commune(code)
        return Lieu(code, "found", commune) if commune else Lieu(code, "unknown")
    if len(communes) == 1 or communes[0].population >= CLEARLY_LARGER * communes[1].population:
        return Lieu(code, "found", communes[0], others=communes[1:])
    return Lieu(code, "ambiguous", choices=_choices(communes))


def _by_name(gazetteer: Gazetteer, text: str) -> Lieu:
    """A commune of this very name, else an area, else the commune most like it."""
    parts = WRITTEN.fullmatch(text)
    name, code = (parts["name"], parts["code"]) if parts else (text, "")
    is_postal = len(code) == 5
    commune = gazetteer.find(name, code_postal=code if is_postal else None, departement=code if code and not is_postal else None)
    exact = commune is not None and key(commune.nom) == key(name)
    if not exact and (area := areas_of(gazetteer).find(text)):
        return Lieu(text, "found", area=area)
    if commune:
        return Lieu(text, "found", commune)
    areas = (Choice(area.written, area.territory.code, area.written) for area in areas_of(gazetteer).suggest(text, MOST_AREAS))
    choices = (*_choices(gazetteer.suggest(text)), *areas)
    return Lieu(text, "ambiguous", choices=choices) if choices else Lieu(text, "unknown")


def _choices(communes: Sequence[Commune]) -> tuple[Choice, ...]:
    return tuple(Choice(written(commune), commune.code, written(commune)) for commune in communes)


# --- street addresses


def _by_address(gazetteer: Gazetteer, text: str, geocoder: Geocoder | None) -> Lieu:
    """A street address: where it is, else its commune as far as it is said, else what it may be."""
    commune = commune_said(gazetteer, text)
    found = addresses(geocoder, text, commune)
    sure = found if commune else [one for one in found if _names(text, one.commune)]
    if sure:
        return Lieu(text, "found", sure[0].commune, point=(sure[0].latitude, sure[0].longitude), is_address=True)
    if commune:
        return Lieu(text, "found", commune, is_address=True)
    choices = tuple(map(_choice_of, found)) or _choices(tuple(last_words(gazetteer, text)))
    return Lieu(text, "ambiguous" if choices else "unknown", choices=choices, is_address=True)


def commune_said(gazetteer: Gazetteer, text: str) -> Commune | None:
    """The commune after a postal code, or after the last comma."""
    _, code, town = split_address(text)
    if town:
        return gazetteer.find(town, code)
    _, comma, end = text.rpartition(",")
    return gazetteer.find(end) if comma and end.strip() else None


def addresses(geocoder: Geocoder | None, text: str, commune: Commune | None) -> tuple[Found, ...]:
    """What the geocoder finds; nothing without one, or when it does not answer."""
    try:
        return geocoder.find(text, commune) if geocoder else ()
    except Unanswered:
        return ()


def _names(text: str, commune: Commune) -> bool:
    """Does the text say this commune, by its postal code or by the beginning of its name at the end?"""
    words, name = key(text).split(), key(commune.nom)
    ends = (" ".join(words[-size:]) for size in range(1, len(words)))
    return bool(set(words) & set(commune.codes_postaux)) or any(len(end) > 2 and f"{name} ".startswith(f"{end} ") for end in ends)


def last_words(gazetteer: Gazetteer, text: str) -> Iterator[Commune]:
    """The commune that ends the text, if one does; its street may end so as well: it is only offered."""
    words = text.split()
    for size in range(min(LAST_WORDS, len(words) - 1), 0, -1):
        end = " ".join(words[-size:])
        commune = gazetteer.find(end)
        if commune and _names(f"à {end}", commune):
            yield commune
            return


def _choice_of(found: Found) -> Choice:
    lieu = Lieu("", "found", found.commune, point=(found.latitude, found.longitude), is_address=True)
    return Choice(found.label, found.commune.code, lieu.label, lieu.parameter)


def _at(lieu: Lieu, point: str) -> Lieu:
    """The commune, at the point of the address that was typed before, if this is still its commune."""
    code, *degree = point.split(",")
    if lieu.commune is None or code != lieu.commune.code:
        return lieu
    latitude, longitude = map(degrees, degree) if len(degree) == 2 else (None, None)
    if latitude is None or longitude is None or distance(lieu.commune, (latitude, longitude)) > farthest(lieu.commune):
        return replace(lieu, is_address=True)
    return replace(lieu, is_address=True, point=(latitude, longitude))
