"""The map: the points of a search, and the base map under them."""

import gzip
import json
from typing import Any

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from app import listings
from app.config import ConfigurationError, Settings
from app.main import create_app
from app.models import Statut
from app.web import map as results_map
from tests.samples import IMPORT, add_service, add_structure, service
from tests.web.conftest import Browser, ClientAs, MakeApp, sign_in
from tests.web.scene import FAR, FURTHER, NEAR, furnish, settle

AROUND = "?q=enfants&lieu=Digne-les-Bains&rayon=100"


@pytest.fixture
def furnished(app: FastAPI) -> FastAPI:
    furnish(app)
    return app


@pytest.fixture
def counsellor(furnished: FastAPI, client_as: ClientAs) -> Browser:
    return client_as("conseiller")


def asked(client: Browser, address: str) -> dict[str, Any]:
    answer = client.get(f"/recherche/carte{address}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    found: dict[str, Any] = answer.json()
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [feature["properties"]["nom"] for feature in found["features"]]


@pytest.mark.parametrize("who", ["conseiller", "gestionnaire", "gestionnaire-37", "administrateur"])
def test_whoever_is_signed_in_sees_on_the_map_what_the_list_shows(furnished: FastAPI, client_as: ClientAs, who: str) -> None:
    assert names(asked(client_as(who), f"{AROUND}&tri=distance")) == [NEAR, FURTHER, FAR]


def test_strangers_see_no_map(furnished: FastAPI, stranger: Browser) -> None:
    for address in (f"/recherche/carte{AROUND}", "/recherche/carte/fond/04"):
        assert stranger.get(address).headers["location"].startswith("/connexion")


def test_a_point_says_what_the_map_needs_and_no_more(counsellor: Browser) -> None:
    found = asked(counsellor, f"{AROUND}&tri=distance")
    assert found["features"][1] == {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [6.1369, 44.0605]},
        "properties": {
            "nom": FURTHER,
            "par": "Les Galopins",
            "commune": "Aiglun",
            "distance": "8,7\u00a0km",
            "href": "/services/essai--s2",
            "rang": 2,
        },
    }
    assert found["lieu"] == {"nom": "Digne-les-Bains", "latitude": 44.09338, "longitude": 6.23523, "rayon_km": 100}
    assert found["message"] == "3\u00a0ressources sur la carte."


def test_all_pages_of_the_list_are_on_the_map(furnished: FastAPI, session: Session, counsellor: Browser) -> None:
    listings.write(session, "service", [service(id=f"essai--x{n}", nom=f"Atelier théâtre {n}") for n in range(45)], IMPORT)
    session.commit()
    settle(furnished)
    ranks = [feature["properties"]["rang"] for feature in asked(counsellor, "?q=theatre&page=3")["features"]]
    assert ranks == list(range(1, 46))


def test_more_than_the_map_can_show_is_announced(
    furnished: FastAPI, session: Session, counsellor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results_map, "MOST", 2)
    found = asked(counsellor, f"{AROUND}&tri=distance")
    assert names(found) == [NEAR, FURTHER]
    assert found["message"] == "2\u00a0ressources sur la carte. Ce sont les premières sur 3\u00a0ressources\u00a0: affinez la recherche."


def test_a_confidential_address_and_an_unknown_one_are_counted_never_placed(
    furnished: FastAPI, session: Session, counsellor: Browser
) -> None:
    add_service(session, id="essai--h", nom="Hébergement discret", adresse="17 impasse des Secrets", adresse_confidentielle=True)
    nowhere: dict[str, Any] = {"latitude": None, "longitude": None, "adresse": None, "precision_lieu": None}
    add_service(session, id="essai--n", nom="Hébergement sans adresse", **nowhere)
    settle(furnished)
    answer = counsellor.get("/recherche/carte?q=hebergement")
    found = answer.json()
    assert "Secrets" not in answer.text
    assert found["features"] == []
    assert found["message"] == "Aucune ressource sur la carte. 2\u00a0ressources sans adresse connue ou publique n’y sont pas."


def test_an_approximate_position_says_so(furnished: FastAPI, session: Session, counsellor: Browser) -> None:
    add_service(session, id="essai--a", nom="Épicerie ambulante", precision_lieu="commune")
    settle(furnished)
    [feature] = asked(counsellor, "?q=epicerie+ambulante")["features"]
    assert feature["properties"]["approximatif"] is True


def test_what_is_no_longer_published_leaves_the_map_at_once(furnished: FastAPI, session: Session, counsellor: Browser) -> None:
    furnished.state.context.drainer.stop()  # the index still has them
    listings.write(session, "service", [{"id": "essai--s1", "statut": Statut.SUSPENDUE}], IMPORT)
    listings.write(session, "structure", [{"id": "essai--2", "statut": Statut.ARCHIVEE}], IMPORT)
    session.commit()
    assert names(asked(counsellor, AROUND)) == [FAR]


def test_places_without_service_have_their_own_map(counsellor: Browser) -> None:
    found = asked(counsellor, "?lieu=Aiglun+(04)&onglet=lieux")
    assert "Mairie d’Aiglun" in names(found)
    assert found["features"][0]["properties"]["href"].startswith("/structures/")


@pytest.mark.parametrize("address", ["", "?lieu=saint-denis", "?lieu=Xqzvwkj", "?q=zzzzzz"])
def test_a_search_without_answers_has_an_empty_map(counsellor: Browser, address: str) -> None:
    assert asked(counsellor, address)["features"] == []


def test_a_structure_s_map_needs_no_structure_of_a_service(furnished: FastAPI, session: Session, counsellor: Browser) -> None:
    add_structure(session, id="essai--poste", nom="La Poste fictive")
    settle(furnished)
    [feature] = asked(counsellor, "?q=poste+fictive&onglet=lieux")["features"]
    assert "par" not in feature["properties"]


def test_the_page_offers_the_map_of_its_own_question_only_when_it_has_answers(counsellor: Browser) -> None:
    page = counsellor.get(f"/recherche{AROUND}&page=2").text
    assert 'data-points="/recherche/carte?q=enfants&amp;lieu=Digne-les-Bains&amp;rayon=100"' in page
    for address in ("", "?q=zzzzzz", "?lieu=saint-denis"):
        assert "data-points" not in counsellor.get(f"/recherche{address}").text


# --- the base map ---------------------------------------------------------------------------------------------------


def test_the_base_map_is_compressed_and_kept_for_ever_under_its_own_address(counsellor: Browser) -> None:
    address = asked(counsellor, AROUND)["fond"].replace("{code}", "04")
    answer = counsellor.get(address)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    features = answer.json()["features"]
    assert {feature["properties"].get("code") for feature in features} == {"04", None}
    towns = [feature["properties"]["nom"] for feature in features if feature["properties"]["kind"] == "ville"]
    assert towns[:2] == ["Manosque", "Digne-les-Bains"]
    assert counsellor.get(address.replace("v=", "v=old")).headers["cache-control"] == "private, no-cache"


def test_the_boxes_of_all_départements_tell_which_to_ask_for(counsellor: Browser) -> None:
    boxes = counsellor.get("/recherche/carte/fond/emprises").json()
    west, south, east, north = boxes["04"]
    assert len(boxes) == 101
    assert west < 6.23 < east
    assert south < 44.09 < north


def test_who_reads_nothing_compressed_gets_plain_text(counsellor: Browser) -> None:
    answer = counsellor.get("/recherche/carte/fond/04", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert json.loads(answer.content)["type"] == "FeatureCollection"


def test_all_of_france_is_one_light_file(counsellor: Browser) -> None:
    features = counsellor.get("/recherche/carte/fond/france").json()["features"]
    assert sum(feature["properties"]["kind"] == "departement" for feature in features) == 101
    assert len(gzip.compress(json.dumps(features, separators=(",", ":")).encode())) < 45_000


@pytest.mark.parametrize("code", ["99", "0", "%2e%2e", "france.geojson", "04%2f..", "é"])
def test_no_other_file_is_served(counsellor: Browser, code: str) -> None:
    assert counsellor.get(f"/recherche/carte/fond/{code}").status_code == 404


# --- tiles ----------------------------------------------------------------------------------------------------------


def test_without_tiles_images_come_from_this_server_alone(counsellor: Browser) -> None:
    answer = counsellor.get(f"/recherche/carte{AROUND}")
    assert answer.json()["tuiles"] is None
    assert "img-src 'self' data:;" in answer.headers["content-security-policy"]


def test_configured_tiles_are_the_only_other_host(make_app: MakeApp) -> None:
    tiles = "https://tuiles.example.org:8443/plan/{z}/{x}/{y}.png?cle=1"
    counsellor = sign_in(make_app(tiles_url=tiles, tiles_credit="Atelier fictif"), "conseiller")
    answer = counsellor.get("/recherche/carte?q=x")
    assert answer.json()["tuiles"] == {"adresse": tiles, "credit": "Atelier fictif"}
    policy = answer.headers["content-security-policy"]
    assert "img-src 'self' https://tuiles.example.org:8443 data:;" in policy
    assert policy.count("example.org") == 1


@pytest.mark.parametrize("address", ["tuiles", "javascript:{z}{x}{y}", "https://a.example.org/{z}/{x}", "https://a b;c/{z}/{x}/{y}"])
def test_an_address_that_gives_no_tiles_is_refused_at_start(tmp_path: Any, address: str) -> None:
    with pytest.raises(ConfigurationError, match="LEVIER_TILES_URL"):
        create_app(Settings(data_dir=tmp_path, tiles_url=address))
