"""Words of a query that go together, and the other forms of what they say."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.search.analysis import Analysis, Token, stem
from app.search.spelling import Word

Exists = Callable[[str], bool]
"""Does a document hold a word of this stem?"""


@dataclass(frozen=True)
class Run:
    """Words of the query that go together, and other forms of the whole: synonyms, « covoiturage » for « co-voiturage »."""

    words: tuple[Word, ...]
    equivalents: tuple[tuple[str, ...], ...] = ()  # each a sequence of stems
    others: tuple[str, ...] = ()  # the same as people write them


class Synonyms:
    """Forms that mean each other, looked up by their words."""

    def __init__(self, groups: Iterable[tuple[str, ...]], analysis: Analysis) -> None:
        self._others: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
        self._written: dict[tuple[str, ...], str] = {}
        for group in groups:
            forms = [analysis.tokens(form) for form in group]
            self._written |= {_stems(form): text for form, text in zip(forms, group, strict=True)}
            for form in forms:
                others = tuple(_stems(other) for other in forms if other is not form)
                key = tuple(token.stem for token in form)
                self._others[key] = self._others.get(key, ()) + others
        self._longest = max(map(len, self._others), default=1)

    def phrases(self) -> set[tuple[str, ...]]:
        """Forms of several words, as stems."""
        return {stems for others in self._others.values() for stems in others if len(stems) > 1}

    def runs(self, words: Sequence[Word], joined: set[str], exists: Exists) -> Iterable[Run]:
        """`words` cut into runs, the longest known form first; `joined`: compounds as typed with a hyphen."""
        start = 0
        while start < len(words):
            length, equivalents = self._at(words, start, joined, exists)
            run = tuple(words[start : start + length])
            whole = "".join(word.token.typed for word in run)  # the only form that no group holds
            yield Run(run, equivalents, tuple(self._written.get(stems, whole) for stems in equivalents))
            start += length

    def _at(self, words: Sequence[Word], start: int, joined: set[str], exists: Exists) -> tuple[int, tuple[tuple[str, ...], ...]]:
        for length in range(min(max(self._longest, 3), len(words) - start), 0, -1):
            part = words[start : start + length]
            others = self._others.get(tuple(word.best_stem for word in part), ())
            whole = "".join(word.token.folded for word in part)
            if length > 1 and (whole in joined or (length == 2 and len(whole) > 5)) and exists(stem(whole)):
                others = (*others, (stem(whole),))
            if others:
                return length, others
        return 1, ()


def _stems(tokens: Iterable[Token]) -> tuple[str, ...]:
    return tuple(token.stem for token in tokens)
