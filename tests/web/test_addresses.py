"""A street address typed by a counsellor: looked up, then forgotten; its commune stands in when nobody can tell where it is."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.territory import gazetteer
from app.territory.geocoding import Geocoder
from app.territory.lieux import understand
from tests.territory.strangers import MISBEHAVIOURS, a_geocoder, an_answer
from tests.web.conftest import Browser, MakeApp, sign_in

GAZETTEER = gazetteer.load()
TYPED = "12 rue des Essais, 04000 Digne-les-Bains"
SAID = "12 Rue des Essais 04000 Digne-les-Bains"
AT_DIGNE = an_answer(SAID, "04070", 44.0951, 6.2411)
FRAGMENT = {"hx-request": "true", "hx-request-type": "partial"}
APPROXIMATE = "Position approximative\u00a0: centre de Digne-les-Bains."


@pytest.fixture
def service() -> Iterator[Any]:
    with a_geocoder({"12 rue des Essais": [AT_DIGNE]}) as stranger:
        yield stranger


@pytest.fixture
def app(make_app: MakeApp, service: Any) -> FastAPI:
    return make_app(geocoder_url=service.url)


@pytest.fixture
def conseiller(app: FastAPI) -> Browser:
    return sign_in(app, "conseiller")


def search(browser: Browser, lieu: str, **more: str) -> Any:
    return browser.get("/recherche", params={"q": "enfants", "lieu": lieu, **more})


def test_the_address_gives_way_to_its_commune_and_a_rounded_point(conseiller: Browser) -> None:
    answer = search(conseiller, TYPED)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/recherche?q=enfants&lieu=Digne-les-Bains+%2804000%29&code=04070&point=04070%2C44.095%2C6.241"
    page = conseiller.get(answer.headers["location"])
    assert "Distances comptées depuis l’adresse donnée" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert 'name="point" value="04070,44.095,6.241"' in page.text
    assert "Essais" not in page.text


def test_a_part_of_the_page_tells_the_browser_the_same_address(conseiller: Browser) -> None:
    answer = conseiller.get("/recherche", params={"lieu": TYPED}, headers=FRAGMENT)
    assert answer.status_code == 200
    assert "Essais" not in answer.text + answer.headers["hx-push-url"]
    assert "point=04070%2C44.095%2C6.241" in answer.headers["hx-push-url"]


@pytest.mark.parametrize("manner", [*MISBEHAVIOURS, "503"])
def test_a_service_that_does_not_answer_leaves_the_centre_of_the_commune(service: Any, conseiller: Browser, manner: str) -> None:
    service.manner = manner
    page = conseiller.get(search(conseiller, TYPED).headers["location"])
    assert APPROXIMATE in page.text
    assert page.status_code == 200
    assert service.asked
    assert not service.closing.is_set(), "the service would have gone on"


@pytest.mark.parametrize(
    "lie",
    [
        an_answer("12 Rue des Essais 05000 Gap", "05061", 44.5594, 6.0786),
        an_answer(SAID, "04070", 6.2411, 44.0951),
        an_answer(SAID, "04070", 48.8566, 2.3522),
        an_answer(SAID, "04070", 44.0951, 6.2411, score=0.2),
    ],
    ids=["wrong town", "swapped axes", "far away", "unsure"],
)
def test_a_service_that_lies_is_not_believed(service: Any, conseiller: Browser, lie: dict[str, Any]) -> None:
    service.manner, service.known = "lies", {"12 rue des Essais": [lie]}
    address = search(conseiller, TYPED).headers["location"]
    assert address.endswith("code=04070&point=04070")
    assert APPROXIMATE in conseiller.get(address).text


def test_without_a_geocoder_the_commune_stands(make_app: MakeApp) -> None:
    browser = sign_in(make_app(), "conseiller")
    page = browser.get(search(browser, TYPED).headers["location"])
    assert APPROXIMATE in page.text
    assert "<template" not in browser.get("/lieux", params={"lieu": TYPED}).text
    assert "<li" not in browser.get("/lieux/adresses", params={"lieu": TYPED}).text


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("04070,44.095,6.241", "Distances comptées"),
        ("04070", "Position approximative"),
        ("04070,6.241,44.095", "Position approximative"),
        ("04070,nan,inf", "Position approximative"),
        ("04019,44.386,6.652", ""),
        ("x" * 80, ""),
    ],
)
def test_a_point_is_believed_near_its_commune_only(conseiller: Browser, point: str, said: str) -> None:
    page = conseiller.get("/recherche", params={"q": "enfants", "lieu": "digne", "point": point})
    answer = conseiller.get(page.headers["location"]) if page.status_code == 303 else page
    found = re.findall("Distances comptées|Position approximative", answer.text)
    assert found == ([said] if said else [])


def test_an_address_without_its_town_is_offered_not_guessed(service: Any, conseiller: Browser) -> None:
    in_gap = an_answer("12 Rue des Essais 05000 Gap", "05061", 44.5594, 6.0786)
    service.known = {"12 rue des Essais": [AT_DIGNE, in_gap]}
    page = search(conseiller, "12 rue des Essais").text
    links = re.findall(r'class="chip" href="([^"]+)">([^<]+)<', page)
    assert [label for _, label in links] == [SAID, "12 Rue des Essais 05000 Gap"]
    assert not [href for href, _ in links if "Essais" in href]
    assert "point=05061%2C44.559%2C6.079" in links[1][0]


def test_an_address_that_ends_with_its_town_is_understood(service: Any) -> None:
    geocoder = Geocoder(GAZETTEER, service.url, seconds=30)
    lieu = understand(GAZETTEER, "12 rue des essais digne", geocoder=geocoder)
    assert (lieu.state, lieu.commune and lieu.commune.code, lieu.point) == ("found", "04070", (44.0951, 6.2411))


@pytest.mark.parametrize(
    ("typed", "state", "code"),
    [
        ("12 rue des Essais, 04000 Digne", "found", "04070"),
        ("chemin des Essais, Barcelonnette", "found", "04019"),
        ("12 rue des Essais digne", "ambiguous", None),
        ("12 avenue de Tours", "ambiguous", None),
        ("12 rue des Essais", "unknown", None),
    ],
)
def test_without_any_answer_the_commune_said_stands_and_no_other(typed: str, state: str, code: str | None) -> None:
    lieu = understand(GAZETTEER, typed)
    assert (lieu.state, lieu.commune and lieu.commune.code, lieu.is_address, lieu.point) == (state, code, True, None)


def test_an_address_nobody_knows_is_asked_again_and_stays_in_the_field(conseiller: Browser) -> None:
    page = search(conseiller, "99 rue Introuvable").text
    assert "Cette adresse n’a pas pu être située" in page
    assert 'value="99 rue Introuvable"' in page


def test_addresses_are_suggested_after_the_places_of_the_gazetteer(service: Any, conseiller: Browser) -> None:
    first = conseiller.get("/lieux", params={"q": "enfants", "lieu": "12 rue des Essais digne"}).text
    assert 'data-value="Digne-les-Bains (04000)"' in first
    assert 'data-more="/lieux/adresses"' in first
    assert service.asked == [], "the gazetteer waits for nobody"
    then = conseiller.get("/lieux/adresses", params={"lieu": "12 rue des Essais digne"})
    assert f'data-value="{SAID}"' in then.text
    assert then.headers["cache-control"] == "no-store"
    ids = re.findall(r'id="([^"]+)"', first + then.text)
    assert len(ids) == len(set(ids))


def test_a_commune_asks_nobody_outside(service: Any, conseiller: Browser) -> None:
    search(conseiller, "Digne-les-Bains")
    conseiller.get("/lieux", params={"lieu": "digne"})
    conseiller.get("/lieux/adresses", params={"lieu": "digne"})
    assert service.asked == []


def test_a_service_that_failed_too_often_is_not_suggested(service: Any, conseiller: Browser) -> None:
    service.manner = "errs"
    for number in range(3):
        conseiller.get("/lieux/adresses", params={"lieu": f"{number} rue des Essais"})
    assert "data-more" not in conseiller.get("/lieux", params={"lieu": TYPED}).text


def test_strangers_learn_no_address(app: FastAPI, service: Any) -> None:
    assert Browser(app).get("/lieux/adresses", params={"lieu": TYPED}).status_code == 303
    assert service.asked == []


def test_the_address_is_in_no_log_and_no_file(
    service: Any, app: FastAPI, conseiller: Browser, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for manner in ("well", "errs", "garbage", "hangs"):
            service.manner = manner
            typed = TYPED.replace("12", str(len(manner)))
            conseiller.get(search(conseiller, typed).headers["location"])
            conseiller.get("/recherche", params={"q": "enfants", "lieu": typed}, headers=FRAGMENT)
            conseiller.get("/lieux/adresses", params={"lieu": typed})
            conseiller.get("/contacts", params={"lieu": typed})
    app.state.context.drainer.stop()
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "httpx2")  # the test’s own browser
    assert "Essais" not in ours
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and b"Essais" in path.read_bytes()]
    assert holding == []
    assert any(path.name == "levier.sqlite3" for path in tmp_path.rglob("*")) or app.state.context.engine.dialect.name == "postgresql"
