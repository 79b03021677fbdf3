"""The words that matched, marked in a text."""

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA

from app.search.analysis import fold, stem

_WORDS = re.compile(r"([^\W_]+)")
_BEGINNING = 3  # letters from which a word marks what it begins
_FORGIVEN = ((9, 2), (6, 1))  # letters, typos


class Highlighter:
    """Marks `words`, as in ``SearchPage.words``, in the texts of one page: a word that comes again is judged once."""

    def __init__(self, words: Iterable[str]) -> None:
        folded = ((fold(word).replace(" ", ""), _stem(word)) for word in words)
        self._sought = [(word, root) for word, root in folded if word]
        self._judged: dict[str, bool] = {}

    def mark(self, text: str) -> list[tuple[str, bool]]:
        """`text` cut into (segment, matched) pairs that join to it again."""
        if not self._sought:
            return [(text, False)] if text else []
        segments: list[tuple[str, bool]] = []
        between = ""
        for i, piece in enumerate(_WORDS.split(text)):
            if i % 2 and self._matches(piece):
                segments += [(between, False), (piece, True)]
                between = ""
            else:
                between += piece
        segments.append((between, False))
        return [segment for segment in segments if segment[0]]

    def _matches(self, word: str) -> bool:
        if word not in self._judged:
            self._judged[word] = any(_matches(word, folded, root) for folded, root in self._sought)
        return self._judged[word]


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
