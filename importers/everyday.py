"""What the value of a cell probably means, in everyday words: proposed to whoever describes a source, never imported unseen.

The words are those of ``search_config/mots``, as searches read them; ``data/valeurs.toml`` says what they lack, and what tells nothing.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from app.search import settings
from app.search.analysis import Token, every_token, fold, joined_forms
from app.search.reading import Language, language_of
from app.vocabulary import SEPARATOR
from importers import cleaning
from importers.meanings import Codes, meaning
from importers.source import PACKAGE

NEAR = 0.72  # confidence of the nearest expression from which a value of several words may mean its need
AHEAD = 0.9  # part of it that no other need may reach
BESIDE = 0.97  # part of the best's confidence from which another need of the very same expression is as likely
MOST_WORDS = 8  # more is a sentence, which speaks of several things
MOST_NEEDS = 2  # an expression of more needs tells none, but where they are of one catégorie
OF_FIRMS = ("choisir-un-metier", "creer-une-entreprise", "souvrir-a-linternational")
"""Their words name trades: alone, in a column, « commerce » is a shop and « bâtiment » a building."""
_AND = re.compile(r"\s*[/&+,;]\s*|\s+-\s+|\s+(?:et|ou)\s+", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Ý][a-zà-ÿ])")  # « AideAlimentaire », the name of a column
Key = tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """Codes that a value probably means; `sure`: its words leave no doubt. `words`: the expression that it was recognised by, if any."""

    codes: Codes
    sure: bool
    words: str = ""


def proposed(referentiel: str, value: str) -> Proposal | None:
    """What to propose for one value of a cell; None rather than a guess that may be wrong."""
    if certain := meaning(referentiel, value):
        return Proposal(certain, sure=True)
    return _theme(_CAMEL.sub(" ", cleaning.line(value) or "")) if referentiel == "thematiques" else None


@lru_cache(maxsize=8192)
def _theme(value: str) -> Proposal | None:
    tokens = every_token(value)
    if not 0 < len(tokens) <= MOST_WORDS or "@" in value or all(map(_is_vague, tokens)):
        return None
    return _said(value) or _of_parts(value) or _beside_vague(tokens) or _near(value, tokens)


def _is_vague(token: Token) -> bool:
    """Does it tell no need?"""
    words = _tables().vague | _tables().trades
    return not words.isdisjoint(_singular(token.folded)) or token.folded.isdigit() or _language().analysis.is_stop(token)


def _said(value: str) -> Proposal | None:
    """The value is an expression, word for word."""
    alone = len(every_token(value)) == 1
    needs = _expressions().get(_written(value)) or (not alone and _expressions().get(_stemmed(value))) or {}
    if alone:
        needs = {need: text for need, text in needs.items() if not need.startswith(OF_FIRMS) or SEPARATOR not in need}
    if narrow := {need: text for need, text in needs.items() if SEPARATOR in need}:
        return _likeliest(value, narrow)
    if len(needs) == 1 and (general := _tables().general.get(next(iter(needs)))):
        return Proposal((general,), sure=False, words=next(iter(needs.values())))
    return None


def _likeliest(value: str, needs: Mapping[str, str]) -> Proposal | None:
    """Of the needs of one expression, that which searches find likeliest; two of one catégorie if they are as likely."""
    if len(needs) == 1:
        return Proposal((*needs,), sure=True, words=next(iter(needs.values())))
    if len(needs) > MOST_NEEDS and len({need.split(SEPARATOR)[0] for need in needs}) > 1:
        return None
    ranked = [found for found in _language().recogniser.read(value).needs if found.value in needs]
    likely = [found.value for found in ranked if found.confidence >= BESIDE * ranked[0].confidence][:MOST_NEEDS]
    if len({need.split(SEPARATOR)[0] for need in likely}) != 1:
        return None  # as likely in two catégories: it says either, not both
    return Proposal(tuple(likely), sure=False, words=needs[likely[0]])


def _of_parts(value: str) -> Proposal | None:
    """« Logement et hébergement »: what each of two or three parts says, if all do."""
    parts = [part for part in _AND.split(value) if part.strip()]
    if not 1 < len(parts) <= 3:
        return None
    found = [_said(part) for part in parts]
    known = [one for one in found if one is not None]
    if len(known) < len(parts):
        return None
    return Proposal(tuple(dict.fromkeys(code for one in known for code in one.codes)), sure=False, words=known[0].words)


def _beside_vague(tokens: list[Token]) -> Proposal | None:
    """« Friperie associative »: what the words that are not vague say, unless a trade stands beside them."""
    if any(not _tables().trades.isdisjoint(_singular(token.folded)) for token in tokens):
        return None
    telling = [token.typed for token in tokens if not _is_vague(token)]
    found = _said(" ".join(telling)) if telling and len(telling) < len(tokens) else None
    return Proposal(found.codes, sure=False, words=found.words) if found else None


def _near(value: str, tokens: list[Token]) -> Proposal | None:
    """Several words, all of them known, that are near the expressions of one need alone."""
    telling = {token.stem for token in tokens if not _is_vague(token)}
    needs = _language().recogniser.read(value).needs if len(telling) > 1 and telling <= _stems() else ()
    if not needs or needs[0].confidence < NEAR or SEPARATOR not in needs[0].value:
        return None
    best, *others = needs
    if any(other.confidence > AHEAD * best.confidence for other in others):
        return None
    alike = telling & {token.stem for token in every_token(best.expression)}
    return Proposal((best.value,), sure=False, words=best.expression) if alike else None


# --- the words


@dataclass(frozen=True)
class _Tables:
    vague: frozenset[str]
    trades: frozenset[str]
    general: Mapping[str, str]
    themes: Mapping[str, list[str]]


@cache
def _tables() -> _Tables:
    found = tomllib.loads((PACKAGE / "data" / "valeurs.toml").read_text(encoding="utf-8"))
    vague, trades = (frozenset(map(fold, found[name].split())) for name in ("vagues", "metiers"))
    return _Tables(vague, trades, found["generales"], found["themes"])


@cache
def _language() -> Language:
    return language_of(settings.load())


def _singular(word: str) -> tuple[str, str]:
    """The word, and without the mark of a plural."""
    return word, word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def _written(text: str) -> Key:
    """Its telling words in any order, but for plurals: « crèche » is not « crécher », whose stem it has."""
    return ("", *_words(text, lambda token: _singular(token.folded)[1]))


def _stemmed(text: str) -> Key:
    return _words(text, lambda token: token.stem)


def _words(text: str, form: Callable[[Token], str]) -> Key:
    tokens = every_token(text)
    kept = [token for token in tokens if not _language().analysis.is_stop(token)]
    return tuple(sorted({form(token) for token in kept or tokens}))


@cache
def _expressions() -> Mapping[Key, Mapping[str, str]]:
    """Every expression, as written and by its stems: need → the expression. Departments' own words hide the others."""
    found: dict[Key, dict[str, str]] = {}
    for need, text in _everyday():
        for key in (_written(text), _stemmed(text)):
            found.setdefault(key, {}).setdefault(need, text)
    for need, texts in _tables().themes.items():
        found.update({key: {need: text} for text in texts for key in (_written(text), _stemmed(text))})
    return found


def _everyday() -> Iterator[tuple[str, str]]:
    for need, texts in _language().settings.everyday.items():
        for text in texts:
            for form in (text, *joined_forms(text)):
                yield need, form


@cache
def _stems() -> frozenset[str]:
    return frozenset(word for key in _expressions() for word in key)
