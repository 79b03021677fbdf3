"""Which word of the query each result answers, and how: as typed, corrected, by a synonym, by the need it means.

Said from what the engine understood (``SearchPage.understood``) and from the listing itself: nothing is asked again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapidfuzz.distance import OSA

from app.models import Listing, Structure
from app.search.analysis import SHORT, Token, every_token, fold, indexable, stem
from app.search.explain import Reason
from app.search.port import Understood
from app.vocabulary import FREINS, categorie, label

CORRECTED = " corrigé en "


@dataclass(frozen=True)
class _Text:
    """A text of a listing, and what it is called in « dans … ». Its words and their stems are found once."""

    where: str
    tokens: Sequence[Token]
    words: frozenset[str]
    stems: frozenset[str]


class _Sought:
    """A word of the query, as it is looked for."""

    def __init__(self, word: Understood) -> None:
        self.typed, self.needs, self.begins = word.typed, word.needs, word.begins
        self._folded, self._corrections = fold(word.typed), word.corrections
        self._stem = stem(word.typed) if len(self._folded) > SHORT else self._folded
        self._corrected_stem = stem(word.corrections[0]) if word.corrections else ""
        self._others = [(other, _forms(other)) for other in word.others]
        self.varies = bool(word.corrections or word.others or word.begins)

    def is_in(self, text: _Text) -> bool:
        """As typed, inflected, or begun."""
        if self._folded in text.words or (len(self._folded) > SHORT and self._stem in text.stems):
            return True
        return self.begins and any(word.startswith(self._folded) for word in text.words)

    def corrected_in(self, text: _Text) -> str:
        """The word of `text` that it was corrected to, or that it begins with a typo; empty if there is none."""
        near = {term for term in self._corrections if term in text.words}
        if self.begins and not self._corrections:
            near = {word for word in text.words if self._nearly_begins(word)}
        if not near and self._corrected_stem not in text.stems:
            return ""
        return next((token.typed.lower() for token in text.tokens if token.folded in near or token.stem == self._corrected_stem), "")

    def _nearly_begins(self, word: str) -> bool:
        size = len(self._folded)
        return size > SHORT and any(OSA.distance(word[:n], self._folded, score_cutoff=1) <= 1 for n in (size, size - 1, size + 1))

    def said_otherwise_in(self, text: _Text) -> str:
        """What is also said for it and stands in `text`; empty if nothing does."""
        return next((other for other, forms in self._others if all(form in text.words or form in text.stems for form in forms)), "")

    def meant_by(self, carried: set[str]) -> str:
        """The surest of its needs that a listing carries; empty if it carries none."""
        return next((need for need in self.needs if need in carried), "")


class Matched:
    """Says of the answers of one page how they meet the words of the query."""

    def __init__(self, understood: Iterable[Understood]) -> None:
        self._words = [_Sought(word) for word in understood]

    def reasons(self, listing: Listing, structure: Structure | None) -> Iterator[Reason]:
        """What was found where, then whole words that were not: the answer is there without them. `structure`: the service's."""
        if not self._words:
            return
        found = _Found(listing, structure)
        for word in self._words:
            found.look_for(word)
        if phrases := list(found.phrases()):
            yield Reason("correspond", " ; ".join(phrases), "mots")
        if found.missing and phrases:
            yield Reason("a-verifier", f"{_listed(found.missing)} : non trouvé dans la fiche, à vérifier", "mots")


class _Found:
    """The words found in one listing, by the way they were."""

    def __init__(self, listing: Listing, structure: Structure | None) -> None:
        self._listing, self._structure = listing, structure
        self._needs = list(getattr(listing, "thematiques", None) or ())
        self._carried = {*self._needs, *map(categorie, self._needs)}
        self._there: dict[str, list[str]] = defaultdict(list)
        self._otherwise: dict[str, list[str]] = defaultdict(list)
        self.missing: list[str] = []

    def look_for(self, word: _Sought) -> None:
        """In short texts first; the description is read only for what is nowhere else."""
        said = _quoted(word.typed)
        found = self._stands(word, said, self._short) or self._means(word, said) or self._stands(word, said, self._long)
        if not found:
            self.missing.append(said)

    def phrases(self) -> Iterator[str]:
        for where, words in self._there.items():
            comma = "," if any(CORRECTED in word for word in words) else ""
            yield f"{_listed(words)}{comma} {where}"
        for other, words in self._otherwise.items():
            yield f"{_listed(words)} compris comme {_quoted(other)}"

    def _stands(self, word: _Sought, said: str, texts: Sequence[_Text]) -> bool:
        """Does one of `texts` hold it as typed, or else corrected or said otherwise?"""
        for text in texts:
            if word.is_in(text):
                self._there[text.where].append(said)
                return True
        for text in texts if word.varies else ():
            if read := word.corrected_in(text):
                self._there[text.where].append(f"{said}{CORRECTED}{_quoted(read)}")
                return True
            if other := word.said_otherwise_in(text):
                self._otherwise[other].append(said)
                return True
        return False

    def _means(self, word: _Sought, said: str) -> bool:
        need = word.meant_by(self._carried)
        if need:
            self._otherwise[FREINS.get(need) or label(need)].append(said)
        return bool(need)

    @cached_property
    def _short(self) -> list[_Text]:
        owner, listing = self._structure, self._listing
        town = listing.commune or (owner.commune if owner else None)
        return [
            _read("dans le nom", listing.nom),
            *([_read("dans le nom de la structure", owner.nom)] if owner else []),
            *(_read(f"dans le besoin {_quoted(label(need))}", label(need)) for need in self._needs),
            *([_read("dans la commune", town)] if town else []),
        ]

    @cached_property
    def _long(self) -> list[_Text]:
        return [_text("dans la description", self._listing.description)] if self._listing.description else []


def _text(where: str, text: str) -> _Text:
    tokens = every_token(indexable(text))
    return _Text(where, tokens, frozenset(token.folded for token in tokens), frozenset(token.stem for token in tokens))


_read = lru_cache(maxsize=20_000)(_text)  # names of structures, communes and needs come again and again


def _forms(other: str) -> list[str]:
    """What a text must hold to hold `other`: its words that tell, as stems."""
    tokens = every_token(other)
    telling = [token for token in tokens if len(token.folded) > SHORT] or tokens
    return [token.stem if len(token.folded) > SHORT else token.folded for token in telling]


def _quoted(text: str) -> str:
    return f"«\u00a0{text}\u00a0»"


def _listed(words: Sequence[str]) -> str:
    return " et ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]
