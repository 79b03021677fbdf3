"""How well the search for duplicates finds those that a corpus is known to hold, and how long it takes.

``python -m bench.duplicates FOLDER``: a corpus of ``../shared/corpus/make_corpus.py``, of another seed than 1, on which weights were set.
Structures alone are loaded, each with its own source, into a new SQLite base; then the search runs as `levier duplicates --whole` does.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import select

from app import db
from app.duplicates import finding
from app.duplicates.matching import HIGH, LOW
from app.models import Doublon, Source, Structure
from app.progress import progress
from app.territory import gazetteer
from bench import measures

BATCH = 5_000
Pairs = set[tuple[str, str]]


def measure(folder: Path, base: Path) -> dict[str, Any]:
    """Precision and recall of the pairs at both thresholds, against the corpus's own truth."""
    engine = db.make_engine(f"sqlite:///{base / 'levier.sqlite3'}")
    db.migrate(engine)
    structures = _load(engine, folder)
    start = time.perf_counter()
    with progress("Doublons") as report:
        finding.find(engine, whole=True, progress=report)
    seconds = time.perf_counter() - start
    with db.session_of(engine) as session:
        found = {(pair.a_id, pair.b_id): pair.score for pair in session.exec(select(Doublon))}
    engine.dispose()
    truth = _truth(folder)
    return {
        "structures": structures,
        "true_pairs": len(truth),
        "seconds": round(seconds, 1),
        "peak_mb": round(measures.peak_mb()),
        **{str(at): _judge({pair for pair, score in found.items() if score >= at}, truth) for at in (LOW, HIGH)},
    }


def _judge(found: Pairs, truth: Pairs) -> dict[str, Any]:
    right = len(found & truth)
    return {"pairs": len(found), "precision": round(right / max(1, len(found)), 3), "recall": round(right / max(1, len(truth)), 3)}


def _truth(folder: Path) -> Pairs:
    """Pairs that the corpus made."""
    lines = map(json.loads, (folder / "duplicates.ndjson").open(encoding="utf-8"))
    return {(min(line["id"], line["doublon_de"]), max(line["id"], line["doublon_de"])) for line in lines}


def _load(engine: Engine, folder: Path) -> int:
    sources: set[str] = set()
    total = 0
    with db.session_of(engine) as session, (folder / "structures.ndjson").open(encoding="utf-8") as lines:
        rows = _rows(lines)
        while batch := list(islice(rows, BATCH)):
            new = {row["source"] for row in batch} - sources
            session.add_all(Source(id=source, nom=source) for source in sorted(new))
            session.flush()
            session.execute(insert(Structure), batch)
            session.commit()
            sources |= new
            total += len(batch)
    return total


def _rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    communes, columns = gazetteer.load(), Structure.model_fields.keys()
    for line in lines:
        record = json.loads(line)
        values = {name: record[name] for name in columns & record.keys()}
        values["date_maj"] = date.fromisoformat(record["date_maj"])
        commune = communes.commune(record["code_insee"])
        values["departement"] = commune.departement if commune else None
        values["collectivite"] = commune.collectivite if commune else None
        values["precision_lieu"] = "adresse" if record["latitude"] else None
        yield values


def main() -> None:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "duplicates.ndjson").exists():
        sys.exit("python -m bench.duplicates FOLDER: a folder that holds structures.ndjson and duplicates.ndjson.")
    with tempfile.TemporaryDirectory() as base:
        print(json.dumps(measure(Path(sys.argv[1]), Path(base)), indent=2))


if __name__ == "__main__":
    main()
