"""A file dropped on the import page, from its first rows to published listings, without JavaScript."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import Session, col, select

from app import db, listings
from app.models import DeclaredSource, ImportRun, Service, Structure
from app.writing import By
from importers import locking, on_screen
from tests.importers.workbooks import sheet_xml, write_xlsx
from tests.web.conftest import ClientAs, MakeApp
from tests.web.dropping import DESCRIBED, LOST, NEW, ROWS, applied, csv, drop, dropped, settled, tried
from tests.web.test_search import text_of


@pytest.fixture
def app(make_app: MakeApp) -> FastAPI:
    return make_app(geocoder_url="", upload_mb=1)


# --- from drop to published listings -------------------------------------------------------------------------------------


def test_a_file_is_read_tried_then_applied(client_as: ClientAs, session: Session) -> None:
    client = client_as("gestionnaire")
    address = dropped(client, csv(*ROWS, LOST))
    page = client.get(address).text
    assert "point-virgule" in text_of(page)
    assert re.search(r'<option value="code_postal" selected>', page)
    assert "&lt;b&gt;Halte&lt;/b&gt; fictive" in page
    assert client.submit(address, DESCRIBED).status_code == 303
    words = text_of(settled(client, address).text)
    for said in ("4 lignes lues", "3 à créer", "0 à modifier", "1 à reprendre", "99999", "Manosque 1", "Atelier des Inventés"):
        assert said in words, said
    assert session.exec(select(Structure)).all() == []
    assert session.exec(select(DeclaredSource)).all() == []
    report = applied(client, address)
    assert "Import : Lieux inventés" in report
    assert "3 créées" in report
    session.expire_all()
    places = session.exec(select(Structure)).all()
    assert {place.nom for place in places} == {"Atelier des Inventés", "Jardin des Modèles", "Halte fictive"}
    assert {(place.statut, place.collectivite) for place in places} == {("publiee", "04D")}
    assert {need for service in session.exec(select(Service)) for need in service.thematiques or ()} == {
        "famille--garde-denfants",
        "mobilite--entretenir-reparer-son-vehicule",
    }


def test_the_next_file_is_read_as_the_last_one_was(client_as: ClientAs, session: Session) -> None:
    client = client_as("gestionnaire")
    applied(client, tried(client))
    assert "Lieux inventés" in text_of(client.get("/imports").text)
    source = session.exec(select(DeclaredSource)).one().id
    rows = (ROWS[0].replace("00 01", "00 09"), *ROWS[1:], "Lieu neuf;9 rue des Exemples;04000;Digne-les-Bains;;garage")
    address = dropped(client, csv(*rows), source=source)
    words = text_of(settled(client, address).text)
    for said in ("nouvelle version de « Lieux inventés »", "1 à créer", "1 à modifier", "01 99 00 00 01 → 01 99 00 00 09"):
        assert said in words.replace("\u00a0", " "), said
    assert "Description" not in words.split("Ce qui changerait")[1]  # the composed one stays
    assert words.count("01 99 00 00 01") == 1  # said once of the place and its service
    assert "1 créée, 1 modifiée" in applied(client, address).replace("\u00a0", " ")
    assert len(session.exec(select(DeclaredSource)).all()) == 1


def test_a_file_that_resembles_a_source_asks_whether_it_is_its_next(client_as: ClientAs) -> None:
    client = client_as("gestionnaire")
    applied(client, tried(client))
    address = dropped(client, csv(*ROWS))
    page = client.get(address).text
    assert "Oui, lire comme « Lieux inventés »" in text_of(page)
    source = page.split('name="comme" value="')[1].split('"')[0]
    client.submit(address, {"comme": source})
    assert "3 inchangées" in text_of(settled(client, address).text)


def test_another_file_than_the_source_awaits_is_shown_not_tried(client_as: ClientAs, session: Session) -> None:
    client = client_as("gestionnaire")
    applied(client, tried(client))
    source = session.exec(select(DeclaredSource)).one().id
    assert "nouvelle version" in text_of(client.get(f"{NEW}?source={source}").text).lower()
    address = dropped(client, b"lieu,ville\nAilleurs,Digne-les-Bains\n", source=source)
    page = client.get(address).text
    assert "n’a plus les colonnes de « Lieux inventés »" in text_of(page)
    assert 'value="Lieux inventés"' in page


def test_a_mapping_without_a_name_says_so_and_keeps_the_rest(client_as: ClientAs) -> None:
    client = client_as("gestionnaire")
    address = dropped(client, csv(*ROWS))
    answer = client.submit(address, {**DESCRIBED, "champ-0": "", "nom": ""})
    assert answer.status_code == 422
    assert "quelle colonne est le nom" in text_of(answer.text)
    assert "Donnez un nom à cette source" in text_of(answer.text)
    assert 'value="Licence ouverte"' in answer.text
    assert 'value="Licence ouverte"' in client.get(address).text


def test_values_of_a_column_are_shown_with_what_they_mean(client_as: ClientAs) -> None:
    client = client_as("gestionnaire")
    address = dropped(client, csv(*ROWS))
    assert client.submit(address, {**DESCRIBED, "geste": "valeurs", "sens-thematiques-0": ""}).status_code == 303
    page = client.get(f"{address}?etape=lecture").text
    shown = {part.split('"')[2]: part.split("</li>")[0] for part in page.split('name="texte-thematiques-')[1:]}
    assert 'value="mobilite--entretenir-reparer-son-vehicule" selected' in shown["garage"]
    assert " selected" not in shown["crèche"]


def test_another_sheet_is_read_when_it_is_chosen(client_as: ClientAs, tmp_path: Path) -> None:
    client = client_as("gestionnaire")
    places = [["Nom", "Ville"], *(["Lieu ancien", "Manosque"] for _ in range(9))]
    recent = [["Nom", "Ville"], ["Lieu récent", "Digne-les-Bains"]]
    book = write_xlsx(tmp_path / "x.xlsx", {"2025": sheet_xml(places), "2026": sheet_xml(recent)})
    address = dropped(client, book.read_bytes())
    assert '<option value="2025" selected>' in client.get(address).text
    client.submit(address, {"geste": "feuille", "feuille": "2026"})
    page = client.get(address).text
    assert '<option value="2026" selected>' in page
    assert "Lieu récent" in page
    client.submit(address, {"geste": "essayer", "nom": "Classeur inventé", "champ-0": "nom", "champ-1": "commune"})
    assert "Lieu récent, Digne-les-Bains" in text_of(settled(client, address).text)
    assert client.submit(address, {"geste": "feuille", "feuille": "2031"}).status_code == 422


def test_where_listings_fall_is_told_to_the_map(client_as: ClientAs) -> None:
    client = client_as("gestionnaire")
    told = client.get(f"{tried(client)}/carte").json()
    assert {feature["properties"]["commune"] for feature in told["features"]} == {"Digne-les-Bains", "Barcelonnette", "Manosque"}
    assert told["message"] == "3\u00a0fiches sur la carte."


def test_a_file_without_needs_says_who_will_not_find_it(client_as: ClientAs) -> None:
    client = client_as("gestionnaire")
    address = dropped(client, csv(*ROWS))
    client.submit(address, {**DESCRIBED, "champ-5": ""})
    assert "Aucune de ces fiches ne répond à un besoin" in text_of(settled(client, address).text)
    assert "ne répond à un besoin" not in text_of(client.get(tried(client)).text)


def test_a_shelter_is_shown_at_its_commune_and_nothing_tells_its_street(app: FastAPI, client_as: ClientAs, session: Session) -> None:
    client = client_as("gestionnaire")
    applied(client, tried(client))
    place = session.exec(select(Structure).where(Structure.nom == "Atelier des Inventés")).one()
    listings.edit(session, place, {"adresse_confidentielle": True}, By("Camille Fictive", account_id=None))
    session.commit()
    source = session.exec(select(DeclaredSource)).one().id
    moved = ROWS[0].replace("1 rue des Exemples", "77 rue Secrète").replace("00 01", "00 08")
    address = dropped(client, csv(moved, *ROWS[1:]), source=source)
    page = settled(client, address).text
    assert "rue Secrète" not in page
    assert "rue Secrète" not in client.get(f"{address}/carte").text


def test_nothing_is_applied_before_it_was_tried(client_as: ClientAs, session: Session) -> None:
    client = client_as("gestionnaire")
    address = dropped(client, csv(*ROWS))
    assert client.submit(f"{address}/appliquer").headers["location"] == address
    assert session.exec(select(ImportRun)).all() == []


def test_a_source_that_is_being_imported_is_waited_for(app: FastAPI, client_as: ClientAs, session: Session) -> None:
    client = client_as("gestionnaire")
    applied(client, tried(client))
    source = session.exec(select(DeclaredSource)).one().id
    context = app.state.context
    with locking.held(context.engine, context.settings.data_dir, source):
        answer = drop(client, csv(*ROWS), source=source)
    assert answer.status_code == 422
    assert "déjà en cours" in text_of(answer.text)
    assert "Essayer sans rien écrire" in text_of(answer.text)


def test_a_mapping_that_changed_is_tried_again_before_it_is_applied(client_as: ClientAs) -> None:
    client = client_as("gestionnaire")
    address = tried(client)
    client.submit(address, {**DESCRIBED, "geste": "valeurs", "champ-1": ""})
    client.submit(f"{address}/appliquer")
    assert "Ce qu’est chaque colonne" in text_of(client.get(address).text)


# --- a server that dies ------------------------------------------------------------------------------------------------


def test_a_run_whose_process_died_says_so_and_is_launched_again(
    app: FastAPI, client_as: ClientAs, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_as("gestionnaire")
    address = tried(client)
    with monkeypatch.context() as patch:
        patch.setattr(on_screen, "_work", lambda *_: None)
        client.submit(f"{address}/appliquer")
        assert 'id="avancement"' in client.get(address).text
        with db.session_of(app.state.context.engine) as other:
            run = other.exec(select(ImportRun).where(col(ImportRun.dry_run).is_(False))).one()
            run.started_at = run.started_at.replace(year=2020)
            other.add(run)
            other.commit()
    words = text_of(client.get(address).text)
    assert "L’import a été interrompu" in words
    assert "3 créées" in applied(client, address).replace("\u00a0", " ")
    assert len(session.exec(select(Structure)).all()) == 3
