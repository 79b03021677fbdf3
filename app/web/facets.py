"""The filters of the search page: choices with counts, chips of what is chosen, and what to loosen when nothing is found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app import vocabulary
from app.territory.density import RADII
from app.territory.gazetteer import Gazetteer
from app.web import wording
from app.web.question import ANY_RADIUS, FILTERS, LISTS, Question

Counts = Mapping[str, Mapping[str, int]]

TITLES = {"besoins": "Besoin", "publics": "Public", "frais": "Frais", "modes_accueil": "Accueil", "departements": "Département"}
MAX_DEPARTEMENTS = 15


@dataclass(frozen=True)
class Choice:
    """One value of a filter: how many results it would give, whether it is chosen, and its finer values."""

    value: str
    label: str
    count: int
    checked: bool
    children: tuple["Choice", ...] = ()


@dataclass(frozen=True)
class Facet:
    """One filter; `name` is its parameter, `chosen` the number of its values in use."""

    name: str
    title: str
    choices: tuple[Choice, ...]
    chosen: int
    open: bool


@dataclass(frozen=True)
class Chip:
    """A criterion in use, and the address of the search without it. `whole`: the search bar changes too."""

    label: str
    href: str
    whole: bool = False


@dataclass(frozen=True)
class Looser:
    """A less demanding search that finds something."""

    label: str
    count: int
    href: str


def facets(question: Question, counts: Counts, gazetteer: Gazetteer) -> tuple[Facet, ...]:
    """Filters with at least one choice. Values that would give nothing are left out, unless they are chosen."""
    made = [
        _facet("besoins", question, _needs(question, counts), opened=True),
        *(_facet(name, question, _values(name, values, question, counts), opened=name == "frais") for name, values in FILTERS.items()),
        _facet("departements", question, _departements(question, counts.get("departements", {}), gazetteer)),
    ]
    return tuple(facet for facet in made if facet.choices)


def tiles(counts: Counts) -> tuple[Choice, ...]:
    """The catégories that have results, in everyday words, for the page that asks nothing yet."""
    return _choices((), counts.get("categories", {}), sorted(vocabulary.FREINS, key=lambda v: vocabulary.FREINS[v]))


def chips(question: Question, place_label: str, gazetteer: Gazetteer) -> tuple[Chip, ...]:
    """Everything that narrows the search, each removable."""
    made = []
    if question.q:
        made.append(Chip(f"« {question.q} »", question.but(q="").address, whole=True))
    if question.lieu or question.code:
        made.append(Chip(place_label or question.lieu, question.but(lieu="", code="").address, whole=True))
    for name, value in question.narrowing:
        made.append(Chip(value_label(name, value, gazetteer), question.without(name, value).address))
    return tuple(made)


def value_label(name: str, value: str, gazetteer: Gazetteer) -> str:
    if name == "departements":
        territory = gazetteer.territory(value)
        return territory.nom if territory else value
    return wording.label(value)


def loosen(
    question: Question, located: bool, rayon: int | None, count: Callable[[Question], int], gazetteer: Gazetteer
) -> tuple[Looser, ...]:
    """Searches with one criterion loosened that find something, the smallest step first. `count` runs one.

    `located`: is there a place? `rayon`: within how many km of it the answers are now.
    """
    wider = [radius for radius in RADII if rayon and radius > rayon]
    attempts: list[tuple[str, Question]] = [(f"à moins de {radius} km", question.but(rayon=radius)) for radius in wider]
    if rayon:
        attempts.append(("quelle que soit la distance", question.but(rayon=ANY_RADIUS)))
    for name, value in question.narrowing:
        attempts.append((f"sans le filtre « {value_label(name, value, gazetteer)} »", question.without(name, value)))
    if question.narrowing:
        attempts.append(("sans aucun filtre", question.but(**dict.fromkeys(LISTS, ()))))
    if question.q and (located or question.narrowing):
        attempts.append((f"sans les mots « {question.q} »", question.but(q="")))
    found: list[Looser] = []
    seen: set[str] = set()
    for label, looser in attempts:
        widened = looser.rayon != question.rayon
        if looser.address in seen or (widened and any(one.label.startswith(("à moins", "quelle")) for one in found)):
            continue  # the smallest radius that finds something is enough
        seen.add(looser.address)
        if total := count(looser):
            found.append(Looser(label, total, looser.address))
    return tuple(found)


def _values(name: str, values: str, question: Question, counts: Counts) -> tuple[Choice, ...]:
    return _choices(getattr(question, name), counts.get(name, {}), _order(values))


def _facet(name: str, question: Question, choices: tuple[Choice, ...], opened: bool = False) -> Facet:
    chosen = len(getattr(question, name))
    return Facet(name, TITLES[name], choices, chosen, opened or chosen > 0)


def _choices(chosen: Iterable[str], counts: Mapping[str, int], values: Iterable[str]) -> tuple[Choice, ...]:
    chosen = set(chosen)
    return tuple(Choice(v, wording.label(v), counts.get(v, 0), v in chosen) for v in values if counts.get(v) or v in chosen)


def _needs(question: Question, counts: Counts) -> tuple[Choice, ...]:
    """Catégories, the most frequent first; a chosen one shows its thématiques."""
    by_categorie = counts.get("categories", {})
    chosen = {vocabulary.categorie(value) for value in question.besoins}
    values = [value for value in vocabulary.FREINS if by_categorie.get(value) or value in chosen]
    return tuple(
        Choice(
            value,
            wording.label(value),
            by_categorie.get(value, 0),
            value in chosen,
            _choices(question.besoins, counts.get("thematiques", {}), vocabulary.thematiques_by_categorie()[value])
            if value in chosen
            else (),
        )
        for value in sorted(values, key=lambda v: (-by_categorie.get(v, 0), vocabulary.FREINS[v]))
    )


def _departements(question: Question, counts: Mapping[str, int], gazetteer: Gazetteer) -> tuple[Choice, ...]:
    values = sorted({*sorted(counts, key=lambda v: -counts[v])[:MAX_DEPARTEMENTS], *question.departements})
    return tuple(
        Choice(v, f"{value_label('departements', v, gazetteer)} ({v})", counts.get(v, 0), v in question.departements) for v in values if v
    )


def _order(name: str) -> list[str]:
    return [item.value for item in vocabulary.REFERENTIELS[name]]
