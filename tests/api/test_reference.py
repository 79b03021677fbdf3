"""GET /api/v1/doc/...: the reference lists of schema v1, open to all."""

from data_inclusion.schema import v1

from app.api.reference import SUMMARIES
from app.vocabulary import REFERENTIELS
from tests.web.conftest import Browser

LISTS = {
    "frais": v1.Frais,
    "modes-accueil": v1.ModeAccueil,
    "modes-mobilisation": v1.ModeMobilisation,
    "personnes-mobilisatrices": v1.PersonneMobilisatrice,
    "publics": v1.Public,
    "reseaux-porteurs": v1.ReseauPorteur,
    "thematiques": v1.Thematique,
    "types-services": v1.TypeService,
}


def test_every_list_is_served() -> None:
    assert set(SUMMARIES) == set(REFERENTIELS) == set(LISTS)


def test_a_list_needs_no_token_and_gives_value_label_and_description(stranger: Browser) -> None:
    assert {name: stranger.get(f"/api/v1/doc/{name}").json() for name in LISTS} == {name: of.as_dict_list() for name, of in LISTS.items()}
    assert stranger.get("/api/v1/doc/inconnu").status_code == 404
