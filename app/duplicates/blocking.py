"""Which pairs are worth comparing: those that share a clue few others have. Comparing all with all would take days."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import combinations, product

from rapidfuzz import fuzz

from app.duplicates import naming
from app.duplicates.matching import Card, could_be_one, metres_between

FEW = 25  # structures: a clue that more share leads nowhere
NEAR = 200.0  # metres
CELL = 0.002  # degrees: at least 220 m north to south
SOMEWHAT = 60.0  # of 100: neighbours whose names are less alike are only neighbours

Pair = tuple[Card, Card]


def pairs(cards: Sequence[Card], changed: frozenset[str] | None = None) -> Iterator[Pair]:
    """Pairs to compare, each once, the lesser id first; with `changed`, those in which one of these ids stands."""
    seen: set[tuple[str, str]] = set()
    for one, other in _candidates(cards, changed):
        a, b = (one, other) if one.id < other.id else (other, one)
        if (a.id, b.id) not in seen and could_be_one(a, b):
            seen.add((a.id, b.id))
            yield a, b


def _candidates(cards: Sequence[Card], changed: frozenset[str] | None) -> Iterator[Pair]:
    blocks: dict[Hashable, list[Card]] = defaultdict(list)
    for card in cards:
        for clue in _clues(card):
            blocks[clue].append(card)
    for block in blocks.values():
        if len(block) <= FEW:
            yield from _wanted(combinations(block, 2), changed)
    yield from _neighbours(cards, changed)


def _clues(card: Card) -> Iterator[Hashable]:
    if card.siret:
        yield "siret", card.siret
    for value in (card.telephone, card.courriel, card.domaine, card.site):
        if value:
            yield "joindre", value
    words = card.words - naming.COMMON or card.words
    for word in words:
        yield "nom", card.place, word
        yield "nom", card.place, word[:5]  # the beginning survives most slips
    yield "entier", card.place, " ".join(sorted(card.words))


def _neighbours(cards: Iterable[Card], changed: frozenset[str] | None) -> Iterator[Pair]:
    """Pairs within 200 m whose names have something in common."""
    cells: dict[tuple[int, int], list[Card]] = defaultdict(list)
    for card in cards:
        if card.point:
            cells[_cell(card.point)].append(card)
    for (row, column), block in cells.items():
        # Each pair of cells once: this one, and the four that come after it.
        after = [(row, column + 1), (row, column + 2), *((row + 1, column + step) for step in (-2, -1, 0, 1, 2))]
        beside = (pair for key in after for pair in product(block, cells.get(key, ())))
        for a, b in _wanted((*combinations(block, 2), *beside), changed):
            if could_be_one(a, b) and _near(a, b) and fuzz.token_set_ratio(a.plain, b.plain) >= SOMEWHAT:
                yield a, b


def _cell(point: tuple[float, float]) -> tuple[int, int]:
    return int(point[0] // CELL), int(point[1] // CELL)


def _near(a: Card, b: Card) -> bool:
    return a.point is not None and b.point is not None and metres_between(a.point, b.point) <= NEAR


def _wanted(pairs: Iterable[Pair], changed: frozenset[str] | None) -> Iterator[Pair]:
    return (pair for pair in pairs if changed is None or pair[0].id in changed or pair[1].id in changed)
