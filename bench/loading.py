"""A base that holds the corpus, and its index: how long, how large, how much memory."""

import json
import os
import time
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, insert
from sqlmodel import SQLModel

from app import db
from app.config import Settings
from app.models import Service, Source, Structure
from app.progress import progress
from app.search import sync
from app.search.port import SearchEngine
from app.territory import gazetteer
from bench import corpus, measures
from importers import pipeline

IMPORTED_UP_TO = 200_000  # services; more are written straight into the base, which takes a quarter of the time
BATCH = 5_000


def load(engine: Engine, settings: Settings, folder: Path) -> dict[str, Any]:
    """Fill the base. Up to IMPORTED_UP_TO services through the import itself, which is then measured."""
    rows = corpus.rows(folder)
    start = time.perf_counter()
    if rows["services"] > IMPORTED_UP_TO:
        _write(engine, folder)
        return {"rows": rows, "imported": False, "load_seconds": time.perf_counter() - start}
    with progress("Import") as report:
        runs = pipeline.run(engine, "data-inclusion", settings=settings, file=folder, author="bench", progress=report)
    return {
        "rows": rows,
        "imported": True,
        "rejected": sum(run.rejected for run in runs),
        "load_seconds": time.perf_counter() - start,
        "import_peak_mb": measures.peak_mb(),
    }


def index(engine: Engine, search: SearchEngine) -> dict[str, Any]:
    """Build the whole index."""
    start, cpu = time.perf_counter(), time.process_time()
    with progress(f"Index {search.name}") as report:
        documents = sync.rebuild(engine, search, progress=report)
    seconds = time.perf_counter() - start
    return {"documents": documents, "seconds": seconds, "own_cpu_seconds": time.process_time() - cpu, "peak_mb": measures.peak_mb()}


def size_mb(folder: Path) -> float:
    """What a file or a folder holds, in MB; 0 if it is not there."""
    return sum(file.stat().st_size for file in (folder, *folder.rglob("*")) if file.is_file()) / 1e6


def _write(engine: Engine, folder: Path) -> None:
    """Rows as the import would make them, without its checks, history nor queue."""
    with db.session_of(engine) as session:
        session.add(Source(id="data-inclusion", nom="data·inclusion"))
        session.commit()
        for model, name in ((Structure, "structures"), (Service, "services")):
            with (folder / f"{name}.ndjson").open(encoding="utf-8") as lines:
                rows = _rows(model, lines)
                while batch := list(islice(rows, BATCH)):
                    session.execute(insert(cast(Any, model).__table__), batch)
                    session.commit()


def _rows(model: type[SQLModel], lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    communes, columns = gazetteer.load(), model.model_fields
    blank = {name: column.get_default(call_default_factory=True) for name, column in columns.items() if not column.is_required()}
    for line in lines:
        record = json.loads(line)
        values = blank | {name: record[name] for name in columns.keys() & record.keys()} | {"source": "data-inclusion"}
        if values.get("date_maj"):
            values["date_maj"] = date.fromisoformat(values["date_maj"])
        commune = communes.commune(values["code_insee"]) if values.get("code_insee") else None
        values["departement"] = commune.departement if commune else None
        values["collectivite"] = commune.collectivite if commune else None
        values["precision_lieu"] = "adresse" if values.get("latitude") else None
        if model is Service:
            values["score_qualite"] = sum(bool(value) for value in values.values()) / len(columns)  # the true one takes a millisecond
        yield values


def machine() -> dict[str, Any]:
    """What this was measured on, without a name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {"cores": os.cpu_count(), "memory_gb": round(memory), "load_at_start": os.getloadavg()[0]}
