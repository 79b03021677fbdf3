"""Documents and requests for tests, with everything not under test left empty."""

from dataclasses import fields
from typing import Any

from app.search.port import Document, SearchEngine, SearchPage, SearchRequest, key_of
from app.vocabulary import categorie, label

EMPTY: dict[str, Any] = {
    "genre": "service",
    "structure_nom": "Association",
    "description": "",
    "commune": "",
    "publics": (),
    "frais": None,
    "modes_accueil": (),
    "type": None,
    "zones": (),
    "code_insee": None,
    "departement": None,
    "source": "essai",
    "statut": "publiee",
    "collectivite": None,
    "latitude": None,
    "longitude": None,
    "date_maj": None,
    "score_qualite": 0.5,
}


def make_document(listing_id: str, nom: str, **values: Any) -> Document:
    """A document; its catégories, labels and everyday words follow from `thematiques` as they do in production."""
    thematiques = tuple(values.pop("thematiques", ()))
    made = {
        **EMPTY,
        "id": listing_id,
        "nom": nom,
        "structure_id": f"structure-{listing_id}",
        "thematiques": thematiques,
        "categories": tuple(dict.fromkeys(map(categorie, thematiques))),
        "thematique_labels": tuple(map(label, thematiques)),
        **values,
    }
    assert made.keys() == {field.name for field in fields(Document)}
    return Document(**made)


class Index:
    """An engine seen through what a sentence needs: put names in, find them by words."""

    def __init__(self, engine: SearchEngine) -> None:
        self.engine = engine
        self._added = 0
        self._names: dict[str, str] = {}
        if engine.needs_rebuild():
            engine.rebuild([])

    def add(self, *names: str, **values: Any) -> None:
        """Services of these names, with the same values."""
        made = [make_document(f"{self._added + i:03}", name, **values) for i, name in enumerate(names)]
        self._added += len(names)
        self._names |= {document.id: document.nom for document in made}
        self.engine.put(made)

    def clear(self) -> None:
        """Take out what was added by name."""
        self.engine.remove([key_of("service", listing_id) for listing_id in self._names])

    def page(self, q: str = "", **request: Any) -> SearchPage:
        return self.engine.search(SearchRequest(q=q, **request))

    def finds(self, q: str, **request: Any) -> list[str]:
        """Names found for `q`, best first."""
        return [self._names[hit.id] for hit in self.page(q, **request).hits]
