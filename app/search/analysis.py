"""French text to terms, the same for documents and queries.

Two views of every text, with the same positions: *folded* (lower case, no accents) finds who types without accents or
half a word; *stem* unites singular and plural, masculine and feminine. The accented form is stemmed before it is
folded: folding first would part « hébergé » from « hébergée ».
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from app.search.settings import SearchSettings

FOLDED, STEMMED = "plie", "racine"
SHORT = 3
"""Letters. So short a word has no inflection: « caf » is not « café », whose stem it is."""
MAX_WORDS = 10
MAX_LETTERS = 40

_OTHER_HYPHENS = "\u2010\u2011"
_HYPHENATED = re.compile(r"\b\w+(?:-\w+)+\b")
_DOTTED = re.compile(r"\b(?:\w\.){2,}")
_WORD = re.compile(r"[^\W_]+")


def _build(*filters: Filter) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for one in filters:
        builder = builder.filter(one)
    return builder.build()


@cache
def _plain() -> tuple[TextAnalyzer, TextAnalyzer]:
    return _build(Filter.lowercase(), Filter.ascii_fold()), _build(Filter.lowercase(), Filter.stemmer("French"), Filter.ascii_fold())


def fold(text: str) -> str:
    """Lower case without accents, words separated by one space."""
    return " ".join(_plain()[0].analyze(text))


def stem(word: str) -> str:
    """Stem of one word as typed, accents included; folded."""
    return "".join(_plain()[1].analyze(word))


def joined_forms(text: str) -> list[str]:
    """« co-voiturage » → covoiturage, « R.S.A. » → rsa: compounds as people also write them."""
    for hyphen in _OTHER_HYPHENS:
        text = text.replace(hyphen, "-")
    words = [word for word in text.split() if "-" in word or "." in word]  # few, and the expressions are dear
    hyphenated = [compound for word in words if "-" in word for compound in _HYPHENATED.findall(word) if len(compound) <= MAX_LETTERS]
    dotted = [acronym for word in words if word.count(".") > 1 for acronym in _DOTTED.findall(word)]
    return [one.replace("-", "") for one in hyphenated] + [one.replace(".", "") for one in dotted]


def indexable(text: str) -> str:
    """`text` followed by the joined forms of its compounds."""
    return " ".join((text, *joined_forms(text)))


@dataclass(frozen=True)
class Token:
    """A word of a query: as typed, folded, and its stem."""

    typed: str
    folded: str
    stem: str


@lru_cache(maxsize=50_000)
def _token(word: str) -> Token:
    return Token(word, fold(word).replace(" ", ""), stem(word))


def every_token(text: str) -> list[Token]:
    """Every word of a text, stop words included."""
    words = (_token(word[:MAX_LETTERS]) for word in _WORD.findall(clean(text)))
    return [token for token in words if token.folded]


class Analysis:
    """The analysers that one set of stop words gives."""

    def __init__(self, settings: SearchSettings) -> None:
        self._stops = {fold(word) for word in settings.stop_words}
        stops = sorted(self._stops | settings.stop_words)
        self.analyzers = {
            FOLDED: _build(Filter.lowercase(), Filter.ascii_fold(), Filter.custom_stopword(stops)),
            STEMMED: _build(Filter.lowercase(), Filter.custom_stopword(stops), Filter.stemmer("French"), Filter.ascii_fold()),
        }

    def is_stop(self, token: Token) -> bool:
        return token.folded in self._stops

    def all_tokens(self, text: str) -> list[Token]:
        """Every word, stop words included."""
        return every_token(text)

    def tokens(self, text: str) -> list[Token]:
        """The words sought, at most MAX_WORDS; a text of stop words only keeps its last one, as a beginning."""
        tokens = self.all_tokens(text)
        kept = [token for token in tokens if not self.is_stop(token)]
        return (kept or tokens[-1:])[:MAX_WORDS]

    def words(self, text: str) -> list[tuple[str, str]]:
        """Every word in its place: folded, and its stem; both empty for a stop word."""
        pairs = zip(*(analyzer.analyze(text) for analyzer in _plain()), strict=True)
        return [("", "") if folded in self._stops else (folded, stem) for folded, stem in pairs]

    def name(self, text: str) -> str:
        """A whole name in one term, to recognise it when it is typed exactly."""
        return " ".join(token.folded for token in self.tokens(text))


def clean(text: str) -> str:
    """`text` without what is not valid UTF-8."""
    return text.encode("utf-8", "ignore").decode()
