"""The way out: what a search finds, and what somebody keeps, as CSV, XLSX and GeoJSON."""

import csv
import io
import json
import logging
from typing import Any

import pytest
from fastapi import FastAPI
from python_calamine import CalamineWorkbook
from sqlmodel import Session

from app import listings
from app.interchange.tables import COLUMNS, bare, protected
from app.models import Structure
from tests.samples import IMPORT, TOURS, add_service, add_structure, service
from tests.web.conftest import Browser, ClientAs
from tests.web.scene import FAR, FURTHER, NEAR, furnish, settle
from tests.web.test_search import text_of

AROUND = "?q=enfants&lieu=Digne-les-Bains&rayon=100&tri=distance"
ENDINGS = ("csv", "xlsx", "geojson")
FORMULA = '=HYPERLINK("https://ailleurs.example.org")'
STREET = "17 impasse du Secret"


@pytest.fixture
def furnished(app: FastAPI, session: Session) -> FastAPI:
    """Around Digne, and what only some may see: a draft of 04, a service of 37, a shelter, a name that is a formula."""
    furnish(app)
    add_structure(session, id="essai--37", nom="Ateliers de Touraine", **TOURS)
    add_service(session, id="essai--s37", structure_id="essai--37", nom="Atelier du lundi", **TOURS)
    add_service(session, id="essai--brouillon", nom="Garde d’enfants en projet", statut="brouillon")
    add_structure(session, id="essai--abri", nom="La Maison abritée", adresse_confidentielle=True, adresse=STREET)
    add_structure(session, id="essai--formule", nom=FORMULA, siret="00000000000000", description='- un\n- deux ; "trois"')
    settle(app)
    return app


def csv_of(client: Browser, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";"))


def xlsx_of(client: Browser, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert answer.status_code == 200
    header, *rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    return [dict(zip(header, row, strict=True)) for row in rows]


def geojson_of(client: Browser, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/geo+json")
    found = answer.json()
    assert found["type"] == "FeatureCollection"
    features: list[dict[str, Any]] = found["features"]
    return features


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["nom"] for row in rows]


@pytest.mark.parametrize("who", ["conseiller", "gestionnaire", "gestionnaire-37", "administrateur"])
def test_a_search_is_exported_as_its_page_shows_it(furnished: FastAPI, client_as: ClientAs, who: str) -> None:
    client, wanted = client_as(who), [NEAR, FURTHER, FAR]
    assert names(csv_of(client, f"/recherche/export.csv{AROUND}")) == wanted
    assert names(xlsx_of(client, f"/recherche/export.xlsx{AROUND}")) == wanted
    assert names([f["properties"] for f in geojson_of(client, f"/recherche/export.geojson{AROUND}")]) == wanted


def test_all_pages_of_a_search_are_exported(furnished: FastAPI, session: Session, client_as: ClientAs) -> None:
    listings.write(session, "service", [service(id=f"essai--x{n}", nom=f"Atelier théâtre {n}") for n in range(25)], IMPORT)
    session.commit()
    settle(furnished)
    assert len(csv_of(client_as("conseiller"), "/recherche/export.csv?q=theatre&page=2")) == 25


def test_an_empty_search_is_a_header(furnished: FastAPI, client_as: ClientAs) -> None:
    answer = client_as("conseiller").get("/recherche/export.csv")
    assert answer.content.decode("utf-8-sig") == ";".join(COLUMNS) + "\r\n"
    assert geojson_of(client_as("conseiller"), "/recherche/export.geojson") == []


def test_what_was_unpublished_since_the_index_was_made_is_not_exported(furnished: FastAPI, session: Session, client_as: ClientAs) -> None:
    structure = session.get_one(Structure, "essai--2")
    structure.statut = "suspendue"  # behind the index's back
    session.add(structure)
    session.commit()
    assert names(csv_of(client_as("conseiller"), f"/recherche/export.csv{AROUND}")) == [NEAR, FAR]


def test_the_file_s_name_tells_the_departement_and_the_day(furnished: FastAPI, client_as: ClientAs) -> None:
    named = client_as("conseiller").get(f"/recherche/export.csv{AROUND}").headers["content-disposition"]
    assert named.startswith('attachment; filename="levier-04-20')
    assert "levier-recherche-" in client_as("conseiller").get("/recherche/export.xlsx?q=enfants").headers["content-disposition"]


def test_a_street_typed_is_in_no_file_name_nor_log(furnished: FastAPI, client_as: ClientAs, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="levier")
    answer = client_as("conseiller").get("/recherche/export.csv?q=enfants&lieu=12+rue+Inventée+04000+Digne-les-Bains")
    assert "Invent" not in answer.headers.get("location", "") + answer.headers.get("content-disposition", "")
    assert not [record for record in caplog.records if "Invent" in record.getMessage()]


@pytest.mark.parametrize(("who", "wanted"), [("gestionnaire", "04"), ("gestionnaire-37", "37")])
def test_who_keeps_listings_exports_them_whatever_their_statut(furnished: FastAPI, client_as: ClientAs, who: str, wanted: str) -> None:
    rows = csv_of(client_as(who), "/fiches/export.csv")
    assert {row["code_insee"][:2] for row in rows} == {wanted}
    assert ("brouillon" in {row["statut"] for row in rows}) == (wanted == "04")
    assert f"levier-{wanted}-" in client_as(who).get("/fiches/export.geojson").headers["content-disposition"]
    assert client_as(who).get("/fiches/export.csv?collectivite=" + ("37D" if wanted == "04" else "04D")).content.count(b"\r\n") == 1


def test_an_administrator_exports_everything_and_a_counsellor_nothing(furnished: FastAPI, client_as: ClientAs) -> None:
    assert {row["code_insee"][:2] for row in csv_of(client_as("administrateur"), "/fiches/export.csv")} == {"04", "37"}
    for address in ("/fiches", *(f"/fiches/export.{ending}" for ending in ENDINGS)):
        assert client_as("conseiller").get(address).status_code == 403


def test_strangers_export_nothing(furnished: FastAPI, stranger: Browser) -> None:
    for ending in ENDINGS:
        for address in (f"/recherche/export.{ending}{AROUND}", f"/fiches/export.{ending}"):
            assert stranger.get(address).headers["location"].startswith("/connexion")


def test_an_unknown_format_is_refused(furnished: FastAPI, client_as: ClientAs) -> None:
    assert client_as("administrateur").get("/fiches/export.exe").status_code == 422


def test_texts_stay_texts_and_none_is_a_formula(furnished: FastAPI, client_as: ClientAs) -> None:
    client = client_as("gestionnaire")
    [written] = [row for row in csv_of(client, "/fiches/export.csv") if row["id"] == "essai--formule"]
    assert (written["nom"], written["description"][:2], written["code_postal"]) == (f"'{FORMULA}", "'-", "04000")
    sheet = xlsx_of(client, "/fiches/export.xlsx")
    [written] = [row for row in sheet if row["id"] == "essai--formule"]
    assert (written["nom"], written["siret"], written["code_postal"]) == (FORMULA, "00000000000000", "04000")
    assert written["latitude"] == pytest.approx(44.0925)
    for row in csv_of(client, "/fiches/export.csv"):
        assert not [cell for name, cell in row.items() if cell[:1] in set("=+-@\t\r") and name not in ("longitude", "latitude")]


def test_a_shelter_s_place_is_in_no_export(furnished: FastAPI, client_as: ClientAs) -> None:
    client = client_as("administrateur")
    [shelter] = [f for f in geojson_of(client, "/fiches/export.geojson") if f["id"] == "structure:essai--abri"]
    assert shelter["geometry"] is None
    for ending in ("csv", "geojson"):
        assert "impasse du Secret" not in client.get(f"/fiches/export.{ending}").text
    assert STREET not in json.dumps(xlsx_of(client, "/fiches/export.xlsx"), default=str)


@pytest.mark.parametrize("text", ["=1+1", "'=1", "''+33", "+33465710001", "-", "@a", "\tb", "l’an", "'quoted'", "", "'"])
def test_a_protected_cell_comes_back_as_it_was(text: str) -> None:
    assert bare(protected(text)) == text
    assert protected(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}


def test_the_page_lists_what_is_kept_by_pages_that_miss_nothing(furnished: FastAPI, session: Session, client_as: ClientAs) -> None:
    listings.write(session, "service", [service(id=f"essai--x{n}", nom=f"Atelier {n % 3}") for n in range(60)], IMPORT)
    session.commit()
    client = client_as("gestionnaire")
    first = client.get("/fiches?texte=atelier")
    assert "60\u00a0fiches" in first.text
    following = first.text.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get(following).text
    assert first.text.count("/services/essai") == 50
    assert text_of(first.text).count("Atelier 0 Association Les Petits Pas") == 20
    assert second.count("/services/essai") == 10
    assert "Garde d’enfants en projet" in client.get("/fiches?statut=brouillon").text
    assert "Crèche du centre" not in client.get("/fiches?statut=brouillon").text
    assert "Ateliers de Touraine" not in client.get("/fiches?genre=structure").text


def test_the_results_offer_their_exports(furnished: FastAPI, client_as: ClientAs) -> None:
    page = client_as("conseiller").get(f"/recherche{AROUND}").text
    for ending in ENDINGS:
        assert f'href="/recherche/export.{ending}?q=enfants' in page
