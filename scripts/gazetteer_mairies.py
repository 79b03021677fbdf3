"""The shipped file of town halls: what a public service publishes about its office, and nothing of a person."""

import json
import re
from collections.abc import Iterator
from typing import Any

from app.territory.names import key, without_cedex

Row = dict[str, Any]

MAIL = re.compile(r"\S+@\S+")
MOBILES = ("06", "07")
OVERSEAS_MOBILES = ("0639", "0690", "0691", "0692", "0693", "0694", "0696", "0697")


def town_halls(rows: list[dict[str, str]], communes: dict[str, Row]) -> Iterator[Row]:
    """One dict per town hall of a current commune or district that has an address or a phone, by code.

    `communes` maps current codes to rows with "nom", "latitude", "longitude". `horaires` stays as published:
    [[first day, last day, [[opens, closes], ...]], ...], days in French, times "HH:MM:SS".
    """
    for row in sorted(rows, key=lambda row: row["code"]):
        commune = communes.get(row["code"])
        if row["type"] not in ("COM", "ARM") or commune is None:
            continue
        adresse, code_postal, ville = split(row["mairie_adresse"])
        telephone = office_phone(row["mairie_telephone"])
        if not adresse and not telephone:
            continue
        latitude, longitude = commune["mairie"] or (None, None)
        yield {
            "code_insee": row["code"],
            "nom": f"Mairie {of(commune)}",
            "adresse": adresse
            if ville is None or is_town(ville, commune)
            else clean(f"{adresse or ''}, {code_postal} {ville}".lstrip(", ")),
            "code_postal": code_postal,
            "commune": commune["nom"],
            "telephone": telephone,
            "site_web": clean(row["mairie_site"]),
            "horaires": json.loads(row["mairie_horaires"] or "[]"),
            "longitude": longitude,
            "latitude": latitude,
        }


def split(text: str) -> tuple[str | None, str | None, str | None]:
    """Street, postal code and town of an address written on lines, the last one being "01400 Ville"."""
    *street, last = [clean(line) or "" for line in text.strip().split("\n")]
    found = re.fullmatch(r"(\d{5}) (.+)", last)
    if found is None:
        return clean(", ".join([*street, last])), None, None
    return clean(", ".join(filter(None, street))), found[1], found[2]


def office_phone(text: str) -> str | None:
    """The number as published, unless it may be someone's own: mobiles are left out."""
    digits = re.sub(r"\D", "", text)
    if len(digits) != 10 or digits.startswith(MOBILES + OVERSEAS_MOBILES):
        return None
    return " ".join(digits[i : i + 2] for i in range(0, 10, 2))


def clean(text: str) -> str | None:
    """Without e-mail addresses and doubled spaces; None when nothing is left."""
    return " ".join(MAIL.sub(" ", text).split()) or None


def is_town(ville: str, commune: Row) -> bool:
    """Whether the town of the address is the commune itself; a small commune's office may be in the next one."""
    return key(without_cedex(ville)) in (key(commune["nom"]), key(commune["nom"].split(" ")[0] if commune["parent"] else commune["nom"]))


def of(commune: Row) -> str:
    """ "de Digne-les-Bains", "du Mans", "d'Angers", "du 11e arrondissement de Paris"."""
    nom: str = commune["nom"]
    if commune["parent"]:
        city, rank, _ = nom.split(" ")
        return f"du {rank} arrondissement de {city}"
    for article, joined in (("Le ", "du "), ("Les ", "des ")):
        if nom.startswith(article):
            return joined + nom.removeprefix(article)
    if nom.startswith(("La ", "L'", "Las ", "Los ")):
        return f"de {nom}"
    return f"d'{nom}" if commune["elided"] else f"de {nom}"
