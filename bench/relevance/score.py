"""``make relevance``: does search understand everyday words? See README.md here.

The real path on 30,000 listings: Levier's own import, its index, its engines. Of the half held out, only totals are shown.
"""

import argparse
import csv
import importlib.util
import random
import shutil
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import select

from app import db
from app.config import Settings
from app.models import Service
from app.progress import progress
from app.search import sync
from app.search.engines import open_search
from app.search.port import SearchEngine, SearchRequest
from bench import corpus, measures, serving
from importers import pipeline

QUERIES = Path(__file__).parent / "requetes.tsv"
TUNED, HELD_OUT = "reglage", "reserve"
SERVICES = 30_000
SEED = 20261122
DEPTH = 10
LONG = 5  # letters from which a word gets a typo
WORST = 10
UNFOUND = DEPTH + 1


@dataclass(frozen=True)
class Query:
    """A judged query; right answers carry one of `expected` (thématiques)."""

    text: str
    genre: str
    expected: frozenset[str]
    half: str


@dataclass(frozen=True)
class Result:
    """`rank` of the first right answer, from 1; UNFOUND beyond DEPTH."""

    query: Query
    asked: str
    rank: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="make relevance", description=__doc__)
    parser.add_argument("--services", type=int, default=SERVICES)
    options = parser.parse_args()
    try:
        settings = prepared(options.services)
    except corpus.NoCorpus as error:
        print(error)
        return
    queries = read(QUERIES)
    engine = db.open_engine(settings)
    needs = needs_of_services(engine)
    for search in engines(settings):
        if search.needs_rebuild():
            with progress(f"Index {search.name}") as report:
                sync.rebuild(engine, search, progress=report)
        print(shown(search.name, *score(search, queries, needs)), flush=True)
    engine.dispose()


# --- what is searched


def prepared(services: int) -> Settings:
    """Settings of a base that holds the corpus, imported once and kept. Raises NoCorpus."""
    folder = corpus.make(services)
    settings = Settings(data_dir=corpus.BUILD / f"relevance-{services}", database_url="", search_url="", geocoder_url="")
    if not settings.data_dir.exists():
        unfinished = settings.data_dir.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        loading = settings.model_copy(update={"data_dir": unfinished})
        engine = db.open_engine(loading)
        db.migrate(engine)
        with progress("Import") as report:
            pipeline.run(engine, "data-inclusion", settings=loading, file=folder, author="bench", progress=report)
        engine.dispose()
        unfinished.rename(settings.data_dir)
    return settings


def needs_of_services(engine: Engine) -> dict[str, frozenset[str]]:
    """Thématiques of each service."""
    with db.session_of(engine) as session:
        return {i: frozenset(thematiques or ()) for i, thematiques in session.exec(select(Service.id, Service.thematiques))}


def engines(settings: Settings) -> Iterator[SearchEngine]:
    """Each engine that this machine can run."""
    yield open_search(settings)
    if not importlib.util.find_spec("app.search.meilisearch"):
        return
    if not serving.has_meilisearch():
        print("Meilisearch not scored: no `meilisearch` on PATH.")
        return
    with serving.meilisearch() as (url, key):
        yield open_search(settings.model_copy(update={"search_url": url, "search_key": SecretStr(key)}))


# --- what is asked


def read(path: Path) -> list[Query]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Query(row["requete"], row["genre"], frozenset(row["attendu"].split("|")), row["moitie"]) for row in rows]


def with_typo(text: str, rng: random.Random) -> str | None:
    """`text` with one letter inserted, dropped, replaced or swapped with the next; None when it has fewer than LONG letters.

    In a word of LONG letters or more where there is one, else in the longest.
    """
    words = text.split(" ")
    if sum(c.isalpha() for c in text) < LONG:
        return None
    chosen = rng.choice([i for i, word in enumerate(words) if len(word) >= LONG] or [max(range(len(words)), key=lambda i: len(words[i]))])
    words[chosen] = _edited(words[chosen], rng)
    return " ".join(words)


def _edited(word: str, rng: random.Random) -> str:
    letter = rng.choice(string.ascii_lowercase)
    i = rng.randrange(len(word))
    swapped = word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :]
    edited = rng.choice((word[:i] + letter + word[i:], word[:i] + word[i + 1 :], word[:i] + letter + word[i + 1 :], swapped))
    return edited if edited != word else _edited(word, rng)


def typos(queries: Iterable[Query]) -> list[tuple[Query, str]]:
    """The mistyped form of each query long enough. The same every time, whatever else the file holds."""
    asked = ((query, with_typo(query.text, random.Random(f"{SEED} {query.text}"))) for query in queries)
    return [(query, text) for query, text in asked if text is not None]


def score(search: SearchEngine, queries: Sequence[Query], needs: dict[str, frozenset[str]]) -> tuple[list[Result], list[Result]]:
    """As typed, and with one typo."""

    def ask(query: Query, text: str) -> Result:
        hits = search.search(SearchRequest(q=text, size=DEPTH)).hits
        right = (i for i, hit in enumerate(hits, start=1) if needs.get(hit.id, frozenset()) & query.expected)
        return Result(query, text, next(right, UNFOUND))

    return [ask(query, query.text) for query in queries], [ask(query, text) for query, text in typos(queries)]


# --- what is shown


def shown(engine: str, clean: list[Result], mistyped: list[Result]) -> str:
    head = (f"moteur {engine}", "requêtes", "succès@1", "succès@5", "succès@10", "MRR", "faute : requêtes", "succès@1", "succès@5", "MRR")
    rows = [_row(name, kept, clean, mistyped) for name, kept in _groups(clean)]
    parts = [measures.table(head, rows), *(_worst(name, results) for name, results in (("as typed", clean), ("one typo", mistyped)))]
    return "\n\n".join(parts) + "\n"


def _groups(results: list[Result]) -> Iterator[tuple[str, Callable[[Query], bool]]]:
    for half in (TUNED, HELD_OUT):
        for genre in dict.fromkeys(result.query.genre for result in results):
            yield f"{half} {genre}", lambda query, half=half, genre=genre: (query.half, query.genre) == (half, genre)  # type: ignore[misc]
        yield f"{half}, toutes", lambda query, half=half: query.half == half  # type: ignore[misc]


def _row(name: str, kept: Callable[[Query], bool], clean: list[Result], mistyped: list[Result]) -> list[str]:
    own = [result.rank for result in clean if kept(result.query)]
    wrong = [result.rank for result in mistyped if kept(result.query)]
    values = [*(success(own, k) for k in (1, 5, 10)), mrr(own)]
    values_wrong = [success(wrong, 1), success(wrong, 5), mrr(wrong)]
    return [name, str(len(own)), *(f"{value:.3f}" for value in values), str(len(wrong)), *(f"{value:.3f}" for value in values_wrong)]


def success(ranks: Sequence[int], k: int) -> float:
    """Part of the queries with a right answer among the first `k`."""
    return sum(rank <= k for rank in ranks) / max(1, len(ranks))


def mrr(ranks: Sequence[int]) -> float:
    """Mean of 1 / rank; what is not found counts nothing."""
    return sum(1 / rank for rank in ranks if rank < UNFOUND) / max(1, len(ranks))


def _worst(name: str, results: list[Result]) -> str:
    """The worst of the tuned half, never of the other."""
    tuned = sorted((result for result in results if result.query.half == TUNED), key=lambda result: -result.rank)
    lines = [
        f"  {f'{r.rank}ᵉ' if r.rank < UNFOUND else '—'}  {r.asked}  →  {', '.join(sorted(r.query.expected))}"
        for r in tuned[:WORST]
        if r.rank > 1
    ]
    return "\n".join([f"worst of {TUNED}, {name}:", *lines])


if __name__ == "__main__":
    main()
