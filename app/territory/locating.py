"""Put a record in its place: today's commune, its codes, and a point that can be believed."""

from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from app.territory.addresses import commune_code, degrees, kilometres, postal_code, split_address
from app.territory.gazetteer import Commune, Gazetteer
from app.territory.lookup import SURE_SCORE
from app.territory.names import LOST, key, without_article, without_cedex

FAR_KM = 30  # from its town hall no place of a commune is farther, overseas apart
FAR_OVERSEAS_KM = 200  # Guyane's communes are as large as a département
NEAR_KM = 10  # how near a point must be to choose between the communes of a postal code
CLEARLY = 2  # and how many times nearer than to the next
SAME_KM = 0.015  # from a town hall's point, this near is this very point, that sources give for want of better


@dataclass(frozen=True)
class Located:
    """A record's values with its place completed; what was repaired, in French; why it has no place, if it has none."""

    values: dict[str, Any]
    notes: tuple[str, ...]
    problem: str | None


@dataclass
class _Written:
    """The place as the record says it, and the notes taken while reading it."""

    commune: str
    code_postal: str | None
    code_insee: str | None
    adresse: str | None
    point: tuple[float, float] | None
    departement: str | None
    town_hall: bool
    notes: list[str]


def locate(gazetteer: Gazetteer, values: dict[str, Any], *, departement: str | None = None, town_hall: bool = True) -> Located:
    """Complete and check the place of a record.

    Reads commune, code_postal, code_insee, latitude, longitude (WGS 84 degrees) and adresse; `departement` is where the
    source says its rows are; `town_hall`: may an address stand at the town hall's very point? Returns a copy with these
    fields made consistent, plus precision_lieu: "adresse" when the record's own point is kept, "commune" when it is the
    commune's, None without any. A locality that is no commune goes to complement_adresse.
    """
    written = _read(values, departement, town_hall)
    commune = _commune(gazetteer, written)
    if commune is None:
        return Located({**values, **_unplaced(written)}, tuple(written.notes), _problem(written))
    placed = {
        "commune": commune.nom,
        "code_insee": commune.code,
        "code_postal": _code_postal(gazetteer, commune, written),
        "adresse": written.adresse,
        **_point(commune, written),
    }
    locality = _locality(commune, written, values.get("complement_adresse"))
    return Located({**values, **placed, **locality}, tuple(written.notes), None)


def _read(values: dict[str, Any], departement: str | None, town_hall: bool) -> _Written:
    notes: list[str] = []
    name, code = _text(values.get("commune")), postal_code(values.get("code_postal"))
    if name and name[0].isdigit():
        _, code_in_name, town = split_address(name)
        name, code = (town, code or code_in_name) if town else (name, code)
    adresse = _text(values.get("adresse"))
    street, code_in_address, town = split_address(adresse) if adresse else (None, None, None)
    if town and (not name or _level(name) == _level(town)):
        adresse, code, name = street, code or code_in_address, name or town
    insee = commune_code(values.get("code_insee"))
    for said, field, understood in (("Code postal", "code_postal", code), ("Code commune", "code_insee", insee)):
        if understood is None and _text(values.get(field)):
            notes.append(f"{said} « {values[field]} » illisible : ignoré.")
    latitude, longitude = degrees(values.get("latitude")), degrees(values.get("longitude"))
    point = (latitude, longitude) if latitude is not None and longitude is not None and (latitude or longitude) else None
    return _Written(name or "", code, insee, adresse, point, departement, town_hall, notes)


def _text(value: Any) -> str | None:
    return " ".join(str(value).split()) or None if value is not None else None


def _level(name: str) -> str:
    return without_article(key(without_cedex(name)))


def _commune(gazetteer: Gazetteer, written: _Written) -> Commune | None:
    """The commune that most of what is written agrees on."""
    _recognise_code(gazetteer, written)
    coded = gazetteer.commune(written.code_insee) if written.code_insee else None
    if written.code_insee and coded is None:
        written.notes.append(f"Code commune {written.code_insee} inconnu : ignoré.")
    named = _named(gazetteer, written)
    if coded is None:
        return named or _by_postal_code(gazetteer, written)
    if named is None or _agree(coded, named, written):
        _note_code(coded, named, written)
        return coded
    said = f"Code commune {written.code_insee} ({coded.nom}) en désaccord avec « {written.commune} »"
    written.notes.append(f"{said} : remplacé par {named.code} ({named.nom}).")
    return named


def _recognise_code(gazetteer: Gazetteer, written: _Written) -> None:
    """A commune's code typed in the postal code's column, as the name or the point confirms."""
    if written.code_postal is None or written.code_insee or gazetteer.by_postal_code(written.code_postal):
        return
    commune = gazetteer.commune(written.code_postal)
    if commune is None:
        return
    if _holds(written.commune, commune) or (written.point and distance(commune, written.point) <= NEAR_KM):
        written.notes.append(f"« {written.code_postal} » est le code commune de {commune.nom}, non un code postal.")
        written.code_insee, written.code_postal = written.code_postal, None


def _holds(name: str, commune: Commune) -> bool:
    """Whether a written name has the commune's in it, word for word."""
    return f" {_level(commune.nom)} " in f" {_level(name)} "


def _agree(coded: Commune, named: Commune, written: _Written) -> bool:
    """Whether the code can be kept beside the name; where both fit the postal code, the point says which is meant."""
    if (coded.parent or coded.code) == (named.parent or named.code) or _level(coded.nom) == _level(written.commune):
        return True
    if written.point is None or written.code_postal not in coded.codes_postaux:
        return False
    return distance(coded, written.point) < distance(named, written.point)


def _note_code(coded: Commune, named: Commune | None, written: _Written) -> None:
    if coded.code != written.code_insee:
        written.notes.append(f"Code commune {written.code_insee} remplacé par {coded.code} ({coded.nom}), la commune d’aujourd’hui.")
    elif named is None and _level(written.commune) not in _level(coded.nom) and not _holds(written.commune, coded):
        written.notes.append(
            f"« {written.commune} » n’est pas une commune connue : {coded.nom} retenue d’après le code commune {coded.code}."
        )


def _named(gazetteer: Gazetteer, written: _Written) -> Commune | None:
    """By name with every hint, then with fewer: a postal code is mistyped more often than a name."""
    name, code, departement = written.commune, written.code_postal, written.departement
    if not name:
        return None
    found = gazetteer.find(name, code, departement)
    if found is None and departement:
        found = gazetteer.find(name, None, departement) or gazetteer.find(name, code)
    if found is None and code and not gazetteer.by_postal_code(code):
        found = gazetteer.find(name)
    if found is None and written.point:
        alone = gazetteer.find(name)
        found = alone if alone and distance(alone, written.point) <= FAR_KM else None
    return found


def _by_postal_code(gazetteer: Gazetteer, written: _Written) -> Commune | None:
    """The only commune of the postal code, or the one that the record's point is clearly closest to."""
    communes = gazetteer.by_postal_code(written.code_postal) if written.code_postal else ()
    cities = {commune.parent for commune in communes}
    candidates = [commune for commune in communes if commune.code not in cities]
    if len(candidates) > 1 and written.point:
        near = sorted((distance(commune, written.point), commune.code, commune) for commune in candidates)
        candidates = [near[0][2]] if near[0][0] <= NEAR_KM and near[1][0] >= CLEARLY * near[0][0] else []
    if len(candidates) != 1:
        return None
    said = f"« {written.commune} » n’est pas une commune connue" if written.commune else "Commune absente"
    written.notes.append(f"{said} : {candidates[0].nom} retenue d’après le code postal {written.code_postal}.")
    return candidates[0]


def _code_postal(gazetteer: Gazetteer, commune: Commune, written: _Written) -> str | None:
    """The one written if it serves the commune, or is a CEDEX of its département; else the commune's own if there is only one."""
    code, own = written.code_postal, commune.codes_postaux
    routed = bool(code) and not gazetteer.by_postal_code(code or "") and (code or "")[:2] in {other[:2] for other in own}
    if code in own or routed:
        return code
    replaced = own[0] if len(own) == 1 else None
    if code and replaced:
        written.notes.append(f"Code postal {code} remplacé par {replaced}, celui de {commune.nom}.")
    elif code:
        written.notes.append(f"Code postal {code} retiré : il ne dessert pas {commune.nom}, qui en a plusieurs.")
    return replaced


def _point(commune: Commune, written: _Written) -> dict[str, Any]:
    """The record's own point when it can be believed, turned round if need be; else the commune's."""
    limit = farthest(commune)
    if written.point is not None:
        own = written.point
        turned = (own[1], own[0])
        if commune.latitude is not None and distance(commune, own) <= SAME_KM and written.adresse and not written.town_hall:
            written.notes.append("Position identique à celle de la mairie : tenue pour approximative.")
            return _coordinates(own, "commune")
        if distance(commune, own) <= limit and abs(own[0]) <= 90:
            return _coordinates(own, "adresse")
        if commune.latitude is not None and distance(commune, turned) <= limit:
            written.notes.append("Latitude et longitude étaient interverties : remises à leur place.")
            return _coordinates(turned, "adresse")
        written.notes.append(f"Position à plus de {limit} km de la commune ({commune.nom}) : remplacée par celle de la commune.")
    if commune.latitude is None or commune.longitude is None:
        return {"latitude": None, "longitude": None, "precision_lieu": None}
    return _coordinates((commune.latitude, commune.longitude), "commune")


def _coordinates(point: tuple[float, float], precision: str) -> dict[str, Any]:
    return {"latitude": round(point[0], 6), "longitude": round(point[1], 6), "precision_lieu": precision}


def distance(commune: Commune, point: tuple[float, float] | None) -> float:
    """Kilometres from the town hall to (latitude, longitude); 0 where its place is unknown: nothing then speaks against the point."""
    if point is None or commune.latitude is None or commune.longitude is None:
        return 0.0
    return kilometres(commune.latitude, commune.longitude, *point)


def farthest(commune: Commune) -> int:
    """Kilometres from its town hall beyond which no place is in `commune`."""
    return FAR_OVERSEAS_KM if commune.departement.startswith(("97", "98")) else FAR_KM


def _locality(commune: Commune, written: _Written, complement: Any) -> dict[str, Any]:
    """A hamlet or former commune written as the town is still needed to find the door."""
    said, known = _level(written.commune), _level(commune.nom)
    alike = said in known or known in said or fuzz.ratio(said, known) >= SURE_SCORE
    if not said or alike or LOST in said or said in _level(_text(complement) or ""):
        return {}
    return {"complement_adresse": ", ".join(filter(None, [_text(complement), without_cedex(written.commune)]))}


def _unplaced(written: _Written) -> dict[str, Any]:
    point = written.point or (None, None)
    return {
        "commune": written.commune or None,
        "code_insee": None,
        "code_postal": written.code_postal,
        "adresse": written.adresse,
        "latitude": point[0],
        "longitude": point[1],
        "precision_lieu": "adresse" if written.point else None,
    }


def _problem(written: _Written) -> str:
    if not written.commune and not written.code_postal and not written.code_insee:
        return "Ni commune, ni code postal, ni code commune : le lieu est inconnu."
    said = " ".join(filter(None, [written.code_postal, written.commune and f"« {written.commune} »", written.code_insee]))
    return f"Commune introuvable ou ambiguë : {said}."
