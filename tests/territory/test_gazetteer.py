"""The shipped gazetteer: complete, dated, and forgiving to whoever types a name."""

from collections import Counter

import pytest

from app.territory import gazetteer
from app.territory.gazetteer import ATTRIBUTIONS, Gazetteer

OVERSEAS = ("975", "977", "978", "984", "986", "987", "988", "989")


@pytest.fixture(scope="module")
def france() -> Gazetteer:
    return gazetteer.load()


def test_it_is_read_once() -> None:
    assert gazetteer.load() is gazetteer.load()


def test_every_commune_and_every_municipal_district_is_there(france: Gazetteer) -> None:
    kinds = Counter("district" if commune.parent else "commune" for commune in france.communes())
    assert kinds == {"commune": 34_969, "district": 45}


def test_only_known_gaps_have_no_coordinates(france: Gazetteer) -> None:
    unknown = [commune for commune in france.communes() if commune.latitude is None]
    overseas = [commune for commune in unknown if commune.departement in OVERSEAS]
    assert len(overseas) == 94
    assert {commune.nom for commune in unknown if commune not in overseas} == {"Celles", "Chalinargues", "Chavagnac", "Sainte-Anastasie"}
    assert all((commune.latitude is None) == (commune.longitude is None) for commune in france.communes())


def test_every_point_is_a_number_in_the_right_part_of_the_world(france: Gazetteer) -> None:
    for commune in france.communes():
        if commune.latitude is not None and not commune.departement.startswith("97"):
            assert 41 < commune.latitude < 51.5, commune
            assert commune.longitude is not None, commune
            assert -5.5 < commune.longitude < 10, commune


def test_every_inhabited_place_has_a_collectivite_with_a_name(france: Gazetteer) -> None:
    named = {place.code for place in france.collectivites()}
    for commune in france.communes():
        if commune.departement in ("984", "989"):
            assert commune.collectivite is None, "nobody lives there"
        else:
            assert commune.collectivite in named, commune


def test_collectivites_are_the_hundred_that_manage_social_action_and_six_overseas(france: Gazetteer) -> None:
    codes = {place.code for place in france.collectivites()}
    assert len(codes) == 106
    assert {f"{code}C" for code in ("975", "977", "978", "986", "987", "988")} < codes
    assert not codes & {"67D", "68D", "2AD", "2BD", "75D"}


@pytest.mark.parametrize(
    ("commune", "collectivite", "nom"),
    [
        ("04070", "04D", "Alpes-de-Haute-Provence"),
        ("69123", "69M", "Métropole de Lyon"),
        ("69383", "69M", "Métropole de Lyon"),
        ("69264", "69D", "Rhône"),  # Villefranche-sur-Saône
        ("67482", "6AE", "Collectivité européenne d'Alsace"),
        ("68224", "6AE", "Collectivité européenne d'Alsace"),
        ("2A004", "20R", "Collectivité de Corse"),
        ("2B033", "20R", "Collectivité de Corse"),
        ("75111", "75C", "Ville de Paris"),
        ("97209", "972R", "Collectivité territoriale de Martinique"),
        ("97302", "973R", "Collectivité territoriale de Guyane"),
        ("97611", "976R", "Mayotte"),
        ("97105", "971D", "Guadeloupe"),
        ("98818", "988C", "Nouvelle-Calédonie"),
    ],
)
def test_a_commune_belongs_to_its_collectivite(france: Gazetteer, commune: str, collectivite: str, nom: str) -> None:
    place = france.commune(commune)
    assert place is not None
    assert place.collectivite == collectivite
    territory = france.territory(collectivite)
    assert territory is not None
    assert (territory.nom, territory.kind) == (nom, "collectivite")


def test_every_code_of_a_commune_has_a_name(france: Gazetteer) -> None:
    for commune in france.communes():
        for code in (commune.departement, f"R{commune.region}", commune.epci):
            assert code is None or france.territory(code) is not None, (commune, code)


def test_a_commune_carries_all_that_is_known_of_it(france: Gazetteer) -> None:
    digne = france.commune("04070")
    assert digne is not None
    assert (digne.nom, digne.codes_postaux, digne.departement, digne.region) == ("Digne-les-Bains", ("04000",), "04", "93")
    assert digne.population > 15_000
    epci, region = france.territory(digne.epci or ""), france.territory("R93")
    assert epci is not None
    assert "Provence-Alpes" in epci.nom
    assert region is not None
    assert region.kind == "region"


@pytest.mark.parametrize(
    ("former", "today"),
    [
        ("01003", "01165"),  # merged long ago
        ("49069", "49126"),  # Drain, now part of Orée d'Anjou
        ("93059", "93066"),  # Pierrefitte-sur-Seine, since 2025
        ("01015", "01015"),  # a former commune whose code the new one took over
    ],
)
def test_former_codes_lead_to_the_commune_of_today(france: Gazetteer, former: str, today: str) -> None:
    commune = france.commune(former)
    assert commune is not None
    assert commune.code == today


@pytest.mark.parametrize("code", ["", "99999", "4070", "Digne", "04"])
def test_an_unknown_code_gives_nothing(france: Gazetteer, code: str) -> None:
    assert france.commune(code) is None
    assert france.by_postal_code(code) == ()


def test_a_postal_code_names_its_district_before_the_city(france: Gazetteer) -> None:
    assert [commune.code for commune in france.by_postal_code("75011")] == ["75111", "75056"]
    assert france.by_postal_code("04000")[0].nom == "Digne-les-Bains"


def test_members_are_the_districts_of_a_city(france: Gazetteer) -> None:
    assert len(france.members("75056")) == 20
    assert len(france.members("69123")) == 9
    assert len(france.members("13055")) == 16
    assert france.members("04070") == ()
    assert france.members("75111") == ()


FOUND = [
    ("Digne-les-Bains", None, None, "04070"),
    ("DIGNE LES BAINS", None, None, "04070"),
    ("digne", None, None, "04070"),
    ("Digne-les-Bains Cedex 9", "04995", None, "04070"),
    ("Barcelonete", None, None, "04019"),
    ("St-Étienne", None, None, "42218"),
    ("Saint Etienne", "42000", None, "42218"),
    ("Ste Tulle", None, None, "04197"),
    ("Saint-Denis", "93200", None, "93066"),
    ("St Denis", None, "974", "97411"),
    ("Chalonnes s/ Loire", None, None, "49063"),
    ("Seyne-sur-Mer", None, None, "83126"),
    ("La Seyne sur mer", None, None, "83126"),
    ("mans", "72000", None, "72181"),
    ("L’Isle-sur-la-Sorgue", None, None, "84054"),
    ("ISLE SUR LA SORGUE (L')", "84800", None, "84054"),
    ("Œuilly", "51480", None, "51410"),
    ("oeuilly", "51480", None, "51410"),
    ("PARIS 11", None, None, "75111"),
    ("Paris", None, None, "75056"),
    ("Paris", "75011", None, "75111"),
    ("Paris", "75116", None, "75116"),
    ("Lyon 3e", None, None, "69383"),
    ("Lyon 3ème Arrondissement", None, None, "69383"),
    ("Marseille 1er", None, None, "13201"),
    ("Angers Cedex 9", "49941", None, "49007"),
    ("Drain", "49530", None, "49126"),
    ("Villeneuve Ascq", "59491", None, "59009"),
    ("Aix", "13100", None, "13001"),
    ("Valbonne-Sophia-Antipolis", "06560", None, "06152"),
    ("BARR\ufffdME", "04330", None, "04022"),
    ("VAL-DES-PR\ufffdS", "05100", None, "05174"),
    ("Bourg-en-Bresse", "01000", "01", "01053"),
    ("Ajaccio", "20000", None, "2A004"),
]


@pytest.mark.parametrize(("name", "code_postal", "departement", "code"), FOUND)
def test_a_written_name_is_understood(france: Gazetteer, name: str, code_postal: str | None, departement: str | None, code: str) -> None:
    commune = france.find(name, code_postal, departement)
    assert commune is not None
    assert commune.code == code


@pytest.mark.parametrize(
    ("name", "code_postal", "departement"),
    [
        ("Saint-Denis", None, None),  # of La Réunion or of Seine-Saint-Denis
        ("Villeneuve", None, None),
        ("Bains-les", None, None),
        ("", None, None),
        ("???", None, None),
        ("\ufffd", "04000", None),
        ("Digne-les-Bains", "33000", None),  # a hint that contradicts
        ("Digne-les-Bains", None, "33"),
        ("Xyzzyville", None, None),
    ],
)
def test_an_unsure_name_is_not_guessed(france: Gazetteer, name: str, code_postal: str | None, departement: str | None) -> None:
    assert france.find(name, code_postal, departement) is None


SUGGESTED = [
    ("d", "Dijon"),
    ("digne", "Digne-les-Bains"),
    ("DIGNE-L", "Digne-les-Bains"),
    ("0400", "Digne-les-Bains"),
    ("04000", "Digne-les-Bains"),
    ("49000 angers", "Angers"),
    ("angers 49", "Angers"),
    ("tour", "Tours"),
    ("tours", "Tours"),
    ("st etien", "Saint-Étienne"),
    ("saint-denis 93", "Saint-Denis"),
    ("l'isle-sur-la-s", "L'Isle-sur-la-Sorgue"),
    ("isle sur la s", "L'Isle-sur-la-Sorgue"),
    ("seyne sur", "La Seyne-sur-Mer"),
    ("paris 11", "Paris 11e Arrondissement"),
    ("lyon 3e arr", "Lyon 3e Arrondissement"),
    ("villeneuve ascq", "Villeneuve-d'Ascq"),
    ("barcelonette", "Barcelonnette"),
    ("brcelonnette", "Barcelonnette"),
    ("arcelonnette", "Barcelonnette"),
    ("2a", "Ajaccio"),
    ("nîmes", "Nîmes"),
    ("chateau-arn", "Château-Arnoux-Saint-Auban"),
    ("saint-sauveur-la-s", "Saint-Sauveur-la-Sagne"),
]


@pytest.mark.parametrize(("typed", "first"), SUGGESTED)
def test_the_likeliest_commune_is_suggested_first(france: Gazetteer, typed: str, first: str) -> None:
    assert france.suggest(typed)[0].nom == first


def test_every_namesake_is_offered_even_beside_larger_towns(france: Gazetteer) -> None:
    assert {"19002", "13001", "73008"} <= {commune.code for commune in france.suggest("aix")}


@pytest.mark.parametrize("typed", ["", "   ", "'", "xx", "99999", "qwrtzpsdfg", "\x00", "(" * 500])
def test_nothing_is_suggested_for_what_means_nothing(france: Gazetteer, typed: str) -> None:
    assert france.suggest(typed) == ()


def test_suggestions_are_distinct_and_no_more_than_asked(france: Gazetteer) -> None:
    for typed in ("s", "saint", "04", "la"):
        codes = [commune.code for commune in france.suggest(typed, limit=5)]
        assert len(codes) == len(set(codes)) == 5
    assert france.suggest("digne", limit=0) == ()


def test_every_commune_is_suggested_by_its_own_name_and_département(france: Gazetteer) -> None:
    for commune in france.communes()[::97]:
        assert commune in france.suggest(f"{commune.nom} {commune.codes_postaux[0]}" if commune.codes_postaux else commune.nom), commune


def test_the_producers_are_named_with_their_licence() -> None:
    said = " ".join(producer for producer, _ in ATTRIBUTIONS)
    assert all(producer in said for producer in ("INSEE", "IGN", "DILA", "La Poste"))
    assert {licence for _, licence in ATTRIBUTIONS} == {"Licence Ouverte 2.0"}
