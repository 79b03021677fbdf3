"""France services of December 2022, then of August 2024: the counts of the import are those of the files themselves."""

import csv
import re
import unicodedata
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.models import ImportRun, Quarantine, Renumbering, Structure
from importers import pipeline
from tests.conftest import ROOT

DATA = ROOT / "../shared/data"
Rows = dict[str, dict[str, str]]
Key = tuple[str, str]


def rows(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return {row["id_fs"]: row for row in csv.DictReader(lines)}


def plain(text: str) -> str:
    """Without mojibake, case, accents nor punctuation."""
    if "Ã" in text or "â€" in text:
        text = text.encode("cp1252", "ignore").decode("utf-8", "ignore")
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", "".join(letter for letter in letters if not unicodedata.combining(letter))))


def pairs(before: Rows, after: Rows, *, exact: bool) -> dict[str, str]:
    """New id → old id, of rows that are gone and came back with the same name and commune; each alone in that."""

    def keyed(found: Rows) -> dict[Key, list[str]]:
        keys: dict[Key, list[str]] = {}
        for row_id, row in found.items():
            name, town = row["lib_fs"], row["lib_com"]
            keys.setdefault((name, town) if exact else (plain(name), plain(town)), []).append(row_id)
        return keys

    gone = keyed({i: row for i, row in before.items() if i not in after})
    new = keyed({i: row for i, row in after.items() if i not in before})
    return {new[key][0]: ids[0] for key, ids in gone.items() if len(ids) == 1 and len(new.get(key, ())) == 1}


def rejected(session: Session, run: ImportRun) -> set[str]:
    return {content["id_fs"] for content in session.exec(select(Quarantine.content).where(Quarantine.run_id == run.id))}


def test_two_deliveries_of_france_services(engine: Engine, session: Session, settings: Settings) -> None:
    if not DATA.is_dir():
        pytest.skip("The real files of ../shared/data are not here: the invented deliveries stand in for them")
    files = [DATA / "france-services-2022-12.csv", DATA / "france-services-2024-08.csv"]
    before, after = map(rows, files)
    first, second = (pipeline.run(engine, "france-services", settings=settings, file=file)[0] for file in files)
    if second.etat == "retenu":
        second = pipeline.approve(engine, second.id or 0, settings=settings, author="Camille Fictive")
    assert second.etat == "termine"
    assert (len(before.keys() & after.keys()), len(before.keys() - after.keys()), len(after.keys() - before.keys())) == (2481, 202, 364)
    assert len(pairs(before, after, exact=True)) == 109  # written alike; the others differ by case, accents or punctuation

    came = {i: row for i, row in before.items() if i not in rejected(session, first)}
    coming = {i: row for i, row in after.items() if i in came or i not in rejected(session, second)}
    same = pairs(came, {**after, **coming}, exact=False)
    gone, new = came.keys() - after.keys(), coming.keys() - came.keys()
    assert first.created == len(came)
    assert (second.renumbered, second.to_verify, second.created) == (len(same), len(gone) - len(same), len(new) - len(same))
    assert second.changed + second.unchanged + second.rejected == len(after) - len(new)
    assert (second.renumbered >= 109, second.departed) == (True, 0)
    kept = {row.new_id.removeprefix("france-services--"): row.listing_id for row in session.exec(select(Renumbering))}
    assert kept == {new_id: f"france-services--{old}" for new_id, old in same.items()}
    missing = {row.id for row in session.exec(select(Structure)) if row.disparu_le is not None}
    assert missing == {f"france-services--{i}" for i in gone - set(same.values())}
    again = pipeline.run(engine, "france-services", settings=settings, file=files[1])[0]
    assert (again.unchanged, again.rejected) == (len(after) - second.rejected, second.rejected)
