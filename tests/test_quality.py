"""The score of a service is the library's own, told faster."""

from datetime import date, timedelta
from typing import Any

import pytest
from data_inclusion.schema import v1
from data_inclusion.schema.v1 import score_qualite

from app import quality

FULL: dict[str, Any] = {
    **{"source": "essai", "description": "x" * 300, "date_maj": date.today(), "thematiques": ["mobilite"], "publics": ["jeunes"]},
    **{"frais": "gratuit", "modes_accueil": ["en-presentiel"], "adresse": "1 rue des Essais", "telephone": "+33199000000"},
    **{"modes_mobilisation": ["telephoner", "envoyer-un-courriel"], "mobilisable_par": ["usagers"], "courriel": "essai@example.org"},
}


def of_the_library(values: dict[str, Any]) -> float:
    score: float = score_qualite.score(v1.Service.model_construct(**values))[0]
    return score


@pytest.mark.parametrize("days", [0, 100, 181, 190, 300, 400, 500, 729, 732, 4000])
@pytest.mark.parametrize("source", ["essai", "agefiph", "france-travail"])
def test_a_date_counts_as_the_library_says_for_each_source(days: int, source: str) -> None:
    values = {**FULL, "source": source, "date_maj": date.today() - timedelta(days)}
    assert quality.score(values) == of_the_library(values)


@pytest.mark.parametrize("missing", sorted(FULL.keys() - {"source", "description"}))
def test_what_is_missing_costs_what_the_library_says(missing: str) -> None:
    values = {**FULL, missing: None}
    assert quality.score(values) == of_the_library(values)


def test_a_date_ages_from_one_day_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(date):
        @classmethod
        def today(cls) -> date:
            return date.fromordinal(date.toordinal(date.today()) + 1)

    before = quality.score(FULL)
    monkeypatch.setattr(quality, "date", Later)
    monkeypatch.setattr(score_qualite, "date_maj_recente", lambda _service: 0.0)
    assert quality.score(FULL) < before
