"""Several needs of one person at once: read in the words, or chosen, and each asked for itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app import vocabulary
from app.search.analysis import fold
from app.search.port import Tri
from app.web import results, understood, wording
from app.web.question import Question

SHOWN = 3  # answers to each need
MOST = 4  # needs shown apart
SURE = 0.55  # confidence from which a part of a sentence is a need of its own

_LINK = re.compile(r"[,;+/&]|(?<!\w)(?:et|puis|ainsi que|mais aussi)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One of several needs: what to call it, the need read in its words, and the search for it alone."""

    title: str
    need: str
    question: Question


@dataclass(frozen=True)
class NeedApart:
    """A need with its best answers; `total` counts them all, `href` leads to them."""

    title: str
    need: str
    href: str
    total: int
    cards: tuple[results.Card, ...]


def parts_of(question: Question) -> tuple[Part, ...]:
    """The needs that `question` holds when there are several, of different catégories; empty otherwise.

    Only on the first page, by relevance: in any other order, or further, all answers stand in one list.
    """
    if question.page > 1 or question.tri != Tri.PERTINENCE:
        return ()
    found = tuple(_chosen(question) if question.besoins else _spoken(question))
    return found[:MOST] if len(found) > 1 else ()


def is_a_name(q: str, cards: tuple[results.Card, ...]) -> bool:
    """Do the words name one of the answers, as « Vélos d’occasion et réparation » may?"""
    sought = fold(q).replace("’", "'")
    return bool(sought) and any(sought in fold("".join(piece for piece, _ in card.nom)).replace("’", "'") for card in cards)


def _chosen(question: Question) -> Iterator[Part]:
    by_categorie: dict[str, list[str]] = {}
    for value in question.besoins:
        by_categorie.setdefault(vocabulary.categorie(value), []).append(value)
    for categorie, values in by_categorie.items():
        finer = [wording.label(value) for value in values if value != categorie]
        yield Part(wording.label(categorie), ", ".join(finer), question.but(besoins=tuple(values)))


def _spoken(question: Question) -> Iterator[Part]:
    """The answers to each part are of its need's catégorie: « à 5 h du matin » alone would bring others."""
    for words, need in _cut(question.q):
        yield Part(f"«\u00a0{words}\u00a0»", wording.label(need), question.but(q=words, besoins=(vocabulary.categorie(need),)))


def _cut(q: str) -> list[tuple[str, str]]:
    """`q` cut where one need ends and another, of another catégorie, begins: (words, need).

    What is no need by itself, or may be the same, goes with what stands before it: « garde d'enfant le matin et le soir ».
    """
    links = list(_LINK.finditer(q))
    starts, ends = [0, *(link.end() for link in links)], [*(link.start() for link in links), len(q)]
    found: list[tuple[int, int, str]] = []
    for start, end in zip(starts, ends, strict=True) if links else ():
        needs = understood.meant(q[start:end], SURE)
        need = needs[0] if needs else ""
        if found and _goes_with(found[-1][2], needs):
            start, _, before = found.pop()
            need = before or need
        found.append((start, end, need))
    return [(q[start:end].strip(" ,;+/&"), need) for start, end, need in found if need]


def _goes_with(before: str, needs: tuple[str, ...]) -> bool:
    return not needs or not before or vocabulary.categorie(before) in map(vocabulary.categorie, needs)
