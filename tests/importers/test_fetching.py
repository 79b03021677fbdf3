"""A published address: a real server, with all that servers do."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.config import Settings
from importers import fetching
from importers.problems import NoFile
from importers.source import Source
from importers.sources.gironde import SOURCE


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = {"/fichier.json": 200, "/ailleurs": 302, "/panne": 500, "/gros": 200}.get(self.path, 404)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/fichier.json")
        self.send_header("Last-Modified", "Tue, 07 Mar 2023 10:00:00 GMT")
        self.end_headers()
        if status == 200:
            self.wfile.write(b"[]" if self.path == "/fichier.json" else b"x" * 100_000)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def at(url: str) -> Source:
    return replace(SOURCE, url=url)


@pytest.mark.parametrize("path", ["/fichier.json", "/ailleurs"])
def test_the_file_is_fetched_kept_and_dated_by_its_server(address: str, settings: Settings, path: str) -> None:
    with fetching.received(at(address + path), settings, None, keep=True) as received:
        assert received.made_on == date(2023, 3, 7)
        kept = received.path
    assert kept.read_bytes() == b"[]"
    assert kept.is_relative_to(settings.data_dir / "fichiers" / "gironde")


def test_nothing_is_kept_when_not_asked(address: str, settings: Settings) -> None:
    with fetching.received(at(f"{address}/fichier.json"), settings, None, keep=False) as received:
        assert received.path.read_bytes() == b"[]"
    assert not received.path.exists()
    assert not settings.data_dir.exists()


def test_an_address_that_fails_says_what_to_do(address: str, settings: Settings) -> None:
    with pytest.raises(NoFile, match=r"ne répond pas \(erreur 500\)\. Donnez le fichier avec --file"):
        fetching.received(at(f"{address}/panne"), settings, None, keep=True).__enter__()
    with pytest.raises(NoFile, match="connexion impossible"):
        fetching.received(at("http://127.0.0.1:9/x"), settings, None, keep=True).__enter__()


def test_too_large_a_file_is_not_taken(address: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 50_000)
    with pytest.raises(NoFile, match="téléchargement arrêté"):
        fetching.received(at(f"{address}/gros"), settings, None, keep=True).__enter__()


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("france-services-2024-08.csv", date(2024, 8, 1)),
        ("export_20240831.json", date(2024, 8, 31)),
        ("2024-08-31 lieux.csv", date(2024, 8, 31)),
        ("fichier-2999-01.csv", None),
        ("33-gironde.json", None),
        ("liste-2024.csv", None),
        ("x-2024-02-31.csv", None),
    ],
)
def test_a_date_in_a_name(name: str, day: date | None) -> None:
    assert fetching.date_in_name(name) == day
