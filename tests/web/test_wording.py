"""How pages say dates, ages, distances and numbers."""

from datetime import UTC, date, datetime

import pytest
from markupsafe import escape

from app import vocabulary
from app.models import Service, Structure
from app.web import typography, wording
from app.web.pages import make_environment

TODAY = date(2026, 11, 22)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("value", "said"), [(date(2026, 3, 12), "12 mars 2026"), (date(2026, 8, 1), "1er août 2026"), (None, "date inconnue")]
)
def test_days(value: date | None, said: str) -> None:
    assert plain(wording.day(value)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (date(2026, 11, 22), "aujourd’hui"),
        (date(2026, 11, 21), "hier"),
        (date(2026, 11, 19), "il y a 3 jours"),
        (date(2026, 8, 1), "il y a 3 mois"),
        (date(2025, 11, 1), "il y a 1 an"),
        (date(2020, 1, 1), "il y a 6 ans"),
    ],
)
def test_ages(value: date, said: str) -> None:
    assert plain(wording.age(value, TODAY)) == said


@pytest.mark.parametrize(("km", "said"), [(0.3, "moins de 1 km"), (4.23, "4,2 km"), (5.0, "5 km"), (37.4, "37 km")])
def test_distances(km: float, said: str) -> None:
    assert plain(wording.distance(km)) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("+33465710042", "04 65 71 00 42"),
        ("+262262000000", "0262 00 00 00"),
        ("3949", "3949"),
        ("sur place", "sur place"),
        ("+3225551234", "+32 2 555 12 34"),
    ],
)
def test_phones(number: str, said: str) -> None:
    assert plain(wording.phone(number)) == said


def test_plurals_and_thousands() -> None:
    assert [plain(wording.plural(n, "ressource")) for n in (0, 1, 2, 34800)] == [
        "0 ressource",
        "1 ressource",
        "2 ressources",
        "34 800 ressources",
    ]


def test_moments_are_told_in_paris() -> None:
    assert plain(wording.moment(datetime(2026, 7, 1, 22, 5, tzinfo=UTC))) == "2 juillet 2026 à 0 h 05"


def test_an_unknown_or_old_date_is_stale() -> None:
    assert [wording.is_stale(value, TODAY) for value in (None, date(2025, 1, 1), date(2026, 1, 1))] == [True, True, False]


def test_every_column_has_a_name_for_the_history() -> None:
    columns = (Service.model_fields.keys() | Structure.model_fields.keys()) - {
        "id",
        "created_at",
        "updated_at",
        "champs_humains",
        "score_qualite",
    }
    assert columns - {"description_composee"} <= wording.FIELDS.keys()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Quel lieu ? Dites-le ; merci !", "Quel lieu\u202f? Dites-le\u202f; merci\u202f!"),
        ("Mots : « permis » à 50 %", "Mots\u00a0: «\u00a0permis\u00a0» à 50\u00a0%"),
        (" : rien (04)", "\u00a0: rien\u00a0(04)"),
        ("https://example.org/a?b=c:d 12:30", "https://example.org/a?b=c:d 12:30"),
    ],
)
def test_marks_stay_with_their_words(text: str, said: str) -> None:
    assert typography.spaced(text) == said


def test_the_first_of_a_month_has_its_letters_raised_and_the_rest_is_escaped() -> None:
    assert escape(typography.french("Le 1er mai, <b> : 21er")) == "Le 1<sup>er</sup> mai, &lt;b&gt;\u00a0: 21er"


def test_templates_space_their_words_and_leave_what_they_show() -> None:
    template = make_environment().from_string("<p title='Qui ?'>Nom : {{ nom }} ; {{ 'vide ?' }}</p>")
    assert template.render(nom="a : b") == "<p title='Qui\u202f?'>Nom\u00a0: a : b\u202f; vide\u202f?</p>"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("Digne-les-Bains", "de Digne-les-Bains"),
        ("Aiglun", "d’Aiglun"),
        ("Évreux", "d’Évreux"),
        ("Yvetot", "d’Yvetot"),
        ("Yutz", "de Yutz"),
        ("Le Mans", "du Mans"),
        ("Les Mées", "des Mées"),
        ("La Rochelle", "de La Rochelle"),
        ("Lestelle-Bétharram", "de Lestelle-Bétharram"),
    ],
)
def test_places_after_de(place: str, said: str) -> None:
    assert vocabulary.of(place) == said
