"""Each result says which word of the query it answers, and how."""

from dataclasses import replace
from typing import Any

import pytest

from app.models import Service, Structure
from app.search.embedded import EmbeddedEngine
from app.search.matched import Matched
from app.search.port import SearchRequest, Understood
from tests.search.documents import make_document

GARDE = "famille--garde-denfants"
STRUCTURE = Structure(id="t", source="x", nom="Les Galopins", commune="Aiglun")


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def told(q: str, nom: str = "Accueil", **values: Any) -> list[str]:
    """What is said of the only answer to `q`, the engine's own reading included."""
    service = Service(id="s", source="x", structure_id="t", nom=nom, **values)
    named = {"structure_nom": STRUCTURE.nom, "commune": STRUCTURE.commune, **values}
    engine = EmbeddedEngine(None)
    engine.rebuild([make_document("s", nom, **named)])
    page = engine.search(SearchRequest(q=q))
    assert page.total == 1, "it is not even found"
    return [f"{reason.kind} : {plain(reason.text)}" for reason in Matched(page.understood).reasons(service, STRUCTURE)]


@pytest.mark.parametrize(
    ("q", "values", "expected"),
    [
        ("garde", {"nom": "Garde d’enfants"}, "« garde » dans le nom"),
        ("Gardes ENFANT", {"nom": "Garde d’enfants"}, "« Gardes » et « ENFANT » dans le nom"),
        ("gard", {"nom": "Garde d’enfants"}, "« gard » dans le nom"),
        ("galopins", {}, "« galopins » dans le nom de la structure"),
        ("aiglun", {}, "« aiglun » dans la commune"),
        ("poney", {"description": "Un poney et deux ânes."}, "« poney » dans la description"),
        ("cotravail", {"nom": "Espace de co-travail"}, "« cotravail » dans le nom"),
        ("crehce ", {"nom": "Crèche du centre"}, "« crehce » corrigé en « crèche », dans le nom"),
        ("crehce centre", {"nom": "Crèche du centre"}, "« crehce » corrigé en « crèche » et « centre », dans le nom"),
        ("poneu ", {"description": "Des poneys et un poney."}, "« poneu » corrigé en « poneys », dans la description"),
        ("gardxri", {"nom": "Garderie du parc"}, "« gardxri » corrigé en « garderie », dans le nom"),
        ("rsa", {"description": "Le revenu de solidarité active."}, "« rsa » compris comme « revenu de solidarité active »"),
        ("nounou", {"thematiques": [GARDE]}, "« nounou » compris comme « Garde d’enfants »"),
        ("nounnou ", {"thematiques": [GARDE]}, "« nounnou » compris comme « Garde d’enfants »"),
        ("enfants", {"thematiques": [GARDE]}, "« enfants » dans le besoin « Garde d’enfants »"),
        ("nounou aiglun", {"thematiques": [GARDE]}, "« aiglun » dans la commune ; « nounou » compris comme « Garde d’enfants »"),
    ],
)
def test_the_word_the_correction_the_synonym_or_the_need_is_told(q: str, values: dict[str, Any], expected: str) -> None:
    assert told(q, **values) == [f"correspond : {expected}"]


def test_a_word_that_no_answer_has_is_to_be_checked() -> None:
    said = told("garde poney bilingue", nom="Garde d’enfants")
    assert said == ["correspond : « garde » dans le nom", "a-verifier : « poney » et « bilingue » : non trouvé dans la fiche, à vérifier"]


def test_a_word_is_not_taken_for_the_need_that_another_word_says() -> None:
    said = told("permis et garde d'enfants", nom="Les Galopins", thematiques=[GARDE])
    assert said == [
        "correspond : « garde » et « enfants » dans le besoin « Garde d’enfants »",
        "a-verifier : « permis » : non trouvé dans la fiche, à vérifier",
    ]


def test_the_need_told_is_one_that_the_listing_has() -> None:
    understood = Understood("nounou", needs=(GARDE, "famille"))
    other = Service(id="s", source="x", structure_id="t", nom="S", thematiques=["famille--soutien-aidants"])
    none = Service(id="s", source="x", structure_id="t", nom="S", thematiques=["mobilite--preparer-un-permis"])
    assert [plain(reason.text) for reason in Matched([understood]).reasons(other, None)] == [
        "« nounou » compris comme « Enfants et famille »"
    ]
    assert list(Matched([understood]).reasons(none, None)) == []


def test_nothing_is_told_of_a_search_without_words() -> None:
    assert list(Matched(()).reasons(STRUCTURE, None)) == []


def test_a_structure_without_service_tells_it_too() -> None:
    assert [plain(reason.text) for reason in Matched([Understood("galopin")]).reasons(STRUCTURE, None)] == ["« galopin » dans le nom"]
    assert [plain(reason.text) for reason in Matched([replace(Understood("gal"), begins=True)]).reasons(STRUCTURE, None)]
