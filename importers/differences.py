"""What a dry run foretells, to look at before anything is written: the first differences, and where the listings fall."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session

from app import listings
from app.confidentiality import SEALED_FIELDS
from app.models import Genre
from app.territory.gazetteer import Gazetteer
from importers import foreseeing
from importers.preparing import Lot, Prepared

MOST = 20  # rows whose differences are told
MOST_POINTS = 2_000
PLACE = {"code_insee", "latitude", "longitude", "precision_lieu", "departement"}  # said by the commune and the map
UNTOLD = {"id", "source", "structure_id", "date_fichier", "disparu_le", "description_composee", "demonstration", *PLACE}


@dataclass
class Differences:
    """Gathers, lot after lot, what an import would do, then gives it to `keep`. A confidential address is in none of it."""

    gazetteer: Gazetteer
    keep: Callable[[dict[str, Any]], None]
    changed: list[dict[str, Any]] = field(default_factory=list)  # {nom, ligne, champs: [[field, before, after]]}
    created: list[dict[str, Any]] = field(default_factory=list)
    communes: Counter[str] = field(default_factory=Counter)  # by code_insee
    points: list[dict[str, Any]] = field(default_factory=list)
    services: int = 0
    needs: Counter[str] = field(default_factory=Counter)  # services by thématique

    def add(self, session: Session, lot: Lot) -> None:
        """See a lot, once its effects are foretold."""
        changed = [item for item in lot.prepared if item.effect == "changed"][: MOST - len(self.changed)]
        stored = {genre: _stored(session, genre, changed) for genre in foreseeing.GENRES}
        for item in changed:
            self.changed.append(self._change(item, stored))
        for item in lot.prepared:
            self.services += len(item.services)
            self.needs.update(need for service in item.services for need in service.get("thematiques") or ())
            if item.effect != "unchanged":
                self._place(item)
            if item.effect == "created" and len(self.created) < MOST:
                self.created.append({"nom": item.main.get("nom"), "ligne": item.record.line, "commune": item.main.get("commune")})

    def close(self) -> None:
        communes = [[self._name(code), count] for code, count in self.communes.most_common()]
        told = {"changed": self.changed, "created": self.created, "communes": communes, "points": self.points}
        self.keep({**told, "services": self.services, "by_need": self.needs.most_common()})

    def _change(self, item: Prepared, stored: dict[Genre, dict[str, Any]]) -> dict[str, Any]:
        fields: list[list[Any]] = []
        for genre, found in item.by_genre():
            for values in found:
                before = stored[genre].get(values["id"])
                if before is None:
                    fields.append(["service", None, values.get("nom")])
                else:
                    told = [[name, _plain(old), _plain(new)] for name, old, new in _differences(before, values)]
                    fields += [one for one in told if one not in fields]  # a service says again what its structure says
        return {"nom": item.main.get("nom"), "ligne": item.record.line, "champs": fields}

    def _place(self, item: Prepared) -> None:
        main = item.main
        code = main.get("code_insee")
        if code:
            self.communes[code] += 1
        commune = self.gazetteer.commune(code) if code else None
        longitude, latitude = main.get("longitude"), main.get("latitude")
        if main.get("adresse_confidentielle"):
            longitude, latitude = (commune.longitude, commune.latitude) if commune else (None, None)
        if latitude is None or longitude is None or len(self.points) >= MOST_POINTS:
            return
        about = main.get("precision_lieu") == "commune" or bool(main.get("adresse_confidentielle"))
        point = {"nom": main.get("nom"), "commune": main.get("commune"), "approximatif": about, "ligne": item.record.line}
        self.points.append({**point, "longitude": round(longitude, 5), "latitude": round(latitude, 5)})

    def _name(self, code: str) -> str:
        commune = self.gazetteer.commune(code)
        return commune.nom if commune else code


def _stored(session: Session, genre: Genre, items: list[Prepared]) -> dict[str, Any]:
    ids = [values["id"] for item in items for of, found in item.by_genre() if of == genre for values in found]
    return {row.id: row for row in listings.by_ids(session, genre, ids)}


def _differences(before: Any, values: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Fields that would change, but those told otherwise and a confidential address."""
    untold = {*UNTOLD, *SEALED_FIELDS} if values.get("adresse_confidentielle") else UNTOLD
    return [one for one in foreseeing.differences(before, values) if one[0] not in untold]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
