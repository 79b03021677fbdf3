"""Writing to the server's indexes: the one in use, and the one being filled beside it.

A rebuild fills ``<name>-nouveau-<token>`` and keeps ``<name>-journal-<token>`` for what is written meanwhile: whoever
writes finds the two by their names, writes there too, and looks again afterwards, lest the indexes were swapped in
between. A builder that was killed leaves both; the next one removes them: that only one builds at a time is seen to by
whoever calls (``app.search.turns``). The index tells its settings once nothing written meanwhile can be missing from it, so
that one whose builder was killed too early is made again.
"""

import json
import secrets
import time
from collections.abc import Iterable, Iterator
from itertools import islice

from app.search.meilisearch import schema
from app.search.meilisearch.server import MeilisearchServer
from app.search.port import SearchUnavailable

Operation = tuple[str, str | None]
"""A document's key on the server, and its line; None removes it."""

BATCH = 4000  # documents
SWAPPED, LOOK = 120.0, 0.01  # seconds a swap may take, and between two looks at it
UNFINISHED = "en cours"


class Generations:
    """The index `name` of one server."""

    def __init__(self, server: MeilisearchServer, name: str, fingerprint: str) -> None:
        self._server, self._name, self._fingerprint = server, name, fingerprint

    def needs_rebuild(self) -> bool:
        """No index, or one of other settings or another version."""
        found = self._server.document(self._name, schema.IDENTITY, ["empreinte"])
        return found is None or found.get("empreinte") != schema.made_by(self._fingerprint)

    def apply(self, operations: list[Operation]) -> None:
        """Durable and visible on return, in the index in use and in one that takes its place meanwhile."""
        while True:
            known = self._server.indexes()
            building = self._building(known)
            if self._name not in known and not building:
                self._server.updated_at(self._name)  # raises NotFound, unless it was left out of the list while being swapped
                continue
            tasks = [task for token in building for task in self._write_aside(token, operations)]
            if self._name in known:
                tasks += self._write(self._name, operations)
            self._server.wait(*tasks, missing_ok=True)
            if self._building(self._server.indexes()) == building:
                return

    def build(self, lines: Iterable[str]) -> int:
        """Fill a new index and swap. Raises SearchUnavailable if another builder, which came later, took its place."""
        self.tidy()
        token = secrets.token_hex(4)
        new, journal = self._new(token), self._journal(token)
        try:
            self._server.wait(
                self._server.apply_settings(journal, schema.journal_settings()),
                self._server.apply_settings(new, schema.settings()),
                self._server.add(new, [schema.identity(UNFINISHED, token)]),
                self._server.add(journal, [schema.identity(UNFINISHED, token)]),
            )
            number = self._fill(new, iter(lines))
            replayed: dict[str, str] = {}
            self._replay(journal, new, replayed)
            if token not in self._building(self._server.indexes()):
                raise SearchUnavailable("Une autre reconstruction de l’index a remplacé celle-ci.")
            self._swap(new, token)
            while self._replay(journal, self._name, replayed):  # what is read may be older than what is written meanwhile
                pass
        finally:
            self._remove(journal, new)
        self._server.wait(self._server.add(self._name, [schema.identity(self._fingerprint, token)]))
        return number

    def tidy(self) -> None:
        """Remove what other builders left: they are dead, or else will notice."""
        self._remove(*sorted(uid for uid in self._server.indexes() if uid.startswith((self._new(""), self._journal("")))))

    # ---

    def _new(self, token: str) -> str:
        return f"{self._name}-nouveau-{token}"

    def _journal(self, token: str) -> str:
        return f"{self._name}-journal-{token}"

    def _building(self, known: Iterable[str]) -> set[str]:
        """Tokens of the rebuilds under way."""
        start = self._journal("")
        tokens = {uid.removeprefix(start) for uid in known if uid.startswith(start)}
        # A write that came too late makes an index again by its mere name; only a builder's tells its token.
        return {token for token in tokens if self._server.document(self._journal(token), schema.IDENTITY, ["jeton"])}

    def _write_aside(self, token: str, operations: list[Operation]) -> Iterator[int]:
        stamp = time.time_ns()
        records = (json.dumps({"pk": pk, "n": str(stamp), "ligne": line}) for pk, line in operations)
        yield self._server.add(self._journal(token), records)
        yield from self._write(self._new(token), operations)

    def _write(self, index: str, operations: list[Operation]) -> list[int]:
        lines = [line for _, line in operations if line is not None]
        removed = [pk for pk, line in operations if line is None]
        added = [self._server.add(index, lines)] if lines else []
        return added + ([self._server.delete(index, removed)] if removed else [])

    def _swap(self, new: str, token: str) -> None:
        self._server.swap(new, self._name, rename=self._name not in self._server.indexes())
        # A key that is for some indexes only may order the swap, but not ask for its task.
        limit = time.monotonic() + SWAPPED
        while (self._server.document(self._name, schema.IDENTITY, ["jeton"]) or {}).get("jeton") != token:
            if time.monotonic() > limit:
                raise SearchUnavailable("Meilisearch n’a pas mis le nouvel index à la place de l’ancien.")
            time.sleep(LOOK)

    def _fill(self, index: str, lines: Iterator[str]) -> int:
        number, waiting = 0, list[int]()
        while batch := list(islice(lines, BATCH)):
            number += len(batch)
            waiting.append(self._server.add(index, batch))
            if len(waiting) > 1:  # the server works on one while the next is read
                self._server.wait(waiting.pop(0))
        self._server.wait(*waiting)
        return number

    def _replay(self, journal: str, index: str, known: dict[str, str]) -> bool:
        """Bring what the journal holds into `index`, but what is `known`, to which it is added; was there anything new?"""
        records = (one for one in self._server.documents(journal) if one["pk"] != schema.IDENTITY)
        news = [one for one in records if known.get(one["pk"]) != one["n"]]
        self._server.wait(*self._write(index, [(one["pk"], one["ligne"]) for one in news]))
        known.update((one["pk"], one["n"]) for one in news)
        return bool(news)

    def _remove(self, *indexes: str) -> None:
        """Journals first: they tell writers of a builder."""
        self._server.wait(*[self._server.delete_index(uid) for uid in indexes], missing_ok=True)
