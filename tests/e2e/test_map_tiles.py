"""The map with tiles of another host, which a small server here stands for."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import serving, sign_in
from tests.e2e.test_map import NEARBY, show

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class Tiles(BaseHTTPRequestHandler):
    """A tile for every address."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]  # set beside the server
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
        self.end_headers()
        self.wfile.write(PIXEL)

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def tiles() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    server.asked = []  # type: ignore[attr-defined]  # what was asked for
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_configured_tiles_are_drawn_and_credited(
    tiles: ThreadingHTTPServer, chromium: Browser, sqlite_template: Path, tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{tiles.server_port}/{{z}}/{{x}}/{{y}}.png"
    with serving(sqlite_template, tmp_path, tiles_url=address, tiles_credit="Atelier fictif") as server:
        context = chromium.new_context(base_url=server.address, locale="fr-FR")
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
        page.goto("/connexion")
        sign_in(page, "conseiller")
        page.wait_for_url("**/recherche")
        show(page, NEARBY)
        expect(page.locator(".leaflet-tile-loaded").first).to_be_attached()
        expect(page.locator(".map-credit")).to_have_text("Contours : IGN, INSEE. Fond de carte : Atelier fictif.")
        context.close()
    assert all(re.fullmatch(r"/\d+/\d+/\d+\.png", path) for path in tiles.asked)  # type: ignore[attr-defined]  # set beside the server
    assert complaints == []
