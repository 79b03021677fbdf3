"""A published address: a real server, with all that servers do."""

import ipaddress
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs

import pytest

from app.config import Settings
from importers import asking, fetching
from importers.addresses import is_public
from importers.problems import NoFile
from importers.readers import paged_rows
from importers.source import Source
from importers.sources.gironde import SOURCE

BIG = bytes(range(256)) * 4000
FEATURES = [{"attributes": {"OBJECTID": n, "nom": f"Lieu {n}"}, "geometry": {"x": 6.2, "y": 44.1}} for n in range(5)]


class Server(BaseHTTPRequestHandler):
    """`asked`: the requests it got; `broken`: how many answers it is still to break midway."""

    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []
    broken = 0
    edited = 1_770_076_800_000

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.asked.append((self.path, dict(self.headers)))
        given = {name: values[0] for name, values in parse_qs(query).items()}
        answers: dict[str, Callable[[], object]] = {
            "/fichier.json": lambda: self.answer(b"[]"),
            "/ailleurs": lambda: self.answer(b"", 302, Location="/fichier.json"),
            "/dedans": lambda: self.answer(b"", 302, Location="http://localhost/secret"),
            "/boucle": lambda: self.answer(b"", 302, Location="/boucle"),
            "/panne": lambda: self.answer(b"", 500),
            "/gros": lambda: self.answer(b"x" * 100_000),
            "/marque.csv": lambda: self.marked(b"nom;ville\nA;Digne\n"),
            "/long.bin": self.long,
            "/FeatureServer/0": lambda: self.json({"maxRecordCount": 2, "editingInfo": {"lastEditDate": self.edited}}),
            "/FeatureServer/0/query": lambda: self.json({"features": FEATURES[int(given["resultOffset"]) :][:2]}),
        }
        answers.get(path, lambda: self.answer(b"", 404))()

    def answer(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Last-Modified": "Tue, 07 Mar 2023 10:00:00 GMT", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def marked(self, content: bytes) -> None:
        same = self.headers.get("If-None-Match") == '"un"'
        self.answer(b"" if same else content, 304 if same else 200, ETag='"un"')

    def long(self) -> None:
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        status = 206 if start and self.headers.get("If-Range") == '"deux"' else 200
        content = BIG[start:] if status == 206 else BIG
        if Server.broken:
            Server.broken -= 1
            self.send_response(status)
            self.send_header("ETag", '"deux"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:200_000])
            return
        self.answer(content, status, ETag='"deux"')

    def json(self, content: object) -> None:
        if Server.broken and "query" in self.path and "resultOffset=2" in self.path:
            self.answer(b"", 503)
            return
        self.answer(json.dumps(content).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "BACKOFF", 0.01)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "var", sources_hosts="127.0.0.1")


@pytest.fixture
def address() -> Iterator[str]:
    Server.asked.clear()
    Server.broken = 0
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
    monkeypatch.setattr(asking, "MAX_BYTES", 50_000)
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


def test_a_file_that_did_not_change_is_not_sent_again(address: str, settings: Settings) -> None:
    source = at(f"{address}/marque.csv")
    with fetching.received(source, settings, None, keep=True) as first:
        assert not first.unchanged
    with fetching.received(source, settings, None, keep=True) as second:
        assert second.unchanged
        assert (second.path, second.sha256, second.name, second.made_on) == (first.path, first.sha256, first.name, first.made_on)
    assert Server.asked[-1][1]["If-None-Match"] == '"un"'


def test_a_copy_that_was_lost_is_asked_for_again(address: str, settings: Settings) -> None:
    source = at(f"{address}/marque.csv")
    with fetching.received(source, settings, None, keep=True) as first:
        first.path.unlink()
    with fetching.received(source, settings, None, keep=True) as second:
        assert not second.unchanged
        assert second.path.read_bytes().startswith(b"nom")


def test_a_download_that_breaks_goes_on_from_where_it_was(address: str, settings: Settings) -> None:
    Server.broken = 2
    with fetching.received(at(f"{address}/long.bin"), settings, None, keep=True) as received:
        assert received.path.read_bytes() == BIG
    assert [headers.get("Range") for _, headers in Server.asked] == [None, "bytes=200000-", "bytes=400000-"]


def test_and_so_does_the_next_one_after_giving_up(address: str, settings: Settings) -> None:
    Server.broken = 3
    with pytest.raises(NoFile, match="connexion impossible"):
        fetching.received(at(f"{address}/long.bin"), settings, None, keep=True).__enter__()
    with fetching.received(at(f"{address}/long.bin"), settings, None, keep=True) as received:
        assert received.path.read_bytes() == BIG
    assert Server.asked[-1][1]["Range"] == "bytes=600000-"


def test_an_arcgis_layer_is_taken_page_by_page_and_only_if_it_was_edited(address: str, settings: Settings) -> None:
    source = at(f"{address}/FeatureServer/0")
    with fetching.received(source, settings, None, keep=True) as received:
        rows = [row.values for row in paged_rows(received.path).rows]
        assert received.made_on == date(2026, 2, 3)
    assert [row["nom"] for row in rows] == [f"Lieu {n}" for n in range(5)]
    assert (rows[0]["longitude"], rows[0]["latitude"]) == (6.2, 44.1)
    with fetching.received(source, settings, None, keep=True) as again:
        assert again.unchanged


def test_a_layer_whose_download_broke_goes_on_at_the_page_that_was_missing(address: str, settings: Settings) -> None:
    source = at(f"{address}/FeatureServer/0")
    Server.broken = 1
    with pytest.raises(NoFile, match="erreur 503"):
        fetching.received(source, settings, None, keep=True).__enter__()
    Server.broken = 0
    Server.asked.clear()
    with fetching.received(source, settings, None, keep=True) as received:
        assert paged_rows(received.path).total == 5
    assert [path for path, _ in Server.asked if "resultOffset=0" in path] == []


def test_only_public_addresses_are_asked(address: str, settings: Settings) -> None:
    """By name or number, at first or after a redirection; a server of one's own network must be named."""
    for url in (
        f"{address}/dedans",
        address.replace("127.0.0.1", "localhost"),
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://0/x",
    ):
        with pytest.raises(NoFile, match=r"n’est pas une adresse publique.*LEVIER_SOURCES_HOSTS"):
            fetching.received(at(url), settings, None, keep=True).__enter__()
    with pytest.raises(NoFile, match="n’est pas une adresse publique"):
        fetching.received(at(f"{address}/x"), settings.model_copy(update={"sources_hosts": ""}), None, keep=True).__enter__()
    with pytest.raises(NoFile, match="trop de redirections"):
        fetching.received(at(f"{address}/boucle"), settings, None, keep=True).__enter__()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *(
            (private, False)
            for private in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0")
        ),
        *((private, False) for private in ("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::127.0.0.1")),
        *((private, False) for private in ("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:f5ff:fffe")),
        *((public, True) for public in ("1.1.1.1", "2a01:4f8::1", "::ffff:1.1.1.1", "64:ff9b::101:101")),
    ],
)
def test_what_a_public_address_is(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public
