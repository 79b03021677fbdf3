"""Who is competent for a person, computed the plain way from raw records and raw tables: nothing of the application's is used.

Every listing is looked at for every question. Columns are numpy arrays, so that 150,000 times 500 take minutes, not hours.
"""

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

TABLES = Path(__file__).parents[2] / "app" / "territory" / "data"
EARTH_KM = 6371.0088
EVERYWHERE = {"france", "99100"}
Record = Mapping[str, Any]
Mask = npt.NDArray[np.bool_]
FILTERS = ("thematiques", "publics", "frais", "modes_accueil", "types", "departements", "sources")


@dataclass(frozen=True)
class Person:
    """Who asks: a commune's code, the exact point if it is known, how far they go (None: anywhere), and what they choose."""

    commune: str
    point: tuple[float, float] | None
    km: float | None
    chosen: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Communes:
    """The shipped tables, read line by line."""

    def __init__(self) -> None:
        self.rows = {row[0]: row for row in _rows("communes.tsv.gz")}
        self.today = {old: new for old, new, *_ in _rows("anciennes.tsv.gz") if old not in self.rows}
        self._parts: dict[str, set[str]] = {}
        for part, whole in (*self.today.items(), *((row[0], row[6]) for row in self.rows.values())):
            self._parts.setdefault(whole, set()).add(part)

    def row(self, code: str) -> list[str]:
        return self.rows[self.today.get(code, code)]

    def departement(self, code: str | None) -> str | None:
        return self.row(code)[2] if code and (code in self.rows or code in self.today) else None

    def point(self, code: str) -> tuple[float, float] | None:
        latitude, longitude = self.row(code)[8:10]
        return (float(latitude), float(longitude)) if latitude else None

    def zones(self, code: str) -> set[str]:
        """Every way to say a zone that holds some of the commune."""
        own, _, departement, _, epci, collectivite, city, *_ = self.row(code)
        return {own, departement, epci, collectivite, city, *EVERYWHERE, *self._parts.get(own, ())} - {""}


def _rows(name: str) -> Iterable[list[str]]:
    text = gzip.decompress((TABLES / name).read_bytes()).decode()
    return (line.split("\t") for line in text.splitlines())


class BruteForce:
    """All the services, column by column."""

    def __init__(self, communes: Communes, structures: Iterable[Record], services: Sequence[Record]) -> None:
        self._communes = communes
        self._last: tuple[Person, Mask] | None = None  # who is competent for the last person: each count asks again
        owners = {record["id"]: record for record in structures}
        self.ids = np.array([record["id"] for record in services])
        places = [s if s["code_insee"] or s["commune"] else owners[s["structure_id"]] for s in services]
        points = [s if s["latitude"] is not None else owners[s["structure_id"]] for s in services]
        self._points = _on_sphere(*(np.array([p[name] for p in points], dtype=float) for name in ("latitude", "longitude")))
        self._commune = np.array([place["code_insee"] or "" for place in places])
        zones = [record["zone_eligibilite"] or () for record in services]
        self._zoned = np.array([bool(zone) for zone in zones])
        self._zones = _holders(zones)
        self._values = {
            "thematiques": _holders(record["thematiques"] or () for record in services),
            "publics": _holders(record["publics"] or () for record in services),
            "frais": _holders([record["frais"]] if record["frais"] else () for record in services),
            "modes_accueil": _holders(record["modes_accueil"] or () for record in services),
            "types": _holders([record["type"]] if record["type"] else () for record in services),
            "departements": _holders([d] if (d := communes.departement(place["code_insee"])) else () for place in places),
            "sources": _holders([record["source"]] for record in services),
        }
        self._values["categories"] = _holders({t.split("--")[0] for t in record["thematiques"] or ()} for record in services)
        publics = [set(record["publics"] or ()) for record in services]
        self._open = np.array([not said or "tous-publics" in said for said in publics])
        self._residents = np.array(["residents-qpv-frr" in said for said in publics])

    def answers(self, person: Person, without: str = "") -> Mask:
        """What answers; `without` one of the filters chosen."""
        if self._last is None or self._last[0] is not person:
            self._last = (person, self._competent(person))
        kept = self._last[1]
        for name, values in person.chosen.items():
            if name != without:
                kept = kept & np.any([self._admitting(name, value) for value in values], axis=0)
        return kept

    def counts(self, person: Person, facet: str) -> dict[str, int]:
        """How many answers choosing each value alone would give."""
        kept = self.answers(person, without="thematiques" if facet == "categories" else facet)
        # With a public that nobody names, nothing would be counted but what is open: the référentiel's own are counted.
        names = set(self._values[facet]) | (PUBLICS if facet == "publics" else set())
        found = {value: int((kept & self._admitting(facet, value)).sum()) for value in names}
        return {value: number for value, number in found.items() if number}

    def _admitting(self, name: str, value: str) -> Mask:
        """Who has the value; for a public, also who is open to it, or may be, for an address that nobody knows."""
        held = self._holding(self._values[name], [value])
        if name == "publics":
            held[self._open] = True
            if value != "tous-publics":
                held[self._residents] = True
        return held

    def _competent(self, person: Person) -> Mask:
        codes = self._communes.zones(person.commune)
        serves = ~self._zoned | self._holding(self._zones, codes)
        if person.km is None:
            return serves
        departement = self._holding(self._values["departements"], [self._communes.row(person.commune)[2]])
        named = self._holding(self._zones, codes - EVERYWHERE) | np.isin(self._commune, list(codes)) | (~self._zoned & departement)
        remote = self._holding(self._values["modes_accueil"], ["a-distance"])
        point = person.point or self._communes.point(person.commune)
        if point is None:
            return serves & (remote | named)
        away = self._kilometres(point)
        return serves & (remote | (away <= person.km) | (np.isnan(away) & named))

    def _kilometres(self, point: tuple[float, float]) -> npt.NDArray[np.float64]:
        """Along the great circle, from the chord between two points of the sphere."""
        here = _on_sphere(np.array([point[0]]), np.array([point[1]]))
        chord = np.sqrt(((self._points - here) ** 2).sum(axis=1))
        return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(1.0, chord / 2)))

    def _holding(self, holders: Mapping[str, npt.NDArray[np.int64]], values: Iterable[str]) -> Mask:
        mask = np.zeros(len(self.ids), dtype=bool)
        for value in values:
            mask[holders.get(value, [])] = True
        return mask


PUBLICS = {
    *("tous-publics", "actifs", "beneficiaires-des-minimas-sociaux", "demandeurs-emploi", "etudiants", "familles", "femmes", "jeunes"),
    *("personnes-en-situation-de-handicap", "personnes-en-situation-durgence", "personnes-en-situation-juridique-specifique"),
    *("personnes-exilees", "residents-qpv-frr", "seniors"),
}


def _holders(lists: Iterable[Iterable[str]]) -> dict[str, npt.NDArray[np.int64]]:
    """Positions of the records that have each value."""
    found: dict[str, list[int]] = {}
    for position, values in enumerate(lists):
        for value in values:
            found.setdefault(value, []).append(position)
    return {value: np.array(positions, dtype=np.int64) for value, positions in found.items()}


def _on_sphere(latitudes: npt.NDArray[np.float64], longitudes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    phi, theta = np.radians(latitudes), np.radians(longitudes)
    return np.column_stack((np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)))
