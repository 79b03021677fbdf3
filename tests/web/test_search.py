"""The search page, as a browser without JavaScript sees it."""

import html
import re

import pytest
from fastapi import FastAPI
from sqlalchemy import event

from app import db, listings
from app.models import Service
from app.search.port import SearchUnavailable
from tests.samples import IMPORT, service
from tests.web.conftest import Browser, ClientAs
from tests.web.scene import FAR, FURTHER, NEAR, furnish, settle

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Source": "form#recherche"}


@pytest.fixture
def conseiller(app: FastAPI, client_as: ClientAs) -> Browser:
    furnish(app)
    return client_as("conseiller")


def text_of(page: str) -> str:
    """What a reader sees, on one line."""
    unmarked = re.sub(r"</?(mark|sup)>", "", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", unmarked)).split())


def marked(page: str) -> list[str]:
    """Words that are marked, in their order."""
    return [html.unescape(word) for word in re.findall(r"<mark>(.*?)</mark>", page)]


def names(page: str) -> list[str]:
    """Names of the results, in their order."""
    return [text_of(found) for found in re.findall(r'class="card-title">(.*?)</h', page, re.S)]


def facet(page: str, value: str) -> int:
    """The count shown beside one choice of a filter."""
    found = re.search(rf'value="{value}"[^>]*>.*?class="count">(\d+)', page, re.S)
    assert found, f"no choice {value}"
    return int(found[1])


def links(page: str, rel: str = "") -> list[str]:
    return [html.unescape(href) for href in re.findall(rf'<a [^>]*{rel}[^>]*href="([^"]+)"', page)]


def test_a_need_typed_in_a_hurry_near_a_town_finds_the_nearest_first(conseiller: Browser) -> None:
    page = conseiller.get("/recherche", params={"q": "gade d'enfants", "lieu": "digne", "rayon": "100", "tri": "distance"})
    assert page.status_code == 200
    assert names(page.text)[:3] == [NEAR, FURTHER, FAR]
    assert "Digne-les-Bains" in text_of(page.text)


def test_a_result_says_distance_fee_publics_date_and_how_to_call(conseiller: Browser) -> None:
    page = conseiller.get("/recherche", params={"q": "garde d'enfants", "lieu": "04000", "tri": "distance"}).text
    words = text_of(page)
    for said in ("moins de 1 km", "8,7 km", "Payant", "Gratuit", "Familles", "Mis à jour le 1er octobre 2026", "Date inconnue"):
        assert said in words, said
    assert 'href="tel:+33465710001"' in page
    assert "Compétent pour Digne-les-Bains" in words


def test_the_radius_cuts_and_is_kept_in_the_address(conseiller: Browser) -> None:
    near = conseiller.get("/recherche", params={"lieu": "Digne-les-Bains", "rayon": "5", "besoins": "famille"}).text
    assert names(near) == [NEAR]
    assert '<option value="5" selected>' in near
    assert "rayon=5" in next(link for link in links(near) if "onglet=lieux" in link or "lieu=Digne" in link)


def test_the_radius_is_the_places_own_unless_it_is_chosen(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?lieu=Digne-les-Bains&besoins=famille").text
    assert "Rayon de 30 km, adapté à ce lieu" in text_of(page)
    assert '<option value="" selected>' in page
    assert all("rayon=" not in link or "rayon=50" in link for link in links(page))
    deeper = text_of(conseiller.get("/recherche?lieu=Barcelonnette&besoins=famille").text)
    assert "Rayon de 50 km, adapté à ce lieu" in deeper
    chosen = text_of(conseiller.get("/recherche?lieu=Barcelonnette&besoins=famille&rayon=100").text)
    assert "adapté à ce lieu" not in chosen


def test_a_commune_that_is_on_no_map_has_no_radius_to_speak_of(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?lieu=Noum%C3%A9a&besoins=famille")
    assert page.status_code == 200
    assert "Rayon de" not in text_of(page.text)


def test_results_just_outside_the_radius_are_announced_and_lead_there(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?lieu=Digne-les-Bains&rayon=5&besoins=famille").text
    assert "1 autre ressource entre 5 et 10 km" in text_of(page)
    wider = next(link for link in links(page) if "rayon=10" in link)
    assert names(conseiller.get(wider).text) == [NEAR, FURTHER]
    assert "autre ressource" not in text_of(conseiller.get("/recherche?lieu=Digne-les-Bains&rayon=tout&besoins=famille").text)


def test_what_the_filter_of_publics_leaves_out_is_counted_and_one_click_away(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?besoins=famille&besoins=mobilite&publics=seniors").text
    assert names(page) == ["Réparation de voitures"]
    assert "3 autres ressources pour d’autres publics" in text_of(page)
    assert "/recherche?besoins=famille&besoins=mobilite" in links(page)


def test_sectors_and_conditions_are_told_on_the_card_and_the_sheet(conseiller: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        service_ = session.get_one(Service, "essai--s1")
        changes = {
            "secteurs": ["quartier de la Sèbe", "rue des Essais"],
            "conditions_acces": "Sur orientation",
            "publics_precisions": "RSA",
        }
        listings.edit(session, service_, changes, IMPORT)
        session.commit()
    settle(app)
    card = text_of(conseiller.get("/recherche?lieu=Digne-les-Bains&rayon=5&besoins=famille").text)
    assert "Selon l’adresse de la personne : quartier de la Sèbe ; rue des Essais" in card
    assert "Conditions : Sur orientation" in card
    assert "Public : RSA" in card
    sheet = text_of(conseiller.get("/services/essai--s1").text)
    assert "Selon l’adresse de la personne : quartier de la Sèbe rue des Essais" in sheet


def test_a_whole_categorie_is_narrowed_by_its_thematiques(conseiller: Browser) -> None:
    whole = conseiller.get("/recherche", params={"besoins": "famille"}).text
    assert len(names(whole)) == 3
    narrowed = conseiller.get("/recherche", params={"besoins": ["famille", "famille--soutien-aidants"]}).text
    assert names(narrowed) == []


def test_counts_say_what_each_choice_gives(conseiller: Browser) -> None:
    page = conseiller.get("/recherche", params={"q": "enfants", "lieu": "04070", "rayon": "100"}).text
    assert (facet(page, "gratuit"), facet(page, "payant"), facet(page, "famille")) == (1, 2, 3)
    free = conseiller.get("/recherche", params={"q": "enfants", "lieu": "04070", "rayon": "100", "frais": "gratuit"}).text
    assert names(free) == [FURTHER]
    assert facet(free, "payant") == 2


def test_each_criterion_is_a_link_that_removes_it(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?q=enfants&lieu=Digne-les-Bains&frais=gratuit&publics=familles").text
    chips = re.search(r'<ul class="chips criteria".*?</ul>', page, re.S)
    assert chips
    addresses = links(chips[0])
    assert "/recherche?q=enfants&lieu=Digne-les-Bains&publics=familles" in addresses
    assert "/recherche?lieu=Digne-les-Bains&publics=familles&frais=gratuit" in addresses
    assert "/recherche" in addresses


def test_a_town_hall_is_never_among_the_answers_to_a_need(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?lieu=Aiglun+(04)&rayon=tout")
    assert "Mairie d’Aiglun" not in names(page.text)
    assert "Lieux généralistes (1)" in text_of(page.text)
    assert names(conseiller.get("/recherche?lieu=Aiglun+(04)&onglet=lieux&rayon=5").text) == ["Mairie d’Aiglun"]


def test_places_are_offered_apart_when_no_service_answers(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?q=mairie").text
    assert "Aucune ressource" in text_of(page)
    assert names(page) == ["Mairie d’Aiglun"]
    assert '<h2 id="lieux-titre">Lieux généralistes</h2>' in page


def test_no_result_says_what_to_loosen_and_how_many_it_gives(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?q=ubaye&lieu=Digne-les-Bains&rayon=10").text
    assert "1 ressource à moins de 50 km" in text_of(page)
    wider = next(link for link in links(page) if "rayon=50" in link)
    assert names(conseiller.get(wider).text) == [FAR]
    filtered = text_of(conseiller.get("/recherche?q=garage&frais=gratuit").text)
    assert "1 ressource sans le filtre « Gratuit »" in filtered


def test_a_name_that_many_communes_bear_is_asked_about(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?q=enfants&lieu=saint-denis").text
    assert "Plusieurs lieux" in text_of(page)
    assert names(page) == []
    assert 'value="saint-denis"' in page
    chosen = next(link for link in links(page) if "code=97411" in link)
    assert "q=enfants" in chosen
    assert "près de Saint-Denis" in text_of(conseiller.get(chosen).text)


def test_an_unknown_place_keeps_what_was_typed(conseiller: Browser) -> None:
    page = conseiller.get("/recherche", params={"q": "enfants", "lieu": "Xqzvwkj"}).text
    assert "Aucun lieu ne ressemble à « Xqzvwkj »" in text_of(page)
    assert 'value="Xqzvwkj"' in page
    assert 'value="enfants"' in page
    assert names(page) == []


def test_a_code_that_no_longer_agrees_with_the_text_is_forgotten(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?lieu=Barcelonnette&code=97411&besoins=famille")
    assert "près de Barcelonnette" in text_of(page.text)


def test_beyond_the_last_page_there_is_nothing_but_the_way_back(conseiller: Browser) -> None:
    beyond = conseiller.get("/recherche?besoins=famille&page=7").text
    assert names(beyond) == []
    assert "/recherche?besoins=famille" in links(beyond, 'rel="prev"')


def test_nothing_asked_shows_the_needs_with_their_counts(conseiller: Browser) -> None:
    words = text_of(conseiller.get("/recherche").text)
    assert "De quoi la personne a-t-elle besoin ?" in words
    assert "Enfants et famille 3" in words
    assert "Se déplacer 1" in words


def test_the_words_that_matched_are_marked_in_name_and_description(conseiller: Browser) -> None:
    page = conseiller.get("/recherche", params={"q": "gade d'enfants"}).text
    assert "<mark>Garde</mark> d’<mark>enfants</mark> d’Aiglun" in page
    assert names(page)[0] == FURTHER
    assert marked(conseiller.get("/recherche?q=garag+voiture").text) == ["voitures", "garage", "voitures"]
    assert marked(conseiller.get("/recherche?besoins=famille").text) == []


def test_a_name_stays_text_where_words_are_marked(conseiller: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        listings.write(session, "service", [service(id="essai--b", nom="<b>Ludothèque</b> & jeux")], IMPORT)
        session.commit()
    settle(app)
    page = conseiller.get("/recherche?q=ludotheque").text
    assert "&lt;b&gt;<mark>Ludothèque</mark>&lt;/b&gt; &amp; jeux" in page


def test_a_correction_is_said_above_the_answers_with_its_accents(conseiller: Browser) -> None:
    page = conseiller.get("/recherche", params={"q": "gade d'enfants"}).text
    assert "Résultats pour « garde d'enfants »" in text_of(re.sub(r"</?em>", "", page))
    assert "<em>garde</em>" in page
    assert "résultats pour « garde d'enfants »" in text_of(re.findall(r'id="annonce".*?</p>', page)[0])
    assert "<em>crèche</em>" in conseiller.get("/recherche?q=crehce").text


@pytest.mark.parametrize("q", ["garde d'enfants", "creche", "GARDE", "gar", "nounou", "xqzvw", "enfants et", ""])
def test_nothing_is_said_corrected_when_words_were_read_as_typed(conseiller: Browser, q: str) -> None:
    assert "Résultats pour" not in conseiller.get("/recherche", params={"q": q, "lieu": "digne"}).text


def test_a_need_recognised_in_everyday_words_is_offered_alone(conseiller: Browser, app: FastAPI) -> None:
    assert "Besoin reconnu : Garde d’enfants" in text_of(conseiller.get("/recherche?q=nounou").text)
    with db.session_of(app.state.context.engine) as session:
        playing = service(id="essai--jeux", nom="Le jeu de la nounou", thematiques=["remobilisation--lien-social"])
        listings.write(session, "service", [playing], IMPORT)
        session.commit()
    settle(app)
    page = conseiller.get("/recherche?q=nounou").text
    assert len(names(page)) == 4
    assert "Besoin reconnu : Garde d’enfants — ne garder que ce besoin , Garde d’enfants (3)" in text_of(page)
    alone = conseiller.get("/recherche?q=nounou&besoins=famille--garde-denfants")
    assert "/recherche?q=nounou&besoins=famille--garde-denfants" in links(page)
    assert len(names(alone.text)) == 3
    assert "Besoin reconnu" not in alone.text


def test_no_need_is_offered_for_words_that_name_none(conseiller: Browser) -> None:
    for q in ("ubaye", "aiglun", "centre"):
        assert "Besoin reconnu" not in conseiller.get(f"/recherche?q={q}").text, q


def test_demonstration_and_date_are_said(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?q=garage").text
    assert '<span class="tag demo">Démonstration</span>' in page
    assert "à vérifier" in text_of(conseiller.get("/recherche?q=ubaye").text)


def test_an_address_that_makes_no_sense_is_read_as_well_as_can_be(conseiller: Browser) -> None:
    for query in (
        "rayon=abc&page=-3&tri=hasard",
        "besoins=inconnu&publics=%00&frais=9",
        "page=99999999999999999999",
        "q=%00%ff",
        "q=" + "a" * 5000,
    ):
        assert conseiller.get(f"/recherche?{query}").status_code == 200, query


def test_what_is_typed_is_never_markup(conseiller: Browser) -> None:
    page = conseiller.get("/recherche", params={"q": '"><script>alert(1)</script>', "lieu": "<b>"}).text
    assert "<script>alert" not in page
    assert "&lt;b&gt;" in page.split('id="recherche"', 1)[1].split("</form", 1)[0]


@pytest.mark.parametrize(
    "query",
    ["", "q=enfants&lieu=digne&besoins=famille&tri=distance", "lieu=saint-denis", "lieu=04510&onglet=lieux", "q=xqzvw", "q=gade+nounou"],
)
def test_the_fragment_is_the_page_s_own_part(conseiller: Browser, query: str) -> None:
    page = conseiller.get(f"/recherche?{query}").text
    fragment = conseiller.get(f"/recherche?{query}", headers=HTMX).text
    head, _, living = fragment.partition('<div id="reponse"')
    assert living
    assert living.strip() in page
    title = re.search(r"<title>(.*?)</title>", head)
    announced = re.search(r'id="annonce"[^>]*>(.*?)</p>', head, re.S)
    assert title
    assert announced
    assert f"<title>{title[1]}</title>" in page
    assert re.search(rf'id="annonce"[^>]*role="status">{re.escape(announced[1])}</p>', page)


def test_typing_replaces_the_address_and_choosing_adds_one(conseiller: Browser) -> None:
    typed = conseiller.get("/recherche?q=enfants&lieu=&rayon=", headers={**HTMX, "HX-Source": "input#q"})
    assert typed.headers["hx-replace-url"] == "/recherche?q=enfants"
    chosen = conseiller.get("/recherche?q=enfants&frais=gratuit", headers=HTMX)
    assert chosen.headers["hx-push-url"] == "/recherche?q=enfants&frais=gratuit"


def test_going_back_asks_for_the_whole_page(conseiller: Browser) -> None:
    page = conseiller.get("/recherche?q=enfants", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert page.text.lstrip().startswith("<!doctype html>")


def test_an_engine_that_does_not_answer_is_never_no_result(conseiller: Browser, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_request: object) -> None:
        raise SearchUnavailable

    monkeypatch.setattr(app.state.context.search, "search", down)
    page = conseiller.get("/recherche?q=enfants")
    assert page.status_code == 503
    assert "Aucune" not in text_of(page.text).replace("aucune ressource", "")
    assert 'value="enfants"' in page.text


@pytest.mark.parametrize("asked", ["besoins=famille", "q=garde+d'enfants&lieu=digne&rayon=100&publics=familles-enfants"])
def test_a_page_of_results_reads_its_listings_in_one_question(conseiller: Browser, app: FastAPI, asked: str) -> None:
    statements: list[str] = []
    engine = app.state.context.engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert len(names(conseiller.get(f"/recherche?{asked}").text)) == 3
    listings_read = [sql for sql in statements if "FROM service" in sql or "FROM structure" in sql]
    assert len(listings_read) == 1, listings_read


def test_many_results_are_read_page_by_page(conseiller: Browser, app: FastAPI) -> None:
    with db.session_of(app.state.context.engine) as session:
        listings.write(session, "service", [service(id=f"essai--n{n}", nom=f"Ludothèque {n}") for n in range(45)], IMPORT)
        session.commit()
    settle(app)
    seen: list[str] = []
    address = "/recherche?q=ludotheque"
    for number in (1, 2, 3):
        page = conseiller.get(address).text
        assert f"Page {number} sur 3" in text_of(page)
        seen += names(page)
        address = next(iter(links(page, 'rel="next"')), "")
    assert address == ""
    assert sorted(seen) == sorted(f"Ludothèque {n}" for n in range(45))
