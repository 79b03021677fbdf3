"""Results while typing: nothing lost, the address and the back button exact, the fragment equal to the page."""

import re

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import OpenAs
from tests.e2e.test_counsellor import names
from tests.web.scene import FURTHER, NEAR

CLEAN = """() => {
    const page = document.getElementById("contenu").cloneNode(true);
    const tidy = (element) => {
        for (const name of ["data-htmx-powered", "open"]) element.removeAttribute(name);
        element.classList.remove("htmx-request", "htmx-added", "htmx-settling", "htmx-swapping");
        if (!element.className) element.removeAttribute("class");
        if (element.matches("input:not([type=checkbox])")) element.removeAttribute("value");
        if (element.matches("option")) element.removeAttribute("selected");
        for (const name of ["aria-expanded", "aria-activedescendant"]) element.removeAttribute(name);
        if (element.matches("[role=listbox], [role=listbox] + [role=status]")) {
            element.replaceChildren();
            element.hidden = false;
        }
    };
    page.querySelectorAll("*").forEach(tidy);
    return page.innerHTML.replace(/\\s+/g, " ");
}"""
"""What the page holds, but for htmx's own marks, panels that the reader opened, and fields that the reader fills."""


def equals_fresh_page(page: Page) -> None:
    """The page as htmx made it is the page that its address gives."""
    living, title, values = page.evaluate(CLEAN), page.title(), form_values(page)
    page.goto(page.url)
    assert page.evaluate(CLEAN) == living
    assert page.title() == title
    assert form_values(page) == values


def form_values(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.evaluate("() => [...new FormData(document.getElementById('recherche'))]")
    return [pair for pair in found if pair[1] or pair[0] in {"q", "lieu", "rayon"}]


def type_need(page: Page, text: str) -> None:
    page.get_by_label("Besoin, mots ou nom").press_sequentially(text, delay=15)


def test_results_come_while_typing_and_the_address_follows(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.evaluate("window.samePage = true")
    type_need(page, "garage voitu")
    expect(page.locator(".card-title")).to_have_text(["Réparation de voitures"])
    expect(page).to_have_url(re.compile(r"/recherche\?q=garage\+voitu$"))
    assert page.evaluate("window.samePage")
    expect(page.locator("#annonce")).to_have_text("1 ressource")
    equals_fresh_page(page)


def test_no_keystroke_is_lost_while_an_answer_is_late(open_as: OpenAs) -> None:
    page = open_as("conseiller")

    def slow(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/recherche?*", slow)
    type_need(page, "garde d'enfants")
    page.wait_for_timeout(300)
    type_need(page, " aiglun")
    expect(page.locator(".card-title").first).to_have_text(FURTHER)
    expect(page.get_by_label("Besoin, mots ou nom")).to_have_value("garde d'enfants aiglun")
    expect(page.get_by_label("Besoin, mots ou nom")).to_be_focused()
    page.unroute_all(behavior="wait")


def test_a_filter_answers_at_once_and_the_fragment_is_the_page(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants&lieu=Digne-les-Bains&rayon=100&tri=distance")
    page.evaluate("window.samePage = true")
    page.locator("#facette-publics > summary").click()
    page.get_by_label("Gratuit").check()
    expect(page.locator(".card-title")).to_have_text([FURTHER])
    assert page.evaluate("window.samePage")
    assert page.locator("#facette-publics").get_attribute("open") is not None, "a panel that was opened closed by itself"
    expect(page.get_by_label("Gratuit")).to_be_focused()
    equals_fresh_page(page)


def test_sorting_and_tabs_keep_the_rest_of_the_search(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?lieu=Aiglun+(04)&rayon=100")
    page.get_by_role("link", name="Les plus proches").click()
    expect(page).to_have_url(re.compile("tri=distance"))
    equals_fresh_page(page)
    page.get_by_role("link", name="Lieux généralistes").click()
    expect(page.locator(".card-title").first).to_have_text("Mairie d’Aiglun")
    equals_fresh_page(page)


def test_the_back_button_and_a_shared_address_restore_the_search(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants&lieu=Digne-les-Bains&rayon=100")
    page.get_by_label("Gratuit").check()
    expect(page.locator(".card-title")).to_have_text([FURTHER])
    page.get_by_label("Payant").check()
    expect(page.locator(".card-title")).to_have_count(3)
    page.go_back()
    expect(page.locator(".card-title")).to_have_text([FURTHER])
    expect(page.get_by_label("Gratuit")).to_be_checked()
    expect(page.get_by_label("Payant")).not_to_be_checked()
    page.locator(".card-title a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FURTHER)
    page.go_back()
    expect(page.locator(".card-title")).to_have_text([FURTHER])
    other = open_as("conseiller")
    other.goto(page.url)
    assert names(other) == names(page)


def test_communes_are_suggested_while_typing(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.get_by_label("Commune ou adresse de la personne").press_sequentially("barcelo", delay=15)
    page.get_by_role("option", name="Barcelonnette (04400)", exact=True).click()
    expect(page.get_by_label("Commune ou adresse de la personne")).to_have_value("Barcelonnette (04400)")
    expect(page.get_by_role("heading", level=1)).to_contain_text("près de Barcelonnette")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_place_given_last_answers_without_a_click(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    type_need(page, "creche")
    page.get_by_label("Commune ou adresse de la personne").fill("digne")
    page.keyboard.press("Tab")
    expect(page.locator(".card-title").first).to_have_text(NEAR)
    expect(page).to_have_url(re.compile("lieu=digne"))
    equals_fresh_page(page)


def test_the_session_that_ends_leads_to_sign_in_and_back(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants")
    page.context.clear_cookies()
    # A click, not a check: the page is left before the box could be seen ticked.
    page.get_by_label("Gratuit").click()
    page.wait_for_url("**/connexion?suite=**")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
