"""How likely two listings are to describe one structure: evidence added up, and said in French.

Each clue moves the balance by its weight (in log-odds: 1 multiplies the odds by 2.7), from a start that doubts. Weights are set by
hand, then checked on pairs whose truth is known (``bench/duplicates.py``). No clue is enough alone, but the same SIRET with a like name.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from app.duplicates import kinds, naming
from app.models import Structure

LOW, HIGH = 0.5, 0.9
"""A pair is shown to a human from the first on; from the second on, programs may take it for one structure."""

START = -4.0
ONE_SLIP = 0.9  # likeness of two names that a slip parts
LONG_NAME = 12  # letters: in a shorter name, two of them are another name
SHARED_BY_MANY = 4  # structures: a number or an address that more share is a switchboard's, and says little
PUBLIC_MAIL = frozenset(
    {
        *("gmail.com", "hotmail.fr", "hotmail.com", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr"),
        *("yahoo.fr", "yahoo.com", "outlook.fr", "outlook.com", "live.fr", "bbox.fr", "icloud.com"),
    }
)
"""Domains that anybody has an address of."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is compared of a structure. `place`: its commune's code, or its postal code; `point` only where the address is known."""

    id: str
    source: str
    spelled: str
    plain: str
    words: frozenset[str]
    kinds: frozenset[str]
    siret: str | None
    place: str | None
    street: tuple[str, frozenset[str]] | None
    point: tuple[float, float] | None
    telephone: str | None
    courriel: str | None
    domaine: str | None
    site: str | None


Clue = tuple[float, str]
"""A weight, and what to say of it; nothing is said of what is only a lack."""


def card_of(structure: Structure | Mapping[str, object]) -> Card:
    """The card of a structure, stored or given by column. What is confidential is compared by its commune alone."""
    get = structure.get if isinstance(structure, Mapping) else lambda name: getattr(structure, name)

    def text(name: str) -> str | None:
        value = get(name)
        return value if isinstance(value, str) and value else None

    sealed = bool(get("adresse_confidentielle"))
    latitude, longitude = get("latitude"), get("longitude")
    located = isinstance(latitude, float) and isinstance(longitude, float) and get("precision_lieu") == "adresse" and not sealed
    plain = naming.level(text("nom") or "")
    courriel = (text("courriel") or "").casefold() or None
    domaine = courriel.rpartition("@")[2] if courriel else None
    return Card(
        id=text("id") or "",
        source=text("source") or "",
        spelled=naming.fold(text("nom") or ""),
        plain=plain,
        words=naming.words(plain, text("commune")),
        kinds=kinds.of_name(plain),
        siret=text("siret"),
        place=text("code_insee") or text("code_postal"),
        street=None if sealed else naming.street(text("adresse")),
        point=(float(latitude), float(longitude)) if located else None,  # type: ignore[arg-type]  # `located` said so
        telephone=text("telephone"),
        courriel=courriel,
        domaine=None if domaine in PUBLIC_MAIL else domaine,
        site=_host(text("site_web")),
    )


def _host(url: str | None) -> str | None:
    if not url:
        return None
    return url.casefold().partition("://")[2].removeprefix("www.").rstrip("/") or None


class Rarity:
    """How much a word or a number says, among the structures of a département: the fewer have it, the more."""

    def __init__(self, cards: Iterable[Card]) -> None:
        cards = list(cards)
        self._words = Counter(word for card in cards for word in card.words)
        self._values = Counter(value for card in cards for value in (card.telephone, card.courriel, card.domaine, card.site) if value)
        self._scale = math.log(max(len(cards), 50))

    def word(self, word: str) -> float:
        """From 0.05 to 1."""
        weight = max(0.15, 1 - math.log(self._words[word] or 1) / self._scale)
        return weight / 3 if word in naming.COMMON else weight

    def of_many(self, value: str) -> bool:
        return self._values[value] > SHARED_BY_MANY


def could_be_one(a: Card, b: Card) -> bool:
    """Two listings of one source are never one structure, nor are two kinds of place."""
    return a.source != b.source and not (a.kinds and b.kinds and a.kinds.isdisjoint(b.kinds))


def score(a: Card, b: Card, rarity: Rarity) -> tuple[float, tuple[str, ...]]:
    """How likely it is that `a` and `b` are one structure, from 0 to 1, and why, the heaviest reason first."""
    clues = [*_numbers(a, b), *_name(a, b, rarity), *_place(a, b), *_reached(a, b, rarity)]
    balance = START + sum(weight for weight, _ in clues)
    said = sorted((clue for clue in clues if clue[1]), key=lambda clue: -abs(clue[0]))
    return 1 / (1 + math.exp(-balance)), tuple(words for _, words in said)


def _numbers(a: Card, b: Card) -> list[Clue]:
    if not a.siret or not b.siret:
        return []
    if a.siret == b.siret:
        return [(3.5, "Même SIRET")]
    if a.siret[:9] == b.siret[:9]:
        return [(-0.5, "Même SIREN, établissements différents")]
    return [(-3.0, "SIRET différents")]


def _name(a: Card, b: Card, rarity: Rarity) -> list[Clue]:
    likeness = max(alike(a.words, b.words, rarity), ONE_SLIP if _one_slip(a.spelled, b.spelled) else 0.0)
    clues = [(7 * likeness - 3.5, _say_name(likeness))]
    if a.kinds != b.kinds:
        clues.append((-1.0, ""))
    return clues


def _one_slip(a: str, b: str) -> bool:
    """Are they one name but for a slip of the keyboard? A number mistaken is another number."""
    digits = [[letter for letter in text if letter.isdigit()] for text in (a, b)]
    return min(len(a), len(b)) >= LONG_NAME and digits[0] == digits[1] and Levenshtein.distance(a, b, score_cutoff=2) <= 2


def _say_name(likeness: float) -> str:
    if likeness >= 0.97:
        return "Même nom"
    return "Noms très proches" if likeness >= 0.8 else "Noms proches" if likeness >= 0.55 else "Noms différents"


def alike(a: frozenset[str], b: frozenset[str], rarity: Rarity) -> float:
    """How much of two names is the same, from 0 to 1, each word counted by its rarity. One mistyped word is matched to its like."""
    same = a & b
    common = sum(rarity.word(word) for word in same)
    left, right = sorted(a - same), sorted(b - same)
    whole = 2 * common + sum(rarity.word(word) for word in (*left, *right))
    for word in left:
        near = max(right, key=lambda other: fuzz.ratio(word, other), default="")
        if near and not word.isdigit() and fuzz.ratio(word, near) >= naming.LIKE:
            right.remove(near)
            common += fuzz.ratio(word, near) / 100 * (rarity.word(word) + rarity.word(near)) / 2
    return 2 * common / (2 * common + max(0.0, whole - 2 * common)) if whole else 0.0


def _place(a: Card, b: Card) -> list[Clue]:
    clues: list[Clue] = []
    if a.place and b.place:
        clues.append((0.6, "") if a.place == b.place else (-2.0, "Communes différentes"))
    if a.street and b.street:
        clues.append(_streets(a.street, b.street))
    if a.point and b.point:
        metres = metres_between(a.point, b.point)
        clues.append(_distance(metres))
    return clues


def _streets(a: tuple[str, frozenset[str]], b: tuple[str, frozenset[str]]) -> Clue:
    likeness = fuzz.token_sort_ratio(" ".join(sorted(a[1])), " ".join(sorted(b[1])))
    if likeness < 85:
        return (-2.0, "Adresses différentes")
    if a[0] and b[0] and a[0] != b[0]:
        return (0.0, "Même rue, numéros différents")
    return (2.0, "Même adresse")


def _distance(metres: float) -> Clue:
    said = f"À {max(10, round(metres / 10) * 10)} m l’une de l’autre" if metres < 1000 else f"À {metres / 1000:.0f} km l’une de l’autre"
    if metres < 200:
        return (1.0, said)
    return (0.0, said) if metres < 600 else (-1.5, said) if metres < 3000 else (-3.0, said)


def _reached(a: Card, b: Card, rarity: Rarity) -> list[Clue]:
    return [
        *_shared(a.telephone, b.telephone, rarity, 2.8, -0.7, "Même téléphone"),
        *_mail(a, b, rarity),
        *_shared(a.site, b.site, rarity, 2.0, -0.5, "Même site web"),
    ]


def _mail(a: Card, b: Card, rarity: Rarity) -> list[Clue]:
    if a.domaine and a.domaine == b.domaine and a.courriel != b.courriel:
        return [] if rarity.of_many(a.domaine) else [(1.0, "Courriels du même domaine")]
    return _shared(a.courriel, b.courriel, rarity, 2.8, -0.7, "Même courriel")


def _shared(a: str | None, b: str | None, rarity: Rarity, same: float, other: float, said: str) -> list[Clue]:
    if not a or not b:
        return []
    if a != b:
        return [(other, "")]
    return [(same / 4, f"{said}, mais d’autres l’ont aussi")] if rarity.of_many(a) else [(same, said)]


def metres_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two near points (latitude, longitude); far ones are only far."""
    height = (a[0] - b[0]) * 111_200
    width = (a[1] - b[1]) * 111_200 * math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(height, width)
