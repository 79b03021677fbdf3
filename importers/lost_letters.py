"""Accented letters that a file lost for good: U+FFFD stands where each was.

A word comes back only when exactly one known word fits its letters; the words are in ``data/mots_accentues.txt``. What does not
fit one and only one stays as it was published: nothing is invented.
"""

import re
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path

LOST = "\ufffd"
WORDS = Path(__file__).parent / "data" / "mots_accentues.txt"

_WORD = re.compile(rf"[^\W\d_]*(?:{LOST}[^\W\d_]*)+")
_ALONE = re.compile(rf"(?<=\w ){LOST}(?= (?:votre|disposition|destination|distance|domicile|l['’]|la )\b)")


@lru_cache(maxsize=4096)
def mend(value: str) -> str:
    """`value`, with each word that lost letters and that only one known word fits."""
    if LOST not in value:
        return value
    return _ALONE.sub("à", _WORD.sub(lambda found: _fitting(found[0]) or found[0], value))


def _fitting(word: str) -> str | None:
    """The one known word that `word` can be, in its case; an apostrophe counts as a letter ("d�action")."""
    plain = word.lower()
    fitting = [known for known in _by_shape().get(_shape(plain), ()) if _fits(plain, known)]
    if len(fitting) != 1:
        return None
    shouted = sum(c.isupper() for c in word) > 1 and not any(c.islower() for c in word)
    letters = [(k.upper() if shouted else k) if w == LOST else w for w, k in zip(word, fitting[0], strict=True)]
    if word[0] == LOST and word[1:2].isupper():
        letters[0] = letters[0].upper()
    return "".join(letters)


def _fits(word: str, known: str) -> bool:
    return all(k == w if w != LOST else k > "\x7f" for w, k in zip(word, known, strict=True))


def _shape(word: str) -> tuple[int, str]:
    """Length and last letter: enough to look at few words."""
    return len(word), "" if word[-1] == LOST or word[-1] > "\x7f" else word[-1]


@cache
def _by_shape() -> dict[tuple[int, str], list[str]]:
    shapes: dict[tuple[int, str], list[str]] = defaultdict(list)
    for word in WORDS.read_text(encoding="utf-8").split():
        shapes[_shape(word)].append(word)
    return shapes
