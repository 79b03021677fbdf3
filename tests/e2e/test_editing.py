"""Staff edit a listing in a browser."""

from playwright.sync_api import Page, expect

from app import db
from tests.e2e.conftest import OpenAs, Server, sign_in
from tests.samples import add_service

SHEET = "/services/essai--modifiable"


def open_form(open_as: OpenAs, server: Server, role: str = "gestionnaire") -> Page:
    with db.session_of(server.app.state.context.engine) as session:
        add_service(session, id="essai--modifiable", nom="Atelier à modifier", thematiques=["numerique--acquerir-un-equipement"])
    page = open_as(role)
    page.goto(SHEET)
    page.get_by_role("link", name="Modifier").click()
    return page


def test_what_staff_write_is_found_at_once(open_as: OpenAs, server: Server) -> None:
    page = open_form(open_as, server)
    page.get_by_label("Nom (obligatoire)").fill("Atelier de zinguerie")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_have_text("Modifications enregistrées.")
    page.goto("/recherche?q=zinguerie")
    for _ in range(20):  # a second or so
        if page.locator(".card-title").count():
            break
        page.wait_for_timeout(50)
        page.reload()
    expect(page.locator(".card-title")).to_have_text(["Atelier de zinguerie"])


def test_an_error_is_read_first_and_nothing_typed_is_lost(open_as: OpenAs, server: Server) -> None:
    page = open_form(open_as, server)
    page.get_by_role("textbox", name="Courriel").fill("accueil@")
    page.get_by_label("Description").fill("Un texte patiemment écrit.")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".notice.error")).to_be_focused()
    page.locator(".notice.error").get_by_role("link", name="Courriel").click()
    expect(page.get_by_role("textbox", name="Courriel")).to_be_focused()
    expect(page.get_by_label("Description")).to_have_value("Un texte patiemment écrit.")


def test_a_draft_survives_a_session_that_ended(open_as: OpenAs, server: Server) -> None:
    page = open_form(open_as, server)
    page.get_by_label("Description").fill("Un texte patiemment écrit.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"/connexion?suite={SHEET}/modifier")
    sign_in(page, "gestionnaire")
    expect(page.get_by_label("Description")).to_have_value("Un texte patiemment écrit.")
    expect(page.locator("#brouillon-retrouve")).to_be_visible()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_have_text("Modifications enregistrées.")
    page.goto(f"{SHEET}/modifier")
    expect(page.locator("#brouillon-retrouve")).to_be_hidden()


def test_a_confidential_address_stays_in_no_draft(open_as: OpenAs, server: Server) -> None:
    page = open_as("gestionnaire")
    page.goto("/structures/essai--abri/modifier")
    page.get_by_label("Adresse", exact=True).fill("4 sentier des Ombres")
    page.get_by_label("Nom (obligatoire)").fill("Le Refuge renommé")
    assert "Ombres" not in page.evaluate("JSON.stringify({...sessionStorage})")
    assert "renommé" in page.evaluate("JSON.stringify({...sessionStorage})")


def test_still_true_is_one_click(open_as: OpenAs, server: Server) -> None:
    page = open_form(open_as, server)
    page.goto(SHEET)
    page.get_by_role("button", name="Toujours exact").click()
    expect(page.get_by_role("status")).to_contain_text("notée exacte")
    expect(page.locator("main")).to_contain_text("Vérifié aujourd’hui")
