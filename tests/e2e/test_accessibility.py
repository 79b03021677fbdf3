"""Pages in use, on a phone and by keyboard. What each page is like in every state: ``tests/e2e/views``."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenAs
from tests.e2e.looking import focused, violations
from tests.web.scene import FURTHER, NEAR


def test_axe_finds_nothing_to_say_of_a_page_in_use(open_as: OpenAs) -> None:
    page = open_as("gestionnaire", width=360)
    page.goto("/recherche?q=enfants&lieu=digne&rayon=100")
    page.locator("#filtres > summary").click()
    page.get_by_role("checkbox", name="Enfants et famille").check()
    expect(page.locator("#filtres .sub")).to_be_visible()
    assert violations(page) == []
    page.goto("/services/essai--s2/modifier")
    page.get_by_role("textbox", name="Courriel").fill("accueil@")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".notice.error")).to_be_visible()
    assert violations(page) == []


def test_filters_open_on_a_phone_and_stay_open(open_as: OpenAs) -> None:
    page = open_as("conseiller", width=360)
    page.goto("/recherche?q=enfants&lieu=digne&rayon=100")
    expect(page.get_by_label("Gratuit")).to_be_hidden()
    page.locator("#filtres > summary").click()
    page.get_by_label("Gratuit").check()
    expect(page.locator(".card-title")).to_have_text([FURTHER])
    expect(page.get_by_label("Gratuit")).to_be_visible()


def test_filters_are_open_on_a_wide_screen(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants")
    expect(page.get_by_label("Gratuit")).to_be_visible()


def tab_to(page: Page, wanted: str, limit: int = 60) -> None:
    """Press Tab until what has the focus says `wanted`."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if wanted in focused(page):
            return
    raise AssertionError(f"{wanted} is not reached by keyboard")


def test_a_search_by_keyboard_alone(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.keyboard.press("Tab")
    assert focused(page) == "Aller au contenu"
    page.keyboard.press("/")
    expect(page.get_by_label("Besoin, mots ou nom")).to_be_focused()
    page.keyboard.type("garde d'enfants")
    page.keyboard.press("Tab")
    page.keyboard.type("digne")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("près de Digne-les-Bains")
    tab_to(page, "Les plus proches")
    page.keyboard.press("Enter")
    expect(page.locator('[aria-current="true"]')).to_be_focused()
    expect(page.locator(".card-title").first).to_have_text(NEAR)
    tab_to(page, NEAR)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(NEAR)
    tab_to(page, "04 65 71 00 01")


def test_the_focus_is_always_visible(open_as: OpenAs) -> None:
    page = open_as("gestionnaire")
    page.goto("/recherche?q=enfants&lieu=digne")
    for _ in range(25):
        page.keyboard.press("Tab")
        assert focused(page)
        width = page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2, focused(page)
