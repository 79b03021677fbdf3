"""Intercommunalités and départements as places: their communes, how they are written, and suggestions while typing."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from app.search.port import Place
from app.territory.competence import zones_of
from app.territory.gazetteer import Commune, Gazetteer, Territory
from app.territory.names import key
from app.territory.suggesting import AFTER_EVERYTHING

SHORT = (("Communauté de communes", "CC"), ("Communauté d’agglomération", "CA"), ("Communauté urbaine", "CU"))
SAYS_NOTHING = {
    *("cc", "ca", "cu", "communaute", "communautes", "commune", "communes", "agglo", "agglomeration", "urbaine", "interco"),
    *("intercommunalite", "epci", "departement", "de", "du", "des", "d", "l", "la", "le", "les", "et", "en"),
}
WRITTEN = re.compile(r"(?P<name>.+?)\s*\((?:département|intercommunalité,?) (?P<code>\d{2,3}|2[AB])\)", re.IGNORECASE)


@dataclass(frozen=True)
class Area:
    """An EPCI or a département, with its communes and districts. `departement`: its own, or that of its largest commune."""

    territory: Territory
    communes: tuple[Commune, ...]
    departement: str
    population: int

    @property
    def nom(self) -> str:
        """« CC Vallée de l’Ubaye Serre-Ponçon »."""
        nom = self.territory.nom.replace("'", "’")
        for long, short in SHORT:
            nom = re.sub(f"^{long}", short, nom, flags=re.IGNORECASE)
        return nom

    @property
    def written(self) -> str:
        """The same with what makes it understood again: « (intercommunalité, 04) », « (département 04) »."""
        kind = "département" if self.territory.kind == "departement" else "intercommunalité,"
        return f"{self.nom} ({kind} {self.departement})"


class Areas:
    """Every EPCI and département that has communes."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        communes: dict[str, list[Commune]] = defaultdict(list)
        for commune in gazetteer.communes():
            for code in {commune.departement, commune.epci or commune.departement}:
                communes[code].append(commune)
        self._by_code = {code: area for code, found in communes.items() if (area := _area(gazetteer.territory(code), found))}
        self._ranked = sorted(self._by_code.values(), key=lambda area: (-area.population, area.territory.code))
        self._by_name: dict[str, list[Area]] = defaultdict(list)
        self._loosely: dict[str, list[Area]] = defaultdict(list)
        for area in self._ranked:
            for name in {key(area.territory.nom), key(area.nom)}:
                self._by_name[name].append(area)
            self._loosely[" ".join(_telling(area.territory.nom))].append(area)
        self._words = sorted((word, rank) for rank, area in enumerate(self._ranked) for word in _telling(area.territory.nom))
        self.place = lru_cache(maxsize=64)(lambda code: _place(gazetteer, self._by_code[code]))

    def get(self, code: str) -> Area | None:
        """By code: "04", or an EPCI's nine digits."""
        return self._by_code.get(code)

    def find(self, text: str) -> Area | None:
        """The one that `text` names whole, as `written` does or as people do; None if unsure."""
        parts = WRITTEN.fullmatch(text)
        if parts:
            found = [area for area in self._by_name.get(key(parts["name"]), ()) if key(area.written) == key(text)]
        else:
            found = self._by_name.get(key(text)) or self._loosely.get(" ".join(_telling(text)), [])
        return found[0] if len(found) == 1 else None

    def suggest(self, text: str, limit: int = 3) -> tuple[Area, ...]:
        """Those of which words start as each of the words typed, or that have this code; the most populous first."""
        if area := self._by_code.get(text.strip().upper()):
            return (area,)
        typed = _telling(text[:80])
        if not typed or max(map(len, typed)) < 2:
            return ()
        ranks = set[int].intersection(*map(self._starting, typed))
        return tuple(self._ranked[rank] for rank in sorted(ranks)[:limit])

    def _starting(self, typed: str) -> set[int]:
        """Ranks of the areas of which a word starts so."""
        first, last = bisect_left(self._words, (typed,)), bisect_left(self._words, (typed + AFTER_EVERYTHING,))
        return {rank for _, rank in self._words[first:last]}


_areas: WeakKeyDictionary[Gazetteer, Areas] = WeakKeyDictionary()


def areas_of(gazetteer: Gazetteer) -> Areas:
    """The areas of a gazetteer, made once."""
    if gazetteer not in _areas:
        _areas[gazetteer] = Areas(gazetteer)
    return _areas[gazetteer]


def _area(territory: Territory | None, communes: Sequence[Commune]) -> Area | None:
    if territory is None:
        return None
    largest = max(communes, key=lambda commune: (commune.population, commune.code))
    whole = [commune for commune in communes if commune.parent is None]
    return Area(territory, tuple(communes), largest.departement, sum(commune.population for commune in whole))


def _place(gazetteer: Gazetteer, area: Area) -> Place:
    """Who lives anywhere in the area: a service that serves some of it is to be found, and there is no distance."""
    zones = [zones_of(gazetteer, commune) for commune in area.communes]
    codes = frozenset[str]().union(*zones)
    return Place(
        label=area.nom,
        code_insee="",
        departement=area.departement if area.territory.kind == "departement" else "",
        codes=codes,
        parts=codes - frozenset[str].intersection(*zones),
    )


def _telling(text: str) -> tuple[str, ...]:
    return tuple(word for word in key(text).split(" ") if word and word not in SAYS_NOTHING)
