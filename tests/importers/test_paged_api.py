"""Lists read from a server where everything that may happen does, by chance; the same seed, the same misfortunes."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from importers import asking, paged_api
from importers.asking import Asking
from importers.paged_api import Lists
from importers.problems import NoFile
from tests.importers import inclusion_api
from tests.importers.inclusion_api import Api, Fault, Handler, cut, meanwhile, refused, repeated, web_page

LISTS = Lists("liste.ndjson", ("structures", "services"), {"code_departement": "04"})
SEEDS = 60


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(paged_api, "PAGE", 3)
    monkeypatch.setattr(asking, "BACKOFF", 0.001)
    with inclusion_api.serving() as server:
        yield server


def shuffled(handler: Handler, what: str) -> bool:
    """An order of its own for this page, as of a query that asks for none."""
    items = handler.server.lists.get(what)
    if not items:
        return False
    handler.page(random.Random(len(handler.server.asked)).sample(items, len(items)), handler.given())
    return True


def misfortunes(api: Api, chance: random.Random, there: dict[str, set[str]]) -> list[Fault | None]:
    """Forty requests' worth. `there` is told what leaves, and what comes, on the way."""

    def leave() -> None:
        api.drop(gone := f"dora--{chance.randrange(1, 10)}")
        there["always"].discard(gone)

    def come() -> None:
        there["ever"].add(new := f"dora--{chance.randrange(100, 999)}")
        api.put({"id": new, "source": "dora", "code_insee": "04070"})

    def change() -> None:
        leave()
        come()

    many = [refused(503), refused(429), cut, shuffled, shuffled, shuffled, meanwhile(leave), meanwhile(come), meanwhile(change), web_page]
    return [chance.choice(many) if chance.random() < chance.choice((0.1, 0.5)) else None for _ in range(40)]


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with asking.client(frozenset({"127.0.0.1"}), "jeton") as opened:
        yield opened


def collected(api: Api, client: httpx.Client, folder: Path) -> list[str]:
    paged_api.collect(Asking(client, api.url, paged_api.TRIES), LISTS, folder / LISTS.name)
    rows = [json.loads(line) for line in (folder / LISTS.name).read_text(encoding="utf-8").splitlines()]
    return [item["id"] for row in rows for item in row.get("structures", [])]


def test_a_list_is_whole_or_is_not_given(api: Api, client: httpx.Client, tmp_path: Path) -> None:
    """A run that failed is run again: it goes on, whatever it had read."""
    ended: Counter[str] = Counter()
    for seed in range(SEEDS):
        chance = random.Random(seed)
        ids = {f"dora--{n}" for n in range(1, 10)}
        there = {"always": set(ids), "ever": set(ids)}
        api.lists = {"structures": [], "services": []}
        api.put(*({"id": one, "source": "dora", "code_insee": "04070"} for one in ids))
        api.faults = misfortunes(api, chance, there)
        for _ in range(4):
            try:
                found = collected(api, client, tmp_path)
            except NoFile:
                ended["refused"] += 1
                continue
            assert len(found) == len(set(found))
            assert there["always"] <= set(found) <= there["ever"], seed
            ended["whole"] += 1
            break
    assert ended["whole"] > SEEDS / 2
    assert ended["refused"] > 5


def test_two_readings_of_the_same_rows_are_the_same_bytes(api: Api, client: httpx.Client, tmp_path: Path) -> None:
    api.put(*({"id": f"dora--{n}", "source": "dora", "code_insee": "04070"} for n in range(9)))
    api.scored = False
    collected(api, client, tmp_path)
    first = (tmp_path / LISTS.name).read_bytes()
    api.faults = [None, repeated, None, shuffled]
    collected(api, client, tmp_path)
    assert (tmp_path / LISTS.name).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == [LISTS.name]
