"""GET /api/levier/v1/recherche: Levier's own search, with who is competent and why."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from data_inclusion.schema import v1
from fastapi import FastAPI
from sqlalchemy import Engine, text
from sqlmodel import Session

from app import listings
from app.api.recherche_schemas import EXAMPLE, Resultats
from app.search import sync
from app.search.meilisearch import MeilisearchEngine
from app.search.port import FACETS
from app.territory.zones import read_zones
from app.vocabulary import label
from tests import samples
from tests.api.conftest import DIGNE, LILLE, PARIS, ROUBAIX, SERVICE_KEYS, Add, town, with_token
from tests.search import meilisearch_server
from tests.territory.test_competent_here import CASES, FRANCE, Case
from tests.web.conftest import Browser, MakeApp

Ask = Callable[..., Any]
Drain = Callable[[], None]
ADDRESS = "/api/levier/v1/recherche"
HERE, FAR = ["en-presentiel"], ["a-distance"]
SHARED = "05300"  # a postal code of communes none of which is much the largest


@pytest.fixture
def ask(program: Browser) -> Ask:
    def ask_it(**params: Any) -> Any:
        answer = program.get(ADDRESS, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return ask_it


def found(answer: Any) -> list[str]:
    return [(item["service"] or item["structure"])["id"].removeprefix("essai--") for item in map(_both, answer["items"])]


def _both(item: dict[str, Any]) -> dict[str, Any]:
    return {"service": None, "structure": None, **item}


def test_an_answer_has_every_key_and_validates(add: Add, ask: Ask, drained: Drain) -> None:
    add("1", town(DIGNE), zone_eligibilite=["04"])
    drained()
    page = ask(q="halte garderie", code_commune=DIGNE, facettes=["frais"])
    assert set(page) == set(Resultats.model_fields)
    item = page["items"][0]
    assert set(item) == {"service", "distance", "competence", "raisons", "fraicheur", "score"}
    assert set(item["service"]) == SERVICE_KEYS | {"structure"}
    v1.Service.model_validate(item["service"])
    Resultats.model_validate(page)


def test_the_example_of_the_description_is_of_its_shape() -> None:
    example = Resultats.model_json_schema()["examples"][0]
    assert set(example) == set(Resultats.model_fields) == set(EXAMPLE)
    assert set(example["compris"]) == set(Resultats.model_fields["compris"].annotation.model_fields)  # type: ignore[union-attr]


def test_what_was_understood_is_said(add: Add, ask: Ask, drained: Drain) -> None:
    add("1", town(DIGNE))
    drained()
    page = ask(q="gade d'enfants", lieu="digne les bains")
    understood = page["compris"]
    assert understood["lieu"]["libelle"] == "Digne-les-Bains (04000)"
    assert (understood["lieu"]["code_commune"], understood["lieu"]["precision"]) == (DIGNE, "commune")
    assert understood["rayon_usuel"] is True
    assert understood["rayon_km"] in {10, 20, 30, 50}
    assert [word["saisi"] for word in understood["mots"]] == ["gade", "enfants"]
    assert understood["besoins"][0]["value"] == "famille--garde-denfants"
    assert understood["besoins"][0]["label"] == label("famille--garde-denfants")
    assert found(page) == ["1"]


def test_each_answer_says_why(add: Add, ask: Ask, drained: Drain) -> None:
    add("sur", town(DIGNE), zone_eligibilite=["04"], publics=["familles"], verifie_le=date(2026, 11, 1))
    add("a-verifier", town(DIGNE), zone_eligibilite=None, publics=None, date_maj=None, modes_accueil=["a-distance", "en-presentiel"])
    drained()
    items = {item["service"]["id"]: item for item in ask(q="garderie", code_commune=DIGNE, publics="familles")["items"]}
    sure, doubtful = items["essai--sur"], items["essai--a-verifier"]
    assert (sure["competence"], doubtful["competence"]) == ("correspond", "a-verifier")
    assert _reasons(sure, "zone") == [("correspond", "Compétent pour Digne-les-Bains : couvre le département (04)")]
    assert _reasons(sure, "publics") == [("correspond", "Pour ce public : familles")]
    assert _reasons(sure, "mots")[0][0] == "correspond"
    assert _reasons(doubtful, "zone")[0][0] == _reasons(doubtful, "publics")[0][0] == "a-verifier"
    assert sure["fraicheur"] == {"date": "2026-11-01", "verifiee": True, "a_verifier": False}
    assert doubtful["fraicheur"] == {"date": None, "verifiee": False, "a_verifier": True}


def _reasons(item: Any, subject: str) -> list[tuple[str, str]]:
    return [(reason["verdict"], reason["texte"]) for reason in item["raisons"] if reason["sujet"] == subject]


def test_places_may_be_written_in_many_ways(add: Add, ask: Ask, drained: Drain) -> None:
    add("digne", town(DIGNE), modes_accueil=HERE)
    add("lille", town(LILLE), modes_accueil=HERE)
    drained()
    point = {"lat": 44.09, "lon": 6.23}
    cases: list[tuple[dict[str, Any], str, list[str]]] = [
        ({"lieu": "Digne-les-Bains"}, "commune", ["digne"]),
        ({"lieu": "04000"}, "commune", ["digne"]),
        ({"code_commune": DIGNE}, "commune", ["digne"]),
        ({"lieu": "Provence-Alpes-Agglomération"}, "territoire", ["digne"]),
        ({"lieu": "Alpes-de-Haute-Provence"}, "territoire", ["digne"]),
        ({"lieu": "59"}, "territoire", ["lille"]),
        (point, "point", ["digne"]),
        ({**point, "code_commune": DIGNE}, "point", ["digne"]),
        ({"lieu": "12 rue des Exemples, 04000 Digne-les-Bains"}, "commune", ["digne"]),
    ]
    got = [(params, page["compris"]["lieu"]["precision"], found(page)) for params, _, _ in cases for page in [ask(**params)]]
    assert got == cases
    assert ask()["compris"]["lieu"] is None
    assert sorted(found(ask())) == ["digne", "lille"]


def test_a_street_is_never_said_again_nor_kept(program: Browser, add: Add) -> None:
    answer = program.get(ADDRESS, params={"lieu": "12 rue des Exemples, 04000 Digne-les-Bains"})
    assert "Exemples" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_an_unclear_place_is_said_with_its_choices(program: Browser) -> None:
    several = program.get(ADDRESS, params={"lieu": SHARED})
    assert (several.status_code, several.headers["cache-control"]) == (422, "no-store")
    assert several.json()["detail"].startswith("Ce lieu peut en désigner plusieurs")
    for choice in several.json()["choix"]:
        assert program.get(ADDRESS, params={"code_commune": choice["code"]}).json()["compris"]["lieu"]["libelle"] == choice["libelle"]
    unknown = program.get(ADDRESS, params={"lieu": "Zzyzxville"})
    assert unknown.status_code == 422
    assert unknown.json()["detail"].startswith("Ce lieu n’est pas connu.")
    assert program.get(ADDRESS, params={"code_commune": "59999"}).json()["choix"] == []


def test_distance_radius_and_what_is_just_outside(add: Add, ask: Ask, drained: Drain) -> None:
    add("pres", {**town(LILLE), "latitude": 50.633333, "longitude": 3.066667}, modes_accueil=HERE)
    add("roubaix", town(ROUBAIX), modes_accueil=HERE)
    add("loin", town(PARIS), modes_accueil=HERE)
    drained()
    near = ask(code_commune=LILLE, rayon=5, tri="distance")
    assert found(near) == ["pres"]
    assert (near["compris"]["rayon_km"], near["compris"]["rayon_usuel"]) == (5, False)
    assert near["au_dela"] == {"rayon_km": 10, "nombre": 1}
    add("armentieres", town("59017"), modes_accueil=HERE)
    drained()
    assert ask(code_commune=LILLE, rayon=12)["au_dela"] == {"rayon_km": 20, "nombre": 1}
    assert ask(code_commune=LILLE, rayon=30)["au_dela"] is None
    assert ask(code_commune=LILLE, rayon=5, size=1)["au_dela"] is None, "the page is full: nothing more is counted"
    assert found(ask(code_commune=LILLE, rayon="tout", tri="distance")) == ["pres", "roubaix", "armentieres", "loin"]
    assert ask(code_commune=LILLE, rayon="tout")["compris"]["rayon_km"] is None
    assert near["items"][0]["distance"] < 2


def test_every_filter_and_its_counts(add: Add, ask: Ask, drained: Drain) -> None:
    add("garde", town(LILLE), frais="payant", publics=["familles"])
    add("permis", town(LILLE), thematiques=["mobilite--preparer-un-permis"], frais="gratuit", type="formation", publics=["jeunes"])
    add("autre", town(DIGNE), thematiques=None, publics=None, modes_accueil=FAR, source="autre", frais=None, type=None)
    drained()
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"thematiques": "famille"}, {"garde"}),
        ({"thematiques": ["mobilite--preparer-un-permis", "famille"]}, {"garde", "permis"}),
        ({"frais": "gratuit"}, {"permis"}),
        ({"types": "formation"}, {"permis"}),
        ({"publics": "jeunes"}, {"permis", "autre"}),
        ({"modes_accueil": "a-distance"}, {"autre"}),
        ({"departements": "04"}, {"autre"}),
        ({"sources": "autre"}, {"autre"}),
    ]
    assert [(params, set(found(ask(**params)))) for params, _ in cases] == cases
    page = ask(frais="gratuit", facettes=["frais", "departements"])
    assert page["facettes"]["frais"] == [
        {"value": "gratuit", "label": "Gratuit", "nombre": 1},
        {"value": "payant", "label": "Payant", "nombre": 1},
    ]
    assert page["facettes"]["departements"] == [{"value": "59", "label": "Nord", "nombre": 1}]
    assert page["sans_filtre"] == {"frais": 3}
    assert ask()["facettes"] == {}


def test_lieux_generalistes_are_asked_for_by_genre(session: Session, ask: Ask, drained: Drain) -> None:
    samples.add_structure(session, id="mairies--04070", source="mairies", nom="Mairie de Digne-les-Bains")
    drained()
    assert ask(q="mairie")["items"] == []
    item = ask(q="mairie", genre="structure", code_commune=DIGNE)["items"][0]
    assert (item["structure"]["id"], item["competence"]) == ("mairies--04070", None)


def test_pages_walked_one_by_one_lose_nothing_and_repeat_nothing(add: Add, ask: Ask, drained: Drain) -> None:
    for number in range(7):
        add(str(number), town(LILLE))
    drained()
    pages = [ask(q="garderie", code_commune=LILLE, page=number, size=3) for number in (1, 2, 3, 4)]
    assert [(page["size"], page["total"], page["pages"]) for page in pages] == [(3, 7, 3), (3, 7, 3), (1, 7, 3), (0, 7, 3)]
    assert sorted(name for page in pages for name in found(page)) == [str(number) for number in range(7)]


FACETTES = "Valeur inconnue. Valeurs possibles : " + ", ".join(f"`{name}`" for name in FACETS) + "."
WRONG = [
    ({"frais": "cher"}, "Valeur inconnue. Valeurs possibles : `gratuit`, `payant`."),
    ({"page": "0"}, "Au moins 1."),
    ({"size": "1000"}, "Au plus 200."),
    ({"size": "dix"}, "Un nombre entier est attendu."),
    ({"tri": "prix"}, "Valeur inconnue. Valeurs possibles : `pertinence`, `distance`, `fraicheur`."),
    ({"lat": "loin", "lon": "2"}, "Un nombre est attendu."),
    ({"code_commune": "0407"}, "Texte trop court : 5 caractères au moins."),
    ({"q": "a\0b"}, "Ce texte n’a pas la forme attendue."),
    ({"rayon": "0"}, "Au moins 1."),
    ({"facettes": "tout"}, FACETTES),
    ({"lat": "48"}, "`lat` et `lon` vont ensemble : donnez les deux, ou aucun."),
]


def test_what_is_not_understood_is_said_in_french(program: Browser) -> None:
    for params, sentence in WRONG:
        answer = program.get(ADDRESS, params=params)
        detail = answer.json()["detail"]
        assert (answer.status_code, detail if isinstance(detail, str) else detail[0]["msg"]) == (422, sentence), params


def test_strangers_are_asked_for_a_token(stranger: Browser, client_as: Callable[[str], Browser]) -> None:
    for who in (stranger, client_as("conseiller"), client_as("administrateur")):
        assert who.get(ADDRESS).status_code == 401


def test_only_what_is_published_is_found(session: Session, add: Add, ask: Ask, drained: Drain) -> None:
    add("publiee"), add("brouillon", statut="brouillon"), add("archivee", statut="archivee")
    samples.add_structure(session, id="essai--suspendue", statut="suspendue")
    add("orpheline", structure_id="essai--suspendue")
    drained()
    assert found(ask()) == ["publiee"]


def test_a_shelters_address_is_not_given(program: Browser, add: Add, drained: Drain) -> None:
    secret = {**town(LILLE), "adresse": "12 rue de la Cachette", "latitude": 50.612345, "longitude": 3.098765}
    add("1", secret, adresse_confidentielle=True)
    drained()
    answer = program.get(ADDRESS, params={"code_commune": LILLE})
    assert answer.json()["total"] == 1
    assert "Cachette" not in answer.text
    assert "50.6123" not in answer.text


def test_one_bad_row_hides_no_other(engine: Engine, add: Add, ask: Ask, drained: Drain) -> None:
    add("1", town(LILLE)), add("bon", town(LILLE))
    drained()
    bad = {"publics": "'{\"jeunes\": true}'", "modes_accueil": "'[null, 3, {\"a\": 1}]'", "zone_eligibilite": "'\"59\"'"}
    if engine.dialect.name == "sqlite":
        bad |= {"thematiques": "'pas du json'", "date_maj": "'hier'", "verifie_le": "'demain'", "secteurs": "'['"}
    with engine.begin() as connection:
        for name, value in bad.items():
            connection.execute(text(f"UPDATE service SET {name} = {value} WHERE id = 'essai--1'"))
    for params in ({}, {"q": "garderie", "code_commune": LILLE, "publics": "familles"}):
        assert "bon" in found(ask(**params)), params


def test_an_engine_that_does_not_answer_is_said(app: FastAPI) -> None:
    app.state.context = replace(app.state.context, search=MeilisearchEngine("http://127.0.0.1:9", ""))
    answer = with_token(app).get(ADDRESS, params={"q": "garde"})
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("Le moteur de recherche ne répond pas.")


# --- the table of cases naming real towns, through the API, on both engines


@pytest.fixture(params=["embedded", "meilisearch"])
def france(request: pytest.FixtureRequest, make_app: MakeApp, session: Session) -> Iterator[Browser]:
    """A program that asks a Levier where each service of the table is."""
    nowhere: dict[str, Any] = dict.fromkeys(samples.DIGNE)
    samples.add_structure(session, **nowhere)
    listings.write(session, "service", [_service(number, case) for number, case in enumerate(CASES)], samples.IMPORT)
    session.commit()
    app = make_app()  # its embedded index holds them all
    if request.param == "embedded":
        yield with_token(app)
        return
    with meilisearch_server.engine_at(*request.getfixturevalue("meilisearch")) as server:
        app.state.context = replace(app.state.context, search=server)
        sync.rebuild(app.state.context.engine, server)
        yield with_token(app)


def _service(number: int, case: Case) -> dict[str, Any]:
    zones = read_zones(FRANCE, case.zones).codes
    place = town(case.at) if case.at else dict.fromkeys(samples.DIGNE)
    return samples.service(f"essai--{number}", **place, zone_eligibilite=list(zones) or None, modes_accueil=list(case.modes) or None)


def test_who_is_competent_where(france: Browser) -> None:
    wrong = []
    for number, case in enumerate(CASES):
        params = {"code_commune": case.lives, "rayon": "tout" if case.km is None else case.km, "size": 200}
        if case.point:
            params |= {"lat": case.point[0], "lon": case.point[1]}
        answer = france.get(ADDRESS, params=params).json()
        item = {item["service"]["id"]: item for item in answer["items"]}.get(f"essai--{number}")
        if (item is not None) is not case.found or (item and item["competence"] not in {"correspond", "a-verifier"}):
            wrong.append((case.why, item))
    assert wrong == []
