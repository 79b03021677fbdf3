"""The communes of France, and how to find one: by code, postal code, or a name typed in a hurry."""

import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from app import collector
from app.territory.lookup import Named, NameFinder, level
from app.territory.suggesting import Suggester

DATA = Path(__file__).parent / "data"

ATTRIBUTIONS: tuple[tuple[str, str], ...] = (
    ("INSEE : code officiel géographique, populations", "Licence Ouverte 2.0"),
    ("IGN : contours administratifs (Admin Express)", "Licence Ouverte 2.0"),
    ("DILA : annuaire de l’administration (mairies)", "Licence Ouverte 2.0"),
    ("La Poste : base officielle des codes postaux", "Licence Ouverte 2.0"),
    ("DGCL : intercommunalités (Banatic)", "Licence Ouverte 2.0"),
)


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune or a municipal district. Coordinates are WGS 84 degrees; None: known nowhere."""

    code: str
    nom: str
    codes_postaux: tuple[str, ...]
    departement: str
    region: str
    epci: str | None
    collectivite: str | None
    population: int
    latitude: float | None
    longitude: float | None
    parent: str | None = None  # the city of a municipal district


@dataclass(frozen=True, slots=True)
class Territory:
    """A named area: département, région, EPCI or collectivité."""

    code: str
    nom: str
    kind: str  # "departement", "region", "epci", "collectivite"


class Gazetteer:
    """All of it in memory, read from the files that ``scripts/build_gazetteer.py`` makes."""

    def __init__(self, folder: Path = DATA) -> None:
        self._communes = {commune.code: commune for commune in map(_commune, _rows(folder / "communes.tsv.gz"))}
        former = [(old, today, name) for old, today, name, _ in _rows(folder / "anciennes.tsv.gz")]
        self._former = {old: today for old, today, _ in former if old not in self._communes}
        self._former_names = [(name, self._communes[today]) for _, today, name in former if name]
        self._territories = {code: Territory(code, nom, kind) for kind, code, nom, _ in _rows(folder / "territoires.tsv.gz")}
        self._by_postal_code: dict[str, list[Commune]] = defaultdict(list)
        self._former_codes: dict[str, list[str]] = defaultdict(list)
        for old, today in self._former.items():
            self._former_codes[today].append(old)
        self._members: dict[str, list[str]] = defaultdict(list)
        for commune in sorted(self._communes.values(), key=lambda commune: (commune.parent is None, -commune.population)):
            for code_postal in commune.codes_postaux:
                self._by_postal_code[code_postal].append(commune)
        for commune in self._communes.values():
            if commune.parent:
                self._members[commune.parent].append(commune.code)

    def commune(self, code: str) -> Commune | None:
        """By current or former INSEE code (merged communes are followed to today's)."""
        return self._communes.get(self._former.get(code, code))

    def communes(self) -> tuple[Commune, ...]:
        """Every current commune and municipal district, by code."""
        return tuple(self._communes.values())

    def by_postal_code(self, code_postal: str) -> tuple[Commune, ...]:
        """Communes it serves, districts first, then the most populous; empty for a CEDEX or unknown code."""
        return tuple(self._by_postal_code.get(code_postal, ()))

    def find(self, name: str, code_postal: str | None = None, departement: str | None = None) -> Commune | None:
        """The one commune meant by a written name, narrowed by postal code or département; None if unsure."""
        return self._finder.find(name, code_postal, departement)

    def suggest(self, text: str, limit: int = 8) -> tuple[Commune, ...]:
        """Communes for what has been typed so far (name, start of a name, postal code), best first."""
        return self._suggester.suggest(text, limit)

    def members(self, commune: str) -> tuple[str, ...]:
        """Codes of a city's municipal districts; empty for any other commune."""
        return tuple(self._members.get(commune, ()))

    def former_codes(self, commune: str) -> tuple[str, ...]:
        """Codes of the communes that a commune was made of and that are no longer; empty for most."""
        return tuple(self._former_codes.get(commune, ()))

    def territory(self, code: str) -> Territory | None:
        """Département ("04"), EPCI (9 digits), collectivité ("04D") by code; région as "R93"."""
        return self._territories.get(code)

    def collectivites(self) -> tuple[Territory, ...]:
        """Those that manage social action, by code."""
        return tuple(place for place in self._territories.values() if place.kind == "collectivite")

    def departements_of(self, collectivite: str) -> frozenset[str]:
        """Codes of the départements that a collectivité's communes are in; two for Alsace and Corse, none if it is unknown."""
        return self._departements.get(collectivite, frozenset())

    @cached_property
    def _departements(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for commune in self._communes.values():
            if commune.collectivite:
                found[commune.collectivite].add(commune.departement)
        return {code: frozenset(departements) for code, departements in found.items()}

    def regions(self) -> tuple[Territory, ...]:
        """By code."""
        return tuple(place for place in self._territories.values() if place.kind == "region")

    @cached_property
    def _names(self) -> list[Named[Commune]]:
        return level(self._communes.values())

    @cached_property
    def _finder(self) -> NameFinder[Commune]:
        finder = NameFinder(self._names, self._former_names)
        collector.settle()
        return finder

    @cached_property
    def _suggester(self) -> Suggester[Commune]:
        return Suggester(self._names, self._former_names)


@lru_cache(maxsize=1)
def load() -> Gazetteer:
    """The shipped gazetteer; read once a process, and never garbage: the collector no longer walks through it."""
    gazetteer = Gazetteer()
    collector.settle()
    return gazetteer


def _rows(path: Path) -> Iterator[list[str]]:
    text = gzip.decompress(path.read_bytes()).decode()
    return (line.split("\t") for line in text.splitlines())


def _commune(row: list[str]) -> Commune:
    code, nom, departement, region, epci, collectivite, parent, population, latitude, longitude, codes_postaux = row
    return Commune(
        code,
        nom,
        tuple(codes_postaux.split()),
        departement,
        region,
        epci or None,
        collectivite or None,
        int(population),
        float(latitude) if latitude else None,
        float(longitude) if longitude else None,
        parent or None,
    )
