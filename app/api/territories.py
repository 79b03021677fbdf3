"""Départements and régions that a list may be narrowed to, by code or by slug.

Overseas collectivities stand among the départements, as in the gazetteer; they belong to no région.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

REGIONS: dict[str, str] = {
    "01": "guadeloupe",
    "02": "martinique",
    "03": "guyane",
    "04": "la-reunion",
    "06": "mayotte",
    "11": "ile-de-france",
    "24": "centre-val-de-loire",
    "27": "bourgogne-franche-comte",
    "28": "normandie",
    "32": "hauts-de-france",
    "44": "grand-est",
    "52": "pays-de-la-loire",
    "53": "bretagne",
    "75": "nouvelle-aquitaine",
    "76": "occitanie",
    "84": "auvergne-rhone-alpes",
    "93": "provence-alpes-cote-d-azur",
    "94": "corse",
}
"""Code → slug."""

DEPARTEMENTS: dict[str, tuple[str, str | None]] = {
    "01": ("ain", "84"),
    "02": ("aisne", "32"),
    "03": ("allier", "84"),
    "04": ("alpes-de-haute-provence", "93"),
    "05": ("hautes-alpes", "93"),
    "06": ("alpes-maritimes", "93"),
    "07": ("ardeche", "84"),
    "08": ("ardennes", "44"),
    "09": ("ariege", "76"),
    "10": ("aube", "44"),
    "11": ("aude", "76"),
    "12": ("aveyron", "76"),
    "13": ("bouches-du-rhone", "93"),
    "14": ("calvados", "28"),
    "15": ("cantal", "84"),
    "16": ("charente", "75"),
    "17": ("charente-maritime", "75"),
    "18": ("cher", "24"),
    "19": ("correze", "75"),
    "21": ("cote-d-or", "27"),
    "22": ("cotes-d-armor", "53"),
    "23": ("creuse", "75"),
    "24": ("dordogne", "75"),
    "25": ("doubs", "27"),
    "26": ("drome", "84"),
    "27": ("eure", "28"),
    "28": ("eure-et-loir", "24"),
    "29": ("finistere", "53"),
    "2A": ("corse-du-sud", "94"),
    "2B": ("haute-corse", "94"),
    "30": ("gard", "76"),
    "31": ("haute-garonne", "76"),
    "32": ("gers", "76"),
    "33": ("gironde", "75"),
    "34": ("herault", "76"),
    "35": ("ille-et-vilaine", "53"),
    "36": ("indre", "24"),
    "37": ("indre-et-loire", "24"),
    "38": ("isere", "84"),
    "39": ("jura", "27"),
    "40": ("landes", "75"),
    "41": ("loir-et-cher", "24"),
    "42": ("loire", "84"),
    "43": ("haute-loire", "84"),
    "44": ("loire-atlantique", "52"),
    "45": ("loiret", "24"),
    "46": ("lot", "76"),
    "47": ("lot-et-garonne", "75"),
    "48": ("lozere", "76"),
    "49": ("maine-et-loire", "52"),
    "50": ("manche", "28"),
    "51": ("marne", "44"),
    "52": ("haute-marne", "44"),
    "53": ("mayenne", "52"),
    "54": ("meurthe-et-moselle", "44"),
    "55": ("meuse", "44"),
    "56": ("morbihan", "53"),
    "57": ("moselle", "44"),
    "58": ("nievre", "27"),
    "59": ("nord", "32"),
    "60": ("oise", "32"),
    "61": ("orne", "28"),
    "62": ("pas-de-calais", "32"),
    "63": ("puy-de-dome", "84"),
    "64": ("pyrenees-atlantiques", "75"),
    "65": ("hautes-pyrenees", "76"),
    "66": ("pyrenees-orientales", "76"),
    "67": ("bas-rhin", "44"),
    "68": ("haut-rhin", "44"),
    "69": ("rhone", "84"),
    "70": ("haute-saone", "27"),
    "71": ("saone-et-loire", "27"),
    "72": ("sarthe", "52"),
    "73": ("savoie", "84"),
    "74": ("haute-savoie", "84"),
    "75": ("paris", "11"),
    "76": ("seine-maritime", "28"),
    "77": ("seine-et-marne", "11"),
    "78": ("yvelines", "11"),
    "79": ("deux-sevres", "75"),
    "80": ("somme", "32"),
    "81": ("tarn", "76"),
    "82": ("tarn-et-garonne", "76"),
    "83": ("var", "93"),
    "84": ("vaucluse", "93"),
    "85": ("vendee", "52"),
    "86": ("vienne", "75"),
    "87": ("haute-vienne", "75"),
    "88": ("vosges", "44"),
    "89": ("yonne", "27"),
    "90": ("territoire-de-belfort", "27"),
    "91": ("essonne", "11"),
    "92": ("hauts-de-seine", "11"),
    "93": ("seine-saint-denis", "11"),
    "94": ("val-de-marne", "11"),
    "95": ("val-d-oise", "11"),
    "971": ("guadeloupe", "01"),
    "972": ("martinique", "02"),
    "973": ("guyane", "03"),
    "974": ("la-reunion", "04"),
    "975": ("saint-pierre-et-miquelon", None),
    "976": ("mayotte", "06"),
    "977": ("saint-barthelemy", None),
    "978": ("saint-martin", None),
    "984": ("terres-australes-et-antarctiques-francaises", None),
    "986": ("wallis-et-futuna", None),
    "987": ("polynesie-francaise", None),
    "988": ("nouvelle-caledonie", None),
    "989": ("ile-de-clipperton", None),
}
"""Code → slug, code of the région."""


@dataclass(frozen=True)
class OneOf:
    """Annotation of a string parameter: one of `values`, which the API's description lists."""

    values: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.values)}

    def _check(self, value: str | None) -> str | None:
        if value is not None and value not in self.values:
            examples = ", ".join(self.values[:3])
            raise PydanticCustomError("territoire_inconnu", "Valeur inconnue. Exemples : {examples}.", {"examples": examples})
        return value


def code_of_region(slug: str) -> str:
    return next(code for code, known in REGIONS.items() if known == slug)


def code_of_departement(slug: str) -> str:
    return next(code for code, (known, _) in DEPARTEMENTS.items() if known == slug)


def departements_of(region: str) -> frozenset[str]:
    """Codes of the départements of a région, given by its code."""
    return frozenset(code for code, (_, of) in DEPARTEMENTS.items() if of == region)
