"""From zones as people and files write them to the codes of schema v1, which knows communes, EPCI, départements and countries.

What schema v1 has no word for is expanded: a région to its départements, a postal code to its communes, an old commune to
today's. A bare code of two characters is a département: "93" is Seine-Saint-Denis, never Provence-Alpes-Côte d'Azur,
which a file must write "R93", "region:93" or by name. Likewise five digits are a commune's code if there is such a
commune; a column of postal codes says so: "code-postal:13100".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.territory.addresses import commune_code, postal_code
from app.territory.areas import areas_of
from app.territory.competence import EVERYWHERE
from app.territory.gazetteer import Commune, Gazetteer
from app.territory.lookup import DOMINANCE
from app.territory.names import key

Codes = tuple[str, ...]

COUNTRY = frozenset(
    ("france", "france entiere", "toute la france", "tout le territoire", "territoire national", "national", "nationale", "pays france")
)
ALIASES: Mapping[str, Codes] = {
    "paca": ("R93",),
    "sud": ("R93",),
    "provence alpes cote d azur sud": ("R93",),
    "idf": ("R11",),
    "aura": ("R84",),
    "corse": ("R94",),
    "alsace": ("6AE",),
    "grand lyon": ("69M",),
}
LYON, LYON_EPCI = "69M", "200046977"
NAMED = re.compile(r"(?P<name>.+?)\s*\((?P<code>\w{2,9})\)")
REGION = re.compile(r"r[ée]gion\s+", re.IGNORECASE)
DEPARTEMENT = re.compile(r"d[ée]partement\s+(?:de\s+la\s+|de\s+l['’]\s*|du\s+|des\s+|de\s+|d['’]\s*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Zones:
    """`codes` of schema v1, in the order written, each once; `unknown` as written: nobody knows what they mean."""

    codes: Codes
    unknown: tuple[str, ...]


def read_zones(gazetteer: Gazetteer, written: Iterable[str]) -> Zones:
    """Each of `written` is a code, a name, « Digne-les-Bains (04) », or one of these with its kind: "region:93".

    Kinds are those of KINDS. A file's zone that names no place at all is left to its reader, as unknown.
    """
    codes: dict[str, None] = {}
    unknown = []
    for text in written:
        found = _read(gazetteer, " ".join(text.split()))
        codes.update(dict.fromkeys(found))
        if not found:
            unknown.append(text)
    return Zones(tuple(codes), tuple(unknown))


@lru_cache(maxsize=20_000)  # files repeat the same few hundred zones
def _read(gazetteer: Gazetteer, text: str) -> Codes:
    kind, colon, value = text.partition(":")
    reader = KINDS.get(key(kind).replace(" ", "-")) if colon else None
    if reader:
        return reader(gazetteer, value.strip())
    named = NAMED.fullmatch(text)
    if named:
        return _with_code(gazetteer, named["name"], named["code"].upper())
    return _by_code(gazetteer, text) or _by_name(gazetteer, text)


# --- by code


def _by_code(gazetteer: Gazetteer, text: str) -> Codes:
    code = text.upper()
    if code.lower() in EVERYWHERE or re.fullmatch(r"99[0-5]\d\d", code):
        return (code.lower(),)
    return (
        _departement(gazetteer, code)
        or _epci(gazetteer, code)
        or _collectivite(gazetteer, code)
        or (_region(gazetteer, code) if code.startswith("R") else ())
        or _five_digits(gazetteer, code)
    )


def _five_digits(gazetteer: Gazetteer, code: str) -> Codes:
    """A commune's code first; but 75011 has been the eleventh district's postal code since Bonneuil left the Seine, in 1968."""
    communes, postal = _commune(gazetteer, code), _postal(gazetteer, code)
    outlived = any(not today.startswith(code[:2]) for today in communes)
    return postal or communes if outlived else communes or postal


def _departement(gazetteer: Gazetteer, text: str) -> Codes:
    code = text.upper()
    if code == "20":
        return ("2A", "2B")
    code = code.zfill(2) if code.isdigit() else code
    territory = gazetteer.territory(code)
    return (code,) if territory and territory.kind == "departement" else ()


def _epci(gazetteer: Gazetteer, text: str) -> Codes:
    code = re.sub(r"\s", "", text)
    territory = gazetteer.territory(code)
    return (code,) if territory and territory.kind == "epci" else ()


def _collectivite(gazetteer: Gazetteer, code: str) -> Codes:
    """The départements that it is made of; only the Rhône's two are smaller than one."""
    if code == LYON:
        return (LYON_EPCI,)
    territory = gazetteer.territory(code)
    if territory is None or territory.kind != "collectivite":
        return ()
    if code == "69D":
        return (code,)
    return _each(commune.departement for commune in gazetteer.communes() if commune.collectivite == code)


def _region(gazetteer: Gazetteer, text: str) -> Codes:
    number = text.upper().removeprefix("R")
    number = number.zfill(2) if number.isdigit() else ""
    return _each(commune.departement for commune in gazetteer.communes() if commune.region == number)


def _commune(gazetteer: Gazetteer, text: str) -> Codes:
    code = commune_code(text)
    commune = gazetteer.commune(code) if code else None
    return (commune.code,) if commune else ()


def _postal(gazetteer: Gazetteer, text: str) -> Codes:
    """All the communes it serves; of a city, the districts."""
    communes = gazetteer.by_postal_code(postal_code(text) or "")
    cities = {commune.parent for commune in communes}
    return tuple(commune.code for commune in communes if commune.code not in cities)


def _country(gazetteer: Gazetteer, text: str) -> Codes:
    if key(text) in COUNTRY or text.lower() == "fr":
        return ("france",)
    return (text.lower(),) if text.lower() in EVERYWHERE or re.fullmatch(r"99[0-5]\d\d", text) else ()


def _each(codes: Iterable[str]) -> Codes:
    return tuple(sorted(set(codes)))


# --- by name


def _with_code(gazetteer: Gazetteer, name: str, code: str) -> Codes:
    """A name and, between parentheses, its own code, its postal code or its département's."""
    by_code = _by_code(gazetteer, code)
    if key(name) in {key(known) for known in _names(gazetteer, code)}:
        return by_code
    commune = gazetteer.find(name, code_postal=code) if len(code) == 5 else gazetteer.find(name, departement=code)
    return (commune.code,) if commune else _epci_named(gazetteer, f"{name} ({code})") or by_code


def _names(gazetteer: Gazetteer, code: str) -> Iterable[str]:
    """What bears this very code."""
    if territory := gazetteer.territory(code):
        yield territory.nom
    if len(code) == 5 and (commune := gazetteer.commune(code)):
        yield commune.nom


def _by_name(gazetteer: Gazetteer, text: str) -> Codes:
    if key(text) in COUNTRY:
        return ("france",)
    if prefix := REGION.match(text):
        return _region_named(gazetteer, text[prefix.end() :])
    if prefix := DEPARTEMENT.match(text):
        return _departement_named(gazetteer, text[prefix.end() :])
    region, departement, epci = (named(gazetteer, text) for named in (_region_named, _departement_named, _epci_named))
    commune = gazetteer.find(text)
    whole = departement if departement and key(text) in {key(n) for n in _names(gazetteer, departement[0])} else ()
    if whole and commune and not _counts_for_nothing(gazetteer, commune, whole[0]):
        # « Paris » is both, and the same; « Vienne » may be either.
        return (commune.code,) if commune.departement == whole[0] and _is_all_of_it(gazetteer, commune) else ()
    return whole or region or ((commune.code,) if commune else ()) or departement or epci


def _counts_for_nothing(gazetteer: Gazetteer, commune: Commune, departement: str) -> bool:
    return _population(gazetteer, departement) >= DOMINANCE * max(1, commune.population)


def _is_all_of_it(gazetteer: Gazetteer, commune: Commune) -> bool:
    return commune.population == _population(gazetteer, commune.departement)


def _population(gazetteer: Gazetteer, departement: str) -> int:
    return sum(one.population for one in gazetteer.communes() if one.departement == departement and one.parent is None)


def _region_named(gazetteer: Gazetteer, text: str) -> Codes:
    wanted = key(text)
    if wanted in ALIASES:
        return _by_code(gazetteer, ALIASES[wanted][0])
    return next((_region(gazetteer, region.code) for region in gazetteer.regions() if key(region.nom) == wanted), ())


def _departement_named(gazetteer: Gazetteer, text: str) -> Codes:
    area = areas_of(gazetteer).find(text)
    if area and area.territory.kind == "departement":
        return (area.territory.code,)
    wanted = key(text)
    return next((_collectivite(gazetteer, one.code) for one in gazetteer.collectivites() if key(one.nom) == wanted), ())


def _epci_named(gazetteer: Gazetteer, text: str) -> Codes:
    area = areas_of(gazetteer).find(text)
    return (area.territory.code,) if area and area.territory.kind == "epci" else ()


def _commune_named(gazetteer: Gazetteer, text: str) -> Codes:
    named = NAMED.fullmatch(text)
    if named:
        return _with_code(gazetteer, named["name"], named["code"].upper())
    commune = gazetteer.find(text)
    return (commune.code,) if commune else ()


# --- by kind


def _either(*readers: Callable[[Gazetteer, str], Codes]) -> Callable[[Gazetteer, str], Codes]:
    return lambda gazetteer, text: next(filter(None, (reader(gazetteer, text) for reader in readers)), ())


KINDS: Mapping[str, Callable[[Gazetteer, str], Codes]] = {
    "commune": _either(_commune, _commune_named),
    "code-postal": _postal,
    "epci": _either(_epci, _epci_named),
    "departement": _either(_departement, _departement_named),
    "region": _either(_region, _region_named),
    "pays": _country,
}
"""Kinds that a file may say before a value; those of schema v0's `zone_diffusion_type`, and postal codes."""
