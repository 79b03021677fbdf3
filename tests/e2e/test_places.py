"""The place field in a browser: places of the gazetteer at once, street addresses after, times to get there last."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.territory import gazetteer
from app.territory.geocoding import Geocoder
from app.territory.reach import Reach, osrm
from tests.e2e.conftest import OpenAs, Server
from tests.territory.strangers import a_geocoder, an_answer, serving
from tests.territory.test_reach import RoutingManners

SAID = "12 Rue des Essais 04000 Digne-les-Bains"


@pytest.fixture
def geocoder(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with a_geocoder({"12 rue des": [an_answer(SAID, "04070", 44.0951, 6.2411)]}) as stranger:
        monkeypatch.setitem(server.app.state.context.__dict__, "geocoder", Geocoder(gazetteer.load(), stranger.url, 30))
        yield stranger


@pytest.fixture
def roads(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with serving(RoutingManners) as stranger:
        stranger.seconds = [300, 780, 5100]  # type: ignore[attr-defined]
        monkeypatch.setitem(server.app.state.context.__dict__, "reach", Reach(osrm(stranger.url), None, 30))
        yield stranger


def options(page: Page) -> list[str]:
    return page.locator("#lieu-options [role=option]").all_inner_texts()


def test_an_address_is_chosen_by_keyboard_and_leaves_no_trace_in_the_address_bar(open_as: OpenAs, geocoder: Any) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants&rayon=100")
    field = page.get_by_label("Commune ou adresse de la personne")
    field.press_sequentially("12 rue des essais digne")
    expect(page.locator("#lieu-options [role=option]")).to_have_count(2)
    assert options(page) == ["Digne-les-Bains (04000)", SAID]
    field.press("ArrowUp")
    field.press("Enter")
    expect(field).to_have_value(SAID)
    expect(page.get_by_text("Distances comptées depuis l’adresse donnée")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("près de Digne-les-Bains")
    assert "ssais" not in page.url
    page.reload()
    expect(page.get_by_text("Distances comptées depuis l’adresse donnée")).to_be_visible()
    expect(field).to_have_value("Digne-les-Bains (04000)")


def test_places_of_the_gazetteer_do_not_wait_for_a_geocoder_that_hangs(open_as: OpenAs, geocoder: Any) -> None:
    geocoder.manner = "hangs"
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants")
    page.get_by_label("Commune ou adresse de la personne").press_sequentially("12 rue des essais digne")
    expect(page.locator("#lieu-options [role=option]")).to_have_count(1)
    assert not geocoder.closing.is_set()


def test_without_javascript_the_address_gives_way_to_its_commune(open_as: OpenAs, geocoder: Any) -> None:
    page = open_as("conseiller", javascript=False)
    page.goto("/recherche?q=enfants")
    page.get_by_label("Commune ou adresse de la personne").fill("12 rue des Essais, 04000 Digne")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_text("Distances comptées depuis l’adresse donnée")).to_be_visible()
    assert "ssais" not in page.url
    page.get_by_label("Besoin, mots ou nom").fill("garde")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_text("Distances comptées depuis l’adresse donnée")).to_be_visible()


def test_an_area_is_chosen_among_the_suggestions(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants")
    field = page.get_by_label("Commune ou adresse de la personne")
    field.press_sequentially("alpes de haute")
    page.get_by_role("option", name="Alpes-de-Haute-Provence (département 04)").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 ressources · Alpes-de-Haute-Provence")


def test_times_to_get_there_come_after_the_page(open_as: OpenAs, roads: Any) -> None:
    page = open_as("conseiller")
    page.goto("/recherche?q=enfants&lieu=Digne-les-Bains&rayon=100&tri=distance")
    expect(page.locator(".journey").nth(2)).to_have_text("1\u00a0h\u00a025 en voiture")
    expect(page.locator(".journey").first).to_be_visible()
    page.get_by_role("link", name="Les plus récentes").click()
    expect(page.locator(".journey").nth(2)).to_have_text("1\u00a0h\u00a025 en voiture")
