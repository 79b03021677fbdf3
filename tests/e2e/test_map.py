"""The map beside the list: the same results, in step, by mouse and by keyboard, light, and never needed."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import FloatRect, Locator, Page, expect

from app import db, listings
from tests.e2e.conftest import OpenAs, Server
from tests.e2e.looking import focused, violations
from tests.samples import IMPORT, TOURS, service
from tests.web.scene import FAR, FURTHER, NEAR, settle

MOST = 250_000  # bytes of a page with its map
NEARBY = "/recherche?q=enfants&lieu=Digne-les-Bains&rayon=10&tri=distance"
AROUND = "/recherche?q=enfants&lieu=Digne-les-Bains&rayon=100&tri=distance"


def show(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Carte").click()
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until there is something on the map, and under it."""
    expect(page.locator("#carte-message")).to_contain_text("sur la carte")
    expect(page.locator(".map-drawing .zone").first).to_be_attached()


def pins(page: Page) -> Locator:
    return page.locator(".map-drawing button.pin")


def labels(page: Page) -> list[str]:
    found: list[str] = pins(page).evaluate_all("(all) => all.map((pin) => pin.getAttribute('aria-label'))")
    return found


def box(element: Locator) -> FloatRect:
    found = element.bounding_box()
    assert found
    return found


def cards(page: Page) -> list[str]:
    return page.locator(".card-title").all_inner_texts()


def fill(app: FastAPI, *services: dict[str, Any]) -> None:
    with db.session_of(app.state.context.engine) as session:
        listings.write(session, "service", services, IMPORT)
        session.commit()
    settle(app)


@pytest.fixture(scope="module")
def many(server: Server) -> str:
    """45 services around Tours, each at an address of its own but for the last five."""
    places = [{"latitude": 47.30 + n // 8 * 0.04, "longitude": 0.55 + n % 8 * 0.04} for n in range(40)] + [{}] * 5
    fill(
        server.app,
        *(
            service(id=f"essai--b{n}", nom=f"Bandonéon {n}", zone_eligibilite=["37"], **{**TOURS, **place})
            for n, place in enumerate(places)
        ),
    )
    return "/recherche?q=bandoneon&lieu=Tours&rayon=50&tri=distance"


# --- the same results ---------------------------------------------------------------------------------------------


def test_the_map_shows_what_the_list_shows_in_its_order(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    show(page, NEARBY)
    expect(pins(page)).to_have_count(2)
    assert cards(page) == [NEAR, FURTHER]
    assert labels(page) == [
        f"{NEAR}, Association Les Petits Pas, Digne-les-Bains, moins de\u00a01\u00a0km",
        f"{FURTHER}, Les Galopins, Aiglun, 8,7\u00a0km",
    ]
    expect(page.locator(".map-drawing .pin.home")).to_have_text("Lieu de la personne : Digne-les-Bains")
    expect(page.locator(".map-drawing .reach")).to_be_visible()


def test_what_would_overlap_is_one_marker_that_opens_when_chosen(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    show(page, AROUND)
    expect(pins(page)).to_have_count(2)
    assert labels(page)[0] == f"2 résultats ici\u00a0: {NEAR}, {FURTHER}"
    page.locator("button.pin.many").click()
    expect(page.locator("button.pin.many")).to_have_count(0)
    assert {label.partition(",")[0] for label in labels(page)} >= {NEAR, FURTHER}


def test_the_map_follows_filters_words_and_place_without_leaving_the_page(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    show(page, NEARBY)
    page.evaluate("window.samePage = true")
    page.get_by_label("Gratuit").check()
    expect(pins(page)).to_have_count(1)
    assert labels(page)[0].startswith(FURTHER)
    page.get_by_label("Gratuit").uncheck()
    expect(pins(page)).to_have_count(2)
    page.get_by_label("Commune ou adresse de la personne").fill("Barcelonnette")
    page.keyboard.press("Enter")
    expect(page.locator(".map-drawing .pin.home")).to_have_text("Lieu de la personne : Barcelonnette")
    expect(pins(page)).to_have_count(1)
    assert labels(page)[0].startswith(FAR)
    page.get_by_label("Besoin, mots ou nom").fill("zzzzz")
    expect(page.locator("#carte")).to_be_hidden()
    page.get_by_label("Besoin, mots ou nom").fill("enfants")
    expect(page.locator("#carte")).to_be_visible()
    expect(pins(page)).to_have_count(1)
    assert page.evaluate("window.samePage")


# --- in step --------------------------------------------------------------------------------------------------------


def test_a_card_lights_its_marker_and_a_marker_its_card(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    show(page, NEARBY)
    page.locator(".card", has_text=FURTHER).hover()
    expect(pins(page).nth(1)).to_have_class(re.compile("is-lit"))
    expect(pins(page).nth(0)).not_to_have_class(re.compile("is-lit"))
    page.get_by_role("link", name=NEAR).focus()
    expect(pins(page).nth(0)).to_have_class(re.compile("is-lit"))
    expect(pins(page).nth(1)).not_to_have_class(re.compile("is-lit"))
    pins(page).nth(1).hover()
    expect(page.locator(".card.is-lit")).to_contain_text(FURTHER)


def test_a_card_lights_the_marker_it_shares_with_others(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    show(page, AROUND)
    page.get_by_role("link", name=FURTHER).focus()
    expect(page.locator("button.pin.many")).to_have_class(re.compile("is-lit"))


def test_a_marker_brings_its_card(open_as: OpenAs) -> None:
    page = open_as("conseiller", height=500)
    show(page, NEARBY)
    pins(page).nth(1).click()
    expect(page.get_by_role("link", name=FURTHER)).to_be_focused()
    expect(page.locator(".card", has_text=FURTHER)).to_be_in_viewport()


def test_a_marker_brings_its_card_from_another_page_of_the_list(open_as: OpenAs, many: str) -> None:
    page = open_as("conseiller")
    show(page, many.replace("rayon=50", "rayon=10"))
    wanted = page.evaluate(
        """async () => {
            const answer = await fetch(document.querySelector("[data-points]").dataset.points);
            return (await answer.json()).features.at(-1).properties.nom;
        }"""
    )
    pin = page.locator(f'button.pin[aria-label^="{wanted},"]')
    expect(pin).to_be_attached()
    pin.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=wanted, exact=True)).to_be_focused()
    expect(page).to_have_url(re.compile("page=2"))
    page.go_back()
    expect(page).not_to_have_url(re.compile("page="))


def test_results_of_one_address_are_told_apart(open_as: OpenAs, many: str) -> None:
    page = open_as("conseiller")
    show(page, many)
    together = page.locator('button.pin.many[aria-label*="Bandonéon 4"]').first
    for _ in range(6):  # it opens as far as results are apart
        if page.locator("#carte-choix").is_visible():
            break
        together.click()
        page.wait_for_timeout(400)
    expect(page.locator("#carte-choix-titre")).to_have_text("5 résultats à cet endroit :")
    expect(page.locator("#carte-choix button").first).to_be_focused()
    name = page.locator("#carte-choix button").nth(2).inner_text().partition(" ·")[0]
    page.locator("#carte-choix button").nth(2).click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()
    expect(page.locator("#carte-choix")).to_be_hidden()


# --- by keyboard ----------------------------------------------------------------------------------------------------


def test_the_map_by_keyboard_alone(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto(NEARBY)
    page.get_by_role("button", name="Carte").focus()
    page.keyboard.press("Enter")
    drawn(page)
    expect(page.locator("#carte")).to_be_focused()
    seen = []
    for _ in range(7):
        page.keyboard.press("Tab")
        seen.append(focused(page).partition(",")[0])
        outline = page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert outline >= 2, seen[-1]
    assert seen[0] == "Passer la carte"
    assert seen[1].startswith("Masquer")
    assert seen[2].startswith("Résultats sur la carte")
    assert seen[3:5] == [NEAR, FURTHER]
    assert seen[5:] == ["Agrandir", "Réduire"]
    pins(page).nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=FURTHER)).to_be_focused()


def test_arrows_move_the_map_and_plus_and_minus_zoom(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    show(page, NEARBY)
    page.locator("#carte-dessin").focus()
    before = box(pins(page).first)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(x) => document.querySelector('button.pin').getBoundingClientRect().x < x - 20", arg=before["x"])
    radius = "() => document.querySelector('.map-drawing .reach').getBoundingClientRect().width"
    wide = page.evaluate(radius)
    page.keyboard.press("-")
    page.wait_for_function(f"(wide) => ({radius})() < wide * 0.8", arg=wide)


def test_the_map_can_be_skipped_reached_and_hidden(open_as: OpenAs) -> None:
    page = open_as("conseiller", width=360)
    show(page, NEARBY)
    page.locator(".map-skip").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#reponse') !== null"), focused(page)
    page.locator(".map-go").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#carte")).to_be_focused()
    page.get_by_role("button", name="Masquer").press("Enter")
    expect(page.locator("#carte")).to_be_hidden()
    expect(page.get_by_role("button", name="Carte")).to_be_focused()


# --- when it is there -----------------------------------------------------------------------------------------------


def test_a_wide_screen_remembers_the_map_and_a_phone_starts_with_the_list(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    show(page, NEARBY)
    page.goto(AROUND)
    drawn(page)
    page.set_viewport_size({"width": 360, "height": 740})
    page.reload()
    expect(page.get_by_role("button", name="Carte")).to_be_visible()
    expect(page.locator("#carte")).to_be_hidden()


def test_without_javascript_there_is_the_list_and_nothing_else(open_as: OpenAs) -> None:
    page = open_as("conseiller", javascript=False)
    page.goto(NEARBY)
    assert cards(page) == [NEAR, FURTHER]
    expect(page.locator("#carte")).to_be_hidden()
    expect(page.locator("[data-map-toggle]").first).to_be_hidden()


def test_a_map_that_fails_says_so_and_the_list_stays(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto(NEARBY)
    page.route("**/recherche/carte?*", lambda route: route.fulfill(status=503))
    page.get_by_role("button", name="Carte").click()
    expect(page.locator("#carte-message")).to_contain_text("La liste, elle, est complète")
    page.unroute_all()
    page.get_by_label("Gratuit").check()
    drawn(page)
    expect(pins(page)).to_have_count(1)


def test_a_session_that_ends_is_said_on_the_map(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto(NEARBY)
    page.context.clear_cookies()
    page.get_by_role("button", name="Carte").click()
    expect(page.locator("#carte-message")).to_contain_text("session a pris fin")


# --- for everyone, and light ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_to_say_of_the_map(open_as: OpenAs, width: int, many: str) -> None:
    page = open_as("conseiller", width=width)
    show(page, NEARBY)
    expect(pins(page)).to_have_count(2)
    page.locator(".map-legend summary").click()
    assert violations(page) == []
    page.goto("/recherche?q=bandoneon&lieu=Tours&rayon=1")
    if page.locator("#carte").is_hidden():
        page.get_by_role("button", name="Carte").click()
    drawn(page)
    for _ in range(6):
        if page.locator("#carte-choix").is_visible():
            break
        page.locator("button.pin.many").first.click()
        page.wait_for_timeout(400)
    expect(page.locator("#carte-choix")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("width", [360, 768, 1100, 1280])
def test_nothing_scrolls_sideways_beside_the_map(open_as: OpenAs, width: int) -> None:
    page = open_as("conseiller", width=width)
    show(page, NEARBY)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    frame = box(page.locator(".map-frame"))
    assert frame["width"] >= 300
    assert frame["height"] >= 220


def weigh(page: Page, address: str) -> dict[str, float]:
    """Bytes on the wire of a page with its map, by file, with nothing in the browser's cache."""
    browser = page.context.new_cdp_session(page)
    browser.send("Network.enable")
    browser.send("Network.setCacheDisabled", {"cacheDisabled": True})
    asked: dict[str, str] = {}
    weights: dict[str, float] = {}

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] in asked:  # else it was asked by the page before
            weights[asked[event["requestId"]]] = event["encodedDataLength"]

    browser.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    browser.on("Network.loadingFinished", finished)
    page.goto(address, wait_until="networkidle")
    if page.locator("#carte").is_hidden():
        page.get_by_role("button", name="Carte").click()
    drawn(page)
    page.wait_for_load_state("networkidle")
    return weights


def test_a_full_page_with_500_results_on_its_map_weighs_under_250_kb_from_this_server_alone(open_as: OpenAs, server: Server) -> None:
    text = "Apprendre le cor des Alpes sans rien savoir avant, et jouer devant ses voisins. " * 12
    about = {**TOURS, "description": text, "zone_eligibilite": ["37"]}
    places = [{"latitude": 47 + n / 700, "longitude": 0.3 + n % 23 / 30} for n in range(510)]
    fill(
        server.app, *(service(id=f"essai--k{n}", nom=f"Cor des Alpes, groupe du quartier {n}", **about | at) for n, at in enumerate(places))
    )
    page = open_as("conseiller")
    for radius in (10, 30, 50, 100):
        weights = weigh(page, f"/recherche?q=cor+des+alpes&lieu=Tours&rayon={radius}")
        assert all(url.startswith(f"{server.address}/") for url in weights), weights
        assert any("leaflet.js" in url for url in weights)
        assert 100_000 < sum(weights.values()) < MOST, (radius, weights)
    expect(page.locator("#carte-message")).to_contain_text("Ce sont les premières sur 510\u00a0ressources")


def test_nothing_of_the_map_is_asked_for_before_it_is_shown(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(NEARBY, wait_until="networkidle")
    assert [url for url in asked if re.search("leaflet|supercluster|map-drawing|map.css|recherche/carte", url)] == []
