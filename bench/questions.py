"""What is asked: the same drawn questions, in the same order, in each run. Words as counsellors type them, faults included."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

WORDS = (
    *("garde d'enfants", "gade d'enfants", "permis de conduire", "permi", "logement d'urgence", "aide alimentaire", "epicerie solidaire"),
    *(
        "garage solidaire",
        "location voiture",
        "surendettement",
        "budget",
        "apprendre le français",
        "illettrisme",
        "cv",
        "entretien embauche",
    ),
    *(
        "mutuelle",
        "addiction",
        "psychologue",
        "handicap",
        "création entreprise",
        "ordinateur",
        "démarches en ligne",
        "crèche",
        "velo",
        "caf",
    ),
)
NEEDS = ("famille", "mobilite", "logement-hebergement", "difficultes-financieres", "numerique", "sante", "famille--garde-denfants")
Parameters = Mapping[str, str | int]


@dataclass(frozen=True)
class Kind:
    """A kind of question, asked at one address with drawn parameters. `searches`: the engine answers it, not the base."""

    name: str
    path: str
    asked: Sequence[Parameters]
    fragment: bool = False
    searches: bool = True

    @property
    def is_page(self) -> bool:
        return self.path == "/recherche" and not self.fragment


def communes(corpus: Path, number: int, draw: random.Random) -> list[str]:
    """Communes where the corpus has services: many services, many chances."""
    lines = (corpus / "services.ndjson").open(encoding="utf-8")
    codes = [code for line in lines if (code := json.loads(line).get("code_insee"))]
    return draw.choices(codes, k=number)


def kinds(corpus: Path, number: int) -> list[Kind]:
    """`number` questions of each kind."""
    draw = random.Random(1)
    places = communes(corpus, number, draw)
    words = draw.choices(WORDS, k=number)
    needs = draw.choices(NEEDS, k=number)
    words_and_place: list[Parameters] = [{"q": q, "code": code} for q, code in zip(words, places, strict=True)]
    need_and_place: list[Parameters] = [{"besoins": n, "code": code, "tri": "distance"} for n, code in zip(needs, places, strict=True)]
    return [
        Kind("page: words", "/recherche", [{"q": q} for q in words]),
        Kind("page: words and place", "/recherche", words_and_place),
        Kind("page: need and place, nearest first", "/recherche", need_and_place),
        Kind("fragment: words and place", "/recherche", words_and_place, fragment=True),
        Kind("API: words and place", "/api/v1/search", [{"q": p["q"], "code_commune": p["code"], "size": 20} for p in words_and_place]),
        Kind(
            "API: need and place (no words)",
            "/api/v1/search/services",
            [{"thematiques": p["besoins"], "code_commune": p["code"], "size": 20} for p in need_and_place],
            searches=False,
        ),
    ]
