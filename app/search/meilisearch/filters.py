"""What a request keeps, as filter expressions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from app.search.facts import ANY, FILTER_FIELDS
from app.search.meilisearch.schema import server_key
from app.search.meilisearch.vocabulary import ServerVocabulary
from app.search.port import Place, SearchRequest, key_of
from app.search.reading import EVERYWHERE, TYPO, WORD, Form, Reading
from app.search.settings import TEXT_FIELDS
from app.search.spelling import Word
from app.search.synonyms import Run
from app.territory.competence import EVERYWHERE as COUNTRY

NOTHING = 'genre = ""'

NAMES = frozenset({"nom", "nom_r"})
THEMES = NAMES | {"mots", "mots_r", "thematiques", "categories"}


def one_of(field: str, values: Iterable[str]) -> str:
    return f"{field} IN [{', '.join(map(_quoted, sorted(values)))}]"


def _quoted(value: str) -> str:
    # A backslash can't be written in a filter; no value holds one.
    return '"' + value.replace("\\", "\ufffd").replace('"', '\\"') + '"'


def all_of(parts: Iterable[str]) -> str:
    return " AND ".join(f"({part})" for part in parts)


def any_of(parts: Iterable[str]) -> str:
    return " OR ".join(dict.fromkeys(parts)) or NOTHING


def scope(request: SearchRequest) -> list[str]:
    """What whoever asks may see, competent for the place and within reach."""
    parts = [one_of("genre", {request.genre}), one_of("statut", request.statuts)]
    if request.collectivites is not None:
        parts.append(one_of("collectivite", request.collectivites))
    if request.place is not None:
        parts.append(one_of("zones", {*request.place.codes, ANY}))
        if request.rayon_km is not None:
            parts.append(_within_reach(request.place, request.rayon_km))
    return parts


def _within_reach(place: Place, radius_km: float) -> str:
    """Remote, or within the radius, or nowhere on the map but named for here (see ``SearchRequest``)."""
    unzoned = all_of([one_of("zones", {ANY}), one_of("departement", {place.departement})])
    named = any_of([one_of("zones", place.codes - COUNTRY), one_of("code_insee", place.codes), f"({unzoned})"])
    ways = [one_of("modes_accueil", {"a-distance"})]
    if place.latitude is None or place.longitude is None:
        ways.append(f"({named})")  # a place without coordinates has no distances
    else:
        ways.append(f"({all_of([one_of('lieu', {ANY}), named])})")
        ways.append(f"_geoRadius({place.latitude}, {place.longitude}, {radius_km * 1000})")
    return any_of(ways)


def choice(name: str, values: Iterable[str]) -> str:
    """The filter `name` of a request."""
    return one_of(FILTER_FIELDS[name], values)


def among(genre: str, ids: Iterable[str]) -> str:
    """These listings alone."""
    return one_of("pk", (server_key(key_of(genre, listing_id)) for listing_id in ids))


class TextFilters:
    """A text's forms as filters."""

    def __init__(self, reading: Reading, vocabulary: ServerVocabulary) -> None:
        self._reading, self._vocabulary = reading, vocabulary

    def matching(self, required: Sequence[Run]) -> str:
        """Holds all of `required`, anywhere."""
        return all_of(map(self._run, required))

    def typed(self, required: Sequence[Run], fields: frozenset[str] | None) -> str:
        """Holds all of `required`, without a correction, in these fields (None: anywhere)."""
        return all_of(self._typed(run, fields) for run in required)

    def exact(self) -> str:
        """Bears the text as its name."""
        return any_of(map(self._form, self._reading.bonuses()))

    def _run(self, run: Run) -> str:
        own = all_of(any_of(map(self._form, self._reading.anywhere(word))) for word in run.words)
        return any_of([f"({own})", *map(self._anywhere, self._reading.equivalents(run))])

    def _typed(self, run: Run, fields: frozenset[str] | None) -> str:
        own = all_of(any_of(map(self._form, self._forms(word, fields))) for word in run.words)
        others = [
            self._anywhere(form) if fields is None else self._form(form)
            for form in self._reading.equivalents(run)
            if fields is None or form.field in fields
        ]
        return any_of([f"({own})", *others])

    def _forms(self, word: Word, fields: frozenset[str] | None) -> Iterator[Form]:
        forms = self._reading.anywhere(word) if fields is None else self._reading.forms(word)
        yield from (form for form in forms if form.score >= WORD + 2 * TYPO and (fields is None or form.field in fields))

    def _anywhere(self, form: Form) -> str:
        """The form, whatever the text field: there is a filter of them all."""
        if form.kind == "suite" or form.field.removesuffix("_r") not in TEXT_FIELDS:
            return self._form(form)
        return self._form(replace(form, field=f"{EVERYWHERE}_r" if form.field.endswith("_r") else EVERYWHERE))

    def _form(self, form: Form) -> str:
        if form.kind == "suite":
            return f"suites = {_quoted(f'{form.field} {chr(32).join(form.values)}')}"
        if form.kind == "debut":
            return f"{form.field} STARTS WITH {_quoted(form.values[0])}"
        if form.kind == "debut-faux":
            return one_of(form.field, self._vocabulary.beginning_nearly(form.values[0]))
        return one_of(form.field, form.values)
