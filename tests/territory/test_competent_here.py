"""Who is competent where: a table of cases naming real towns, the same on both engines.

Each case is one service: where it is, the zones that its source wrote, where a person lives and looks, and whether it must
be found. Zones are read as an import reads them (``territory.zones``); distances were measured between town halls.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.search.embedded import EmbeddedEngine
from app.search.port import Hit, Place, SearchEngine, SearchRequest, Tri
from app.territory import gazetteer
from app.territory.competence import place_of
from app.territory.gazetteer import Commune
from app.territory.zones import read_zones
from tests.search import meilisearch_server
from tests.search.documents import make_document

FRANCE = gazetteer.load()
FAR = 50


@dataclass(frozen=True)
class Case:
    """`at`: where the service receives people (None: nobody knows); `lives`: the person's commune; both by INSEE code."""

    why: str
    at: str | None
    zones: tuple[str, ...]
    lives: str
    found: bool
    km: float | None = FAR
    modes: tuple[str, ...] = ("en-presentiel",)
    point: tuple[float, float] | None = None


DUNKERQUE, MAUBEUGE, LILLE, ROUBAIX, HAZEBROUCK = "59183", "59392", "59350", "59512", "59295"
PARIS, PARIS_10, PARIS_11, PARIS_12, LYON, LYON_3, VILLEURBANNE, VILLEFRANCHE = (
    *("75056", "75110", "75111", "75112"),
    *("69123", "69383", "69266", "69264"),
)
MARSEILLE, MARSEILLE_3, AIX, NANTES, STRASBOURG, SAINT_DENIS_93, SAINT_DENIS_974 = (
    *("13055", "13203", "13001", "44109", "67482", "93066", "97411"),
)
AJACCIO, BASTIA, ILE_D_YEU, BREHAT, DIGNE, BARCELONNETTE, JAUSIERS, GAP, LARAGNE, CURBANS = (
    *("2A004", "2B033", "85113", "22016", "04070", "04019", "04096", "05061", "05070", "04066"),
)
VALREAS, NYONS, AVIGNON = "84138", "26220", "84007"
NOUMEA, LIFOU, CHENILLE_CHAMPTEUSSE, CHENILLE_CHANGE = "98818", "98814", "49067", "49095"

CASES = [
    # distance, as data·inclusion's clients know it: 50 km
    Case("in the town itself", DUNKERQUE, ("59",), DUNKERQUE, True),
    Case("the other end of the département is too far", DUNKERQUE, ("59",), MAUBEUGE, False),
    Case("but not for who goes anywhere", DUNKERQUE, ("59",), MAUBEUGE, True, km=None),
    Case("the town next door", ROUBAIX, ("59",), LILLE, True),
    Case("the same, from the coast", ROUBAIX, ("59",), DUNKERQUE, False),
    Case("the person's own point counts, not their town hall", ROUBAIX, ("59",), DUNKERQUE, True, point=(50.63, 3.06)),
    Case("even outside their commune, and the other way round", DUNKERQUE, ("59",), DUNKERQUE, False, point=(50.63, 3.06)),
    Case("39 km, just inside 40", LILLE, (), HAZEBROUCK, True, km=40),
    Case("and just outside 38", LILLE, (), HAZEBROUCK, False, km=38),
    # at a distance
    Case("remote: no distance to speak of", MAUBEUGE, ("59",), DUNKERQUE, True, modes=("a-distance",)),
    Case("remote as well as on the spot, far away", MAUBEUGE, ("59",), DUNKERQUE, True, modes=("a-distance", "en-presentiel")),
    Case("remote, for the whole country", MARSEILLE, ("france",), BREHAT, True, modes=("a-distance",)),
    Case("remote, but for another département", MAUBEUGE, ("62",), DUNKERQUE, False, modes=("a-distance",)),
    Case("how it receives people isn't known: by distance", DUNKERQUE, ("59",), MAUBEUGE, False, modes=()),
    # zones
    Case("zone: the commune", LILLE, (LILLE,), LILLE, True),
    Case("zone: the commune next door", LILLE, (ROUBAIX,), LILLE, False),
    Case("zone: the EPCI", DIGNE, ("200067437",), DIGNE, True),
    Case("zone: another EPCI", DIGNE, ("200072304",), DIGNE, False, km=100),
    Case("zone: the département", DIGNE, ("04",), DIGNE, True),
    Case("zone: another département", DIGNE, ("05",), DIGNE, False),
    Case("zone: france", DIGNE, ("france",), DIGNE, True),
    Case("zone: 99100, which is France", DIGNE, ("99100",), DIGNE, True),
    Case("zone: a foreign country", DIGNE, ("99109",), DIGNE, False),
    Case("zone: a free list that has the commune", DIGNE, ("05", "200072304", DIGNE), DIGNE, True),
    Case("zone: a free list without it", DIGNE, ("05", "200072304", BARCELONNETTE), DIGNE, False),
    Case("no zone: no restriction", DIGNE, (), DIGNE, True),
    Case("the zone says yes, the distance no", DIGNE, ("04",), BARCELONNETTE, False, km=30),
    # a département or a région
    Case("44 is Loire-Atlantique", STRASBOURG, ("44",), STRASBOURG, False),
    Case("44 is Loire-Atlantique, seen from there", NANTES, ("44",), NANTES, True),
    Case("R44 is Grand Est", STRASBOURG, ("R44",), STRASBOURG, True),
    Case("R44 is not Loire-Atlantique", NANTES, ("R44",), NANTES, False),
    Case("93 is Seine-Saint-Denis", DIGNE, ("93",), DIGNE, False),
    Case("a région by name", DIGNE, ("Provence-Alpes-Côte d’Azur",), DIGNE, True),
    Case("a région by kind and code", MARSEILLE, ("region:93",), MARSEILLE_3, True),
    Case("another région", NYONS, ("Provence-Alpes-Côte d’Azur",), NYONS, False),
    # Paris, Lyon, Marseille
    Case("a city's zone is its districts'", PARIS_11, (PARIS,), PARIS_11, True),
    Case("a district's zone is its own", PARIS_11, (PARIS_11,), PARIS_11, True),
    Case("not its sibling's", PARIS_11, (PARIS_11,), PARIS_12, False),
    Case("the district isn't known: it may be theirs", PARIS_11, (PARIS_11,), PARIS, True),
    Case("Paris is a département too", PARIS_11, ("75",), PARIS_10, True),
    Case("Lyon's districts", LYON_3, (LYON,), LYON_3, True),
    Case("Marseille's districts", MARSEILLE_3, (MARSEILLE,), MARSEILLE_3, True),
    Case("Marseille is not Aix", MARSEILLE_3, (MARSEILLE,), AIX, False),
    Case("a district by its postal code", PARIS_11, ("75011",), PARIS_11, True),
    Case("and not the next", PARIS_11, ("75011",), PARIS_12, False),
    # the Rhône's two
    Case("the Métropole, by its EPCI", LYON, ("200046977",), VILLEURBANNE, True),
    Case("the Métropole, by name", LYON, ("Métropole de Lyon",), LYON_3, True),
    Case("the Métropole is not the Rhône", LYON, ("69M",), VILLEFRANCHE, False),
    Case("the Rhône without the Métropole", VILLEFRANCHE, ("69D",), VILLEFRANCHE, True),
    Case("the Rhône without the Métropole, from Lyon", VILLEFRANCHE, ("69D",), LYON, False),
    Case("département 69 is both", VILLEFRANCHE, ("69",), LYON, True),
    # overseas, Corsica
    Case("Saint-Denis de La Réunion", SAINT_DENIS_974, (SAINT_DENIS_974,), SAINT_DENIS_974, True, km=None),
    Case("is not the one near Paris", SAINT_DENIS_93, (SAINT_DENIS_93,), SAINT_DENIS_974, False, km=None),
    Case("nor the other way round", SAINT_DENIS_974, ("974",), SAINT_DENIS_93, False, km=None),
    Case("nor by distance", SAINT_DENIS_974, (), SAINT_DENIS_93, False, km=100),
    Case("a region of one département", SAINT_DENIS_974, ("La Réunion",), "97415", True, km=100),
    Case("2A", AJACCIO, ("2A",), AJACCIO, True),
    Case("2A is not 2B", BASTIA, ("2A",), BASTIA, False),
    Case("all of Corsica, written 20", BASTIA, ("20",), BASTIA, True),
    Case("all of Corsica, by name", AJACCIO, ("Corse",), BASTIA, True, km=None),
    # islands
    Case("an island without EPCI, by its département", ILE_D_YEU, ("85",), ILE_D_YEU, True),
    Case("an island without EPCI is in no EPCI", BREHAT, ("200067981",), BREHAT, False),
    Case("an island, from the mainland opposite", "22210", ("22",), BREHAT, True, km=10),
    # enclaves and borders
    Case("a structure of 05 serves Digne", GAP, ("04", "05"), DIGNE, True, km=FAR + 10),
    Case("a structure of 05 serves Digne alone, by commune", LARAGNE, (DIGNE,), DIGNE, True, km=FAR),
    Case("a structure of 05 serves 05", LARAGNE, ("05",), DIGNE, False),
    Case("a neighbour across the border without a zone", LARAGNE, (), DIGNE, True),
    Case("Gap's EPCI has a commune of 04: Curbans", GAP, ("Gap-Tallard-Durance",), CURBANS, True),
    Case("which 05 alone does not serve, though Gap is near", GAP, ("05",), CURBANS, False),
    Case("nor does Gap's EPCI serve Digne", GAP, ("200067825",), DIGNE, False, km=100),
    Case("the enclave of Valréas is Vaucluse", AVIGNON, ("84",), VALREAS, True, km=100),
    Case("not the Drôme that surrounds it", NYONS, ("26",), VALREAS, False),
    Case("its EPCI goes beyond it", NYONS, ("200040681",), VALREAS, True),
    Case("but what is near and serves both is theirs", NYONS, ("26", "84"), VALREAS, True, km=20),
    # merged communes
    Case("the old code of a merged commune", CHENILLE_CHAMPTEUSSE, (CHENILLE_CHANGE,), CHENILLE_CHAMPTEUSSE, True),
    Case("who gives their old commune", CHENILLE_CHAMPTEUSSE, (CHENILLE_CHAMPTEUSSE,), CHENILLE_CHANGE, True),
    # zones by postal code
    Case("a postal code is its communes'", BARCELONNETTE, ("04400",), BARCELONNETTE, True),
    Case("it has several", BARCELONNETTE, ("code-postal:04400",), "04226", True),
    Case("and not the others", BARCELONNETTE, ("04400",), JAUSIERS, False),
    # nobody knows where
    Case("no place, its zone names the commune", None, (DIGNE,), DIGNE, True, km=5),
    Case("no place, its zone names the département", None, ("04",), DIGNE, True, km=5),
    Case("no place, elsewhere", None, ("05",), DIGNE, False, km=5),
    Case("no place, for the whole country: not next door", None, ("france",), DIGNE, False, km=5),
    Case("no place, for the whole country, for who goes anywhere", None, ("france",), DIGNE, True, km=None),
    Case("no place, for the whole country, remote", None, ("france",), DIGNE, True, km=5, modes=("a-distance",)),
    Case("the person's own place is on no map", NOUMEA, ("988",), NOUMEA, True, km=5),
    Case("on no map, in the same commune", NOUMEA, (), NOUMEA, True, km=5),
    Case("on no map, another commune, no zone: its département answers", LIFOU, (), NOUMEA, True, km=5),
]
IDS = [case.why for case in CASES]


def commune(code: str) -> Commune:
    found = FRANCE.commune(code)
    assert found is not None, code
    return found


def place(case: Case) -> Place:
    return place_of(FRANCE, commune(case.lives), *(case.point or (None, None)))


@pytest.fixture(scope="module", params=["embedded", "meilisearch"])
def search_engine(request: pytest.FixtureRequest) -> Iterator[SearchEngine]:
    """The engine with every service of the table in it."""
    documents = []
    for number, case in enumerate(CASES):
        at = commune(case.at) if case.at else None
        zones = read_zones(FRANCE, case.zones)
        assert not zones.unknown, case
        documents.append(
            make_document(
                str(number),
                case.why,
                zones=zones.codes,
                modes_accueil=case.modes,
                code_insee=at and at.code,
                departement=at and at.departement,
                latitude=at and at.latitude,
                longitude=at and at.longitude,
            )
        )
    if request.param == "embedded":
        engine: SearchEngine = EmbeddedEngine(None)
        engine.rebuild(documents)
        yield engine
        return
    with meilisearch_server.engine_at(*request.getfixturevalue("meilisearch")) as server:
        server.rebuild(documents)
        yield server


def found(engine: SearchEngine, case: Case, **options: object) -> dict[str, Hit]:
    """All that is competent for the person of `case`."""
    page = engine.search(SearchRequest(place=place(case), rayon_km=case.km, size=1000, **options))  # type: ignore[arg-type]
    assert page.total == len(page.hits)
    return {hit.id: hit for hit in page.hits}


@pytest.mark.parametrize("number", range(len(CASES)), ids=IDS)
def test_competent_here(search_engine: SearchEngine, number: int) -> None:
    case = CASES[number]
    assert (str(number) in found(search_engine, case)) is case.found


def test_the_nearest_come_first_and_distances_are_right(search_engine: SearchEngine) -> None:
    case = CASES[IDS.index("39 km, just inside 40")]
    hits = found(search_engine, case, tri=Tri.DISTANCE)
    assert round(hits[str(CASES.index(case))].distance_km or 0) == 39
    known = [hit.distance_km for hit in hits.values() if hit.distance_km is not None]
    assert known == sorted(known)
    assert len(known) > 1


def test_what_is_only_remote_has_no_distance(search_engine: SearchEngine) -> None:
    case = CASES[IDS.index("remote: no distance to speak of")]
    assert found(search_engine, case)[str(CASES.index(case))].distance_km is None


def test_each_part_of_the_rhone_has_its_own_contacts() -> None:
    assert {commune(code).collectivite for code in (LYON, LYON_3, VILLEURBANNE)} == {"69M"}
    assert commune(VILLEFRANCHE).collectivite == "69D"
