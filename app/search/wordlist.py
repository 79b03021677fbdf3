"""The words of everyday language, and which of them a typed word may be."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from app.search.analysis import SHORT, Token
from app.search.heard import sound

SAME, SAME_STEM = 1.0, 0.92
SOUNDS_SAME, ONE_TYPO, TWO_TYPOS, SOUNDS_NEAR, BEGUN, BEGINS = 0.8, 0.78, 0.55, 0.6, 0.6, 0.7
OTHER_INITIAL = 0.08  # taken off when the first letter differs
FORGIVEN = 4  # letters from which a word may be misspelt
LONG = 8  # letters from which two typos are forgiven
DERIVED = 5  # letters of a word that a longer one may be made from: réseau → réseauter
LONG_SOUND = 4
MOST = 12


class ByLength:
    """Texts by length: those within a few typos are not looked for elsewhere."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts: dict[int, list[str]] = defaultdict(list)
        for text in texts:
            self._texts[len(text)].append(text)

    def near(self, text: str, typos: int) -> Iterator[tuple[str, int]]:
        """At most MOST texts within `typos` of `text`, nearest first, with the typos of each."""
        candidates = [t for n in range(len(text) - typos, len(text) + typos + 1) for t in self._texts.get(n, ())]
        for found, distance, _ in extract(text, candidates, scorer=OSA.distance, score_cutoff=typos, limit=MOST):
            yield found, int(distance)


class Wordlist:
    """Known words, by what is written and by what is heard."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._stems = {token.folded: token.stem for token in tokens}
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for word, stem in self._stems.items():
            self._by_stem[stem].append(word)
        self._sorted = sorted(word for word in self._stems if len(word) >= SHORT)
        self._by_length = ByLength(self._sorted)
        self._sounds: dict[str, list[str]] = defaultdict(list)
        for word in self._sorted:
            self._sounds[sound(word)].append(word)
        self._sounds_by_length = ByLength(self._sounds)
        self.like = lru_cache(maxsize=4096)(self._like)

    def _like(self, token: Token, last: bool) -> Mapping[str, float]:
        """Words that `token` may stand for, with their likeness, 0 to 1; `last`: it may be the beginning of a word."""
        inflections = self._by_stem.get(token.stem, ()) if len(token.folded) > SHORT else ()
        words = dict.fromkeys(inflections, SAME_STEM)
        if token.folded in self._stems:
            words[token.folded] = SAME
            words |= {word: SAME_STEM for word in self._by_stem[self._stems[token.folded]] if word not in words and len(word) > SHORT}
        if words or len(token.folded) < FORGIVEN or token.folded.isdigit():
            return words
        for word, likeness in self._misspelt(token.folded, last):
            for same in self._by_stem[self._stems[word]]:
                near = likeness * (SAME if same == word else SAME_STEM)
                words[same] = max(near, words.get(same, 0.0))
        return words

    def _misspelt(self, word: str, last: bool) -> Iterator[tuple[str, float]]:
        heard = sound(word)
        yield from ((same, SOUNDS_SAME) for same in self._sounds.get(heard, ()))
        for near, typos in self._by_length.near(word, 1 + (len(word) >= LONG)):
            if typos == 1:
                yield near, ONE_TYPO - OTHER_INITIAL * (near[0] != word[0])
            elif near[0] == word[0]:  # « xylophone » is not « allophone »
                yield near, TWO_TYPOS
        if len(heard) >= LONG_SOUND:
            for other, _ in self._sounds_by_length.near(heard, 1):
                yield from ((near, SOUNDS_NEAR) for near in self._sounds[other])
        if last:
            yield from ((longer, BEGUN) for longer in self._beginning_with(word))
        for n in range(DERIVED, len(word)):
            if word[:n] in self._stems:
                yield word[:n], BEGINS

    def _beginning_with(self, word: str) -> Iterator[str]:
        for i in range(bisect_left(self._sorted, word), len(self._sorted)):
            if not self._sorted[i].startswith(word):
                return
            yield self._sorted[i]
