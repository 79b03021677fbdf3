"""From a written name to the one commune it means, or to none when two would do."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, Protocol, TypeVar

from rapidfuzz import fuzz, process

from app.territory.names import LOST, key, without_article, without_cedex

DOMINANCE = 20  # a namesake counts for nothing beside a town this many times as populous
SURE_SCORE = 86  # of 100: a typo or two in a name of usual length, where a hint narrows the choice
SURE_SCORE_ALONE = 90  # and without any hint
SAME_SCORE = 4  # two names this near in score are equally likely
REMEMBERED = 20_000  # files repeat the same few hundred names


class Town(Protocol):
    """What a look-up needs to know of a commune."""

    @property
    def code(self) -> str: ...
    @property
    def nom(self) -> str: ...
    @property
    def codes_postaux(self) -> tuple[str, ...]: ...
    @property
    def departement(self) -> str: ...
    @property
    def population(self) -> int: ...
    @property
    def parent(self) -> str | None: ...


T = TypeVar("T", bound=Town)


class Named(NamedTuple, Generic[T]):
    """A commune under its levelled name, with and without the leading article."""

    key: str
    bare: str
    town: T


def level(towns: Iterable[T]) -> list[Named[T]]:
    keys = ((key(town.nom), town) for town in towns)
    return [Named(levelled, without_article(levelled), town) for levelled, town in keys]


def departement_of_postal_code(code_postal: str) -> str:
    """The département that a postal code starts with; "20" for both of Corse."""
    return code_postal[:3] if code_postal.startswith(("97", "98")) else code_postal[:2]


class NameFinder(Generic[T]):
    """Every name, levelled; ways of reading a name, tried in the order in which they are trusted."""

    def __init__(self, names: Sequence[Named[T]], former: Iterable[tuple[str, T]]) -> None:
        self._names = names
        self._keys = [name.key for name in names]
        self._exact: dict[str, list[T]] = defaultdict(list)
        self._loose: dict[str, list[T]] = defaultdict(list)
        self._former: dict[str, list[T]] = defaultdict(list)
        self._first_word: dict[str, list[Named[T]]] = defaultdict(list)
        for name in names:
            self._exact[name.key].append(name.town)
            self._loose[name.bare.replace(" ", "")].append(name.town)
            self._first_word[name.bare.partition(" ")[0]].append(name)
            city, _, rank = name.key.rpartition(" ")
            if name.town.parent and rank.isdigit():
                self._exact[city].append(name.town)
        for former_name, town in former:
            self._former[without_article(key(former_name))].append(town)
        self.find = lru_cache(maxsize=REMEMBERED)(self._find)

    def _find(self, name: str, code_postal: str | None, departement: str | None) -> T | None:
        """The one commune meant. A hint outweighs the size of a namesake; an unknown postal code (CEDEX) counts for its département."""
        levelled = key(without_cedex(name))
        if not levelled.replace(LOST, "").strip():
            return None
        hints: Hints[T] = _hints(code_postal, departement)
        ways = (self._as_written, self._loosely, self._formerly, self._with_lost_letters, self._shortened, self._misspelt, self._lengthened)
        for way in ways:
            found = way(levelled, hints)
            if found:
                return _only(found)
        return None

    def _as_written(self, levelled: str, hints: "Hints[T]") -> list[T]:
        return _narrow(self._exact.get(levelled, ()), hints)

    def _loosely(self, levelled: str, hints: "Hints[T]") -> list[T]:
        """Whatever the article and the blanks."""
        return _narrow(self._loose.get(without_article(levelled).replace(" ", ""), ()), hints)

    def _formerly(self, levelled: str, hints: "Hints[T]") -> list[T]:
        return _narrow(self._former.get(without_article(levelled), ()), hints)

    def _with_lost_letters(self, levelled: str, hints: "Hints[T]") -> list[T]:
        if LOST not in levelled:
            return []
        pattern = re.compile(re.escape(levelled).replace(LOST, "[a-z ]{1,2}"))
        towns = [name.town for name in self._names if pattern.fullmatch(name.key) or pattern.fullmatch(name.bare)]
        towns += [town for name, former in self._former.items() if pattern.fullmatch(name) for town in former]
        return _narrow(towns, hints)

    def _shortened(self, levelled: str, hints: "Hints[T]") -> list[T]:
        """ "Digne" for Digne-les-Bains."""
        bare = without_article(levelled)
        names = self._first_word.get(bare.partition(" ")[0], ())
        return _narrow([name.town for name in names if name.bare.startswith(f"{bare} ")], hints)

    def _misspelt(self, levelled: str, hints: "Hints[T]") -> list[T]:
        near = process.extract(levelled, self._keys, scorer=fuzz.ratio, score_cutoff=SURE_SCORE if hints else SURE_SCORE_ALONE, limit=None)
        for hint in hints or (lambda town: True,):
            met = [(score, self._names[position].town) for _, score, position in near if hint(self._names[position].town)]
            if met:
                best = max(score for score, _ in met)
                return [town for score, town in met if score >= best - SAME_SCORE]
        return []

    def _lengthened(self, levelled: str, hints: "Hints[T]") -> list[T]:
        """ "Valbonne-Sophia-Antipolis" for Valbonne: a town and its quarter, when the postal code is the town's."""
        if len(hints) < 2:
            return []
        parts = without_article(levelled).split(" ")
        starts = ["".join(parts[:size]) for size in range(len(parts) - 1, 0, -1)]
        ends = ["".join(parts[-size:]) for size in range(len(parts) - 1, 0, -1)]
        return next(filter(None, (_narrow(self._loose.get(part, ()), hints[:1]) for part in starts + ends)), [])


Hints = Sequence[Callable[[T], bool]]


def _hints(code_postal: str | None, departement: str | None) -> Hints[T]:
    """Conditions from the narrowest to the widest; a town that meets none is not meant."""
    if not code_postal:
        return (lambda town: town.departement == departement,) if departement else ()
    start = departement_of_postal_code(code_postal)

    def served(town: T) -> bool:
        return code_postal in town.codes_postaux and (departement is None or town.departement == departement)

    def around(town: T) -> bool:
        return town.departement == departement if departement else _in_departement(town, start)

    return (served, around)


def _in_departement(town: Town, start: str) -> bool:
    if town.departement == start or (start == "20" and town.departement in ("2A", "2B")):
        return True
    return any(departement_of_postal_code(code) == start for code in town.codes_postaux)


def _narrow(towns: Sequence[T], hints: Hints[T]) -> list[T]:
    """Towns that meet the narrowest hint that any meets. A city stands for its districts, unless a postal code names one of them."""
    if not towns:
        return []
    if not hints:
        return _cities(towns)
    for hint in hints:
        met = [town for town in towns if hint(town)]
        if met:
            districts = [town for town in met if town.parent]
            return districts if len(districts) == 1 else _cities(met)
    return []


def _cities(towns: Sequence[T]) -> list[T]:
    codes = {town.code for town in towns}
    return [town for town in towns if town.parent not in codes]


def _only(towns: list[T]) -> T | None:
    """The only one, or the one beside which the others hardly count."""
    ranked = sorted({town.code: town for town in towns}.values(), key=lambda town: -town.population)
    if len(ranked) == 1 or ranked[0].population >= DOMINANCE * max(1, ranked[1].population):
        return ranked[0]
    return None
