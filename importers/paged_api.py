"""Whole lists of a paged API of data·inclusion's shape, whose pages are not steady: read again until nothing is missing.

Between two pages a row may be given twice and another not at all, or the list may be loaded anew: one row out and one in hide
a third, and the count is right. A list is whole when as many distinct ids came as its `total` says, and another reading adds none.
What came is written down page after page: a run that dies goes on from there, if soon.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import quote

import httpx

from app.models.base import now
from importers.asking import Asking
from importers.problems import NoFile

TRIES = 5
PAGE = 1000
MAX_PAGES = 1000  # of one list
MAX_OWNERS = 1000
ROUNDS = 8
FRESH = timedelta(hours=1)  # the API is loaded anew every hour


@dataclass(frozen=True)
class Lists:
    """`endpoints` below the address, in order, with `query`; `name` of the file to make; upstream sources to leave out."""

    name: str
    endpoints: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()


class _Item(NamedTuple):
    """Where an item is written down, whose it is, and the structure that a service names."""

    start: int
    source: str
    owner: str | None


def collect(asking: Asking, lists: Lists, target: Path) -> str | None:
    """Write the whole lists to `target`, a JSON object an item a line: ``{"services": [{...}]}``, in the order of ids.

    The same rows make the same bytes. Returns in French what was left out. Raises NoFile, httpx.HTTPError: what was read
    stays beside `target` for the next call.
    """
    partial = target.with_name(f".{target.name}.en-cours")
    with partial.open("a+b") as pages:
        reading = _Reading(asking, lists, pages, partial.with_name(f"{partial.name}.json"))
        try:
            reading.resume()
            for endpoint in lists.endpoints[reading.rank :]:
                reading.whole(endpoint)
            reading.owners()
            reading.write(target)
        except httpx.HTTPStatusError as error:
            raise _refused(asking.url, error) or error from error
    for done in (partial, reading.notes):
        done.unlink(missing_ok=True)
    return reading.left_out()


class _Reading:
    """What was read of the lists so far: `items` by endpoint and id; `since`: where in the file those of a list begin."""

    def __init__(self, asking: Asking, lists: Lists, pages: IO[bytes], notes: Path) -> None:
        self.asking, self.lists, self.pages, self.notes = asking, lists, pages, notes
        self.items: dict[str, dict[str, _Item]] = {endpoint: {} for endpoint in lists.endpoints}
        self.since = dict.fromkeys(lists.endpoints, 0)
        self.began = now().isoformat()
        self.rank = self.round = self.size = 0
        self.page = 1
        self.complete = False  # did the reading before this one end with as many ids as there are?
        self.total: int | None = None

    def resume(self) -> None:
        """Take up what an interrupted run of the same lists read less than an hour ago."""
        note = self._note()
        if note:
            self.began, self.rank, self.round, self.size = note["began"], note["rank"], note["round"], note["size"]
            self.page, self.total, self.since = note["page"], note["total"], note["since"]
            self.complete = note["complete"]
        self.pages.truncate(self.size)
        self.pages.seek(0)
        start = 0
        for line in self.pages:
            [(endpoint, [item])] = json.loads(line).items()
            if start >= self.since[endpoint]:
                self._index(endpoint, item, start)
            start += len(line)

    def whole(self, endpoint: str) -> None:
        """Read a list until two readings in a row end with as many ids as there are. Raises NoFile when it never holds still."""
        found = self.items[endpoint]
        while self.round < ROUNDS:
            self._pages(endpoint)
            before, self.complete = self.complete, len(found) == self.total
            self.round, self.page = self.round + 1, 1
            if before and self.complete:
                self.rank, self.round, self.total, self.complete = self.rank + 1, 0, None, False
                self._write_note()
                return
            if len(found) > (self.total or 0):
                self._forget(endpoint)
            self._write_note()
        total, had = self.total, len(found)
        self._abandon()
        raise NoFile(
            f"{self.asking.url} annonce {total} fiches dans « {endpoint} », et en a donné {had} en {ROUNDS} lectures : "
            "rien n’a été importé d’une liste incomplète. Relancez l’import dans une heure."
        )

    def _pages(self, endpoint: str) -> None:
        last = self.page
        while self.page <= last:
            items, total, last = self.asking.tried(self._page, endpoint)
            if total != self.total:  # the list is another one: what was read of the one before may be gone from it
                self._forget(endpoint)
                self.total = total
            for item in items:
                self._keep(endpoint, item)
            self.page += 1
            self._write_note()

    def _page(self, endpoint: str) -> tuple[list[dict[str, Any]], int, int]:
        """Items of the page, items of the list, pages of the list."""
        address = f"{self.asking.url}/{endpoint}"
        found = self.asking.json(address, {**self.lists.query, "page": str(self.page), "size": str(PAGE)})
        items, total, last = found.get("items"), found.get("total"), found.get("pages")
        if not (isinstance(items, list) and isinstance(total, int) and isinstance(last, int) and all(map(_is_item, items))):
            raise NoFile(f"{address} ne répond pas par des fiches : vérifiez l’adresse.")
        if last > MAX_PAGES:
            raise NoFile(f"{address} annonce {total} fiches : c’est trop pour un département.")
        return items, total, last

    def owners(self) -> None:
        """Structures that stand elsewhere, of services that are here: each is asked for by its id. One that is gone stays out."""
        structures = self.items.get("structures", {})
        services = self.items.get("services", {}).values()
        missing = {item.owner for item in services if item.owner and item.source not in self.lists.without} - structures.keys()
        for owner in sorted(missing)[:MAX_OWNERS]:
            with suppress(_Gone):
                self._keep("structures", self.asking.tried(self._owner, owner))
                self._write_note()

    def _owner(self, owner: str) -> dict[str, Any]:
        try:
            found = self.asking.json(f"{self.asking.url}/structures/{quote(owner, safe='')}")
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.NOT_FOUND:
                raise _Gone from error
            raise
        if not _is_item(found) or found["id"] != owner:
            raise NoFile(f"{self.asking.url}/structures ne répond pas par la fiche demandée : vérifiez l’adresse.")
        return {name: value for name, value in found.items() if name != "services"}

    def write(self, target: Path) -> None:
        """The file, written aside then renamed: it is whole or not there."""
        aside = target.with_name(f".{target.name}.entier")
        with aside.open("wb") as out:
            for line in self._lines():
                out.write(line)
        aside.replace(target)

    def left_out(self) -> str | None:
        left = Counter(item.source for found in self.items.values() for item in found.values() if item.source in self.lists.without)
        each = ", ".join(f"{source} ({count})" for source, count in sorted(left.items()))
        return f"Laissées de côté, car leurs sources s’importent ici par elles-mêmes : {each}." if left else None

    def _lines(self) -> Iterator[bytes]:
        for found in self.items.values():
            for item_id in sorted(found):
                item = found[item_id]
                if item.source not in self.lists.without:
                    self.pages.seek(item.start)
                    yield self.pages.readline()

    def _keep(self, endpoint: str, item: dict[str, Any]) -> None:
        line = json.dumps({endpoint: [item]}, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace") + b"\n"
        self._index(endpoint, item, self.size)
        self.size += self.pages.write(line)
        self.asking.check(self.size)

    def _index(self, endpoint: str, item: Mapping[str, Any], start: int) -> None:
        owner = item.get("structure_id")
        self.items[endpoint][item["id"]] = _Item(start, str(item.get("source") or ""), owner if isinstance(owner, str) else None)

    def _forget(self, endpoint: str) -> None:
        self.items[endpoint].clear()
        self.complete = False
        self.since[endpoint] = self.size

    def _note(self) -> dict[str, Any]:
        try:
            note = json.loads(self.notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        fresh = isinstance(note, dict) and note.get("asked") == self._asked() and note["began"] > (now() - FRESH).isoformat()
        return note if fresh and self.pages.seek(0, 2) >= note["size"] else {}

    def _write_note(self) -> None:
        self.pages.flush()
        note = {"asked": self._asked(), "began": self.began, "rank": self.rank, "round": self.round, "size": self.size}
        note |= {"page": self.page, "total": self.total, "since": self.since, "complete": self.complete}
        aside = self.notes.with_name(f"{self.notes.name}.en-cours")
        aside.write_text(json.dumps(note), encoding="utf-8")
        aside.replace(self.notes)

    def _asked(self) -> list[Any]:
        return [self.asking.url, list(self.lists.endpoints), dict(self.lists.query)]

    def _abandon(self) -> None:
        self.notes.unlink(missing_ok=True)


class _Gone(Exception):
    """The structure that was asked for is no longer there."""


def _is_item(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("id"), str)


def _refused(url: str, error: httpx.HTTPStatusError) -> NoFile | None:
    """What a refusal of the token means, and what to do about it."""
    status = error.response.status_code
    if status == httpx.codes.UNAUTHORIZED:
        return NoFile(f"{url} refuse le jeton : vérifiez LEVIER_DATA_INCLUSION_TOKEN, ou demandez un nouveau jeton à data·inclusion.")
    if status == httpx.codes.FORBIDDEN:
        return NoFile(f"Le jeton LEVIER_DATA_INCLUSION_TOKEN n’ouvre pas {url} : demandez à data·inclusion un jeton pour l’API.")
    return None
