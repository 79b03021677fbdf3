"""What the search page weighs on the wire, and who is asked for it."""

from app import db, listings
from tests.e2e.conftest import OpenAs, Server
from tests.samples import IMPORT, TOURS, service
from tests.web.scene import settle

MOST = 100_000  # bytes
DESCRIPTION = "Apprendre le xylophone en petit groupe, sans rien savoir avant, et jouer devant ses voisins. " * 12


def test_a_full_page_of_results_weighs_under_100_kb_in_all_from_this_server_alone(open_as: OpenAs, server: Server) -> None:
    with db.session_of(server.app.state.context.engine) as session:
        values = {"description": DESCRIPTION, "thematiques": ["remobilisation--lien-social"], "zone_eligibilite": ["37"], **TOURS}
        listings.write(
            session, "service", [service(id=f"essai--x{n}", nom=f"Xylophone pour tous {n}", **values) for n in range(25)], IMPORT
        )
        session.commit()
    settle(server.app)
    page = open_as("conseiller")
    browser = page.context.new_cdp_session(page)
    browser.send("Network.enable")
    browser.send("Network.setCacheDisabled", {"cacheDisabled": True})
    weights: list[float] = []
    asked: list[str] = []
    browser.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/recherche?q=xylophonne&lieu=Tours&besoins=remobilisation", wait_until="networkidle")
    assert page.locator(".card-title").count() == 20
    assert {name for url in asked for name in ("app.css", "app.js", "htmx.min.js") if f"/{name}?" in url} == {
        "app.css",
        "app.js",
        "htmx.min.js",
    }
    assert [url for url in asked if not url.startswith(f"{server.address}/")] == []
    for _ in range(100):  # the browser tells of what has loaded a little later
        if len(weights) < len(asked):
            page.wait_for_timeout(50)
    assert len(weights) >= len(asked)
    assert 10_000 < sum(weights) < MOST


def test_static_files_are_compressed_and_pages_that_hold_tokens_are_not(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    encodings = {}
    page.on(
        "response",
        lambda response: encodings.update({response.url.split("?")[0].rsplit("/", 1)[-1]: response.headers.get("content-encoding")}),
    )
    page.goto("/recherche?q=enfants", wait_until="networkidle")
    assert encodings["recherche"] is None
    assert (encodings["app.css"], encodings["app.js"], encodings["htmx.min.js"]) == ("gzip", "gzip", "gzip")
