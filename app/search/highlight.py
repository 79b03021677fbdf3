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
        self._letters = {word[0] for word, _ in self._sought}  # what matches begins alike, whatever its typos and inflections
        self._judged: dict[str, bool] = {}

    def mark(self, text: str) -> list[tuple[str, bool]]:
        """`text` cut into (segment, matched) pairs that join to it again."""
        if not self._sought:
            return [(text, False)] if text else []
        pieces = _WORDS.split(text)
        judged = self._judged
        for word in {*pieces[1::2]} - judged.keys():
            judged[word] = self._matches(word)
        segments: list[tuple[str, bool]] = []
        start = 0
        for i in range(1, len(pieces), 2):
            if judged[pieces[i]]:
                segments += [("".join(pieces[start:i]), False), (pieces[i], True)]
                start = i + 1
        segments.append(("".join(pieces[start:]), False))
        return [segment for segment in segments if segment[0]]

    def _matches(self, word: str) -> bool:
        folded = _fold(word)
        return folded[:1] in self._letters and any(_matches(word, folded, sought, root) for sought, root in self._sought)


def _matches(word: str, folded: str, sought: str, root: str) -> bool:
    if folded == sought or (len(sought) >= _BEGINNING and folded.startswith(sought)):
        return True
    if len(sought) > _BEGINNING and _stem(word) == root:
        return True
    typos = next((typos for letters, typos in _FORGIVEN if len(sought) >= letters), 0)
    return bool(typos and folded[:1] == sought[:1] and OSA.distance(folded, sought, score_cutoff=typos) <= typos)


_fold = lru_cache(50_000)(fold)
_stem = lru_cache(50_000)(stem)
