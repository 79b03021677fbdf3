"""Needs recognised from everyday words: « machine à laver » is meant by whoever types both words, in any order.

The words are not written into every document (thousands of expressions, again and again): a word of the query is
looked up here, and stands for the thématiques and catégories it names.
"""

from collections import defaultdict
from collections.abc import Sequence

from app.search.analysis import SHORT, Analysis, Token, joined_forms
from app.search.settings import SearchSettings

Marks = frozenset[str]
"""Forms of a word: "=" and the word folded, "~" and its stem. A short word has no inflection, so no stem."""


def marks(folded: str, stem: str) -> Marks:
    return frozenset({f"={folded}", f"~{stem}"} if len(folded) > SHORT else {f"={folded}"})


class Lexicon:
    """The everyday words of ``search_config/mots``, looked up by word."""

    def __init__(self, settings: SearchSettings, analysis: Analysis) -> None:
        self.words: dict[str, set[str]] = defaultdict(set)
        """Each word, folded, with the needs (thématiques or catégories) one of whose expressions holds it."""
        self._alone: set[str] = set()
        self._expressions: dict[str, list[tuple[str, tuple[Marks, ...]]]] = defaultdict(list)
        for need, expressions in settings.everyday.items():
            for expression in expressions:
                for text in (expression, *joined_forms(expression)):
                    self._add(need, analysis.tokens(text))

    def alone(self, word: str) -> bool:
        """Is `word`, folded, by itself an everyday expression? Then it is no mere beginning: « AME » is not « aménager »."""
        return word in self._alone

    def _add(self, need: str, tokens: Sequence[Token]) -> None:
        if len(tokens) == 1:
            self._alone.add(tokens[0].folded)
        expression = tuple(marks(token.folded, token.stem) for token in tokens)
        for token in tokens:
            self.words[token.folded].add(need)
            for mark in marks(token.folded, token.stem):
                self._expressions[mark].append((need, expression))

    def whole(self, forms: Marks, query: Marks) -> set[str]:
        """Needs one of whose expressions holds a word of these `forms` and stands whole in `query`."""
        return {need for form in forms for need, expression in self._expressions.get(form, ()) if all(query & word for word in expression)}

    def part(self, forms: Marks) -> set[str]:
        """Needs one of whose expressions holds a word of these `forms`."""
        return {need for form in forms for need, _ in self._expressions.get(form, ())}
