"""What every engine answers, in plain French examples.

An engine's test module subclasses ``Contract`` and gives the fixture `search_engine`. A gap is a visible skip, with its reason.
"""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from app.search.port import Place, QueryError, SearchEngine, Tri, key_of
from tests.search.documents import Index, make_document

GARDE, VIOLENCE, PERMIS, DETTES = (
    "famille--garde-denfants",
    "famille--surmonter-conflits-separation-violence",
    "mobilite--preparer-un-permis",
    "difficultes-financieres--situation-dendettement-surendettement",
)
DIGNE = Place("Digne-les-Bains", "04070", "04", frozenset({"04070", "04", "200067437", "france", "99100"}), 44.0925, 6.2356)


class Contract:
    @pytest.fixture
    def search_engine(self) -> Iterator[SearchEngine]:
        raise NotImplementedError

    @pytest.fixture
    def index(self, search_engine: SearchEngine) -> Index:
        return Index(search_engine)


class WordsContract(Contract):
    """How a typed text meets a document's words."""

    @pytest.mark.parametrize("q", ["Épicerie solidaire", "epicerie solidaire", "ÉPICERIE", "solidaire épicerie"])
    def test_accents_capitals_and_order_do_not_matter(self, index: Index, q: str) -> None:
        index.add("Épicerie solidaire", "Atelier couture")
        assert index.finds(q) == ["Épicerie solidaire"]

    @pytest.mark.parametrize(
        ("written", "typed"),
        [
            ("Personnes hébergées", "hébergé"),
            ("Personne hébergée", "heberges"),
            ("Travailleur handicapé", "handicapée"),
            ("Réfugiés", "réfugiée"),
            ("Aides financières", "aide financière"),
            ("Ateliers numériques", "atelier numerique"),
        ],
    )
    def test_plural_and_feminine_meet_singular_and_masculine(self, index: Index, written: str, typed: str) -> None:
        index.add(written, "Jardin partagé")
        assert index.finds(typed) == [written]

    @pytest.mark.parametrize("q", ["l'hébergement", "l’hébergement", "d'hebergement", "hébergement"])
    def test_an_elided_article_does_not_matter(self, index: Index, q: str) -> None:
        index.add("Hébergement d’urgence", "Jardin partagé")
        assert index.finds(q) == ["Hébergement d’urgence"]

    @pytest.mark.parametrize("q", ["œuvre", "oeuvre", "cœur", "coeur"])
    def test_ligatures_are_two_letters(self, index: Index, q: str) -> None:
        index.add("L’œuvre du cœur")
        assert index.finds(q) == ["L’œuvre du cœur"]

    @pytest.mark.parametrize("q", ["gade d'enfants", "garde d'enfnats", "gardde denfants", "garde d'enfant", "grade d'enfants"])
    def test_a_typo_is_forgiven(self, index: Index, q: str) -> None:
        index.add("Garde d’enfants", "Garage associatif", "Atelier couture")
        assert index.finds(q)[0] == "Garde d’enfants"

    def test_a_misspelt_need_brings_that_need_only_even_by_distance(self, index: Index) -> None:
        index.add("Crèche", thematiques=(GARDE,))
        index.add("Mise à l’abri", description="Femmes seules ou avec enfants.", thematiques=(VIOLENCE,))
        assert index.finds("gade d'enfants") == ["Crèche"]

    def test_two_typos_are_forgiven_from_nine_letters(self, index: Index) -> None:
        index.add("Surendettement")
        assert index.finds("surrendetement") == ["Surendettement"]

    def test_two_typos_are_too_many_in_a_short_word(self, index: Index) -> None:
        index.add("Permis")
        assert index.finds("pzrmiz") == []

    def test_a_three_letter_word_must_be_right(self, index: Index) -> None:
        index.add("Aide de la CAF")
        assert index.finds("CAV ") == []

    def test_a_well_known_word_is_not_corrected_into_another(self, index: Index) -> None:
        index.add("Aide au loyer", "Foyer de jeunes")
        assert index.finds("loyer") == ["Aide au loyer"]

    def test_the_page_says_the_words_as_understood(self, index: Index) -> None:
        index.add("Garde d’enfants")
        assert index.page("gade d'enfants").words == ("garde", "enfants")

    def test_the_page_says_all_that_each_word_was_taken_for(self, index: Index) -> None:
        index.add("Garde d’enfants", thematiques=(GARDE,))
        index.add("Revenu de solidarité active")
        assert index.page("gade ").understood[0].corrections[0] == "garde"
        assert index.page("nounou").understood[0].needs[0] == GARDE
        assert index.page("rsa").understood[0].others == ("revenu de solidarité active",)
        assert [(word.typed, word.others) for word in index.page("revenu solidarité active").understood] == [
            (typed, ("rsa",)) for typed in ("revenu", "solidarité", "active")
        ]
        assert [word.begins for word in index.page("solidarité gard").understood] == [False, True]
        assert index.page("xqzvwk ").understood[0].needs == ()
        assert index.page().understood == ()

    @pytest.mark.parametrize("q", ["g", "gar", "gard", "garde d'e", "garde d'enf"])
    def test_the_last_word_is_found_while_it_is_typed(self, index: Index, q: str) -> None:
        index.add("Garde d’enfants", "Épicerie")
        assert index.finds(q) == ["Garde d’enfants"]

    def test_the_last_word_is_found_while_it_is_mistyped(self, index: Index) -> None:
        index.add("Accompagnement au logement", "Épicerie")
        assert index.finds("accompagnement logme")[0] == "Accompagnement au logement"

    def test_an_acronym_is_not_the_beginning_of_a_word(self, index: Index) -> None:
        index.add("Aide de la CAF", "Café des parents")
        assert index.finds("caf") == ["Aide de la CAF"]

    @pytest.mark.parametrize(
        ("written", "typed"),
        [
            ("Demander le RSA", "revenu de solidarité active"),
            ("Revenu de solidarité active", "rsa"),
            ("Fonds de solidarité pour le logement", "FSL"),
            ("Maison départementale des personnes handicapées", "mdph"),
            ("Dossier MDPH", "maison départementale des personnes handicapées"),
            ("Agence France Travail", "pôle emploi"),
            ("Caisse d’allocations familiales", "C.A.F."),
        ],
    )
    def test_synonyms_work_both_ways(self, index: Index, written: str, typed: str) -> None:
        index.add(written, "Jardin partagé")
        assert index.finds(typed) == [written]

    @pytest.mark.parametrize(
        ("q", "thematique"),
        [("nounou", GARDE), ("nounoo", GARDE), ("huissier", DETTES), ("code de la route", PERMIS), ("auto ecole", PERMIS)],
    )
    def test_everyday_words_find_the_official_need(self, index: Index, q: str, thematique: str) -> None:
        index.add("Relais petite enfance", thematiques=(GARDE,))
        index.add("Plateforme mobilité", thematiques=(PERMIS,))
        index.add("Point conseil budget", thematiques=(DETTES,))
        index.add("Jardin partagé")
        found = index.page(q)
        assert found.total == 1
        assert index.page(q, thematiques=frozenset({thematique})).total == 1

    @pytest.mark.parametrize(
        "q",
        [
            "j'ai des dettes partout et les huissiers à la porte",  # no expression says just this
            "huisié",  # as it is heard
            "les huisiers a la pore",  # several typos
            "sur endetement",  # cut elsewhere
        ],
    )
    def test_a_need_is_recognised_however_it_is_said(self, index: Index, q: str) -> None:
        index.add("Relais petite enfance", thematiques=(GARDE,))
        index.add("Point conseil budget", thematiques=(DETTES,))
        index.add("Plateforme mobilité", thematiques=(PERMIS,))
        assert index.finds(q)[0] == "Point conseil budget"

    def test_a_word_that_everyday_language_does_not_know_is_still_sought(self, index: Index) -> None:
        index.add("Relais petite enfance", thematiques=(GARDE,))
        index.add("Relais petite enfance Trifouillis", thematiques=(GARDE,))
        assert index.finds("nounou trifouillis") == ["Relais petite enfance Trifouillis"]

    def test_an_acronym_that_means_a_need_is_not_the_beginning_of_a_word(self, index: Index) -> None:
        index.add("Ameublement", "Améliorer son logement", "Atelier ameublement")
        index.add("Permanence", thematiques=("sante--acces-aux-soins",))
        assert index.finds("AME") == ["Permanence"]

    @pytest.mark.parametrize("q", ["covoiturage", "co-voiturage", "co voiturage", "CO-VOITURAGE"])
    @pytest.mark.parametrize("written", ["Service de co-voiturage", "Service de covoiturage"])
    def test_a_hyphen_does_not_matter(self, index: Index, q: str, written: str) -> None:
        index.add(written, "Jardin partagé")
        assert index.finds(q) == [written]

    def test_digits_are_words_and_are_never_corrected(self, index: Index) -> None:
        index.add("Point accueil 12345", "Point accueil 12346")
        assert index.finds("12345") == ["Point accueil 12345"]

    def test_stop_words_are_not_required(self, index: Index) -> None:
        index.add("Aide permis")
        assert index.finds("de l'aide pour le permis") == ["Aide permis"]

    @pytest.mark.parametrize("q", ["", "   ", "!?…", "🙂", "\x00", "\ud800"])
    def test_a_text_without_a_word_asks_for_everything(self, index: Index, q: str) -> None:
        index.add("Un", "Deux", "Trois")
        assert index.page(q).total == 3

    def test_a_text_of_any_length_is_answered(self, index: Index) -> None:
        index.add("Garde d’enfants")
        assert index.page("garde " * 2_000).total == 1
        assert index.page("z" * 10_000).total == 0

    def test_what_nothing_resembles_finds_nothing(self, index: Index) -> None:
        index.add("Garde d’enfants")
        assert index.finds("xylophone") == []


class RankingContract(Contract):
    """Which answer comes first."""

    def test_the_exact_name_comes_first(self, index: Index) -> None:
        index.add("Mission locale du pays dignois : mission emploi", description="mission locale", date_maj=date.today())
        index.add("Mission locale")
        assert index.finds("mission locale")[0] == "Mission locale"

    def test_name_before_theme_before_description(self, index: Index) -> None:
        index.add("Dans le texte", description="Le permis de conduire.", date_maj=date.today(), score_qualite=1.0)
        index.add("Par le thème", thematiques=(PERMIS,))
        index.add("Passer le permis")
        assert index.finds("permis") == ["Passer le permis", "Par le thème", "Dans le texte"]

    def test_what_carries_the_need_comes_before_what_only_holds_the_word(self, index: Index) -> None:
        index.add("Permis de construire", thematiques=(DETTES,), date_maj=date.today(), score_qualite=1.0)
        index.add("Permis solidaire", thematiques=(PERMIS,))
        assert index.finds("permis")[0] == "Permis solidaire"

    def test_an_exact_name_comes_before_the_need_it_sounds_like(self, index: Index) -> None:
        index.add("Garage solidaire", thematiques=("mobilite--entretenir-reparer-son-vehicule",), date_maj=date.today())
        index.add("La Panne")
        assert index.finds("la panne")[0] == "La Panne"

    def test_another_inflection_in_a_name_comes_after_the_need_surely_meant(self, index: Index) -> None:
        index.add("Ouvrir un compte", date_maj=date.today(), score_qualite=1.0)
        index.add("Atelier", thematiques=("lecture-ecriture-calcul--maitriser-le-calcul",))
        assert index.finds("compter")[0] == "Atelier"

    def test_the_word_as_typed_before_its_correction(self, index: Index) -> None:
        index.add("Atelier coutume", date_maj=date.today())
        index.add("Atelier couture")
        assert index.finds("couture")[0] == "Atelier couture"

    def test_all_words_before_some_words(self, index: Index) -> None:
        index.add("Garde d’animaux", "Enfants du voyage", date_maj=date.today())
        index.add("Lieu de vie", description="On y garde aussi des enfants.")
        assert index.finds("garde enfants")[0] == "Lieu de vie"

    def test_some_words_rather_than_nothing_and_the_rarest_weigh_most(self, index: Index) -> None:
        index.add("Aide alimentaire", "Aide au logement", "Aide aux devoirs")
        index.add("Garage solidaire")
        assert index.finds("aide garage") == ["Garage solidaire"]

    def test_an_unknown_word_does_not_hide_the_others(self, index: Index) -> None:
        index.add("Garage solidaire", "Épicerie solidaire")
        assert index.finds("garage hologramme") == ["Garage solidaire"]

    def test_words_that_follow_each_other_come_first(self, index: Index) -> None:
        index.add("Aide pour trouver un lieu où le linge se lave, et à laver une machine", "Machine à laver")
        assert index.finds("machine laver")[0] == "Machine à laver"

    def test_between_equals_the_fresh_come_first_and_no_date_is_stale(self, index: Index) -> None:
        index.add("Permis")
        index.add("Permis B", date_maj=date.today() - timedelta(days=1500))
        index.add("Permis AM", date_maj=date.today() - timedelta(days=3))
        assert index.finds("permis ", size=3)[1:] == ["Permis AM", "Permis B"]

    def test_between_equals_the_complete_come_first(self, index: Index) -> None:
        index.add("Atelier permis matin", score_qualite=0.1)
        index.add("Atelier permis soir", score_qualite=0.9)
        assert index.finds("permis")[0] == "Atelier permis soir"

    def test_between_equals_the_near_come_first(self, index: Index) -> None:
        index.add("Atelier permis loin", latitude=44.4, longitude=6.65)
        index.add("Atelier permis près", latitude=44.1, longitude=6.24)
        assert index.finds("permis", place=DIGNE)[0] == "Atelier permis près"

    def test_what_can_be_reached_comes_before_a_better_name_far_away(self, index: Index) -> None:
        index.add("Permis", "Permis à Tours", latitude=47.39, longitude=0.69)
        index.add("Plateforme", thematiques=(PERMIS,), latitude=44.1, longitude=6.24)
        assert index.finds("permis", place=DIGNE) == ["Permis", "Plateforme", "Permis à Tours"]

    def test_order_by_distance_puts_what_has_none_last(self, index: Index) -> None:
        index.add("Sans lieu", modes_accueil=("en-presentiel",))
        index.add("Loin", latitude=44.4, longitude=6.65)
        index.add("À distance", latitude=44.1, longitude=6.24, modes_accueil=("a-distance",))
        index.add("Près", latitude=44.1, longitude=6.24)
        page = index.page(place=DIGNE, tri=Tri.DISTANCE)
        assert index.finds("", place=DIGNE, tri=Tri.DISTANCE)[:2] == ["Près", "Loin"]
        assert [hit.distance_km is None for hit in page.hits] == [False, False, True, True]
        assert page.hits[0].distance_km == pytest.approx(0.9, abs=0.05)

    def test_order_by_distance_without_a_place_is_by_relevance(self, index: Index) -> None:
        index.add("Atelier", description="permis")
        index.add("Permis")
        assert index.finds("permis", tri=Tri.DISTANCE) == ["Permis", "Atelier"]

    def test_order_by_freshness_puts_unknown_dates_last(self, index: Index) -> None:
        index.add("Inconnue", score_qualite=1.0)
        index.add("Ancienne", date_maj=date(2009, 1, 1))
        index.add("Récente", date_maj=date(2026, 11, 1))
        index.add("Très ancienne", date_maj=date(1960, 1, 1))
        assert index.finds("", tri=Tri.FRAICHEUR) == ["Récente", "Ancienne", "Très ancienne", "Inconnue"]


class LifeContract(Contract):
    """Writing, rewriting, removing."""

    def test_a_document_put_again_replaces_itself(self, index: Index) -> None:
        index.engine.put([make_document("1", "Ancien nom")])
        index.engine.put([make_document("1", "Nouveau titre")])
        assert (index.page("ancien ").total, index.page("nouveau").total, index.engine.count()) == (0, 1, 1)

    def test_twice_in_one_put_the_last_stays(self, index: Index) -> None:
        index.engine.put([make_document("1", "Ancien"), make_document("1", "Nouveau")])
        assert (index.page("nouveau").total, index.engine.count()) == (1, 1)

    def test_a_removed_document_is_gone_and_its_neighbour_stays(self, index: Index) -> None:
        index.engine.put([make_document("1", "Un"), make_document("1", "Un", genre="structure"), make_document("10", "Dix")])
        index.engine.remove([key_of("service", "1"), key_of("service", "inconnu")])
        assert [hit.id for hit in index.page().hits] == ["10"]
        assert index.page(genre="structure").total == 1

    def test_an_id_may_hold_any_character(self, index: Index) -> None:
        strange = "source--é/ à:b%20'\"?#"
        index.engine.put([make_document(strange, "Étrange")])
        assert [hit.id for hit in index.page("étrange").hits] == [strange]

    def test_a_rebuild_forgets_what_it_is_not_given(self, index: Index) -> None:
        index.add("Ancien")
        assert index.engine.rebuild([make_document("n", "Nouveau")]) == 1
        assert index.engine.count() == 1
        assert not index.engine.needs_rebuild()

    def test_the_old_index_answers_during_a_rebuild_and_writes_made_meanwhile_stay(self, index: Index) -> None:
        index.add("Ancien")

        def stream() -> Iterator[object]:
            assert index.page("ancien").total == 1
            index.engine.put([make_document("p", "Pendant")])
            assert index.page("pendant").total == 1
            index.engine.remove([key_of("service", "retire")])
            yield make_document("n", "Nouveau")
            yield make_document("retire", "Retiré entre-temps")
            yield make_document("p", "Version lue trop tôt")

        index.engine.rebuild(stream())  # type: ignore[arg-type]
        assert {hit.id for hit in index.page().hits} == {"n", "p"}
        assert index.page("pendant").total == 1

    def test_a_failed_rebuild_leaves_the_index_as_it_was(self, index: Index) -> None:
        index.add("Ancien")

        def stream() -> Iterator[object]:
            yield make_document("n", "Nouveau")
            raise RuntimeError("base perdue")

        with pytest.raises(RuntimeError, match="base perdue"):
            index.engine.rebuild(stream())  # type: ignore[arg-type]
        assert index.finds("") == ["Ancien"]
        assert index.engine.rebuild([]) == 0

    def test_a_request_that_means_nothing_is_refused_with_its_remedy(self, index: Index) -> None:
        for wrong in ({"page": 0}, {"size": -1}, {"facets": ("couleur",)}, {"rayon_km": -1.0, "place": DIGNE}):
            with pytest.raises(QueryError, match=r"\w+"):
                index.page(**wrong)  # type: ignore[arg-type]
