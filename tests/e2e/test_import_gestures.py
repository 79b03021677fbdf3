"""What comes after an import, on real pages: a file held, a value proposed beside a person's, an import taken back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.e2e.conftest import OpenAs, Server, serving
from tests.e2e.looking import violations
from tests.e2e.test_import_on_screen import Clerk, applied, dropped, tried
from tests.importers.shapes import SHAPES

SOURCE = "Lieux à reprendre"


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(sqlite_template, tmp_path_factory.mktemp("gestes")) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in() -> dict[str, StorageState]:
    return {}


@pytest.fixture
def page(open_as: OpenAs, request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    """Signed in, once a first file is published, a phone typed in one of its listings, and another come by a second delivery."""
    path = SHAPES["lambert93"](tmp_path)
    clerk = dropped(open_as, path, width=360)
    clerk.write("Nom de la source", SOURCE)
    tried(clerk)
    applied(clerk)
    clerk.page.goto("/fiches?genre=structure&texte=Aalma")
    clerk.page.get_by_role("link", name=re.compile("Aalma")).first.click()
    clerk.page.get_by_role("link", name="Modifier").first.click()
    clerk.page.get_by_label("Téléphone", exact=True).fill("01 99 00 45 67")
    clerk.page.get_by_role("button", name="Enregistrer").click()
    path.write_bytes(path.read_bytes().replace(b"04 65 71 00 00", b"04 65 71 99 00"))
    delivered(clerk, path)
    applied(clerk)
    return clerk.page


def delivered(clerk: Clerk, path: Path) -> None:
    clerk.page.goto("/imports")
    clerk.follow(f"Importer la nouvelle version de {SOURCE}")
    clerk.give(path)
    clerk.press("Lire le fichier")
    expect(clerk.page.get_by_role("heading", name="Ce que ce fichier ferait")).to_be_visible(timeout=60_000)


def settled(clerk: Clerk, button: str) -> None:
    """The page of the import once what this button begins is over: looked at no sooner than the answer is there."""
    with clerk.page.expect_navigation():
        clerk.press(button)
    while (again := clerk.page.get_by_role("link", name="Voir où il en est")).count():
        clerk.page.wait_for_timeout(200)
        with clerk.page.expect_navigation():
            again.click()


def at_each_width(page: Page) -> list[str]:
    """What axe says on a phone and on a screen, and whether anything scrolls sideways."""
    said = []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        said += violations(page)
        if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            said.append(f"scrolls sideways at {width}")
    return said


def test_each_page_suits_everybody(page: Page, tmp_path: Path) -> None:
    found = {}
    expect(page.locator("main")).to_contain_text("1 valeur diffère")
    found["report"] = at_each_width(page)
    page.goto("/fiches?genre=structure&texte=Aalma")
    page.get_by_role("link", name=re.compile("Aalma")).first.click()
    found["sheet"] = at_each_width(page)
    page.get_by_role("link", name="Modifier").first.click()
    expect(page.get_by_role("heading", name="Ce que la source dit autrement")).to_be_visible()
    found["proposals"] = at_each_width(page)
    path = SHAPES["lambert93"](tmp_path)
    path.write_bytes(path.read_bytes().replace(b"alma;", b" autrement;"))
    clerk = Clerk(page)
    delivered(clerk, path)
    expect(page.locator("main")).to_contain_text("Ce fichier sera retenu")
    found["trial held"] = at_each_width(page)
    clerk.press("Appliquer")
    expect(page.get_by_role("button", name="Appliquer quand même")).to_be_visible(timeout=60_000)
    found["held"] = at_each_width(page)
    settled(clerk, "Appliquer quand même")
    clerk.follow("Annuler cet import")
    expect(page.get_by_role("heading", name="Ce qui restera")).to_be_visible()
    found["undo"] = at_each_width(page)
    settled(clerk, "Annuler cet import")
    expect(page.get_by_role("heading", name="Ce que l’annulation a gardé")).to_be_visible(timeout=30_000)
    found["undone"] = at_each_width(page)
    page.goto("/doublons")
    found["doubles"] = at_each_width(page)
    assert {name: said for name, said in found.items() if said} == {}


def test_a_rejected_row_is_corrected_and_published(open_as: OpenAs, tmp_path: Path) -> None:
    names = [f"Épicerie {word} des Essais" for word in ("Alma", "Brume", "Cèdre", "Delta", "Érable", "Fleuve", "Grive", "Houle")]
    lines = [f"{name};{rank} rue des Essais;04000;Digne-les-Bains;Aide alimentaire" for rank, name in enumerate(names, 1)]
    lines.append("Épicerie Perdue des Essais;9 rue des Essais;99999;Villeperdue-les-Essais;Aide alimentaire")
    path = tmp_path / "epiceries.csv"
    path.write_text("\n".join(["Nom;Adresse;Code postal;Ville;Thème", *lines]), encoding="utf-8")
    clerk = dropped(open_as, path, width=360)
    clerk.write("Nom de la source", "Épiceries à corriger")
    tried(clerk)
    applied(clerk)
    page = clerk.page
    found = {"report": at_each_width(page)}
    clerk.follow("Corriger")
    expect(page.get_by_role("heading", name="Corriger une ligne")).to_be_visible()
    found["row"] = at_each_width(page)
    page.get_by_label("Ville", exact=True).fill("Nulle-Part-des-Essais")
    clerk.press("Vérifier et enregistrer")
    expect(page.get_by_role("heading", name="Cette ligne ne ferait toujours pas une fiche")).to_be_visible()
    expect(page.locator("[data-focus]")).to_be_focused()
    found["still rejected"] = at_each_width(page)
    page.get_by_label("Ville", exact=True).fill("Digne-les-Bains")
    page.get_by_label("Code postal", exact=True).fill("04000")
    clerk.press("Vérifier et enregistrer")
    expect(page.locator("main")).to_contain_text("1 ligne corrigée")
    found["corrected"] = at_each_width(page)
    settled(clerk, "Importer avec la correction")
    expect(page.locator("main")).to_contain_text("Aucune ligne rejetée")
    page.goto("/fiches?genre=structure&texte=Perdue")
    expect(page.get_by_role("link", name=re.compile("Épicerie Perdue")).first).to_be_visible()
    assert {name: said for name, said in found.items() if said} == {}
