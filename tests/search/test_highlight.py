"""Matched words are marked, and the text stays whole."""

import pytest

from app.search.highlight import Highlighter


def marked(text: str, *words: str) -> list[str]:
    segments = Highlighter(words).mark(text)
    assert "".join(segment for segment, _ in segments) == text
    return [segment for segment, matched in segments if matched]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Garde d’enfants à domicile", ("garde", "enfants"), ["Garde", "enfants"]),
        ("Épicerie solidaire", ("epicerie",), ["Épicerie"]),
        ("Gardez vos enfants", ("enfant",), ["enfants"]),
        ("Femmes hébergées", ("hébergé",), ["hébergées"]),
        ("Accès au logement", ("logem",), ["logement"]),
        ("Accompagnement social", ("acompagnement",), ["Accompagnement"]),
        ("Le café de la CAF", ("caf",), ["café", "CAF"]),
        ("Foyer", ("loyer",), []),
        ("Rien ici", ("xylophone",), []),
        ("", ("mot",), []),
        ("Texte", (), []),
        ("<b>Garde</b>", ("garde",), ["Garde"]),
    ],
)
def test_words_are_marked_where_they_stand(text: str, words: tuple[str, ...], expected: list[str]) -> None:
    assert marked(text, *words) == expected
