"""The results as plain tables."""

from collections.abc import Mapping
from typing import Any

from bench import measures

PERCENTILES = ("p50", "p95", "p99")


def tables(results: Mapping[str, Any]) -> str:
    title = f"Levier {results['version']} on {results['database']}, load {results['load_while_searching']:.1f} while searching"
    parts = [title, _sizes(results), _pages("pages through HTTP, server on one core; ms", results["http"])]
    parts.append(_pages("pages in process, one core; ms", results["in_process"]))
    parts.append(_pages("the same, processor time alone; ms", results["in_process_cpu"]))
    if fresh := results.get("freshness"):
        parts.append(_freshness(fresh))
    return "\n\n".join(parts)


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
