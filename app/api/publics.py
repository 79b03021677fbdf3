"""``recherche_public``: words sought in whom a service is for, the same on both databases.

The syntax is that of web searches, as data·inclusion takes it: all the words, ``OR``, ``-word``, ``"exact words"``.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select
from sqlmodel import Session, col

from app.api.filters import Conditions, as_text
from app.models import Service
from app.vocabulary import label

_PART = re.compile(r'(-?)"([^"]*)"?|(-?)(\S+)')
_WORD = re.compile(r"[a-z0-9]+")
_VALUE = re.compile(r'"([a-z-]+)"')
_PLAIN = str.maketrans({"œ": "oe", "æ": "ae", "’": "'"})
_SHORT = 4  # letters under which a word is left as it is
_SMALL = "a au aux avec ce ces d dans de des du en est et l la le les leur ou par pour qui sa se ses son sur un une"
_STOPS = frozenset(_SMALL.split())


@dataclass(frozen=True)
class Clause:
    """Words that must follow one another, or must not."""

    words: tuple[str, ...]
    wanted: bool


Question = tuple[tuple[Clause, ...], ...]
"""Alternatives, each a sum of clauses."""


def find(session: Session, conditions: Conditions, asked: str) -> list[str]:
    """Ids, in order, of the services that meet `conditions` and whose publics answer `asked`. A question without a word finds none."""
    question = parse(asked)
    rows = session.execute(select(col(Service.id), as_text(Service.publics), col(Service.publics_precisions)).where(*conditions))
    known: dict[tuple[str | None, str | None], bool] = {}  # few texts are unlike: each is read once
    found = []
    for service_id, publics, precisions in rows:
        if (publics, precisions) not in known:
            known[publics, precisions] = answers(question, f"{_labels(publics or '')} {precisions or ''}")
        if known[publics, precisions]:
            found.append(service_id)
    return sorted(found)


def parse(asked: str) -> Question:
    """The question in stems. Small words are not sought, unless they stand within quotes."""
    alternatives: list[list[Clause]] = [[]]
    for minus, phrase, minus_word, word in _PART.findall(asked):
        if word.casefold() == "or" and not minus_word:
            alternatives.append([])
            continue
        words = stems(phrase) if phrase else tuple(stem for stem in stems(word) if stem not in _STOPS)
        if words:
            alternatives[-1].append(Clause(words, wanted=not (minus or minus_word)))
    return tuple(tuple(clauses) for clauses in alternatives if clauses)


def answers(question: Question, text: str) -> bool:
    """Does `text` hold every wanted clause of one alternative, and none of its unwanted ones?"""
    words = " " + " ".join(stems(text)) + " "
    return any(all((f" {' '.join(clause.words)} " in words) is clause.wanted for clause in clauses) for clauses in question)


def stems(text: str) -> tuple[str, ...]:
    """Words without accents, without the marks of plural and feminine."""
    plain = text.casefold().translate(_PLAIN)
    folded = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return tuple(_stem(word) for word in _WORD.findall(folded))


def _stem(word: str) -> str:
    if len(word) < _SHORT:
        return word
    return word.rstrip("sx").rstrip("e") or word


@lru_cache(maxsize=1000)
def _labels(publics: str) -> str:
    """The labels of a stored list of publics."""
    return ", ".join(label(value) for value in _VALUE.findall(publics))
