"""What the import page proposes of a file: needs for everyday values, rows of one place; and how a clerk corrects it."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from app.models import Service, Structure
from tests.importers.workbooks import sheet_xml, write_xlsx
from tests.web.conftest import Browser, ClientAs, MakeApp
from tests.web.dropping import applied, drop, dropped, settled
from tests.web.test_search import text_of

HEADER = "Nom;Adresse;CP;Ville;Catégorie;Public"
ROWS = (
    "Maison des Essais;1 rue des Exemples;04000;Digne-les-Bains;garage;Tous",
    "Maison des Essais;1 rue des Exemples;04000;Digne-les-Bains;Halte-garderie;Familles",
    "Relais des Essais;2 rue des Exemples;04400;Barcelonnette;Logement et mobilité;Tous",
    "Relais des Essais;2 rue des Exemples;04400;Barcelonnette;Divers;Adultes",
    "Foyer des Essais;3 rue des Exemples;04100;Manosque;garage;Tous",
)
FILE = "\n".join((HEADER, *ROWS)).encode()
SENT = {"nom": "Lieux groupés", "geste": "essayer", **{f"champ-{n}": name for n, name in enumerate(("nom", "adresse", "code_postal"))}}
SENT |= {"champ-3": "commune", "champ-4": "thematiques", "champ-5": "publics"}


@pytest.fixture
def app(make_app: MakeApp) -> FastAPI:
    return make_app(geocoder_url="", upload_mb=1)


@pytest.fixture
def client(client_as: ClientAs) -> Browser:
    return client_as("gestionnaire")


def proposed(page: str, value: str) -> tuple[str, str]:
    """The code selected for a value, and what is said beside it."""
    item = next(one for one in re.findall(r"<li><input type=\"hidden\" name=\"texte-.*?</li>", page, re.DOTALL) if f"<b>{value}</b>" in one)
    chosen = re.search(r'value="([^"]*)" selected', item)
    return (chosen[1] if chosen else ""), text_of(item.split("<select")[0])


def test_everyday_values_are_proposed_a_need_with_the_reason(client: Browser) -> None:
    page = client.get(dropped(client, FILE)).text
    code, said = proposed(page, "garage")
    assert (code, "Proposé" in said, "à vérifier" in said) == ("mobilite--entretenir-reparer-son-vehicule", True, False)
    code, said = proposed(page, "Logement et mobilité")
    assert "mobilite--etre-accompagne-dans-son-parcours-mobilite" in code
    assert "à vérifier Proposé d’après « logement »" in said
    assert "3 valeurs sur 4 traduites, dont 1 à vérifier" in text_of(page)
    assert proposed(page, "Divers")[0] == ""
    assert proposed(page, "Tous")[0] == "tous-publics"


def test_a_proposal_that_the_clerk_takes_away_stays_away(client: Browser) -> None:
    address = dropped(client, FILE)
    refused = {"texte-thematiques-0": "garage", "sens-thematiques-0": "", "geste": "valeurs"}
    assert client.submit(address, {**SENT, **refused}).status_code == 303
    assert proposed(client.get(f"{address}?etape=lecture").text, "garage")[0] == ""


def test_rows_of_one_place_are_grouped_and_the_page_says_what_that_gives(client: Browser, session: Session) -> None:
    address = dropped(client, FILE)
    page = client.get(address).text
    assert '<option value="lieu" selected>' in page
    assert "sont un lieu : 3 structures et 5 services" in text_of(page)
    assert "Chaque ligne est un lieu : 5 structures et 4 services" in text_of(page)
    client.submit(address, {**SENT, "regrouper": "lieu"})
    words = text_of(settled(client, address).text)
    for said in ("3 lieux lus, les lignes de chacun regroupées", "3 à créer", "5 services", "Entretenir et réparer son véhicule 2"):
        assert said in words, said
    applied(client, address)
    assert sorted(session.exec(select(Structure.nom))) == ["Foyer des Essais", "Maison des Essais", "Relais des Essais"]
    assert len(session.exec(select(Service)).all()) == 5


def test_grouping_is_refused_by_the_clerk_or_asked_for_by_a_key(client: Browser, session: Session) -> None:
    address = dropped(client, FILE)
    client.submit(address, {**SENT, "regrouper": ""})
    assert "5 à créer" in text_of(settled(client, address).text)
    answer = client.submit(f"{address}", {**SENT, "regrouper": "cle"})
    assert answer.status_code == 422
    assert "cochez « clé » devant la colonne qui la donne" in text_of(answer.text)
    client.submit(address, {**SENT, "regrouper": "cle", "cle": "0"})
    assert "3 à créer" in text_of(settled(client, address).text)
    applied(client, address)
    assert len(session.exec(select(Structure)).all()) == 3


def test_a_file_of_one_row_a_place_asks_nothing(client: Browser) -> None:
    page = client.get(dropped(client, "\n".join((HEADER, ROWS[0], *ROWS[2::2])).encode())).text
    assert 'name="regrouper"' not in page


def test_sheets_of_the_same_columns_are_read_together_or_one_by_one(client: Browser, tmp_path: Path) -> None:
    sheets = {theme: sheet_xml([["Nom", "Ville"], [f"Lieu {theme}", "Digne-les-Bains"]]) for theme in ("Alimentation", "Logement")}
    path = write_xlsx(tmp_path / "themes.xlsx", sheets)
    address = str(drop(client, path.read_bytes(), name="themes.xlsx").headers["location"])
    page = client.get(address).text
    assert '<option value="*" selected>Toutes celles de mêmes colonnes</option>' in page
    assert "Lieu Alimentation" in page
    assert "Lieu Logement" in page
    client.submit(address, {"geste": "feuille", "feuille": "Logement"})
    assert "Lieu Alimentation" not in client.get(address).text
