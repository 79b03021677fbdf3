"""GET /api/v1/services and /api/v1/services/{id}."""

from datetime import date
from urllib.parse import quote

from data_inclusion.schema import v1
from sqlmodel import Session

from tests import samples
from tests.api.conftest import (
    DUNKERQUE,
    PARIS,
    PARIS_11,
    SERVICE_KEYS,
    STRASBOURG,
    STRUCTURE_KEYS,
    Add,
    Get,
    found,
    town,
)
from tests.web.conftest import Browser

GARDE, PERMIS = "famille--garde-denfants", "mobilite--preparer-un-permis"


def test_a_listed_service_has_every_key_of_the_schema_and_validates(add: Add, get: Get) -> None:
    add("1", town(DUNKERQUE), courriel="accueil@example.org", lien_source="https://example.org/1", nombre_semaines=2)
    page = get("/services")
    assert {name: page[name] for name in ("total", "page", "size", "pages")} == {"total": 1, "page": 1, "size": 1, "pages": 1}
    service = page["items"][0]
    assert set(service) == SERVICE_KEYS
    assert service["date_maj"] == "2026-10-01"
    assert service["adresse_certifiee"] is False
    assert 0 < service["score_qualite"] <= 1
    v1.Service.model_validate(service)


def test_sets_are_sorted_and_an_empty_one_is_unknown(add: Add, get: Get) -> None:
    add("1", thematiques=[PERMIS, GARDE], publics=["jeunes", "familles"], modes_mobilisation=[], zone_eligibilite=["59", "04"])
    service = get("/services")["items"][0]
    assert service["thematiques"] == [GARDE, PERMIS]
    assert service["publics"] == ["familles", "jeunes"]
    assert service["modes_mobilisation"] is None
    assert service["zone_eligibilite"] == ["59", "04"]


def test_an_unknown_date_is_that_of_the_file(add: Add, get: Get) -> None:
    add("1", date_maj=None, date_fichier=date(2024, 3, 2))
    add("2", date_maj=None)
    assert [item["date_maj"] for item in get("/services")["items"]] == ["2024-03-02", None]


def test_a_composed_description_is_given(add: Add, get: Get) -> None:
    add("1", town(DUNKERQUE), description=None)
    assert "Dunkerque" in get("/services")["items"][0]["description"]


def test_lists_are_in_the_order_of_ids(add: Add, get: Get) -> None:
    for number in reversed(range(10)):
        add(str(number), frais="gratuit")
    for params in ({}, {"frais": "gratuit"}, {"recherche_public": "familles"}):
        assert found(get("/services", **params)) == [str(number) for number in range(10)], params


def test_pages_walked_one_by_one_lose_nothing_and_repeat_nothing(add: Add, get: Get) -> None:
    everything = sorted(add(f"{number * 7919 % 101:03}") for number in range(13))
    for params in ({}, {"thematiques": "famille"}, {"recherche_public": "familles"}):
        pages = [get("/services", page=number, size=5, **params) for number in (1, 2, 3, 4)]
        assert [(page["total"], page["pages"], page["page"]) for page in pages] == [(13, 3, number) for number in (1, 2, 3, 4)]
        assert [(page["size"], len(page["items"])) for page in pages] == [(5, 5), (5, 5), (3, 3), (0, 0)]
        assert [item["id"] for page in pages for item in page["items"]] == everything, params


def test_a_page_far_beyond_the_last_is_empty(add: Add, get: Get) -> None:
    add("1")
    assert get("/services", page=10**20)["items"] == []


def test_no_service_at_all_makes_no_page(get: Get) -> None:
    assert get("/services") == {"items": [], "total": 0, "page": 1, "size": 0, "pages": 0}


def test_filters(add: Add, get: Get) -> None:
    add(
        "garde", thematiques=[GARDE], frais="gratuit", type="accompagnement", modes_accueil=["en-presentiel"], publics=["femmes", "seniors"]
    )
    add("permis", thematiques=[PERMIS, GARDE], frais="payant", type="formation", modes_accueil=["a-distance"], publics=["tous-publics"])
    add("rien", thematiques=None, frais=None, type=None, modes_accueil=[], publics=None, source="autre")
    cases: dict[str, tuple[dict[str, object], list[str]]] = {
        "a thématique": ({"thematiques": GARDE}, ["garde", "permis"]),
        "one of two thématiques": ({"thematiques": [PERMIS, "numerique--acquerir-un-equipement"]}, ["permis"]),
        "a catégorie": ({"thematiques": "mobilite"}, ["permis"]),
        "a catégorie whose name ends like another's": ({"thematiques": "se-former"}, []),
        "frais": ({"frais": "gratuit"}, ["garde"]),
        "either frais": ({"frais": ["gratuit", "payant"]}, ["garde", "permis"]),
        "type": ({"types": ["formation", "atelier"]}, ["permis"]),
        "mode d’accueil": ({"modes_accueil": "en-presentiel"}, ["garde"]),
        "public, named or tous-publics": ({"publics": "seniors"}, ["garde", "permis"]),
        "another public": ({"publics": "jeunes"}, ["permis"]),
        "tous-publics asked for keeps all": ({"publics": ["tous-publics", "jeunes"]}, ["garde", "permis", "rien"]),
        "source": ({"sources": ["autre", "inconnue"]}, ["rien"]),
        "unknown source": ({"sources": "inconnue"}, []),
        "filters add up": ({"thematiques": GARDE, "frais": "payant"}, ["permis"]),
        "an unknown parameter is ignored": ({"departement": "99"}, ["garde", "permis", "rien"]),
    }
    assert {name: found(get("/services", **params)) for name, (params, _) in cases.items()} == {
        name: ids for name, (_, ids) in cases.items()
    }


def test_minimum_score(add: Add, get: Get) -> None:
    add("bon", town(DUNKERQUE), courriel="a@example.org")
    add("pauvre", description="-", thematiques=None, publics=None, frais=None, telephone=None, date_maj=None)
    scores = {item["id"]: item["score_qualite"] for item in get("/services")["items"]}
    assert found(get("/services", score_qualite_minimum=scores["essai--bon"])) == ["bon"]
    assert found(get("/services", score_qualite_minimum=scores["essai--pauvre"])) == ["bon", "pauvre"]


def test_places(add: Add, get: Get) -> None:
    add("dunkerque", town(DUNKERQUE))
    add("nulle-part")
    add("paris", town(PARIS))
    add("paris-11", town(PARIS_11))
    add("strasbourg", town(STRASBOURG))
    cases: list[tuple[dict[str, str], list[str]]] = [
        ({"code_departement": "59"}, ["dunkerque"]),
        ({"slug_departement": "nord"}, ["dunkerque"]),
        ({"code_departement": "62"}, []),
        ({"code_region": "11"}, ["paris", "paris-11"]),
        ({"slug_region": "ile-de-france"}, ["paris", "paris-11"]),
        ({"code_region": "04"}, []),
        ({"slug_region": "grand-est", "code_departement": "67"}, ["strasbourg"]),
        ({"slug_region": "grand-est", "code_departement": "59"}, []),
        ({"code_commune": DUNKERQUE}, ["dunkerque"]),
        ({"code_commune": "62041"}, []),
        ({"code_commune": PARIS}, ["paris", "paris-11"]),
        ({"code_commune": PARIS_11}, ["paris-11"]),
    ]
    assert [(params, found(get("/services", **params))) for params, _ in cases] == cases


def test_words_on_publics(add: Add, get: Get) -> None:
    texts = {
        "jeunes": "Jeunes de moins de 18 ans",
        "agees": "jeunes et personne agee",
        "detenus": "Personnes sortant de détention, œuvrant à leur insertion",
    }
    for name, text in texts.items():
        add(name, publics=None, publics_precisions=text)
    add("femmes", publics=["femmes"], publics_precisions=None)
    cases = {
        "jeune": ["agees", "jeunes"],
        "personne OR vieux": ["agees", "detenus"],
        "personne jeune": ["agees"],
        "jeunes -personne": ["jeunes"],
        '"personne jeune"': [],
        '"jeunes et personne"': ["agees"],
        "âgée": ["agees"],
        "DETENTION": ["detenus"],
        "oeuvrant": ["detenus"],
        "femme": ["femmes"],
        "femme jeune": [],
        "moins de 18 ans": ["jeunes"],
        "de": [],
        '"': [],
    }
    assert {words: found(get("/services", recherche_public=words)) for words in cases} == cases


def test_one_service_comes_with_its_structure(add: Add, get: Get) -> None:
    add("autre")
    service = get(f"/services/{add('1')}")
    assert set(service) == SERVICE_KEYS | {"structure"}
    assert set(service["structure"]) == STRUCTURE_KEYS
    assert (service["id"], service["structure"]["id"]) == ("essai--1", "essai--1")
    v1.Service.model_validate(service)
    v1.Structure.model_validate(service["structure"])


def test_ids_may_hold_anything(add: Add, get: Get) -> None:
    odd = add("é b/c?d#")
    assert get(f"/services/{quote(odd, safe='')}")["id"] == odd


def test_an_unknown_service_is_not_found(program: Browser) -> None:
    for unknown in ("essai--42", "%00", "1/2"):
        answer = program.get(f"/api/v1/services/{unknown}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"}), unknown


def test_only_what_is_published_is_given(add: Add, get: Get, program: Browser, session: Session) -> None:
    samples.add_structure(session, id="essai--suspendue", statut="suspendue")
    hidden = [add("brouillon", statut="brouillon"), add("archivee", statut="archivee"), add("orphelin", structure_id="essai--suspendue")]
    add("publiee")
    for path in ("/services", "/services?recherche_public=familles", "/search/services", "/search/services?code_commune=04070"):
        assert set(found(get(path))) <= {"publiee"}, path
    assert found(get("/services")) == ["publiee"]
    assert [program.get(f"/api/v1/services/{one}").status_code for one in hidden] == [404, 404, 404]


def test_a_list_with_a_slash_at_its_end_is_the_list(add: Add, get: Get) -> None:
    add("1")
    assert found(get("/services/")) == ["1"]


WRONG = [
    ("page", "0"),
    ("size", "0"),
    ("size", "10001"),
    ("frais", "cher"),
    ("thematiques", "garde"),
    ("publics", "tous"),
    ("types", ""),
    ("code_departement", "20"),
    ("slug_region", "Bretagne"),
    ("code_commune", "591833"),
    ("score_qualite_minimum", "nan"),
    ("sources", "a\0b"),
]


def test_what_is_not_understood_is_said(program: Browser) -> None:
    for name, value in WRONG:
        answer = program.get("/api/v1/services", params={name: value})
        assert answer.status_code == 422, (name, value)
        assert answer.json()["detail"][0]["loc"][:2] == ["query", name]


def test_long_answers_are_compressed_for_whom_takes_it(add: Add, program: Browser) -> None:
    add("1", conditions_acces="Être inscrit, habiter le département. " * 30)
    zipped = program.get("/api/v1/services", headers={"Accept-Encoding": "gzip"})
    plain = program.get("/api/v1/services", headers={"Accept-Encoding": "identity"})
    assert (zipped.headers.get("content-encoding"), plain.headers.get("content-encoding")) == ("gzip", None)
    assert zipped.json() == plain.json()
