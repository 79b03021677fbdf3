"""Services outside, played over real HTTP on this machine, that behave or misbehave as they are told."""

import csv
import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

MISBEHAVIOURS = ("hangs", "errs", "cuts", "garbage", "nested", "endless", "drips", "drips-headers", "redirects")
"""Ways of not answering; those of lying are told as answers."""


class Stranger(ThreadingHTTPServer):
    """A server on 127.0.0.1. `asked` holds the path and the body of each call; `manner` is how it answers."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_port}/service"
        self.asked: list[tuple[str, bytes]] = []
        self.manner = "well"
        self.closing = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up on a stranger that misbehaves is right."""


class Manners(BaseHTTPRequestHandler):
    """Answers `reply()` well, or in the manner of its server."""

    server: Stranger

    def reply(self, url: str, body: bytes) -> tuple[str, bytes]:
        """Content type and body."""
        raise NotImplementedError

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked.append((self.path, body))
        manner = self.server.manner
        if manner in MISBEHAVIOURS:
            getattr(self, "_" + manner.replace("-", "_"))()
        elif manner.isdecimal():
            self._send(b"{}", "application/json", int(manner))
        else:
            kind, answer = self.reply(self.path, body)
            self._send(answer, kind)

    def _send(self, body: bytes, kind: str = "application/json", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hangs(self) -> None:
        self.server.closing.wait(60)

    def _errs(self) -> None:
        self._send(b"la panne", "text/plain", 500)

    def _cuts(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"features": [')

    def _garbage(self) -> None:
        self._send(b"<html>Bienvenue sur le portail captif")

    def _nested(self) -> None:
        self._send(b"[" * 1_000_000)

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.server.closing.is_set():
            self.wfile.write(b" " * 65_536)

    def _drips(self) -> None:
        self.send_response(200)
        self.end_headers()
        self._drip(b" ")

    def _drips_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self._drip(b"X: 1\r\n")

    def _drip(self, drop: bytes) -> None:
        while not self.server.closing.is_set():
            self.wfile.write(drop)
            time.sleep(0.02)

    def _redirects(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class GeocoderManners(Manners):
    """Speaks like the Géoplateforme. `server.known`: answers by the start of what is asked."""

    def reply(self, url: str, body: bytes) -> tuple[str, bytes]:
        if urlsplit(url).path.endswith("/search/csv"):
            return "text/csv", self._table(body)
        params = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        found = self._known(params["q"])
        kept = [answer for answer in found if params.get("citycode") in (None, answer["citycode"]) or self.server.manner == "lies"]
        return "application/json", json.dumps({"type": "FeatureCollection", "features": [_feature(answer) for answer in kept]}).encode()

    def _known(self, text: str) -> list[dict[str, Any]]:
        server: Any = self.server
        return next((answers for start, answers in server.known.items() if text.lower().startswith(start.lower())), [])

    def _table(self, body: bytes) -> bytes:
        form = message_from_bytes(b"Content-Type: " + self.headers["content-type"].encode() + b"\r\n\r\n" + body)
        file = next(part for part in form.walk() if part.get_filename())
        rows = csv.DictReader(io.StringIO(str(file.get_payload()), newline=""))
        out = io.StringIO()
        columns = [*(rows.fieldnames or ()), "longitude", "latitude", "result_score", "result_label", "result_type", "result_citycode"]
        table = csv.DictWriter(out, [*columns, "result_status"])
        table.writeheader()
        for row in rows:
            found = [a for a in self._known(row["adresse"]) if row["citycode"] in ("", a["citycode"]) or self.server.manner == "lies"]
            said = {f"result_{name}": found[0][name] for name in ("score", "label", "type", "citycode")} if found else {}
            point = {"longitude": found[0]["longitude"], "latitude": found[0]["latitude"]} if found else {}
            table.writerow({**row, **said, **point, "result_status": "ok" if found else "not-found"})
        return out.getvalue().encode()


def _feature(answer: dict[str, Any]) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [answer["longitude"], answer["latitude"]]}
    return {"type": "Feature", "geometry": point, "properties": {k: v for k, v in answer.items() if k not in ("latitude", "longitude")}}


def an_answer(
    label: str, citycode: str, latitude: float, longitude: float, score: float = 0.9, type: str = "housenumber"
) -> dict[str, Any]:
    """An address as the Géoplateforme gives it."""
    return locals()


@contextmanager
def serving(manners: type[Manners]) -> Iterator[Stranger]:
    """A stranger that listens while the block runs."""
    stranger = Stranger(manners)
    thread = threading.Thread(target=stranger.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stranger
    finally:
        stranger.closing.set()
        stranger.shutdown()
        stranger.server_close()
        thread.join(10)


@contextmanager
def a_geocoder(known: dict[str, list[dict[str, Any]]]) -> Iterator[Any]:
    """A geocoder that knows these addresses. Its `manner` "lies" forgets to keep to the commune asked."""
    with serving(GeocoderManners) as stranger:
        stranger.known = known  # type: ignore[attr-defined]
        yield stranger
