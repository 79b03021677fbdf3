"""Invented deliveries of one source: France services, places in Alpes-de-Haute-Provence and Touraine."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

COMMUNES = {"04070": ("Digne-les-Bains", "04000"), "37261": ("Tours", "37000"), "04019": ("Barcelonnette", "04400")}


class Place(NamedTuple):
    id: str
    nom: str
    insee: str = "04070"
    telephone: str = "04 65 71 00 01"


def places(count: int) -> list[Place]:
    """So many places, each with a name of its own."""
    return [Place(str(n), f"Espace {word} des Essais") for n, word in enumerate(_words(count), 1)]


def _words(count: int) -> list[str]:
    ends = ("iline", "osette", "ambourg", "ucarne")
    return [f"{first}{end}" for first in ("Mar", "Bel", "Cor", "Dul", "Fan") for end in ends][:count]


def deliver(folder: Path, found: Iterable[Place], name: str = "france-services-2024-08.csv") -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["id_fs", "lib_fs", "adresse", "insee_com", "code_postal", "lib_com", "telephone"])
        for place in found:
            commune, code_postal = COMMUNES[place.insee]
            writer.writerow([place.id, place.nom, "1 rue des Essais", place.insee, code_postal, commune, place.telephone])
    return folder / name
