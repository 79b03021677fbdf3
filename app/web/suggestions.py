"""What the search field suggests while one types: needs, structures and services by name, communes.

What is typed is neither kept nor logged. One question to the engine at most, two to the base.
"""

import re
from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import Response

from app import listings
from app.access import Viewer
from app.context import Context
from app.dependencies import Ctx, Db, Person
from app.models import Listing, Service, Statut
from app.search import settings
from app.search.analysis import fold
from app.search.begun import beginnings_of
from app.search.highlight import Highlighter
from app.search.port import Genre, QueryError, SearchPage, SearchRequest, SearchUnavailable
from app.search.reading import language_of
from app.territory import lieux
from app.territory.gazetteer import Commune, Gazetteer
from app.territory.names import key, without_article
from app.vocabulary import SEPARATOR, categorie
from app.web import pages, wording
from app.web.listbox import Group, Listbox, Option
from app.web.question import Question
from app.web.results import town

router = APIRouter()

SHORTEST = 2  # letters
MOST_NEEDS, MOST_NAMES, MOST_COMMUNES = 3, 4, 3
LIKELY = 0.5  # confidence from which a recognised need is worth a line
LOOKED_AT = 12  # answers among which those that bear the name are found
LAST_WORDS = 5  # of a text that may end with a commune: « garde d’enfants digne les bains »

_LINK = re.compile(r"[\s,]+(?:à|a|au|aux|de|en|vers|sur|dans|près de|pres de)$", re.IGNORECASE)


@router.get("/suggestions")
def suggest(request: Request, context: Ctx, session: Db, viewer: Person) -> Response:
    """Options for the search field. The whole form is read, so that what is chosen keeps the rest of the search."""
    question = Question.read(request.query_params)
    found = tuple(_groups(context, session, viewer, question)) if len(question.q) >= SHORTEST else ()
    return pages.render(request, "_partials/listbox.html", Listbox("q", found))


def _groups(context: Context, session: Session, viewer: Viewer, question: Question) -> Iterator[Group]:
    needs = tuple(_needs(question))
    names = tuple(_names(context, session, viewer, question))
    yield Group("Besoins", needs)
    yield Group("Structures et services", names)
    yield Group("Lieu de la personne", tuple(_communes(context.gazetteer, question, forgiving=not needs and not names)))


# --- needs


def _needs(question: Question) -> Iterator[Option]:
    """Needs that the text means or begins, the surest first, but those already chosen."""
    config = settings.load()
    meant = language_of(config).recogniser.read(question.q).needs
    found = {need.value: need.expression for need in meant if need.confidence >= LIKELY}
    for value, expression in beginnings_of(config).needs(question.q):
        found.setdefault(value, expression)
    for value in [value for value in found if value not in question.besoins][:MOST_NEEDS]:
        yield Option(wording.label(value), _called(value, found[value]), question.but(q="", besoins=(*question.besoins, value)).address)


def _called(value: str, expression: str) -> str:
    """What everyday language calls the need, when it is not its own label that was read; else its catégorie."""
    if expression and fold(expression) not in fold(wording.label(value)):
        return f"«\u00a0{expression}\u00a0»"
    return wording.label(categorie(value)) if SEPARATOR in value else "tout le thème"


# --- structures and services


def _names(context: Context, session: Session, viewer: Viewer, question: Question) -> Iterator[Option]:
    """Sheets whose name holds every word typed, misspelt or half typed included."""
    found = _asked(context, question)
    if found is None or not found.words:
        return
    rows = [row for row in listings.by_ids(session, _genre(question), [hit.id for hit in found.hits]) if _shown(row, viewer)]
    structures = listings.structures_of(session, [row for row in rows if isinstance(row, Service)])
    sought = [Highlighter([word]) for word in found.words]
    options: dict[str, Option] = {}
    for row in rows:
        structure = structures.get(row.structure_id) if isinstance(row, Service) else row
        if structure is None or not _shown(structure, viewer):
            continue
        for listing in (structure, row):
            if _bears(listing.nom, sought):
                address = pages.address("service" if isinstance(listing, Service) else "structure", listing.id)
                options.setdefault(address, Option(listing.nom, _about(listing, structure), address))
    yield from list(options.values())[:MOST_NAMES]


def _asked(context: Context, question: Question) -> SearchPage | None:
    """The first answers to the text alone; None when the engine does not answer: the search page is where that is said."""
    lieu = lieux.understand(context.gazetteer, question.lieu, question.code, question.point)
    place = lieux.place(context.gazetteer, lieu)
    try:
        return context.search.search(SearchRequest(q=question.q, genre=_genre(question), place=place, size=LOOKED_AT))
    except (SearchUnavailable, QueryError):
        return None


def _genre(question: Question) -> Genre:
    return "service" if question.onglet == "ressources" else "structure"


def _shown(listing: Listing, viewer: Viewer) -> bool:
    """The index may be a moment late on what was unpublished."""
    return listing.statut == Statut.PUBLIEE or viewer.keeps(listing.collectivite)


def _bears(name: str, sought: Iterable[Highlighter]) -> bool:
    return all(any(found for _, found in words.mark(name)) for words in sought)


def _about(listing: Listing, structure: Listing) -> str:
    owner = structure.nom if listing is not structure and structure.nom != listing.nom else ""
    return " · ".join(part for part in (owner or ("" if isinstance(listing, Service) else "Structure"), town(listing)) if part)


# --- communes


def _communes(gazetteer: Gazetteer, question: Question, forgiving: bool) -> Iterator[Option]:
    """Communes that the text begins or, after other words, ends with; misspelt ones only if `forgiving`."""
    typed = key(question.q)
    found = gazetteer.suggest(question.q, MOST_COMMUNES)
    whole = [commune for commune in found if forgiving or _starts(commune, typed)]
    for commune in whole:
        yield _commune(question, commune, "")
    if not whole:
        yield from _at_the_end(gazetteer, question)


def _at_the_end(gazetteer: Gazetteer, question: Question) -> Iterator[Option]:
    words = question.q.split()
    for start in range(max(1, len(words) - LAST_WORDS), len(words)):
        end = " ".join(words[start:])
        found = [commune for commune in gazetteer.suggest(end, MOST_COMMUNES) if _named(commune, key(end))]
        if found:
            rest = _LINK.sub("", " ".join(words[:start]))
            yield from (_commune(question, commune, rest) for commune in found)
            return


def _starts(commune: Commune, typed: str) -> bool:
    return f" {key(commune.nom)}".find(f" {typed}") >= 0 or any(code.startswith(typed) for code in commune.codes_postaux)


def _named(commune: Commune, typed: str) -> bool:
    """Does its name begin with these whole words? A text that ends with « route » does not end with Routot."""
    return f"{without_article(key(commune.nom))} ".startswith(f"{typed} ") or typed in commune.codes_postaux


def _commune(question: Question, commune: Commune, rest: str) -> Option:
    """The place of the search becomes this commune; `rest` are the words that stay sought."""
    written = lieux.written(commune)
    note = f"et chercher «\u00a0{rest}\u00a0»" if rest else ""
    return Option(written, note, question.but(q=rest, lieu=written, code=commune.code).address)
