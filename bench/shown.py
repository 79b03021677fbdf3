"""The results as plain tables."""

from collections.abc import Mapping
from typing import Any

from bench import measures

PERCENTILES = ("p50", "p95", "p99")


def tables(results: Mapping[str, Any]) -> str:
    title = f"Levier {results['version']} on {results['database']}, load {results['load_while_searching']:.1f} while searching"
    parts = [title, *([_importing(results["importing"])] if "importing" in results else []), _sizes(results)]
    parts.append(_pages("pages through HTTP, server on one core; ms", results["http"]))
    parts.append(_pages("pages in process, one core; ms", results["in_process"]))
    parts.append(_pages("the same, processor time alone; ms", results["in_process_cpu"]))
    if fresh := results.get("freshness"):
        parts.append(_freshness(fresh))
    return "\n\n".join(parts)


def _importing(found: Mapping[str, Any]) -> str:
    rows: list[tuple[str | float, ...]] = [
        ("new rows", found["new_per_second"], "rows/s"),
        ("new rows, their index made", found["new_and_indexed_per_second"], "rows/s"),
        ("the same, unchanged", found["unchanged_per_second"], "rows/s"),
        ("bare bulk insert of the same listings", found["bare_insert_per_second"], "rows/s"),
        (f"wait of {found['other_writes']} other writes, longest", 1000 * found["longest_wait_of_another_write"], "ms"),
        ("99 in 100", 1000 * found["wait_of_99_in_100"], "ms"),
        ("memory of the import", found["import_peak_mb"], "MB"),
        ("of all this", found["peak_mb"], "MB"),
    ]
    return measures.table((f"import of {found['rows']} rows on SQLite, one core", "value", "unit"), rows)


def _sizes(results: Mapping[str, Any]) -> str:
    rows: list[tuple[str | float, ...]] = []
    if load := results.get("load"):
        number = sum(load["rows"].values())
        how = f"{number} rows, {load['rejected']} rejected" if load["imported"] else f"{number} rows, without the import"
        rows.append(("load" if not load["imported"] else "import", how, number / load["load_seconds"], "rows/s"))
    if index := results.get("index"):
        rows.append(("index build", f"{index['documents']} documents", index["seconds"], "s"))
        rows.append(("memory of the build", "peak", index["peak_mb"], "MB"))
    rows += [("base", "on disk", results["base_mb"], "MB"), ("index", "on disk", results["index_mb"], "MB")]
    for when in ("before", "after"):
        rows += [
            (f"memory of the server, {name}", f"{when} the questions", value, "MB") for name, value in results[f"memory_{when}_mb"].items()
        ]
    return measures.table(("load, index, memory", "of what", "value", "unit"), rows)


def _pages(title: str, found: Mapping[str, Any]) -> str:
    rows = []
    for name, one in found.items():
        engine, ratio = one["engine"], one["ratio"]
        page = [one["page"][p] for p in PERCENTILES]
        beside = [engine[p] for p in PERCENTILES] if engine else ["-"] * 3
        times = [f"{ratio[p]:.2f}" for p in PERCENTILES[:2]] if ratio else ["-"] * 2
        rows.append([name, *page, *beside, *times])
    head = (title, "page p50", "p95", "p99", "engine alone p50", "p95", "p99", "times p50", "p95")
    return measures.table(head, rows)


def _freshness(fresh: Mapping[str, Any]) -> str:
    rows: list[tuple[str | float, ...]] = []
    for name, found in fresh.items():
        for what, seconds in (("an edit, until it is found", found["edit"]), ("a bare push, until its task ends", found["bare"])):
            if seconds:
                ordered = sorted(seconds)
                rows.append((f"{name}: {what}", float(len(ordered)), *(f"{s:.2f}" for s in (ordered[len(ordered) // 2], ordered[-1]))))
    return measures.table(("freshness while 8 clients search; s", "number", "p50", "most"), rows)
