"""Listings put in their place: what they say of it, then what the geocoder knows of an address without a point to be believed."""

import hashlib
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.models import AdresseSituee
from app.territory.gazetteer import Gazetteer
from app.territory.geocoding import Found, Geocoder, Wanted
from app.territory.locating import Located, locate
from app.territory.names import key
from app.territory.outside import Unanswered

Values = Mapping[str, Any]


class Point(NamedTuple):
    """Where an address is, in WGS 84 degrees, and how sure the geocoder is, from 0 to 1."""

    latitude: float
    longitude: float
    score: float


PLACE_FIELDS = ("commune", "code_postal", "code_insee", "adresse", "latitude", "longitude")
READ_FIELDS = (*PLACE_FIELDS, "complement_adresse")
LOCATED_KEPT = 20_000  # places remembered: services stand where their structure does
LOT = 100  # addresses a call
MOST_SECONDS = 600.0  # of waiting for the geocoder in one run
TOWN_HALL = re.compile(r"\b(?:mairie|hotel de ville|maison commune)\b")
NOT_FOUND = "Adresse inconnue du service d’adresses, ou trouvée ailleurs : position de la commune."
AWAITED = "Adresse à situer : le service d’adresses n’a pas répondu. Nouvel essai au prochain import."


@dataclass
class Placing:
    """Places the listings of one run. `geocoder` None: places come from the records and the gazetteer alone.

    Answers of the geocoder are kept in the base, unless `dry_run`: they stand when it no longer answers.
    """

    engine: Engine
    gazetteer: Gazetteer
    geocoder: Geocoder | None
    departement: str | None
    dry_run: bool = False
    _located: dict[tuple[Any, ...], Located] = field(default_factory=dict)
    _waited: float = 0.0

    def place(self, values: Values) -> Located:
        """The place of a listing, as `look_up` left it or from what it says."""
        place = _place_of(values)
        if place not in self._located:
            self._located[place] = self._read(values)
        return self._located[place]

    def vague(self, listings: Iterable[Values]) -> list[Values]:
        """Those that have an address, and no better point than their commune's."""
        if len(self._located) > LOCATED_KEPT:
            self._located.clear()
        return [values for values in listings if any(values.get(name) for name in PLACE_FIELDS) and _is_vague(self.place(values))]

    def look_up(self, vague: Iterable[Values]) -> None:
        """Look up the addresses of vague listings. The caller leaves out confidential ones."""
        located = {_place_of(values): self.place(values) for values in vague}
        by_digest = {_digest(one): one for one in located.values()}
        with Session(self.engine) as session:
            known = _known(session, by_digest)
            found, awaited = self._ask([one for digest, one in by_digest.items() if digest not in known])
            if found and not self.dry_run:
                _keep(session, found)
        for place, one in located.items():
            missing = "" if self.geocoder is None else AWAITED if _digest(one) in awaited else NOT_FOUND
            self._located[place] = _completed(one, (known | found).get(_digest(one)), missing)

    def _read(self, values: Values) -> Located:
        said = key(" ".join(str(values.get(name) or "") for name in ("nom", "adresse", "complement_adresse")))
        written = {name: values.get(name) for name in READ_FIELDS}
        return locate(self.gazetteer, written, departement=self.departement, town_hall=bool(TOWN_HALL.search(said)))

    def _ask(self, located: Sequence[Located]) -> tuple[dict[str, Point], set[str]]:
        """Answers by digest; and the digests that got none because the geocoder is silent."""
        found: dict[str, Point] = {}
        awaited: set[str] = set()
        for start in range(0, len(located) if self.geocoder else 0, LOT):
            lot = located[start : start + LOT]
            try:
                answers = self._find([self._wanted(one) for one in lot])
            except Unanswered:
                awaited.update(map(_digest, lot))
                continue
            found.update((_digest(one), _point(answer)) for one, answer in zip(lot, answers, strict=True) if answer)
        return found, awaited

    def _find(self, wanted: Sequence[Wanted]) -> list[Found | None]:
        """Raises Unanswered, also once the run has waited enough."""
        if self.geocoder is None or self._waited > MOST_SECONDS:
            raise Unanswered("waited enough")
        started = time.monotonic()
        try:
            return self.geocoder.find_all(wanted)
        finally:
            self._waited += time.monotonic() - started

    def _wanted(self, located: Located) -> Wanted:
        commune = self.gazetteer.commune(located.values["code_insee"])
        assert commune is not None, "a located record is in a commune"  # noqa: S101
        return Wanted(located.values["adresse"], located.values["code_postal"], commune)


def _place_of(values: Values) -> tuple[Any, ...]:
    return tuple(values.get(name) for name in READ_FIELDS)


def _is_vague(located: Located) -> bool:
    """Has it an address, and no better point than its commune's?"""
    values = located.values
    return located.problem is None and values.get("precision_lieu") != "adresse" and len(key(values.get("adresse") or "")) > 2


def _digest(located: Located) -> str:
    written = f"{located.values['code_insee']} {key(located.values['adresse'])}"
    return hashlib.blake2b(written.encode(), digest_size=16).hexdigest()


def _known(session: Session, digests: Collection[str]) -> dict[str, Point]:
    rows = session.exec(select(AdresseSituee).where(col(AdresseSituee.cle).in_(digests)))
    return {row.cle: Point(row.latitude, row.longitude, row.score) for row in rows}


def _keep(session: Session, found: Mapping[str, Point]) -> None:
    session.add_all(AdresseSituee(cle=digest, **point._asdict()) for digest, point in found.items())
    with suppress(IntegrityError):  # another import kept some of them meanwhile: ours will be asked for again
        session.commit()


def _point(found: Found) -> Point:
    return Point(round(found.latitude, 6), round(found.longitude, 6), found.score)


def _completed(located: Located, known: Point | None, missing: str) -> Located:
    if known is None:
        return replace(located, notes=(*located.notes, missing)) if missing else located
    place = {"latitude": known.latitude, "longitude": known.longitude, "precision_lieu": "adresse"}
    note = f"Position trouvée d’après l’adresse (score {known.score:.2f}).".replace(".", ",", 1)
    return replace(located, values={**located.values, **place}, notes=(*located.notes, note))
