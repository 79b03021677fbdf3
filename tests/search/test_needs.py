"""What a text means is recognised from everyday expressions, however it is written."""

import pytest

from app.search import settings
from app.search.heard import sound
from app.search.needs import Meaning
from app.search.reading import language_of


def read(text: str) -> Meaning:
    return language_of(settings.load()).recogniser.read(text)


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("nounou", "famille--garde-denfants"),
        ("NOUNOU pour ma fille de trois ans", "famille--garde-denfants"),
        ("il me faudrait une machine à laver pas chère", "equipement-et-alimentation--electromenager"),
        ("dantiste", "sante--acces-aux-soins"),
        ("pere mis de conduire", "mobilite--preparer-un-permis"),
        ("surrandettemant", "difficultes-financieres--situation-dendettement-surendettement"),
    ],
)
def test_the_need_is_the_first_recognised(text: str, need: str) -> None:
    assert read(text).needs[0].value == need


def test_a_need_that_the_text_tells_leaves_out_those_it_hardly_resembles() -> None:
    assert [need.value for need in read("gade d'enfants").needs] == ["famille--garde-denfants"]


def test_the_nearest_example_is_told() -> None:
    assert read("nounous").needs[0].expression == "nounou"


def test_a_misspelt_word_is_less_sure_than_the_word() -> None:
    assert read("nounuo").needs[0].confidence < read("nounou").needs[0].confidence


def test_a_word_that_no_expression_holds_is_told_and_lowers_confidence() -> None:
    alone, beside = read("nounou"), read("nounou trifouillis")
    assert beside.unknown == {"trifouillis"}
    assert beside.needs[0].confidence < alone.needs[0].confidence


@pytest.mark.parametrize("text", ["", " ", "xylophone", "12345", "zzzzzzzz", "!?"])
def test_what_resembles_nothing_means_nothing(text: str) -> None:
    assert read(text).needs == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dentiste", "dantiste"),
        ("pharmacie", "farmassi"),
        ("manteau", "mento"),
        ("logement", "lojemen"),
        ("bibliotheque", "bibliotek"),
        ("quitter", "kiter"),
    ],
)
def test_what_sounds_alike_has_the_same_sound(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_what_sounds_different_has_another_sound() -> None:
    assert len({sound(word) for word in ("loyer", "foyer", "noyer", "payer")}) == 4
