"""A person in Barcelonnette, on RSA, needs a car repaired and someone to mind a child at 5 a.m. On the demonstration's own data."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Locator, Page, StorageState, expect

from app.config import Settings
from importers import demonstration_contacts, pipeline
from tests.e2e.conftest import OpenAs, Server, serving
from tests.e2e.looking import violations
from tests.web.scene import settle

MOST = 8
WORDS = "voiture à réparer et garde d'enfant à 5h du matin"
CAR, CHILD = "Réparation de voiture à tarif solidaire", "Garde d’enfants à domicile dès 4 h 30"


def _load_demonstration(app: FastAPI) -> None:
    context = app.state.context
    pipeline.run(context.engine, "demonstration", settings=Settings(data_dir=context.settings.data_dir))
    demonstration_contacts.load(context.engine)
    settle(app, 60)


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(sqlite_template, tmp_path_factory.mktemp("demonstration"), _load_demonstration) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in() -> dict[str, StorageState]:
    """Nobody is signed in to this server yet."""
    return {}


class Counsellor:
    """Someone at the page, whose every gesture counts for one: a click, a tick, a key; words typed in a row."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.gestures = 0

    def click(self, what: Locator) -> None:
        what.click()
        self.gestures += 1

    def write(self, label: str, words: str) -> None:
        self.page.get_by_label(label).press_sequentially(words, delay=5)
        self.gestures += 1

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.gestures += 1


def answer(page: Page, need: str, name: str) -> Locator:
    """The card of `name` under the heading of its need."""
    section = page.locator("section.need-apart").filter(has=page.get_by_role("heading", level=2, name=need))
    return section.locator(".card").filter(has=page.get_by_role("link", name=name, exact=True)).first


def is_usable(card: Locator, telephone: str) -> None:
    """Whom to call, and why this one: competent here, for this public."""
    expect(card.get_by_role("link", name=telephone)).to_have_attribute("href", re.compile(r"tel:\+33"))
    expect(card.locator(".reasons")).to_contain_text("Compétent pour Barcelonnette")
    expect(card.locator(".reasons")).to_contain_text("Pour ce public : bénéficiaires des minimas sociaux")


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (1280, False), (360, True)], ids=["wide", "without JavaScript", "phone"])
def test_both_needs_are_answered_within_eight_gestures(open_as: OpenAs, width: int, javascript: bool) -> None:
    page = open_as(None, width=width, javascript=javascript)
    page.goto("/")
    someone = Counsellor(page)
    someone.click(page.locator('button[name="role"][value="conseiller"], form:has(input[name="role"][value="conseiller"]) button').first)
    someone.write("Besoin, mots ou nom", WORDS)
    someone.write("Commune ou adresse de la personne", "barcelonnette")
    someone.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 besoins près de Barcelonnette")
    if width < 900:
        someone.click(page.locator("#filtres > summary"))
    someone.click(page.locator("#facette-publics > summary"))
    someone.click(page.get_by_label("Bénéficiaires des minimas sociaux"))
    if not javascript:
        someone.click(page.get_by_role("button", name="Appliquer les filtres"))
    expect(page.get_by_role("link", name="Retirer Bénéficiaires des minimas sociaux")).to_be_attached()
    is_usable(answer(page, "voiture à réparer", CAR), "04 65 71 00 52")
    is_usable(answer(page, "garde d'enfant à 5h du matin", CHILD), "04 65 71 00 51")
    assert someone.gestures <= MOST


HURRIED = ("voitur a reparé, garde enfan 5h", "voiture en panne, et nounou à 5 heures", "faire garder mon fils à 5h et réparer ma voiture")


def test_the_words_as_a_hurried_hand_types_them_do_as_well(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    for words in HURRIED:
        page.goto(f"/recherche?q={words}&lieu=barcelonnette&publics=beneficiaires-des-minimas-sociaux")
        cards = page.locator("section.need-apart .card-title")
        expect(cards.filter(has_text=CAR).first, words).to_be_visible()
        expect(cards.filter(has_text=CHILD).first, words).to_be_visible()


def test_contacts_of_the_commune_open_beside_the_answers_by_keyboard(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=nounou&lieu=barcelonnette")
    page.locator("#interlocuteurs > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#interlocuteurs").get_by_role("link", name="04 65 71 00 62")).to_be_visible()
    expect(page.locator("#interlocuteurs > summary")).to_be_focused()


def test_without_javascript_they_are_one_link_away(open_as: OpenAs) -> None:
    page = open_as("conseiller", javascript=False)
    page.goto("/recherche?q=nounou&lieu=barcelonnette")
    page.locator("#interlocuteurs > summary").click()
    page.locator("#interlocuteurs").get_by_role("link", name="Les voir").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos interlocuteurs pour Barcelonnette")
    expect(page.get_by_role("link", name="04 65 71 00 62")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_to_say_of_contacts_and_several_needs(open_as: OpenAs, width: int) -> None:
    page = open_as("gestionnaire", width=width)
    found = {}
    for address in (
        f"/recherche?q={WORDS}&lieu=barcelonnette",
        "/recherche?besoins=mobilite&besoins=famille",
        "/contacts",
        "/contacts?lieu=tours",
        "/contacts?lieu=saint-denis",
        "/contacts/nouveau",
        "/contacts/demonstration-referent-ubaye",
        "/contacts/demonstration-referent-ubaye/modifier",
    ):
        page.goto(address)
        found[address] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address
    page.goto("/recherche?q=nounou&lieu=barcelonnette")
    page.locator("#interlocuteurs > summary").click()
    expect(page.locator("#interlocuteurs .who").first).to_be_visible()
    found["opened"] = violations(page)
    assert {address: said for address, said in found.items() if said} == {}
