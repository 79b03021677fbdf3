"""A clerk without a developer: a file of a shape never seen before, from drop to published listings, gestures counted."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, StorageState, expect
from sqlmodel import select

from app import db
from app.models import Service, Structure
from tests.e2e.conftest import OpenAs, Server, serving
from tests.e2e.looking import focused, violations
from tests.importers.published_shapes import PUBLISHED
from tests.importers.shapes import SHAPES, TRUE_ROWS, places
from tests.importers.test_grouped import services, written
from tests.web.scene import settle

MOST = 25
NEED = "mobilite--etre-accompagne-dans-son-parcours-mobilite"


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of its own: what is published here is no answer to what other tests ask."""
    with serving(sqlite_template, tmp_path_factory.mktemp("depots")) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in() -> dict[str, StorageState]:
    return {}


class Clerk:
    """Whoever uses the page; every click, choice or field typed is a gesture."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.gestures = 0

    def press(self, name: str) -> None:
        self.gestures += 1
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str) -> None:
        self.gestures += 1
        self.page.get_by_role("link", name=name).first.click()

    def give(self, path: Path) -> None:
        self.gestures += 1
        self.page.get_by_label("Fichier", exact=True).set_input_files(path)

    def write(self, label: str, text: str) -> None:
        self.gestures += 1
        self.page.get_by_label(label).fill(text)

    def choose(self, label: str, value: str) -> None:
        self.gestures += 1
        self.page.get_by_label(label, exact=True).select_option(value)


def dropped(open_as: OpenAs, path: Path, width: int = 1280) -> Clerk:
    clerk = Clerk(open_as("gestionnaire", width=width))
    clerk.page.goto("/imports")
    clerk.follow("Importer un fichier")
    clerk.give(path)
    clerk.press("Lire le fichier")
    return clerk


def tried(clerk: Clerk) -> None:
    clerk.press("Essayer sans rien écrire")
    expect(clerk.page.get_by_role("heading", name="Ce que ce fichier ferait")).to_be_visible(timeout=60_000)


def applied(clerk: Clerk) -> None:
    clerk.press("Appliquer")
    clerk.page.wait_for_url(re.compile(r"/imports/\d+$"), timeout=60_000)
    expect(clerk.page.locator("main")).to_contain_text("Terminé")


SOME = {**SHAPES, **{name: PUBLISHED[name] for name in ("title_block", "health_register", "administrations", "yes_and_no")}}


@pytest.mark.parametrize("shape", SOME)
def test_a_file_of_any_shape_is_published_in_a_few_gestures(open_as: OpenAs, server: Server, tmp_path: Path, shape: str) -> None:
    clerk = dropped(open_as, SOME[shape](tmp_path))
    clerk.write("Nom de la source", f"Lieux inventés {shape}")
    clerk.choose("Besoin de tout le fichier", NEED)
    tried(clerk)
    applied(clerk)
    assert clerk.gestures <= MOST
    source_id = f"04d-lieux-inventes-{shape.replace('_', '-')}"
    with db.session_of(server.app.state.context.engine) as session:
        found = {row.nom.casefold(): row for row in session.exec(select(Structure).where(Structure.source == source_id))}
    right = [p for p in places() if (row := found.get(p.nom.casefold())) and row.code_insee == p.code_insee and row.statut == "publiee"]
    assert len(right) >= 0.9 * TRUE_ROWS
    settle(server.app)
    clerk.page.goto(f"/recherche?q={right[0].nom}&lieu={right[0].commune}&besoins=mobilite")
    expect(clerk.page.locator("#reponse")).to_contain_text(re.compile(re.escape(right[0].nom), re.IGNORECASE))


def test_rows_of_services_become_places_and_their_services(open_as: OpenAs, server: Server, tmp_path: Path) -> None:
    clerk = dropped(open_as, written(tmp_path / "services.csv", services()))
    expect(clerk.page.get_by_label("Ce qu’est une ligne")).to_have_value("lieu")
    clerk.write("Nom de la source", "Services inventés")
    tried(clerk)
    expect(clerk.page.get_by_role("heading", name="À quels besoins ces fiches répondent")).to_be_visible()
    applied(clerk)
    assert clerk.gestures <= MOST
    with db.session_of(server.app.state.context.engine) as session:
        found = list(session.exec(select(Service).where(Service.source == "04d-services-inventes")))
        places_of = {row.structure_id for row in found}
    assert (len(found), len(places_of)) == (len(services()), TRUE_ROWS)
    assert all(row.thematiques for row in found)


COVERED = """() => {
    const e = document.activeElement, box = e.getClientRects()[0];
    const above = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !(above && (e.contains(above) || above.contains(e) || e.labels && [...e.labels].some((label) => label.contains(above))));
}"""


def tabbed_to(page: Page, wanted: str, limit: int = 90) -> None:
    """Press Tab until what has the focus says `wanted`; each stop is seen, and nothing stands on it."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        said = focused(page)
        assert said, "the focus is lost"
        assert page.evaluate("() => parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2, said
        assert not page.evaluate(COVERED), f"{said} is hidden"
        if said.startswith(wanted):
            return
    raise AssertionError(f"{wanted} is not reached by keyboard")


def test_from_drop_to_published_listings_by_keyboard_alone(open_as: OpenAs, tmp_path: Path) -> None:
    page = open_as("gestionnaire")
    page.on("filechooser", lambda _chooser: None)  # asked for early: Chromium takes a moment to leave its own dialog
    page.goto("/imports/nouveau")
    tabbed_to(page, "fichier")
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    chosen.value.set_files(written(tmp_path / "services.csv", services()))
    tabbed_to(page, "Lire le fichier")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ce qu’est chaque colonne")).to_be_visible()
    tabbed_to(page, "Ce qu’est « Horaires »")
    page.keyboard.type("Ne pas")
    tabbed_to(page, "Besoin auquel le service répond : « Mobilité »")
    page.keyboard.type("Préparer")
    tabbed_to(page, "nom")
    page.keyboard.press("Control+a")
    page.keyboard.type("Lieux au clavier")
    tabbed_to(page, "Essayer sans rien écrire")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ce que ce fichier ferait")).to_be_visible(timeout=60_000)
    expect(page.locator("main")).to_contain_text("Préparer un permis")
    tabbed_to(page, "Appliquer")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/imports/\d+$"), timeout=60_000)
    expect(page.locator("main")).to_contain_text("24 créées")


def test_a_second_delivery_takes_three_gestures(open_as: OpenAs, tmp_path: Path) -> None:
    again = SHAPES["decimal_commas"](tmp_path)
    again.write_bytes(again.read_bytes().replace(b";Site internet", b";Site de la livraison"))
    clerk = dropped(open_as, again)
    clerk.write("Nom de la source", "Livraisons inventées")
    tried(clerk)
    applied(clerk)
    again.write_bytes(again.read_bytes().replace(b"example.org", b"example.com"))
    clerk.page.goto("/imports")
    clerk.follow("Importer la nouvelle version de Livraisons inventées")
    clerk.gestures = 0
    clerk.give(again)
    clerk.press("Lire le fichier")
    expect(clerk.page.locator(".differences")).to_contain_text("example.com", timeout=60_000)
    applied(clerk)
    assert clerk.gestures == 3


@pytest.mark.parametrize("width", [360, 1280])
def test_each_page_suits_everybody(open_as: OpenAs, tmp_path: Path, width: int) -> None:
    rows = [*services(), ["Lieu perdu", "4 rue X", "99999", "Nullepart", "", "Divers", "", ""]]
    clerk = dropped(open_as, written(tmp_path / "services.csv", rows), width)
    page = clerk.page
    found = {"read": violations(page)}
    page.get_by_text("Voir les premières lignes").click()
    found["rows"] = violations(page)
    clerk.write("Nom de la source", "")
    clerk.press("Essayer sans rien écrire")
    expect(page.locator(".notice.error")).to_be_focused()
    found["mistake"] = violations(page)
    clerk.write("Nom de la source", f"Enquête inventée {width}")
    tried(clerk)
    expect(page.locator(".map-drawing .zone").first).to_be_attached()
    found["trial"] = violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    clerk.press("Appliquer")
    page.wait_for_url(re.compile(r"/imports/\d+$"), timeout=60_000)
    found["report"] = violations(page)
    page.goto("/imports")
    expect(page.get_by_role("heading", name="Vos sources")).to_be_visible()
    found["sources"] = violations(page)
    page.goto("/imports/nouveau")
    found["new"] = violations(page)
    page.get_by_role("button", name="Lire le fichier").click()
    found["refused"] = violations(page)
    assert {name: said for name, said in found.items() if said} == {}


def test_a_file_too_large_is_told_before_it_is_sent(open_as: OpenAs, tmp_path: Path) -> None:
    large = tmp_path / "grand.csv"
    with large.open("wb") as out:
        out.truncate(50_000_001)
    clerk = dropped(open_as, large)
    expect(clerk.page.get_by_role("alert")).to_have_text("Ce fichier dépasse 50 Mo : découpez-le, ou retirez ce qui ne sert pas.")
    expect(clerk.page.get_by_label("Fichier", exact=True)).to_be_focused()
    clerk.give(SHAPES["nested_points"](tmp_path))
    clerk.press("Lire le fichier")
    expect(clerk.page.get_by_role("heading", name="Ce qu’est chaque colonne")).to_be_visible()


def test_a_file_is_read_and_tried_by_keyboard_and_without_javascript(open_as: OpenAs, tmp_path: Path) -> None:
    clerk = Clerk(open_as("gestionnaire", javascript=False))
    page = clerk.page
    page.goto("/imports/nouveau")
    clerk.give(SHAPES["one_address"](tmp_path))
    clerk.press("Lire le fichier")
    page.get_by_label("Nom de la source").fill("Lieux lus au clavier")
    page.keyboard.press("Enter")
    # The page comes again by itself, every two seconds.
    expect(page.get_by_role("heading", name="Ce que ce fichier ferait")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Où sont ces fiches")).to_be_visible()
    expect(page.locator("#carte-essai")).to_be_hidden()
    assert "Digne-les-Bains" in page.locator(".communes").inner_text()
