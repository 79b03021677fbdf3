"""A Meilisearch server, spoken to over HTTP: requests, tasks, and failures said as ``SearchUnavailable``."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpx

from app.search.port import SearchUnavailable

CONNECT = 0.5  # seconds
ANSWER = 2.0  # seconds a search may take
WRITE = 60.0  # seconds the server may take to receive a write
PATIENCE = 120.0  # seconds a write may wait for the server's queue
FIRST_LOOK, LAST_LOOK = 0.005, 0.05  # seconds between two looks at a task
INDEXES = 1000  # far more than a server holds

Json = dict[str, Any]


class MeilisearchServer:
    """One connection pool; safe among threads. Every method raises SearchUnavailable when the server doesn't answer."""

    def __init__(self, url: str, key: str = "") -> None:
        # Unasked, httpx accepts compressed answers: they come 40 ms later.
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
        timeout = httpx.Timeout(ANSWER, connect=CONNECT)
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def __del__(self) -> None:
        self._http.close()  # sockets left open are warned about

    # --- reading

    def searches(self, queries: Sequence[Json], patient: bool = False) -> list[Json]:
        """Answers to `queries`, in order, from one round trip; `patient`: nobody waits for them."""
        timeout = httpx.Timeout(WRITE if patient else ANSWER, connect=CONNECT)
        results = self._ask("POST", "/multi-search", json={"queries": queries}, timeout=timeout)["results"]
        return list(results)

    def document(self, index: str, pk: str, fields: Sequence[str]) -> Json | None:
        """The named fields of a document; None if it or the index doesn't exist."""
        try:
            return self._ask("GET", f"/indexes/{index}/documents/{pk}", params={"fields": ",".join(fields)})
        except NotFound:
            return None

    def documents(self, index: str) -> Iterable[Json]:
        """Every document of an index."""
        start = 0
        while page := self._ask("GET", f"/indexes/{index}/documents", params={"offset": start, "limit": 1000})["results"]:
            yield from page
            start += len(page)

    def indexes(self) -> dict[str, str]:
        """Indexes with the moment of their last change."""
        return {one["uid"]: one["updatedAt"] for one in self._ask("GET", "/indexes", params={"limit": INDEXES})["results"]}

    def updated_at(self, index: str) -> str:
        return str(self._ask("GET", f"/indexes/{index}")["updatedAt"])

    # --- writing: each gives the number of a task, to wait for

    def apply_settings(self, index: str, settings: Json) -> int:
        return self._task("PATCH", f"/indexes/{index}/settings", json=settings)

    def add(self, index: str, lines: Iterable[str]) -> int:
        """Put documents, each a line of JSON."""
        content = "\n".join(lines).encode()
        path = f"/indexes/{index}/documents?primaryKey=pk"
        return self._task("POST", path, content=content, headers={"Content-Type": "application/x-ndjson"})

    def delete(self, index: str, pks: Sequence[str]) -> int:
        return self._task("POST", f"/indexes/{index}/documents/delete-batch", json=list(pks))

    def delete_index(self, index: str) -> int:
        return self._task("DELETE", f"/indexes/{index}")

    def swap(self, one: str, other: str, rename: bool) -> int:
        """Exchange two indexes in one step; `rename`: `other` does not exist yet."""
        return self._task("POST", "/swap-indexes", json=[{"indexes": [one, other], "rename": rename}])

    def wait(self, *tasks: int, missing_ok: bool = False) -> None:
        """Until each task has succeeded."""
        for task in tasks:
            self._wait(task, missing_ok)

    def _wait(self, task: int, missing_ok: bool) -> None:
        limit, pause = time.monotonic() + PATIENCE, FIRST_LOOK
        while (found := self._ask("GET", f"/tasks/{task}"))["status"] in ("enqueued", "processing"):
            if time.monotonic() > limit:
                raise SearchUnavailable("Meilisearch met trop longtemps à indexer.")
            time.sleep(pause)
            pause = min(LAST_LOOK, pause * 1.5)
        code = (found.get("error") or {}).get("code", "")
        if found["status"] != "succeeded" and not (missing_ok and code == "index_not_found"):
            raise SearchUnavailable(f"Meilisearch a refusé une écriture : {code or found['status']}.")

    # ---

    def _task(self, method: str, path: str, **request: Any) -> int:
        return int(self._ask(method, path, timeout=httpx.Timeout(WRITE, connect=CONNECT), **request)["taskUid"])

    def _ask(self, method: str, path: str, **request: Any) -> Json:
        try:
            response = self._http.request(method, path, **request)
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SearchUnavailable("Meilisearch ne répond pas.") from error
        if response.is_success:
            return dict(answer)
        code = str(answer.get("code", response.status_code))
        if code in ("index_not_found", "document_not_found"):
            raise NotFound("L’index n’existe pas encore.")
        if code in ("missing_authorization_header", "invalid_api_key"):
            raise SearchUnavailable("Meilisearch refuse la clé : vérifiez LEVIER_SEARCH_KEY.")
        if response.status_code < 500 and code.startswith("invalid_"):
            raise RuntimeError(f"{path}: {answer.get('message')}")
        raise SearchUnavailable(f"Meilisearch a répondu {code}.")


class NotFound(SearchUnavailable):
    """The index, or the document, does not exist."""
