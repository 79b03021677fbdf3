"""Files and addresses that the import page refuses, and people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from importers import downloading
from importers.deposits import Deposits
from tests.web.conftest import ClientAs, MakeApp
from tests.web.dropping import HEADER, NEW, ROWS, applied, csv, drop, tried
from tests.web.test_search import text_of


@pytest.fixture
def app(make_app: MakeApp) -> FastAPI:
    return make_app(geocoder_url="", upload_mb=1)


# --- files and addresses that are refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "est vide"),
        (b"%PDF-1.7\n", "un PDF"),
        (b"<!doctype html><html><body>Connexion</body></html>", "une page web"),
        (b"PK\x03\x04" + b"\x00" * 200, "lieux.csv"),
        (HEADER.encode(), "lieux.csv"),
        (b"a" * 1_000_500, "dépasse 1 Mo"),
    ],
    ids=["empty", "pdf", "page", "broken workbook", "header alone", "too large"],
)
def test_a_file_that_cannot_be_read_says_why_and_leaves_nothing(app: FastAPI, client_as: ClientAs, content: bytes, said: str) -> None:
    answer = drop(client_as("gestionnaire"), content, url="https://example.org/gardee.csv")
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert 'value="https://example.org/gardee.csv"' in answer.text
    assert list(Deposits(app.state.context.settings).folder.glob("*")) == []


def test_a_body_far_over_the_limit_is_refused_while_it_comes(client_as: ClientAs) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 50_000

    client = client_as("gestionnaire")
    answer = client.post(NEW, content=endless(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413
    assert "dépasse 1 Mo" in text_of(answer.text)


def test_a_stranger_s_file_is_not_even_read(client_as: ClientAs) -> None:
    read: list[int] = []

    def body() -> Iterator[bytes]:
        for number in range(15):
            read.append(number)
            yield b"x" * 50_000

    answer = client_as("stranger").post(NEW, content=body(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.headers["location"] == "/connexion?suite=/imports/nouveau"
    assert not read


def test_an_address_gives_no_more_than_may_be_dropped(client_as: ClientAs, monkeypatch: pytest.MonkeyPatch) -> None:
    def downloaded(_asked: Any, folder: Path, _known: Any) -> tuple[Path, None]:
        (folder / "grand.csv").write_bytes(b"Nom;Ville\n" + b"Lieu;Digne-les-Bains\n" * 60_000)
        return folder / "grand.csv", None

    monkeypatch.setattr(downloading, "download", downloaded)
    answer = client_as("gestionnaire").submit(NEW, {"collectivite": "04D", "url": "https://example.org/grand.csv"})
    assert answer.status_code == 422
    assert "Le fichier de cette adresse dépasse 1 Mo" in text_of(answer.text)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "Choisissez un fichier"),
        ("http://example.org/x.csv", "https://"),
        ("ftp://example.org/x.csv", "https://"),
        ("https://127.0.0.1/x.csv", "pas une adresse publique"),
        ("https://[::1]/x.csv", "pas une adresse publique"),
        ("https://inconnu.invalid/x.csv", "ne répond pas"),
        ("https://", "ne répond pas"),
    ],
)
def test_an_address_that_gives_nothing_says_why_and_stays(client_as: ClientAs, url: str, said: str) -> None:
    answer = client_as("gestionnaire").submit(NEW, {"collectivite": "04D", "url": url})
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert f'value="{url}"' in answer.text


def test_a_name_leads_nowhere_else_on_the_disk(app: FastAPI, client_as: ClientAs) -> None:
    drop(client_as("gestionnaire"), csv(*ROWS), name="../../../depot.json")
    folder = Deposits(app.state.context.settings).folder
    found = [path for path in folder.rglob("*") if path.is_file() and path.parent.name == "fichier"]
    assert [path.name for path in found] == ["depot.json"]
    assert Path(app.state.context.settings.data_dir) in found[0].parents


# --- who may ---------------------------------------------------------------------------------------------------------------


def test_each_route_is_closed_to_those_who_keep_nothing_there(client_as: ClientAs) -> None:
    address = tried(client_as("gestionnaire"))
    routes = (
        ("GET", NEW),
        ("POST", NEW),
        ("GET", address),
        ("POST", address),
        ("POST", f"{address}/appliquer"),
        ("GET", f"{address}/carte"),
    )
    for who, expected in (("stranger", {303, 401}), ("conseiller", {403}), ("gestionnaire-37", {404})):
        client = client_as(who)
        for method, path in routes[2:] if who == "gestionnaire-37" else routes:
            answer = client.request(method, path, data={"csrf_token": client.csrf_token} if method == "POST" else None)
            assert answer.status_code in expected, (who, method, path)
            assert "Inventés" not in answer.text
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/connexion")


def test_nobody_imports_for_a_collectivite_they_do_not_keep(client_as: ClientAs) -> None:
    assert drop(client_as("gestionnaire-37"), csv(*ROWS)).status_code == 403
    assert drop(client_as("administrateur"), csv(*ROWS), collectivite="ZZZ").status_code == 403
    assert drop(client_as("administrateur"), csv(*ROWS)).status_code == 303


def test_what_a_clerk_imported_does_not_concern_another(client_as: ClientAs) -> None:
    client = client_as("gestionnaire")
    applied(client, tried(client))
    other = client_as("gestionnaire-37")
    page = other.get("/imports").text
    assert "Lieux inventés" not in page
    assert [other.get(f"/imports/{number}").status_code for number in (1, 2)] == [404, 404]


def test_an_unknown_deposit_is_not_found(client_as: ClientAs) -> None:
    for name in ("0" * 16, "%2e%2e%2fcle-secrete", "ABCDEF0123456789"):
        assert client_as("administrateur").get(f"/imports/depots/{name}").status_code == 404
