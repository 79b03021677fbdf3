"""A counsellor's main job, in a browser: with JavaScript, and without."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenAs, sign_in
from tests.web.scene import FAR, FURTHER, NEAR


def names(page: Page) -> list[str]:
    return page.locator(".card-title").all_inner_texts()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_sign_in_to_whom_to_call(open_as: OpenAs, javascript: bool) -> None:
    page = open_as(None, javascript=javascript)
    page.goto("/")
    sign_in(page, "conseiller")
    page.get_by_label("Besoin, mots ou nom").fill("gade d'enfants")
    page.get_by_label("Commune ou adresse de la personne").fill("digne")
    page.get_by_label("À moins de").select_option("100")
    page.get_by_role("button", name="Chercher").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("3 ressources près de Digne-les-Bains")
    page.get_by_role("link", name="Les plus proches").click()
    expect(page.locator('[aria-current="true"]')).to_have_text("Les plus proches")
    assert names(page) == [NEAR, FURTHER, FAR]
    nearest = page.locator(".card").first
    for said in ("moins de 1 km", "Payant", "Familles", "Mis à jour le 1er octobre 2026"):
        expect(nearest).to_contain_text(said)
    expect(nearest.get_by_role("link", name="04 65 71 00 01")).to_have_attribute("href", "tel:+33465710001")
    nearest.get_by_role("link", name=NEAR).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEAR)
    page.get_by_role("link", name="Retour à la recherche").click()
    assert names(page) == [NEAR, FURTHER, FAR]


def test_filters_work_without_javascript(open_as: OpenAs) -> None:
    page = open_as("conseiller", javascript=False)
    page.goto("/recherche?q=enfants&lieu=Digne-les-Bains&rayon=100")
    page.get_by_label("Gratuit").check()
    page.get_by_role("button", name="Appliquer les filtres").click()
    assert names(page) == [FURTHER]
    expect(page.get_by_label("Gratuit")).to_be_checked()
    page.get_by_role("link", name="Retirer Gratuit").click()
    assert len(names(page)) == 3


def test_a_place_that_many_communes_bear_is_chosen_among_links(open_as: OpenAs) -> None:
    page = open_as("conseiller")
    page.get_by_label("Commune ou adresse de la personne").fill("saint-denis")
    page.get_by_label("Besoin, mots ou nom").fill("garde")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Saint-Denis (93200)").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("près de Saint-Denis")
    expect(page.get_by_label("Besoin, mots ou nom")).to_have_value("garde")


def test_on_a_phone_the_first_answer_has_its_name_on_the_first_screen(open_as: OpenAs) -> None:
    page = open_as("conseiller", width=360, height=740)
    page.goto("/recherche?q=enfants&lieu=Digne-les-Bains&frais=payant")
    box = page.locator(".card .by").first.bounding_box()
    assert box
    assert box["y"] + box["height"] < 740
