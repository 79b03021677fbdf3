"""What a request must answer, computed the plain way: one document at a time."""

import math
import random
from datetime import date, timedelta

from app.search.port import Document, Place, SearchRequest
from app.vocabulary import REFERENTIELS, thematiques_by_categorie
from tests.search.documents import make_document

THEMATIQUES = [t for values in thematiques_by_categorie().values() for t in values][:12]
PUBLICS = [item.value for item in REFERENTIELS["publics"]]
ALL_TIME = date(2026, 11, 1)
COMMUNES = {"04070": "04", "04019": "04", "13055": "13", "2A004": "2A", "98613": "986"}
ZONES = [*COMMUNES, "04", "13", "200067437", "france", "99100"]
EVERYWHERE = {"france", "99100"}


def place(rng: random.Random, located: bool = True) -> Place:
    code = rng.choice(list(COMMUNES))
    codes = {code, COMMUNES[code], "france", "99100"} | ({"200067437"} if code == "04070" else set())
    point = (44 + rng.random() * 2, 5 + rng.random() * 2) if located else (None, None)
    return Place(code, code, COMMUNES[code], frozenset(codes), *point)


def some_documents(rng: random.Random, number: int) -> list[Document]:
    return [_document(rng, i) for i in range(number)]


def _document(rng: random.Random, i: int) -> Document:
    def few(values: list[str], most: int) -> tuple[str, ...]:
        return tuple(rng.sample(values, rng.randint(0, most)))

    code = rng.choice([*COMMUNES, None])
    known = rng.random() < 0.8
    return make_document(
        f"d{i}",
        rng.choice(["Atelier mobilité", "Permis solidaire", "Garde d’enfants", "Accueil"]),
        thematiques=few(THEMATIQUES, 3),
        publics=rng.choice([(), ("tous-publics",), few(PUBLICS[1:], 3)]),
        frais=rng.choice([None, "gratuit", "payant"]),
        modes_accueil=few(["a-distance", "en-presentiel"], 2),
        type=rng.choice([None, "atelier", "formation"]),
        zones=few(ZONES, 2),
        code_insee=code,
        departement=COMMUNES[code] if code else None,
        source=rng.choice(["un", "deux"]),
        statut=rng.choice(["publiee", "publiee", "suspendue", "brouillon"]),
        collectivite=rng.choice([None, "04D", "13D"]),
        latitude=44 + rng.random() * 2 if known else None,
        longitude=5 + rng.random() * 2 if known else None,
        date_maj=rng.choice([None, ALL_TIME - timedelta(days=rng.randint(0, 2000))]),
        score_qualite=rng.random(),
        genre=rng.choice(["service"] * 9 + ["structure"]),
    )


def distance_km(place: Place, document: Document) -> float | None:
    """By the spherical law of cosines: another formula than the engine's."""
    if None in (place.latitude, document.latitude) or set(document.modes_accueil) == {"a-distance"}:
        return None
    return _arc(place, document)


def _arc(place: Place, document: Document) -> float:
    a, b = math.radians(place.latitude or 0), math.radians(document.latitude or 0)
    turn = math.radians((document.longitude or 0) - (place.longitude or 0))
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(turn)
    return 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))


def answers(documents: list[Document], request: SearchRequest) -> set[str]:
    return {document.id for document in documents if _kept(document, request)}


def _kept(d: Document, r: SearchRequest) -> bool:
    return (
        d.genre == r.genre
        and d.statut in r.statuts
        and (r.collectivites is None or d.collectivite in r.collectivites)
        and (not r.thematiques or bool(r.thematiques & set(d.thematiques)))
        and _admits(d, r.publics)
        and (not r.frais or d.frais in r.frais)
        and (not r.modes_accueil or bool(r.modes_accueil & set(d.modes_accueil)))
        and (not r.types or d.type in r.types)
        and (not r.departements or d.departement in r.departements)
        and (not r.sources or d.source in r.sources)
        and (r.among is None or d.id in r.among)
        and (r.place is None or _competent(d, r.place, r.rayon_km))
    )


def _admits(d: Document, publics: frozenset[str]) -> bool:
    if not publics or not d.publics or "tous-publics" in d.publics or publics & set(d.publics):
        return True
    return "residents-qpv-frr" in d.publics and publics != {"tous-publics"}


def _competent(d: Document, place: Place, rayon_km: float | None) -> bool:
    zones = set(d.zones)
    if zones and not zones & place.codes:
        return False
    if rayon_km is None or "a-distance" in d.modes_accueil:
        return True
    if d.latitude is not None and place.latitude is not None:
        return _arc(place, d) <= rayon_km
    named = bool(zones & (place.codes - EVERYWHERE))
    return named or d.code_insee in place.codes or (not zones and d.departement == place.departement)
