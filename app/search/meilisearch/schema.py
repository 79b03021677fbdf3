"""The Meilisearch index: its settings, and a document as it holds it.

The server keeps no words of its own: documents carry theirs, read by the same code as the embedded engine's, in
arrays to filter by. So both engines find the same answers, count them exactly, and an edit costs the server little.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import blake2b
from typing import Any

import numpy as np

from app.search.analysis import Analysis, indexable
from app.search.facts import FACET_FIELDS, ONLY_REMOTE, days_of, filter_values, has_point, packed, pk_of
from app.search.port import Document
from app.search.ranking import worth
from app.search.reading import SLOP, Language
from app.search.settings import TEXT_FIELDS, Classement

VERSION = 3
"""Raise it whenever a field or the analysis changes: every index is then made again."""

GAP = "_"  # keeps the place of a stop word
LONGEST = 100  # letters of a word
IDENTITY = "reglages"  # the document that says which settings made the index
MOST = 2_000_000  # answers of one request, values of one facet

SHORT_TEXTS = tuple(f"{name}{view}" for name in TEXT_FIELDS if name != "description" for view in ("", "_r"))
TO_FILTER = ("tout", "tout_r", "suites", "nom", "nom_r", "mots", "mots_r", "nom_exact", "structure_exacte")
SCOPE = ("pk", "genre", "statut", "collectivite", "zones", "lieu", "code_insee", *FACET_FIELDS.values())
FACTS = ("pk", "key", "faits", "_geo")
TO_RANK = (*FACTS, "texte", "thematiques", "categories", "nom_exact", "structure_exacte")
LONG_TEXT = "texte_long"
TO_SORT = ("jours", "ordre", "valeur", "_geo")


CUTOFF = 20_000
"""Milliseconds, far more than anyone waits. By default the server stops at 1,500, and answers without a word what it has found
so far: pages of a busy server then repeat some answers and lack others. We would rather be late, and say so."""


def settings() -> dict[str, Any]:
    """Settings of the index; the meaning of words is not among them."""
    equality = {"facetSearch": False, "filter": {"equality": True, "comparison": False}}
    return {
        "searchableAttributes": [],
        "displayedAttributes": [*TO_RANK, LONG_TEXT, "empreinte", "jeton"],
        "filterableAttributes": [{"attributePatterns": sorted({*TO_FILTER, *SCOPE}), "features": equality}, "_geo"],
        "sortableAttributes": list(TO_SORT),
        "rankingRules": ["sort"],
        "typoTolerance": {"enabled": False},
        "facetSearch": False,
        "prefixSearch": "disabled",
        "pagination": {"maxTotalHits": MOST},
        "faceting": {"maxValuesPerFacet": MOST},
        "searchCutoffMs": CUTOFF,
    }


def journal_settings() -> dict[str, Any]:
    return {"searchableAttributes": [], "facetSearch": False, "prefixSearch": "disabled", "typoTolerance": {"enabled": False}}


def made_by(fingerprint: str) -> str:
    """What names the settings and the version that made an index."""
    return f"{VERSION}-{fingerprint}"


def identity(fingerprint: str, token: str) -> str:
    """The line of the document that names the index's settings, and its rebuild."""
    return json.dumps({"pk": IDENTITY, "empreinte": made_by(fingerprint), "jeton": token})


def server_key(key: str) -> str:
    """A document's identifier: the server takes no space, accent or colon in one."""
    return blake2b(key.encode(), digest_size=16).hexdigest()


def line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)


class Fields:
    """Documents as the index holds them."""

    def __init__(self, language: Language) -> None:
        self._analysis: Analysis = language.analysis
        self._weights: Classement = language.settings.classement
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        for phrase in language.synonyms.phrases():
            self._phrases.setdefault(phrase[0], []).append(phrase)

    def of(self, document: Document) -> dict[str, Any]:
        """The document, with every word, synonym and number that a search may ask for."""
        words: dict[str, list[str]] = {}
        for name, text in document.texts.items():
            pairs = self._analysis.words(indexable(text))
            words[name] = [folded[:LONGEST] or GAP for folded, _ in pairs]
            words[f"{name}_r"] = [stem[:LONGEST] or GAP for _, stem in pairs]
        return {
            "pk": server_key(document.key),
            "key": document.key,
            **{name: words[name] for name in ("nom", "nom_r", "mots", "mots_r")},
            # To be read by whoever ranks: texts, where arrays would be many times slower to carry.
            "texte": "\n".join(_spaced(words[name]) for name in SHORT_TEXTS),
            LONG_TEXT: _spaced(words["description_r"]),
            "tout": _distinct(words[name] for name in TEXT_FIELDS),
            "tout_r": _distinct(words[f"{name}_r"] for name in TEXT_FIELDS),
            "suites": [f"{name}_r {' '.join(phrase)}" for name in TEXT_FIELDS for phrase in self._standing(words[f"{name}_r"])],
            "nom_exact": self._analysis.name(document.nom),
            "structure_exacte": self._analysis.name(document.structure_nom),
            **filter_values(document),
            **self._numbers(document),
        }

    def _standing(self, stems: list[str]) -> Iterator[tuple[str, ...]]:
        """Synonyms of several words that stand in these stems."""
        for first in dict.fromkeys(stems):
            yield from (phrase for phrase in self._phrases.get(first, ()) if follows(stems, phrase))

    def _numbers(self, document: Document) -> dict[str, Any]:
        facts = packed(document)
        numbers: dict[str, Any] = {
            "faits": facts,
            "jours": days_of(document),
            "ordre": pk_of(document.key) >> 11,  # what a JSON number holds exactly
            "valeur": round(float(worth(self._weights, np.array([facts], dtype=np.uint64), date.today())[0]), 4),
        }
        # What is only remote has no distance, and needs none to be within reach.
        if has_point(document) and not facts & ONLY_REMOTE:
            numbers["_geo"] = {"lat": document.latitude, "lng": document.longitude}
        return numbers


def follows(stems: list[str], phrase: tuple[str, ...]) -> bool:
    """Does `phrase` stand in `stems`, in order, at most SLOP words (stop words too) between one and the next?"""
    starts = (i for i, stem in enumerate(stems) if stem == phrase[0])
    return any(_from(stems, i, phrase) for i in starts)


def _from(stems: list[str], start: int, phrase: tuple[str, ...]) -> bool:
    place = start
    for stem in phrase[1:]:
        try:
            place = stems.index(stem, place + 1, place + 2 + SLOP)
        except ValueError:
            return False
    return True


def texts_of(hit: dict[str, Any]) -> dict[str, str]:
    """The texts of an answer by field: folded words, or stems, each between spaces."""
    return {**dict(zip(SHORT_TEXTS, hit["texte"].split("\n"), strict=True)), "description_r": hit.get(LONG_TEXT, "")}


def _spaced(words: list[str]) -> str:
    return f" {' '.join(words)} "


def _distinct(lists: Iterable[list[str]]) -> list[str]:
    return [word for word in dict.fromkeys(word for words in lists for word in words) if word != GAP]
