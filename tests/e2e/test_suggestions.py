"""Suggestions under the search and place fields: by keyboard, by touch, said aloud, never late, and never needed."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.e2e.conftest import OpenAs, Server
from tests.e2e.looking import violations
from tests.e2e.test_counsellor import names
from tests.web.scene import FURTHER, NEAR

NEED = "Garde d’enfants"


def field(page: Page) -> Locator:
    return page.get_by_label("Besoin, mots ou nom")


def option(page: Page, name: str) -> Locator:
    return page.get_by_role("option", name=name).first


def active(page: Page) -> str:
    """What the field says is the option that arrows have reached; empty when they are in the field itself."""
    found: str = page.evaluate(
        """() => {
            const option = document.getElementById(document.activeElement.getAttribute("aria-activedescendant"));
            if (option && option.getAttribute("aria-selected") !== "true") return "not selected";
            return option ? option.querySelector("span").innerText : "";
        }"""
    )
    return found


def test_a_need_a_place_and_a_sheet_by_keyboard_alone(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.keyboard.press("/")
    page.keyboard.type("nounou", delay=15)
    expect(option(page, NEED)).to_be_visible()
    expect(field(page)).to_have_attribute("aria-expanded", "true")
    assert active(page) == "", "nothing is chosen for who only types"
    page.keyboard.press("ArrowDown")
    assert active(page) == NEED
    page.keyboard.press("Enter")
    page.wait_for_url("**/recherche?besoins=famille--garde-denfants")
    expect(page.get_by_role("link", name=f"Retirer {NEED}")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("barcelo", delay=15)
    expect(option(page, "Barcelonnette (04400)")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("près de Barcelonnette")
    expect(page.get_by_role("link", name=f"Retirer {NEED}")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("marmott", delay=15)
    expect(option(page, "Les Marmottons")).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Les Marmottons")


def test_arrows_go_round_and_escape_closes_before_it_empties(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    field(page).press_sequentially("garde", delay=15)
    expect(option(page, NEED)).to_be_visible()
    labels = page.locator("#q-options [role=option] > span").all_inner_texts()
    seen = []
    for _ in range(len(labels) + 2):
        page.keyboard.press("ArrowDown")
        seen.append(active(page))
    assert seen == [*labels, "", labels[0]]
    page.keyboard.press("ArrowUp")
    assert active(page) == ""
    page.keyboard.press("ArrowUp")
    assert active(page) == labels[-1]
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field(page)).to_have_value("garde")
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Alt+ArrowDown")
    expect(option(page, NEED)).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('.card') !== null"), "with no suggestion, arrows go to the answers"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(field(page)).to_have_value("")


def test_who_types_and_presses_enter_searches_for_the_words(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    field(page).press_sequentially("garde d'enfants", delay=15)
    expect(option(page, NEED)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"q=garde\+d%27enfants"))
    expect(page.locator(".card-title").first).to_have_text(FURTHER)


def test_suggestions_are_announced_and_go_with_the_focus(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    field(page).press_sequentially("galopin", delay=15)
    expect(page.locator("#q-annonce")).to_have_text("1 suggestion, flèches haut et bas pour choisir")
    groups = page.locator("#q-options").get_by_role("group")
    expect(groups).to_have_count(1)
    expect(groups).to_have_accessible_name("Structures et services")
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("#q-annonce")).to_be_empty()


def test_an_answer_that_comes_late_is_dropped(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    held: list[Route] = []
    page.route("**/suggestions?q=nounou&**", lambda route: held.append(route))
    with page.expect_request("**/suggestions?q=nounou&**"):
        field(page).fill("nounou")
    field(page).fill("galopins")
    expect(option(page, "Les Galopins")).to_be_visible()
    for route in held:
        route.continue_()
    page.unroute_all(behavior="wait")
    page.wait_for_timeout(200)
    expect(option(page, NEED)).to_have_count(0)
    expect(option(page, "Les Galopins")).to_be_visible()


def test_a_field_that_was_left_stays_closed_when_its_answer_comes(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    held: list[Route] = []
    page.route("**/suggestions?*", lambda route: held.append(route))
    with page.expect_request("**/suggestions?*"):
        field(page).fill("nounou")
    page.keyboard.press("Tab")
    for route in held:
        route.continue_()
    page.unroute_all(behavior="wait")
    page.wait_for_timeout(200)
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_the_session_that_ends_suggests_nothing(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.route("**/recherche?*", lambda route: route.fulfill(status=204))  # the results would lead to the sign-in page
    page.context.clear_cookies()
    with page.expect_response(re.compile("/connexion")):
        field(page).fill("nounou")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_place_is_chosen_by_keyboard_and_answers_at_once(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.evaluate("window.samePage = true")
    page.get_by_label("Commune ou adresse de la personne").press_sequentially("aigl", delay=15)
    expect(option(page, "Aiglun (04510)")).to_be_visible()
    while active(page) != "Aiglun (04510)":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Commune ou adresse de la personne")).to_have_value("Aiglun (04510)")
    expect(page.get_by_label("Commune ou adresse de la personne")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_contain_text("près d")
    assert page.evaluate("window.samePage")


def test_by_touch_on_a_phone(chromium: Browser, server: Server, open_as: OpenAs) -> None:
    cookies = open_as("conseiller").context.storage_state()
    phone = chromium.new_context(
        base_url=server.address, viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True, storage_state=cookies
    )
    page = phone.new_page()
    page.goto("/recherche")
    field(page).tap()
    page.keyboard.type("nounou", delay=15)
    option(page, NEED).tap()
    page.wait_for_url("**/recherche?besoins=famille--garde-denfants")
    page.get_by_label("Commune ou adresse de la personne").tap()
    page.keyboard.type("digne", delay=15)
    option(page, "Digne-les-Bains").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("près de Digne-les-Bains")
    assert NEAR in names(page)
    phone.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_to_say_of_open_suggestions(open_as: OpenAs, width: int) -> None:
    page = open_as("conseiller", width=width)
    field(page).press_sequentially("garde", delay=15)
    expect(option(page, NEED)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("getComputedStyle(document.getElementById('reponse')).opacity === '1'")  # answers on their way are pale
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.keyboard.press("Escape")
    page.get_by_label("Commune ou adresse de la personne").press_sequentially("saint", delay=15)
    expect(page.locator("#lieu-options")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("getComputedStyle(document.getElementById('reponse')).opacity === '1'")  # answers on their way are pale
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_javascript_the_fields_are_ordinary_ones(open_as: OpenAs) -> None:
    page = open_as("conseiller", javascript=False)
    assert field(page).get_attribute("role") is None
    assert page.get_by_role("listbox").count() == 0
    field(page).fill("nounou")
    page.get_by_label("Commune ou adresse de la personne").fill("digne")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator(".understood")).to_contain_text(f"Besoin reconnu : {NEED}")
    assert NEAR in names(page)
