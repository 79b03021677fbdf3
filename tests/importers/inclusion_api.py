"""A server that answers as the API of data·inclusion does, to the letter, and fails as it may."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import ceil
from typing import Any
from urllib.parse import parse_qs, unquote

Item = dict[str, Any]
Fault = Callable[["Handler", str], bool]  # answered, or not


class Api(ThreadingHTTPServer):
    """`faults`: for the next requests, one each. `asked`: paths with their page, and when."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lists: dict[str, list[Item]] = {"structures": [], "services": []}
        self.tokens = {"jeton": "api", "encart": "widget"}
        self.faults: list[Fault | None] = []
        self.asked: list[tuple[str, float]] = []
        self.scored = True  # each answer has other scores, as each day has

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/v1"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def put(self, *items: Item) -> None:
        """Add or replace items, told apart by having a structure or not."""
        for item in items:
            of = self.lists["services" if "structure_id" in item else "structures"]
            of[:] = sorted([*(one for one in of if one["id"] != item["id"]), item], key=lambda one: str(one["id"]))

    def drop(self, *ids: str) -> None:
        for of in self.lists.values():
            of[:] = [one for one in of if one["id"] not in ids]


class Handler(BaseHTTPRequestHandler):
    server: Api
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer leaves whole: in pieces, each waits for the other side's word

    def do_GET(self) -> None:
        path, given = self.path.partition("?")[0], self.given()
        what = unquote(path.removeprefix("/api/v1/"))
        self.server.asked.append((f"{what}?{given['page']}" if "page" in given else what, time.monotonic()))
        fault = self.server.faults.pop(0) if self.server.faults else None
        if fault and fault(self, what):
            return
        scope = self.server.tokens.get(self.headers.get("Authorization", "").removeprefix("Bearer "))
        if scope != "api":
            self.answer(403 if scope else 401, {"detail": "Forbidden" if scope else "Unauthorized"})
        elif what in self.server.lists:
            self.page(self.server.lists[what], given)
        else:
            self.one(what.removeprefix("structures/"))

    def given(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.path.partition("?")[2]).items()}

    def page(self, items: list[Item], given: dict[str, str]) -> None:
        departement, size, page = given.get("code_departement", ""), int(given.get("size", 5000)), int(given.get("page", 1))
        found = [item for item in items if (item.get("code_insee") or "").startswith(departement)]
        shown = [
            {**item, "score_qualite": time.time() % 1 if self.server.scored else 0.5, "adresse_certifiee": True}
            for item in found[size * (page - 1) :][:size]
        ]
        pages = ceil(len(found) / size)
        self.answer(200, {"items": shown, "total": len(found), "page": page, "size": len(shown), "pages": pages})

    def one(self, structure_id: str) -> None:
        found = next((item for item in self.server.lists["structures"] if item["id"] == structure_id), None)
        own = [item for item in self.server.lists["services"] if item["structure_id"] == structure_id]
        self.answer(200, {**found, "score_qualite": 0.5, "doublons": [], "services": own}) if found else self.answer(
            404, {"detail": "Not Found"}
        )

    def answer(self, status: int, content: Any, **headers: str) -> None:
        self.raw(status, json.dumps(content).encode(), **headers)

    def raw(self, status: int, content: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def refused(status: int, **headers: str) -> Fault:
    def fault(handler: Handler, what: str) -> bool:
        handler.answer(status, {"detail": "busy"}, **headers)
        return True

    return fault


def answered(content: object) -> Fault:
    def fault(handler: Handler, what: str) -> bool:
        handler.answer(200, content)
        return True

    return fault


def cut(handler: Handler, what: str) -> bool:
    """The connection breaks in the middle of an answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"items": [')
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True
    return True


def web_page(handler: Handler, what: str) -> bool:
    handler.raw(200, b"<!doctype html><title>Maintenance</title>", "text/html")
    return True


def repeated(handler: Handler, what: str) -> bool:
    """Rows moved while pages were read: the first ones of the list are given again, and those of this page are not."""
    handler.page(handler.server.lists[what], {**handler.given(), "page": "1"})
    return True


def meanwhile(change: Callable[[], object]) -> Fault:
    """The list changes just before this answer."""

    def fault(handler: Handler, what: str) -> bool:
        change()
        return False

    return fault


@contextmanager
def serving() -> Iterator[Api]:
    server = Api()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
