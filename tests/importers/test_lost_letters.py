"""Letters that a file lost come back when only one known word fits; nothing is invented."""

import pytest

from importers.lost_letters import WORDS, mend


@pytest.mark.parametrize(
    ("lost", "mended"),
    [
        ("Biblioth\ufffdque num\ufffdrique", "Bibliothèque numérique"),
        ("CIT\ufffd DES M\ufffdTIERS", "CITÉ DES MÉTIERS"),
        ("l\ufffdarrondissement", "l’arrondissement"),
        ("un point \ufffd votre disposition", "un point à votre disposition"),
        ("les pr\ufffds", "les pr\ufffds"),
        ("M\ufffdOLANS", "M\ufffdOLANS"),
        ("9h \ufffd 12h", "9h \ufffd 12h"),
        ("rue Z\ufffdtoile", "rue Z\ufffdtoile"),
    ],
)
def test_only_what_is_certain_is_mended(lost: str, mended: str) -> None:
    assert mend(lost) == mended


def test_the_word_list_is_sorted_without_repeats() -> None:
    words = WORDS.read_text(encoding="utf-8").split()
    assert words == sorted(set(words))
