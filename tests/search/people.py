"""Invented listings and persons all over France, drawn from a seed: the awkward cases are drawn more often than they happen."""

import random
from typing import Any

from app.vocabulary import REFERENTIELS, thematiques_by_categorie
from tests.search.brute_force import PUBLICS, Communes, Person

THEMATIQUES = sorted(t for values in thematiques_by_categorie().values() for t in values)
TYPES = sorted(item.value for item in REFERENTIELS["types-services"])
MODES = ("a-distance", "en-presentiel")
AWKWARD = (
    *("75056", "75111", "75112", "13055", "13203", "69123", "69383", "69266", "69264", "2A004", "2B033", "85113", "22016", "84138"),
    *("97411", "97302", "97611", "98818", "98814", "97502", "49067", "04070", "04019", "04066", "05061", "26220", "93066", "15036"),
)
RADII = (None, 5, 10, 20, 20, 30, 30, 50, 50, 100)


class France:
    """Draws communes: a third awkward, the others by population or at random."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.communes = Communes()
        self._codes = list(self.communes.rows)
        self._former = list(self.communes.today)
        self._weights = [int(row[7]) for row in self.communes.rows.values()]
        self._peopled = rng.choices(self._codes, self._weights, k=20_000)

    def commune(self) -> str:
        return self.rng.choice(self.rng.choice((AWKWARD, self._peopled, self._codes)))

    def point(self, code: str) -> tuple[float, float] | None:
        """A street somewhere near the town hall."""
        town_hall = self.communes.point(code)
        return town_hall and (town_hall[0] + self.rng.gauss(0, 0.03), town_hall[1] + self.rng.gauss(0, 0.03))

    def zone(self, around: str) -> str:
        """Most often one that holds the commune."""
        _, _, departement, _, epci, collectivite, city, *_ = self.communes.row(around)
        near = [around, departement, epci, collectivite, city, *sorted(self.communes.zones(around))]
        far = [self.commune(), self.rng.choice(self._former), "99109", "31999", self.communes.row(self.commune())[4]]
        return self.rng.choice([code for code in (*near, *near, *far) if code])

    def few(self, values: Any, most: int) -> list[str] | None:
        return self.rng.sample(sorted(values), self.rng.randint(1, most)) if self.rng.random() < 0.85 else None


def listings(seed: int, services: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Structures and services as records of schema v1."""
    france = France(random.Random(seed))
    structures = [_structure(france, number) for number in range(services // 3)]
    return structures, [_service(france, number, france.rng.choice(structures)) for number in range(services)]


def _structure(france: France, number: int) -> dict[str, Any]:
    return {"id": f"essai--{number}", "source": "essai", "nom": f"Association {number}", **_place(france, france.commune())}


def _place(france: France, code: str) -> dict[str, Any]:
    row, point = france.communes.row(code), france.point(code) if france.rng.random() < 0.85 else None
    return {"code_insee": row[0], "commune": row[1], "latitude": point and point[0], "longitude": point and point[1]}


def _service(france: France, number: int, structure: dict[str, Any]) -> dict[str, Any]:
    rng, source = france.rng, france.rng.choice(["essai", "autre"])
    own = rng.random() < 0.4
    near = france.commune() if own else structure["code_insee"]
    place = _place(france, near) if own else dict.fromkeys(("code_insee", "commune", "latitude", "longitude"))
    return {
        "id": f"{source}--s{number}",
        "source": source,
        "structure_id": structure["id"],
        "nom": f"Service {number}",
        "thematiques": france.few(THEMATIQUES, 3),
        "publics": rng.choice([None, ["tous-publics"], ["residents-qpv-frr"], france.few(PUBLICS - {"tous-publics"}, 4)]),
        "frais": rng.choice([None, "gratuit", "payant"]),
        "modes_accueil": rng.choice([None, ["a-distance"], ["en-presentiel"], ["en-presentiel"], list(MODES)]),
        "type": rng.choice([None, *TYPES]),
        "zone_eligibilite": rng.choice([None, [france.zone(near)], [france.zone(near)], ["france"], [france.zone(near) for _ in "abc"]]),
        **place,
    }


def persons(seed: int, number: int) -> list[Person]:
    """Persons with a place, a radius and, most of them, a few filters."""
    france = France(random.Random(seed))
    return [_person(france) for _ in range(number)]


def _person(france: France) -> Person:
    rng, code = france.rng, france.commune()
    choices: dict[str, tuple[float, Any, int]] = {
        "thematiques": (0.4, THEMATIQUES, 6),
        "publics": (0.4, PUBLICS, 3),
        "frais": (0.2, ("gratuit", "payant"), 1),
        "modes_accueil": (0.2, MODES, 2),
        "types": (0.1, TYPES, 2),
        "departements": (0.05, [france.communes.row(code)[2], "04", "75"], 2),
    }
    chosen = {
        name: frozenset(rng.sample(sorted(values), rng.randint(1, most)))
        for name, (likely, values, most) in choices.items()
        if rng.random() < likely
    }
    return Person(code, france.point(code) if rng.random() < 0.5 else None, rng.choice(RADII), chosen)
