"""The edit form: who may, what is kept, what is said, and two people at once."""

import html
import re
from typing import Any

import pytest
from fastapi import FastAPI

from app import db
from app.models import AdresseConfidentielle, Service, Structure
from tests.samples import add_service, add_structure
from tests.web.conftest import Browser, ClientAs
from tests.web.scene import BARCELONNETTE, settle
from tests.web.test_search import names, text_of

PAGE = "/services/essai--s1/modifier"
SECRET = "17 impasse des Secrets"


@pytest.fixture
def staff(app: FastAPI, client_as: ClientAs) -> Browser:
    with db.session_of(app.state.context.engine) as session:
        add_structure(session)
        add_service(session)
    return client_as("gestionnaire")


def form_of(page: str) -> dict[str, Any]:
    """What a browser would send of the edit form as it stands."""
    form = page.split('class="panel edit-form"', 1)[1].split("</form>", 1)[0]
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input\b[^>]*>", form):
        kind = re.search(r'type="(\w+)"', tag)
        name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="([^"]*)"', tag)
        if not name or (kind and kind[1] == "checkbox" and " checked" not in tag):
            continue
        text = html.unescape(value[1]) if value else ""
        if kind and kind[1] == "checkbox":
            fields.setdefault(name[1], []).append(text)
        else:
            fields[name[1]] = text
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, re.S):
        fields[name] = html.unescape(text)
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def send(client: Browser, page: str = PAGE, **changes: Any) -> Any:
    """Open the form, change some fields and send it."""
    return client.post(page, data=form_of(client.get(page).text) | changes)


def stored(app: FastAPI, listing_id: str = "essai--s1", model: type[Any] = Service) -> Any:
    with db.session_of(app.state.context.engine) as session:
        return session.get_one(model, listing_id)


def test_an_edit_is_saved_and_leads_back_to_the_sheet(staff: Browser, app: FastAPI) -> None:
    answer = send(staff, nom="Ludothèque du soir", publics=["familles", "jeunes"], frais="gratuit", telephone="04 65 71 00 42")
    assert (answer.status_code, answer.headers["location"]) == (303, "/services/essai--s1?fait=modifie")
    service = stored(app)
    assert (service.nom, service.frais, service.telephone) == ("Ludothèque du soir", "gratuit", "+33465710042")
    assert set(service.publics) == {"familles", "jeunes"}
    assert "Modifications enregistrées" in staff.get(answer.headers["location"]).text


def test_the_new_words_are_found(staff: Browser, app: FastAPI) -> None:
    send(staff, nom="Ludothèque du soir")
    settle(app)
    assert names(staff.get("/recherche?q=ludotheque").text) == ["Ludothèque du soir"]


def test_a_form_sent_as_it_stands_changes_nothing(staff: Browser, app: FastAPI) -> None:
    before = stored(app).model_dump()
    assert send(staff).headers["location"].endswith("?fait=inchange")
    assert stored(app).model_dump() == before


def test_errors_stand_by_their_fields_and_everything_typed_stays(staff: Browser, app: FastAPI) -> None:
    typed = {
        "nom": "Al",
        "courriel": "accueil@",
        "telephone": "04 65",
        "lien_mobilisation": "ht!tp://",
        "publics": ["tous-publics", "jeunes"],
        "zone_eligibilite": "Digne-les-Bains\nXqzvwkj",
        "commune": "Xqzvwkj",
        "description": "Texte patiemment écrit.",
    }
    answer = send(staff, **typed)
    assert answer.status_code == 422
    kept = form_of(answer.text)
    for name, value in typed.items():
        assert kept[name] == value, name
        if name != "description":
            assert f'id="erreur-{name}"' in answer.text, name
    assert "« Xqzvwkj »" in text_of(answer.text)
    assert stored(app).nom == "Halte-garderie du matin"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("01 99 00 00 42", "+33199000042"), ("+41 22 000 00 00", "+41220000000"), ("39 19", "3919"), ("115", "115"), ("119", "119")],
)
def test_a_whole_or_a_short_number_is_a_telephone(staff: Browser, app: FastAPI, typed: str, kept: str) -> None:
    assert send(staff, telephone=typed).status_code == 303
    assert stored(app).telephone == kept


@pytest.mark.parametrize("typed", ["12", "113", "1234", "04 65", "00 00 00 00 00", "+33 15", "à demander"])
def test_what_nobody_can_call_is_no_telephone(staff: Browser, app: FastAPI, typed: str) -> None:
    answer = send(staff, telephone=typed)
    assert answer.status_code == 422
    assert form_of(answer.text)["telephone"] == typed
    assert "Ce n’est pas un numéro entier." in text_of(answer.text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("du lundi au vendredi 9h-12h et 14h-17h30 ; samedi 9h-12h", "Mo-Fr 09:00-12:00,14:00-17:30; Sa 09:00-12:00"),
        ("du lundi au vendredi 9h à 12h et 14h à 17h ; samedi 9h à 12h", "Mo-Fr 09:00-12:00,14:00-17:00; Sa 09:00-12:00"),
        ("Tu 10:00-12:00; PH off", "Tu 10:00-12:00; PH off"),
    ],
)
def test_hours_are_typed_as_people_say_them(staff: Browser, app: FastAPI, typed: str, kept: str) -> None:
    assert send(staff, horaires_accueil=typed).status_code == 303
    assert stored(app).horaires_accueil == kept
    assert send(staff).headers["location"].endswith("?fait=inchange")


def test_stored_hours_are_said_as_people_say_them(staff: Browser) -> None:
    send(staff, horaires_accueil="Mo-Fr 09:00-12:00; Sa 10:00-11:30")
    said = form_of(staff.get("/services/essai--s1/modifier").text)["horaires_accueil"]
    assert said == "du lundi au vendredi 9 h – 12 h ; samedi 10 h – 11 h 30"


def test_hours_that_are_no_hours_are_refused_and_kept_in_the_field(staff: Browser, app: FastAPI) -> None:
    answer = send(staff, horaires_accueil="sur rendez-vous")
    assert answer.status_code == 422
    assert form_of(answer.text)["horaires_accueil"] == "sur rendez-vous"
    assert "se dit dans la description" in text_of(answer.text)
    assert stored(app).horaires_accueil is None


def test_a_new_address_takes_its_commune_s_codes_and_point(staff: Browser, app: FastAPI) -> None:
    send(staff, adresse="2 rue Neuve", code_postal="04400", commune="Barcelonette")
    service = stored(app)
    assert (service.commune, service.code_insee, service.adresse) == ("Barcelonnette", "04019", "2 rue Neuve")
    assert abs(service.latitude - BARCELONNETTE["latitude"]) < 0.05
    assert service.precision_lieu == "commune"


def test_zones_are_written_as_people_say_them(staff: Browser, app: FastAPI) -> None:
    assert form_of(staff.get(PAGE).text)["zone_eligibilite"] == "Alpes-de-Haute-Provence (04)"
    send(staff, zone_eligibilite="Barcelonnette\n05\nAlpes-de-Haute-Provence (04)")
    assert stored(app).zone_eligibilite == ["04019", "05", "04"]


def test_a_region_or_a_postal_code_is_written_as_what_it_holds(staff: Browser, app: FastAPI) -> None:
    send(staff, zone_eligibilite="Corse\n04850")
    assert stored(app).zone_eligibilite == ["2A", "2B", "04096"]
    refused = send(staff, zone_eligibilite="Vienne")
    assert "« Vienne »" in text_of(refused.text)
    assert "qui peut en désigner plusieurs" in refused.text


def test_history_says_who_changed_what_and_when(staff: Browser) -> None:
    send(staff, nom="Ludothèque du soir", frais="gratuit")
    words = text_of(staff.get(PAGE).text.split('id="historique"', 1)[1])
    assert "Gestionnaire Fictif" in words
    assert "Nom Halte-garderie du matin → Ludothèque du soir" in words
    assert "Frais Payant → Gratuit" in words
    assert "import de essai : fiche créée" in words


def test_still_true_is_one_click(staff: Browser, app: FastAPI) -> None:
    answer = staff.submit("/services/essai--s1/verifier")
    assert answer.headers["location"] == "/services/essai--s1?fait=verifie"
    assert stored(app).verifie_par == "Gestionnaire Fictif"
    assert "Vérifié aujourd’hui" in text_of(staff.get("/services/essai--s1").text)


def test_a_structure_is_edited_the_same_way(staff: Browser, app: FastAPI) -> None:
    answer = send(staff, "/structures/essai--1/modifier", nom="Les Grands Pas", site_web="petits-pas.example.org", siret="123")
    assert answer.status_code == 422
    assert 'id="erreur-siret"' in answer.text
    answer = send(staff, "/structures/essai--1/modifier", nom="Les Grands Pas", site_web="petits-pas.example.org")
    assert answer.status_code == 303
    assert stored(app, "essai--1", Structure).site_web == "https://petits-pas.example.org"


@pytest.mark.parametrize("who", ["conseiller", "gestionnaire-37"])
@pytest.mark.parametrize("path", ["/services/essai--s1", "/structures/essai--1"])
def test_others_may_neither_see_the_form_nor_send_it(staff: Browser, app: FastAPI, client_as: ClientAs, who: str, path: str) -> None:
    client = client_as(who)
    before = (stored(app).model_dump(), stored(app, "essai--1", Structure).model_dump())
    assert client.get(f"{path}/modifier").status_code == 403
    assert client.submit(f"{path}/modifier", {"nom": "Détourné"}).status_code == 403
    assert client.submit(f"{path}/verifier").status_code == 403
    assert (stored(app).model_dump(), stored(app, "essai--1", Structure).model_dump()) == before


def test_strangers_sign_in_first(staff: Browser, stranger: Browser) -> None:
    assert stranger.get(PAGE).headers["location"] == f"/connexion?suite={PAGE}"
    assert stranger.submit(PAGE, {"nom": "x"}).status_code == 401


def test_a_session_that_ended_loses_nothing_typed(staff: Browser, stranger: Browser) -> None:
    answer = stranger.submit(PAGE, {"description": "Texte patiemment écrit."})
    assert answer.status_code == 401
    assert "Texte patiemment écrit." in answer.text


# --- two people at once --------------------------------------------------------------------------------------------


def test_whoever_comes_second_sees_both_values_and_loses_nothing(staff: Browser, app: FastAPI, client_as: ClientAs) -> None:
    mine = form_of(staff.get(PAGE).text)
    send(client_as("administrateur"), nom="Nom de l’autre", conditions_acces="Écrites par l’autre")
    answer = staff.post(PAGE, data=mine | {"nom": "Mon nom", "frais": "gratuit"})
    assert answer.status_code == 409
    kept = form_of(answer.text)
    assert (kept["nom"], kept["frais"], kept["conditions_acces"]) == ("Mon nom", "gratuit", "Écrites par l’autre")
    assert "Administrateur Fictif a enregistré : Nom de l’autre" in text_of(answer.text)
    assert stored(app).nom == "Nom de l’autre"
    assert staff.post(PAGE, data=kept).status_code == 303
    service = stored(app)
    assert (service.nom, service.frais, service.conditions_acces) == ("Mon nom", "gratuit", "Écrites par l’autre")


# --- shelters ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelter(staff: Browser, app: FastAPI) -> str:
    with db.session_of(app.state.context.engine) as session:
        add_structure(session, id="essai--abri", nom="Le Refuge", adresse=SECRET, adresse_confidentielle=True)
    return "/structures/essai--abri/modifier"


def sealed(app: FastAPI) -> str | None:
    with db.session_of(app.state.context.engine) as session:
        return session.get_one(AdresseConfidentielle, ("structure", "essai--abri")).adresse


def test_a_confidential_address_is_not_shown_even_to_who_edits_it(staff: Browser, shelter: str) -> None:
    page = staff.get(shelter).text
    assert "impasse" not in page
    assert form_of(page)["adresse"] == ""


def test_left_empty_the_confidential_address_stays(staff: Browser, app: FastAPI, shelter: str) -> None:
    assert send(staff, shelter, nom="Le Nouveau Refuge").status_code == 303
    assert sealed(app) == SECRET
    assert stored(app, "essai--abri", Structure).adresse is None


def test_a_new_confidential_address_replaces_it_and_is_shown_nowhere(staff: Browser, app: FastAPI, shelter: str) -> None:
    assert send(staff, shelter, adresse="4 sentier des Ombres").status_code == 303
    assert sealed(app) == "4 sentier des Ombres"
    assert stored(app, "essai--abri", Structure).adresse is None
    assert "Ombres" not in staff.get(shelter).text
    assert "Ombres" not in staff.get("/structures/essai--abri").text


def test_an_address_made_confidential_leaves_every_page(staff: Browser, app: FastAPI) -> None:
    page = "/structures/essai--1/modifier"
    assert send(staff, page, adresse_confidentielle="oui").status_code == 303
    for path in (page, "/structures/essai--1", "/services/essai--s1", PAGE):
        assert "rue des Exemples" not in staff.get(path).text, path
