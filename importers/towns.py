"""A record that names no town, and the town that its other words leave no doubt about."""

import re
from functools import lru_cache
from typing import Any

from app.territory import gazetteer
from app.territory.gazetteer import Commune
from app.territory.locating import NEAR_KM, distance
from app.territory.names import key

CLEARLY = 1.5  # how many times more populous than the next the town of a postal code must be

MOST_WORDS = 7  # of a commune's name

Values = dict[str, Any]


def complete(values: Values, departements: tuple[str, ...] = ()) -> list[str]:
    """Put the town that a record doesn't name, in place: `commune` and `code_insee`. Returns notes, in French.

    Where nothing but a postal code, a point or the end of the address tells, the note says that it is to be checked; where that is
    not clear, nothing is put. `departements`: where such an end is looked for.
    """
    if values.get("commune") or values.get("code_insee"):
        return []
    words = " ".join(str(values.get(name) or "") for name in ("nom", "adresse", "complement_adresse"))
    if not values.get("code_postal") and (code := re.search(r"(?<!\d)\d{5}(?!\d)", words)) and _communes(code[0]):
        values["code_postal"] = code[0]
    communes = _communes(str(values.get("code_postal") or ""))
    point = (values["latitude"], values["longitude"]) if values.get("latitude") and values.get("longitude") else None
    if len(communes) == 1 or (communes and point):
        return []  # `app.territory.locating` knows
    commune, why = _of_code(communes, words) if communes else _of_point(point) if point else _of_end(values, departements)
    if commune is None:
        return []
    values["commune"], values["code_insee"] = commune.nom, commune.code
    return [why]


def _communes(code_postal: str) -> list[Commune]:
    """Those that a postal code serves, the most populous first; districts instead of their city."""
    found = gazetteer.load().by_postal_code(code_postal)
    cities = {commune.parent for commune in found}
    return sorted((commune for commune in found if commune.code not in cities), key=lambda commune: -commune.population)


def _of_code(communes: list[Commune], words: str) -> tuple[Commune | None, str]:
    said = f" {key(words)} "
    named = [commune for commune in communes if f" {key(commune.nom)} " in said]
    if named:
        longest = max(named, key=lambda commune: len(commune.nom))
        return longest, f"Commune absente : {longest.nom} retenue, que le nom ou l’adresse cite."
    most, second = communes[:2]
    if most.population < CLEARLY * second.population:
        return None, ""
    others = len(communes) - 1
    return most, (f"Commune absente, et le code postal en dessert {others + 1} : {most.nom} retenue, de loin la plus peuplée. À vérifier.")


def _of_end(values: Values, departements: tuple[str, ...]) -> tuple[Commune | None, str]:
    """The commune whose name ends the address, else the name: « 3 rue des Essais Manosque », « CCAS de Manosque »."""
    for said in (values.get("adresse"), values.get("nom")):
        words = key(str(said or "")).split()
        for start in range(max(1, len(words) - MOST_WORDS), len(words)):
            found = _named(departements).get(" ".join(words[start:]), ())
            if len(found) == 1:
                return found[0], f"Commune absente : {found[0].nom} retenue, que la fin de l’adresse ou du nom cite. À vérifier."
    return None, ""


@lru_cache(maxsize=16)
def _named(departements: tuple[str, ...]) -> dict[str, list[Commune]]:
    named: dict[str, list[Commune]] = {}
    for commune in gazetteer.load().communes():
        if commune.departement in departements:
            named.setdefault(key(commune.nom), []).append(commune)
    return named


def _of_point(point: tuple[float, float]) -> tuple[Commune | None, str]:
    """The commune whose town hall is the closest; often, not always, the one that a point is in."""
    near = [
        commune
        for commune in gazetteer.load().communes()
        if commune.latitude is not None
        and commune.longitude is not None
        and abs(commune.latitude - point[0]) < 0.15
        and abs(commune.longitude - point[1]) < 0.2
    ]
    closest = min(near, key=lambda commune: distance(commune, point), default=None)
    if closest is None or distance(closest, point) > NEAR_KM:
        return None, ""
    return closest, f"Commune absente : {closest.nom} retenue, dont la mairie est la plus proche de la position. À vérifier."
