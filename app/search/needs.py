"""What a text means, beyond its words: the needs whose everyday expressions it resembles, and how surely.

Every expression of ``search_config/mots`` is an example of its need. A text is near an example when they share the words
that tell most: words are weighed by their rarity and by how few needs use them, so that « aide » or « plus » say little,
with no list of such words. Misspelt words are read as the words they nearly write, or nearly sound like.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.search.analysis import Analysis, Token, joined_forms
from app.search.heard import sound
from app.search.settings import SearchSettings
from app.search.wordlist import ByLength, Wordlist
from app.vocabulary import SEPARATOR, label, thematiques_by_categorie

STOP = 0.12  # weight of a stop word beside another: it only tells apart what all else leaves equal
UNKNOWN = 0.5  # weight of a word that no expression holds
EXAMPLE, QUERY = 0.35, 0.6  # powers: how much it matters that the example, and the query, are covered
MORE = 0.1  # what further examples of the same need add
USAGE = 0.3  # part of the words' usual needs in the whole, beside the nearest example's
CATEGORIE = 0.85  # a whole catégorie is less of an answer than a thématique
ALL_AS_HEARD, HEARD_WRONG = 0.85, 0.1  # as the whole text sounds; less for each sound that differs
SHORTEST_SOUND, LONG_SOUND = 4, 6  # sounds; one may differ for each LONG_SOUND of them
MOST_TOKENS = 12
MOST_KEPT = 5
MOST_READ = 256  # texts whose meaning is kept in memory
LEAST = 0.3  # confidence under which nothing is recognised
BESIDE_BEST = 0.6  # part of the best confidence that a need must reach to stand beside it
CLEAR = 0.7  # confidence from which a text tells its need: its words alone add nothing, and others stand beside it less easily
BESIDE_CLEAR = 0.75


@dataclass(frozen=True)
class Need:
    """A thématique or catégorie that a text means; `confidence` about 0 to 1, `expression` the nearest example."""

    value: str
    confidence: float
    expression: str


@dataclass(frozen=True)
class Meaning:
    """The needs a text means, surest first, and its words (folded) that no everyday expression holds, even misspelt."""

    needs: tuple[Need, ...] = ()
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Example:
    need: str
    text: str
    shares: Mapping[str, float]  # by word, folded; they add up to 1


@dataclass(frozen=True, eq=False)
class _Asked:
    """A word of the query: its weight, and the words it may stand for with their likeness."""

    weight: float
    stop: bool
    words: Mapping[str, float]


class Recogniser:
    """Reads needs in a text. Building it takes a fraction of a second; reading, a millisecond, more for misspelt words."""

    def __init__(self, settings: SearchSettings, analysis: Analysis) -> None:
        self._analysis = analysis
        written = [(need, text, tokens) for need, text in _examples(settings) if (tokens := analysis.all_tokens(text))]
        by_stem = _weights(written)
        self._weights = {token.folded: by_stem[token.stem] for _, _, tokens in written for token in tokens}
        self._words = Wordlist(token for _, _, tokens in written for token in tokens)
        self._examples = [_Example(need, text, self._shares(tokens)) for need, text, tokens in written]
        self._holding: dict[str, list[int]] = defaultdict(list)
        self._usage: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._as_heard: dict[str, dict[str, str]] = defaultdict(dict)
        for i, example in enumerate(self._examples):
            for known, share in example.shares.items():
                self._holding[known].append(i)
                self._usage[known][example.need] += share
        for usage in self._usage.values():
            total = sum(usage.values())
            usage.update({need: share / total for need, share in usage.items()})
        for need, text, tokens in written:
            self._as_heard[sound("".join(token.folded for token in tokens))].setdefault(need, text)
        self._sounds = ByLength(self._as_heard)
        self.read = lru_cache(maxsize=MOST_READ)(self._read)  # the same text is read for the answers and for the page

    def _read(self, text: str) -> Meaning:
        """What `text` means; nothing when it resembles nothing."""
        tokens = list(dict.fromkeys(self._analysis.all_tokens(text)))[:MOST_TOKENS]
        asked = [self._asked(token, last=i == len(tokens) - 1) for i, token in enumerate(tokens)]
        unknown = frozenset(token.folded for token, word in zip(tokens, asked, strict=True) if not word.words)
        found = self._near(asked)
        for need, confidence, example in self._heard(tokens):
            unknown = frozenset()
            if confidence > found.get(need, (0.0, ""))[0]:
                found[need] = confidence, example
        return Meaning(_surest(Need(need, c * (1 if SEPARATOR in need else CATEGORIE), e) for need, (c, e) in found.items()), unknown)

    # --- words

    def _weight(self, token: Token, word: str | None) -> float:
        weight = self._weights[word] if word else (UNKNOWN if len(token.folded) > 2 else STOP)
        return weight * STOP if self._analysis.is_stop(token) else weight

    def _shares(self, tokens: Iterable[Token]) -> Mapping[str, float]:
        weights = {token.folded: self._weight(token, token.folded) for token in tokens}
        total = sum(weights.values())
        return {word: weight / total for word, weight in weights.items()}

    def _asked(self, token: Token, last: bool) -> _Asked:
        words = self._words.like(token, last)
        best = max(words, key=lambda word: words[word]) if words else None
        return _Asked(self._weight(token, best), self._analysis.is_stop(token), words)

    # --- examples

    def _near(self, asked: list[_Asked]) -> dict[str, tuple[float, str]]:
        """Needs with their confidence and nearest example."""
        total = sum(word.weight for word in asked)
        scores: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for i, (of_example, of_query) in self._covered(asked).items():
            example = self._examples[i]
            nearness = min(1.0, of_example) ** EXAMPLE * (of_query / total) ** QUERY
            scores[example.need].append((nearness, example.text))
        usual = self._usual(asked, total)
        found = {}
        for need, near in scores.items():
            near.sort(key=lambda pair: -pair[0])
            nearness = near[0][0] + MORE * sum(n**3 for n, _ in near[1:4])
            found[need] = ((1 - USAGE) * nearness + USAGE * usual.get(need, 0.0), near[0][1])
        return found

    def _covered(self, asked: list[_Asked]) -> dict[int, tuple[float, float]]:
        """How much of each example, and of the query, is found in the other; only examples that share a telling word."""
        of_example: dict[int, float] = defaultdict(float)
        of_query: dict[int, float] = defaultdict(float)
        telling = [word for word in asked if not word.stop and word.words] or asked
        for word in sorted(asked, key=lambda word: word not in telling):
            for i, (likeness, share) in self._sharing(word, None if word in telling else of_example).items():
                of_example[i] += share * likeness
                of_query[i] += word.weight * likeness
        return {i: (covered, of_query[i]) for i, covered in of_example.items()}

    def _sharing(self, word: _Asked, among: Mapping[int, float] | None) -> dict[int, tuple[float, float]]:
        """Examples that hold `word`, its likeness to the word they hold, and that word's share; `among`: only of these."""
        best: dict[int, tuple[float, float]] = {}
        for known, likeness in word.words.items():
            for i in self._holding.get(known, ()) if among is None else among:
                share = self._examples[i].shares.get(known)
                if share and likeness > best.get(i, (0.0, 0.0))[0]:
                    best[i] = likeness, share
        return best

    def _usual(self, asked: list[_Asked], total: float) -> Mapping[str, float]:
        """Part of each need in the usual meaning of the words."""
        usual: dict[str, float] = defaultdict(float)
        for word in asked:
            likenesses = sum(word.words.values())
            for known, likeness in word.words.items():
                part = word.weight * max(word.words.values()) * likeness / likenesses / total
                for need, share in self._usage.get(known, {}).items():
                    usual[need] += part * share
        return usual

    def _heard(self, tokens: list[Token]) -> Iterator[tuple[str, float, str]]:
        """Needs of the examples that sound like the whole text, wherever it is cut into words."""
        key = sound("".join(token.folded for token in tokens))
        if len(key) < SHORTEST_SOUND:
            return
        near = [(key, 0)] if key in self._as_heard else self._sounds.near(key, len(key) // LONG_SOUND)
        for heard, wrong in near:
            for need, text in self._as_heard[heard].items():
                yield need, ALL_AS_HEARD - HEARD_WRONG * wrong, text


def _surest(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Those worth keeping, surest first."""
    ranked = sorted(needs, key=lambda need: (-need.confidence, need.value))[:MOST_KEPT]
    best = ranked[0].confidence if ranked else 0.0
    least = max(LEAST, best * (BESIDE_CLEAR if best >= CLEAR else BESIDE_BEST))
    return tuple(need for need in ranked if need.confidence >= least)


def _examples(settings: SearchSettings) -> Iterator[tuple[str, str]]:
    """Everyday expressions and official labels, with their needs; each once."""
    seen = set()
    official = [(value, label(value)) for c, values in thematiques_by_categorie().items() for value in (c, *values)]
    for need, text in (*((need, text) for need, texts in settings.everyday.items() for text in texts), *official):
        for form in (text, *joined_forms(text)):
            if (need, form) not in seen:
                seen.add((need, form))
                yield need, form


def _weights(examples: list[tuple[str, str, list[Token]]]) -> dict[str, float]:
    """Weight of each stem, 0 to 1: rare words, and words of few needs, tell most."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for need, _, tokens in examples:
        for stem in {token.stem for token in tokens}:
            counts[stem][need] += 1
    needs = len({need for need, _, _ in examples})
    whole = math.log(1 + len(examples))
    return {stem: math.log(1 + len(examples) / sum(n.values())) / whole * _focus(n.values(), needs) for stem, n in counts.items()}


def _focus(counts: Iterable[int], needs: int) -> float:
    """1 for a word of one need, near 0 for one that all needs use as much."""
    numbers = list(counts)
    total = sum(numbers)
    entropy = -sum(n / total * math.log(n / total) for n in numbers)
    return math.sqrt(max(0.05, 1 - entropy / math.log(max(2, needs))))
