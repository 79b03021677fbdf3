"""From a written name to the one commune it means, or to none when two would do."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from rapidfuzz import fuzz, process

from app.territory.names import key, without_article, without_cedex

DOMINANCE = 20  # a namesake counts for nothing beside a town this many times as populous
SURE_SCORE = 88  # of 100: a typo or two in a name of usual length, where a hint narrows the choice
SURE_SCORE_ALONE = 90  # and without any hint


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


def departement_of_postal_code(code_postal: str) -> str:
    """The département that a postal code starts with; "20" for both of Corse."""
    return code_postal[:3] if code_postal.startswith(("97", "98")) else code_postal[:2]


class NameFinder(Generic[T]):
    """Every name, levelled, in the order in which they are trusted."""

    def __init__(self, towns: Iterable[T], former: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, list[T]] = defaultdict(list)
        self._loose: dict[str, list[T]] = defaultdict(list)
        self._former: dict[str, list[T]] = defaultdict(list)
        self._starts: dict[str, list[T]] = defaultdict(list)
        for town in towns:
            levelled = key(town.nom)
            bare = without_article(levelled)
            self._exact[levelled].append(town)
            self._loose[bare.replace(" ", "")].append(town)
            self._starts[bare.partition(" ")[0]].append(town)
        for name, town in former:
            self._former[without_article(key(name))].append(town)

    def find(self, name: str, code_postal: str | None, departement: str | None) -> T | None:
        """The one commune meant. A hint outweighs the size of a namesake; a postal code unknown (CEDEX) counts for its département."""
        bare, _ = without_cedex(name)
        levelled = key(bare)
        if not levelled:
            return None
        hints = self._hints(code_postal, departement)
        for names in (self._exact_names, self._loose_names, self._former_names, self._first_words, self._misspelt):
            found = names(levelled, hints)
            if found:
                return _only(found)
        return None

    def _hints(self, code_postal: str | None, departement: str | None) -> Sequence[Callable[[T], bool]]:
        """From the narrowest to the widest; a town that meets none is not meant."""
        hints: list[Callable[[T], bool]] = []
        if code_postal:
            start = departement_of_postal_code(code_postal)
            hints.append(lambda town: code_postal in town.codes_postaux)
            hints.append(lambda town: _same_departement(town, start))
        if departement:
            hints = [_both(hint, departement) for hint in hints] or [lambda town: town.departement == departement]
        return hints

    def _exact_names(self, levelled: str, hints: Sequence[Callable[[T], bool]]) -> list[T]:
        return _narrow(_with_districts(self._exact.get(levelled, []), self._exact, levelled), hints)

    def _loose_names(self, levelled: str, hints: Sequence[Callable[[T], bool]]) -> list[T]:
        return _narrow(self._loose.get(without_article(levelled).replace(" ", ""), []), hints)

    def _former_names(self, levelled: str, hints: Sequence[Callable[[T], bool]]) -> list[T]:
        return _narrow(self._former.get(without_article(levelled), []), hints)

    def _first_words(self, levelled: str, hints: Sequence[Callable[[T], bool]]) -> list[T]:
        """ "Digne" for Digne-les-Bains."""
        bare = without_article(levelled)
        towns = self._starts.get(bare.partition(" ")[0], [])
        return _narrow([town for town in towns if f"{without_article(key(town.nom))} ".startswith(f"{bare} ")], hints)

    def _misspelt(self, levelled: str, hints: Sequence[Callable[[T], bool]]) -> list[T]:
        keys = list(self._exact)
        if hints:
            keys = [name for name, towns in self._exact.items() if any(any(hint(town) for hint in hints) for town in towns)]
        cutoff = SURE_SCORE if hints else SURE_SCORE_ALONE
        best = process.extract(levelled, keys, scorer=fuzz.ratio, score_cutoff=cutoff, limit=5)
        near = [towns for name, score, _ in best if score == best[0][1] for towns in self._exact[name]]
        return _narrow(near, hints)


def _with_districts(towns: list[T], index: dict[str, list[T]], levelled: str) -> list[T]:
    """A city and its districts, that "Paris" with a postal code may mean."""
    districts = [town for rank in range(1, 21) for town in index.get(f"{levelled} {rank}", []) if town.parent]
    return towns + districts


def _narrow(towns: list[T], hints: Sequence[Callable[[T], bool]]) -> list[T]:
    """Towns that meet the narrowest hint that any meets; the district rather than its city when a postal code says which."""
    if not hints:
        return [town for town in towns if not _within(town, towns)]
    for rank, hint in enumerate(hints):
        met = [town for town in towns if hint(town)]
        if met:
            districts = [town for town in met if _within(town, met)]
            return districts if rank == 0 and len(districts) == 1 else [town for town in met if town not in districts]
    return []


def _within(town: T, towns: list[T]) -> bool:
    return any(other.code == town.parent for other in towns)


def _only(towns: list[T]) -> T | None:
    """The only one, or the one beside which the others hardly count."""
    ranked = sorted({town.code: town for town in towns}.values(), key=lambda town: -town.population)
    if len(ranked) == 1 or ranked[0].population >= DOMINANCE * max(1, ranked[1].population):
        return ranked[0]
    return None


def _same_departement(town: Town, start: str) -> bool:
    return (
        town.departement == start
        or (start == "20" and town.departement in ("2A", "2B"))
        or any(departement_of_postal_code(code) == start for code in town.codes_postaux)
    )


def _both(hint: Callable[[T], bool], departement: str) -> Callable[[T], bool]:
    return lambda town: hint(town) and town.departement == departement
