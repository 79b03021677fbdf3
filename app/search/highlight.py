"""The words that matched, marked in a text."""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from rapidfuzz.distance import OSA

from app.search.analysis import fold, stem

_BEGINNING = 3  # letters from which a word marks what it begins
_FORGIVEN = ((9, 2), (6, 1))  # letters, typos
_LATIN = (*range(0x30, 0x250), *range(0x1E00, 0x1F00))  # characters that may fold to another


class Highlighter:
    """Marks `words`, as in ``SearchPage.words``, in the texts of one page: a word that comes again is judged once."""

    def __init__(self, words: Iterable[str]) -> None:
        folded = ((fold(word).replace(" ", ""), _stem(word)) for word in words)
        self._sought = [(word, root) for word, root in folded if word]
        self._candidates = _beginning_with("".join(sorted({word[0] for word, _ in self._sought})))
        self._judged: dict[str, bool] = {}

    def mark(self, text: str) -> list[tuple[str, bool]]:
        """`text` cut into (segment, matched) pairs that join to it again."""
        segments: list[tuple[str, bool]] = []
        start = 0
        for found in self._candidates.finditer(text) if self._sought else ():
            if self._matches(found[0]):
                segments += [(text[start : found.start()], False), (found[0], True)]
                start = found.end()
        segments.append((text[start:], False))
        return [segment for segment in segments if segment[0]]

    def _matches(self, word: str) -> bool:
        if word not in self._judged:
            folded = _fold(word)
            self._judged[word] = any(_matches(word, folded, sought, root) for sought, root in self._sought)
        return self._judged[word]


@lru_cache(256)
def _beginning_with(letters: str) -> re.Pattern[str]:
    """Words that begin with one of `letters`, folded: what matches does, whatever its typos and inflections."""
    first = "".join(letters + letters.upper() + "".join(_unfolded().get(letter, "") for letter in letters))
    return re.compile(rf"(?<![^\W_])[{re.escape(first)}][^\W_]*" if first else r"(?!)")


@cache
def _unfolded() -> dict[str, str]:
    """Letter → the characters that fold to it, or to several that it begins."""
    found: dict[str, str] = {}
    for character in map(chr, _LATIN):
        if character.isalnum() and (folded := fold(character)):
            found[folded[0]] = found.get(folded[0], "") + character
    return found


def _matches(word: str, folded: str, sought: str, root: str) -> bool:
    if folded == sought or (len(sought) >= _BEGINNING and folded.startswith(sought)):
        return True
    if len(sought) > _BEGINNING and _stem(word) == root:
        return True
    typos = next((typos for letters, typos in _FORGIVEN if len(sought) >= letters), 0)
    return bool(typos and folded[:1] == sought[:1] and OSA.distance(folded, sought, score_cutoff=typos) <= typos)


_fold = lru_cache(50_000)(fold)
_stem = lru_cache(50_000)(stem)
