"""What values of everyday words are proposed to mean: mostly right, seldom nothing, hardly ever wrong."""

import pytest

from importers.everyday import proposed
from importers.meanings import meaning
from tests.importers.everyday import OTHERS, THEMES
from tests.importers.everyday_further import FURTHER


def tried(referentiel: str, expected: dict[str, tuple[str, ...]]) -> tuple[list[str], list[str]]:
    """Values for which something wrong is proposed, and those for which nothing is though something should be."""
    found = {value: proposed(referentiel, value) for value in expected}
    wrong = [value for value, one in found.items() if one and not set(one.codes) <= set(expected[value])]
    return wrong, [value for value, one in found.items() if one is None and expected[value]]


@pytest.mark.parametrize(("values", "missed_at_most"), [(THEMES, 0.05), (FURTHER, 0.20)])
def test_everyday_values_get_their_need_or_none(values: dict[str, tuple[str, ...]], missed_at_most: float) -> None:
    wrong, missed = tried("thematiques", values)
    assert len(wrong) <= 0.02 * len(values), wrong
    assert len(missed) <= missed_at_most * sum(map(bool, values.values())), missed


@pytest.mark.parametrize("referentiel", OTHERS)
def test_publics_fees_and_modes_are_never_wrong(referentiel: str) -> None:
    wrong, missed = tried(referentiel, OTHERS[referentiel])
    assert not wrong
    assert len(missed) <= 0.05 * len(OTHERS[referentiel]), missed


def test_a_word_of_one_need_is_sure_and_a_broad_one_is_to_be_checked() -> None:
    narrow, broad, near = (proposed("thematiques", value) for value in ("Halte-garderie", "Mobilité", "Friperie associative"))
    assert narrow
    assert (narrow.codes, narrow.sure, narrow.words) == (("famille--garde-denfants",), True, "halte-garderie")
    assert broad
    assert (broad.codes, broad.sure) == (("mobilite--etre-accompagne-dans-son-parcours-mobilite",), False)
    assert near
    assert (near.sure, near.words) == (False, "friperie")


def test_what_is_only_proposed_is_not_imported_unseen() -> None:
    assert proposed("thematiques", "garage")
    assert meaning("thematiques", "garage") == ()


def test_two_words_that_each_say_a_need_say_both() -> None:
    found = proposed("thematiques", "Alphabétisation et permis de conduire")
    assert found
    assert found.codes == ("lecture-ecriture-calcul--maitriser-le-francais", "mobilite--preparer-un-permis")


@pytest.mark.parametrize("value", ["", "   ", "Maison des associations du quartier nord", "garage@example.org", "12 bis"])
def test_what_tells_nothing_is_proposed_nothing(value: str) -> None:
    assert proposed("thematiques", value) is None
