"""The communes of France, and how to find one: by code, postal code, or a name typed in a hurry."""

from dataclasses import dataclass


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
    """All of it in memory, read from the file that ``scripts/build_gazetteer.py`` makes."""

    def commune(self, code: str) -> Commune | None:
        """By current or former INSEE code (merged communes are followed to today's)."""
        raise NotImplementedError

    def by_postal_code(self, code_postal: str) -> tuple[Commune, ...]:
        raise NotImplementedError

    def find(self, name: str, code_postal: str | None = None, departement: str | None = None) -> Commune | None:
        """The one commune meant by a written name, narrowed by postal code or département; None if unsure."""
        raise NotImplementedError

    def suggest(self, text: str, limit: int = 8) -> tuple[Commune, ...]:
        """Communes for what has been typed so far (name, start of a name, postal code), best first."""
        raise NotImplementedError

    def members(self, commune: str) -> tuple[str, ...]:
        """Codes of a city's municipal districts; empty for any other commune."""
        raise NotImplementedError

    def territory(self, code: str) -> Territory | None:
        """Département ("04"), EPCI (9 digits), collectivité ("04D") by code; région as "R93"."""
        raise NotImplementedError

    def collectivites(self) -> tuple[Territory, ...]:
        raise NotImplementedError


def load() -> Gazetteer:
    """The shipped gazetteer; read once a process."""
    raise NotImplementedError
