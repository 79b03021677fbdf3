"""The search page by keyboard alone."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenAs
from tests.web.scene import FAR, FURTHER, NEAR


def focused(page: Page) -> str:
    """Text of what has the focus, or its id."""
    found: str = page.evaluate("() => document.activeElement.innerText?.trim() || document.activeElement.id")
    return found.replace("\u00a0", " ")


def tab_to(page: Page, text: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if text in focused(page):
            return
    raise AssertionError(f"Tab never reaches « {text} »")


def test_from_sign_in_to_whom_to_call_without_a_mouse(open_as: OpenAs) -> None:
    page = open_as(None)
    page.goto("/connexion")
    tab_to(page, "onseill")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recherche")
    page.keyboard.press("/")
    assert focused(page) == "q"
    page.keyboard.type("gade d'enfants", delay=15)
    page.keyboard.press("Tab")
    page.keyboard.type("digne", delay=15)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("près de Digne-les-Bains")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    first = focused(page)
    assert first in {NEAR, FURTHER}
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    tab_to(page, "04 65 71 00 01")


def test_arrows_go_from_the_field_through_the_answers_and_back(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants&lieu=Digne-les-Bains&rayon=100&tri=distance")
    page.keyboard.press("/")
    seen = []
    for _ in range(4):
        page.keyboard.press("ArrowDown")
        seen.append(focused(page))
    assert seen == [NEAR, FURTHER, FAR, FAR]
    page.keyboard.press("ArrowUp")
    assert focused(page) == FURTHER
    page.keyboard.press("Escape")
    assert focused(page) == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert focused(page) == "q"


def test_escape_empties_the_search_field_and_the_answers_follow(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=garage")
    expect(page.locator(".card-title")).to_have_count(1)
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Besoin, mots ou nom")).to_have_value("")
    expect(page.get_by_role("heading", level=1)).to_have_text("De quoi la personne a-t-elle besoin ?")
    assert focused(page) == "q"


def test_a_slash_can_be_typed_in_a_field(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.get_by_label("Besoin, mots ou nom").focus()
    page.keyboard.type("a/b")
    expect(page.get_by_label("Besoin, mots ou nom")).to_have_value("a/b")


def test_the_answer_reached_keeps_the_focus_when_the_same_answers_come_again(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants&lieu=Digne-les-Bains&rayon=100&tri=distance")
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert focused(page) == FURTHER
    page.evaluate("document.querySelector('#reponse').dataset.old = 'yes'")
    page.evaluate("document.querySelector('#rayon').dispatchEvent(new Event('change', { bubbles: true }))")
    expect(page.locator("#reponse[data-old]")).to_have_count(0)
    expect(page.get_by_role("link", name=FURTHER)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(FURTHER)
