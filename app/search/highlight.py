"""The words that matched, marked in a text."""

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA

from app.search.analysis import fold, stem

_WORD = re.compile(r"[^\W_]+")
_BEGINNING = 3  # letters from which a word marks what it begins
_FORGIVEN = ((9, 2), (6, 1))  # letters, typos


def highlight(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """`text` cut into (segment, matched) pairs that join to it again; `words` as in ``SearchPage.words``."""
    sought = [(fold(word).replace(" ", ""), _stem(word)) for word in words]
    segments: list[tuple[str, bool]] = []
    end = 0
    for match in _WORD.finditer(text):
        if any(_matches(match.group(), folded, root) for folded, root in sought if folded):
            segments += [(text[end : match.start()], False), (match.group(), True)]
            end = match.end()
    segments.append((text[end:], False))
    return [segment for segment in segments if segment[0]]


def _matches(word: str, sought: str, root: str) -> bool:
    folded = _fold(word)
    if folded == sought or (len(sought) >= _BEGINNING and folded.startswith(sought)):
        return True
    if len(sought) > _BEGINNING and _stem(word) == root:
        return True
    typos = next((typos for letters, typos in _FORGIVEN if len(sought) >= letters), 0)
    return bool(typos and folded[:1] == sought[:1] and OSA.distance(folded, sought, score_cutoff=typos) <= typos)


_fold = lru_cache(20_000)(fold)
_stem = lru_cache(20_000)(stem)
