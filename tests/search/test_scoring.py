"""What an answer of the server earns, form by form: sums that the comparison of both engines rounds."""

from types import SimpleNamespace
from typing import Any, cast

from app.search.meilisearch.schema import Fields
from app.search.meilisearch.scoring import Scorer
from app.search.meilisearch.vocabulary import ServerVocabulary
from app.search.reading import Form, Reading, language_of
from app.search.settings import load
from tests.search.documents import make_document

HIT = Fields(language_of(load())).of(make_document("1", "Épicerie solidaire", description="Aide aux familles, sur rendez-vous."))


def run(*words: tuple[Form, ...], others: tuple[Form, ...] = (), corrected: bool = False) -> Any:
    """Words that go together, each with the forms that count for it, and forms of the whole."""
    return SimpleNamespace(words=[SimpleNamespace(forms=one, corrections=corrected, fuzzy_prefix=False) for one in words], others=others)


def score(*runs: Any, required: bool = False, neighbours: tuple[Form, ...] = (), boosts: tuple[Form, ...] = ()) -> int:
    """What the answer earns; `required`: the server has found all of the runs in it."""
    reading = SimpleNamespace(
        runs=runs,
        forms=lambda word: word.forms,
        equivalents=lambda asked: asked.others,
        neighbours=lambda: neighbours,
        bonuses=lambda: (),
        boosts=lambda: boosts,
    )
    return Scorer(cast(Reading, reading), ServerVocabulary({}), runs if required else ()).score(HIT)


def mots(points: int, *values: str, field: str = "nom") -> Form:
    return Form("mots", field, values, points)


def test_each_word_earns_its_best_form_and_one_of_its_values_is_enough() -> None:
    both = run((mots(5, "epicerie", "epicier"), mots(7, "garage"), mots(3, "epicerie")), (mots(20, "solidaire"),))
    assert score(both) == 25
    assert score(both, run((mots(100, "solidaire"),))) == 125


def test_a_word_that_is_not_held_takes_the_others_with_it() -> None:
    assert score(run((mots(5, "epicerie"),), (mots(7, "garage"),))) == 0
    assert score(run((mots(5, "epicerie"),), (mots(7, "garage"),), others=(mots(2, "solidaire"),))) == 2
    assert score(run((mots(5, "epicerie"),), others=(mots(9, "solidaire"),))) == 9


def test_a_text_without_words_earns_nothing() -> None:
    assert score(boosts=(mots(9, "epicerie solidaire", field="nom_exact"),)) == 0
    assert score(run((mots(5, "epicerie"),)), boosts=(mots(9, "epicerie solidaire", field="nom_exact"),)) == 14


def test_neighbours_earn_once_where_they_follow_each_other() -> None:
    word = run((mots(5, "epicerie"),))
    suites = tuple(Form("suite", field, tuple(HIT["nom_r"]), 40) for field in ("description_r", "nom_r", "nom_r"))
    assert score(word, neighbours=suites[:1]) == 5
    assert score(word, neighbours=suites) == 45


def test_a_word_of_the_description_counts_as_typed_unless_it_was_corrected() -> None:
    forms = (mots(8, "rencontre", field="description"), mots(6, "rencontr", field="description_r"), mots(90, "rencontre"))
    assert score(run(forms)) == 0
    assert score(run(forms), required=True) == 8
    assert score(run(forms, corrected=True), required=True) == 6


def test_the_beginning_of_a_word_counts_where_a_word_begins() -> None:
    assert score(run((Form("debut", "nom", ("solid",), 4),))) == 4
    assert score(run((Form("debut", "nom", ("lidaire",), 4),))) == 0
