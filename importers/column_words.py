"""How files name their columns: ``data/colonnes.toml``, whose first lines say how it is written."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache

from app.hours import JOURS
from app.territory.names import key
from importers.source import PACKAGE

EXACT, WITHIN = 1.0, 0.6
PLACE = r"(?:structure|struct|lieu|etablissement|organisme|organisation|org|association|asso|site|equipement|point|centre|etab|fs)"
OF_ADDRESS = re.compile(r"^(?:adrs?|adresse|coord|coordonnees|localisation|loc) (?=\w{3})")  # « adrs_libcommune », « adresse_numero »
OF = r"(?:de |du |de la |de l |de votre |votre |la |le |l )*"


@dataclass(frozen=True)
class Words:
    """What a header must be, what may stand in it, what must not."""

    exact: re.Pattern[str]
    within: re.Pattern[str] | None
    against: re.Pattern[str] | None


def levelled(header: str) -> str:
    """A header's words: "NomStructure", "NOM_STRUCTURE" and "Nom  structure :" say the same."""
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", header)
    return key(re.sub(r"[°º]", " ", spaced))


@lru_cache(maxsize=16384)
def said(name: str, header: str) -> float:
    """How much this header says this field: EXACT, WITHIN, or 0.

    Of a path ("lieu.ville", "addr:city"), the last step may say it alone; so may what follows « adr_ ».
    """
    words = _words()[name]
    found = levelled(header)
    last = levelled(re.split(r"[.:](?=\w)", header)[-1])
    if any(words.exact.fullmatch(written) for written in (found, key(header), last, OF_ADDRESS.sub("", found))):
        return EXACT
    if words.against and words.against.search(found):
        return 0.0
    return WITHIN if words.within and words.within.search(found) else 0.0


@cache
def _words() -> dict[str, Words]:
    tables = tomllib.loads((PACKAGE / "data" / "colonnes.toml").read_text(encoding="utf-8"))
    day = tables.pop("horaires_jour")
    for jour in JOURS:
        tables[f"horaires_{jour}"] = {how: [word.replace("{jour}", jour) for word in words] for how, words in day.items()}
    return {
        name: Words(_any("", table["exact"]), _some("", table, "within"), _some(r"\b", table, "against")) for name, table in tables.items()
    }


def _some(before: str, table: dict[str, list[str]], how: str) -> re.Pattern[str] | None:
    return _any(before, table[how]) if how in table else None


def _any(before: str, words: list[str]) -> re.Pattern[str]:
    filled = (word.replace("{place}", PLACE).replace("{of}", OF) for word in words)
    return re.compile(f"{before}(?:{'|'.join(filled)})")
