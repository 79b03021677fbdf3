"""Facets counted on columns: every value comes back as it was given, and a value that no référentiel has is still counted."""

import numpy as np
import pytest

from app.search.embedded import EmbeddedEngine
from app.search.embedded.columns import Facets, columns_of
from app.search.facts import FACET_FIELDS
from app.search.port import SearchRequest
from app.search.ranking import Numbers
from app.vocabulary import REFERENTIELS, thematiques_by_categorie
from tests.search.documents import make_document

VALUES = {
    "categories": list(thematiques_by_categorie()),
    "thematiques": [item.value for item in REFERENTIELS["thematiques"]],
    "publics": [item.value for item in REFERENTIELS["publics"]],
    "frais": [item.value for item in REFERENTIELS["frais"]],
    "modes_accueil": [item.value for item in REFERENTIELS["modes-accueil"]],
    "types": [item.value for item in REFERENTIELS["types-services"]],
    "departements": ["01", "1", "2A", "04", "974", "988"],
}


def facets_of(*values: dict[str, str | list[str]]) -> Facets:
    columns = [columns_of({"genre": "service", **one}) for one in values]

    def read(name: str) -> Numbers:
        return np.array([one[name] for one in columns], dtype=np.uint64)

    return Facets(read)


@pytest.mark.parametrize("facet", VALUES)
def test_each_value_of_a_facet_is_counted_alone(facet: str) -> None:
    field = FACET_FIELDS[facet]
    facets = facets_of(*({field: [value] if facet != "departements" else value} for value in VALUES[facet]))
    everywhere = np.ones(len(VALUES[facet]), dtype=bool)
    assert facets.are_all_known()
    assert facets.counts(facet, everywhere) == dict.fromkeys(VALUES[facet], 1)
    for i, value in enumerate(VALUES[facet]):
        assert list(np.flatnonzero(facets.holding(facet, [value]))) == [i]


def test_what_has_no_value_counts_for_none() -> None:
    facets = facets_of({}, {"frais": "gratuit", "departement": "04"})
    assert facets.counts("departements", np.array([True, True])) == {"04": 1}
    assert facets.counts("frais", np.array([True, False])) == {}
    assert list(facets.holding("departements", ["04"])) == [False, True]


@pytest.mark.parametrize("strange", [{"frais": "troc"}, {"departement": "Alpes"}, {"departement": "é1"}])
def test_a_value_that_no_référentiel_has_is_told(strange: dict[str, str | list[str]]) -> None:
    assert not facets_of({}, strange).are_all_known()


def test_a_value_that_no_référentiel_has_is_counted_and_found() -> None:
    engine = EmbeddedEngine(None)
    engine.rebuild([make_document("a", "Garage", frais="troc"), make_document("b", "Garage", frais="gratuit")])
    assert engine.search(SearchRequest(q="garage", facets=("frais",))).facets == {"frais": {"troc": 1, "gratuit": 1}}
    assert [hit.id for hit in engine.search(SearchRequest(q="garage", frais=frozenset({"troc"}))).hits] == ["a"]
