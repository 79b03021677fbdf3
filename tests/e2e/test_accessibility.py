"""Every page, in several states: no violation for axe, nothing to scroll sideways on a phone, all of it by keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenAs
from tests.web.scene import FURTHER, NEAR

AXE = Path(__file__).parents[2] / ".build" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

PAGES = {
    "needs": "/recherche",
    "results": "/recherche?q=enfants&lieu=digne&rayon=100&besoins=famille&tri=distance",
    "corrected": "/recherche?q=gade+d%27enfants&lieu=digne",
    "places": "/recherche?lieu=Aiglun+(04)&onglet=lieux",
    "no result": "/recherche?q=ubaye&lieu=Digne-les-Bains&rayon=10",
    "places only": "/recherche?q=mairie",
    "which place": "/recherche?q=enfants&lieu=saint-denis",
    "an area": "/recherche?q=enfants&lieu=04",
    "from an address": "/recherche?q=enfants&lieu=digne&code=04070&point=04070,44.095,6.241",
    "address not found": "/recherche?q=enfants&lieu=digne&code=04070&point=04070",
    "unknown place": "/recherche?lieu=Xqzvwkj",
    "service": "/services/essai--s1",
    "structure": "/structures/essai--1",
    "shelter": "/structures/essai--abri",
    "town hall": "/structures/essai--mairie",
    "edit service": "/services/essai--s2/modifier",
    "edit shelter": "/structures/essai--abri/modifier",
    "listings": "/fiches?statut=publiee",
    "imports": "/imports",
    "import": "/imports/1",
    "not found": "/nulle-part",
    "legal": "/mentions-legales",
    "accessibility": "/accessibilite",
    "privacy": "/donnees-personnelles",
}


def violations(page: Page) -> list[str]:
    """What axe finds: the rule and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}, rules: {'target-size': {enabled: true}}})", RULES
    )
    return [f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in found["violations"]]


@pytest.fixture(autouse=True)
def _axe() -> None:
    if not AXE.exists():
        pytest.skip("axe-core is missing from .build/: accessibility was not checked (`make test` fetches it)")


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_to_say(open_as: OpenAs, width: int) -> None:
    page = open_as("gestionnaire", width=width)
    found = {}
    for name, address in PAGES.items():
        page.goto(address)
        found[name] = violations(page)
    assert {name: said for name, said in found.items() if said} == {}


def test_axe_finds_nothing_to_say_of_sign_in(open_as: OpenAs) -> None:
    page = open_as(None, width=360)
    page.goto("/connexion")
    assert violations(page) == []


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


@pytest.mark.parametrize("width", [360, 768])
def test_nothing_scrolls_sideways(open_as: OpenAs, width: int) -> None:
    page = open_as("gestionnaire", width=width)
    for name, address in PAGES.items():
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name


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


NAME = """() => {
    const e = document.activeElement;
    return e === document.body ? "" : (e.getAttribute("aria-label") || e.innerText || e.name || e.id).trim();
}"""


def focused(page: Page) -> str:
    """What has the focus, in its own words; empty when nothing has it."""
    text: str = page.evaluate(NAME)
    return " ".join(text.split())


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
