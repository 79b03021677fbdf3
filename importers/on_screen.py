"""The importers' one door for the pages of a dropped file: what it is, what Levier makes of it, its trial and its import."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session

from app.models import ImportRun
from importers import declared, delivering, guessing
from importers.cleaning import folded
from importers.declaring import BY_NAME, FIELDS, Declaration, faults
from importers.delivering import Kind, state
from importers.deposits import Deposit, Deposits, Preview, examples, said
from importers.everyday import Proposal, proposed
from importers.formats.sheets import EVERY
from importers.problems import ImportProblem
from importers.values import MAX_VALUE, values_of

__all__ = [
    "BY_NAME",
    "EVERY",
    "FIELDS",
    "MOST_VALUES",
    "Declaration",
    "Deposit",
    "Deposits",
    "ImportProblem",
    "Kind",
    "Preview",
    "Proposal",
    "as_before",
    "content_of",
    "counted_values",
    "described",
    "examples",
    "faults",
    "fits",
    "folded",
    "groupings",
    "keep_source",
    "launch",
    "proposed",
    "said",
    "saved",
    "state",
]

log = logging.getLogger("levier")

Content = dict[str, Any]
"""A declaration as plain values, which may not be whole yet."""

MOST_VALUES = 60  # of a column, shown to be given a meaning


# --- what was said of a source ---------------------------------------------------------------------------------------------


def described(session: Session, deposit: Deposit) -> dict[str, Content]:
    """What was said of each source of the deposit's collectivité, by id."""
    return {row.id: row.declaration for row in declared.of_collectivites(session, [deposit.collectivite])}


def saved(session: Session, source_id: str) -> Declaration | None:
    """The mapping saved under that id, if any."""
    return declared.load(session, source_id) if source_id else None


def fits(content: Content, columns: Sequence[str]) -> bool:
    """Does a file of these columns read as the saved one did?"""
    return {*content["cle"], *(column for names in content["champs"].values() for column in names)} <= set(columns)


def content_of(session: Session, deposit: Deposit, preview: Preview) -> Content:
    """What was last sent for this file, else what Levier guesses of it."""
    if deposit.declaration is not None:
        return deposit.declaration
    guessed: Content = guessing.guess(preview.opened, preview.sample, deposit.collectivite).model_dump(mode="json")
    before = described(session, deposit).get(deposit.source, {})  # its columns have changed, not what it is
    kept = {name: before[name] for name in ("nom", "licence", "valeurs", "thematiques") if before}
    return {**guessed, "url": deposit.url or None, **kept}


def as_before(deposits: Deposits, deposit: Deposit, source: str, content: Content) -> Deposit:
    """The deposit, as a delivery of that source."""
    return deposits.save(replace(deposit, source=source, sheet=content.get("sheet"), declaration=content))


def keep_source(session: Session, deposits: Deposits, deposit: Deposit, author: str) -> Deposit:
    """Save the deposit's mapping as a source of its collectivité, and commit."""
    content = Declaration.model_validate(deposit.declaration)
    source = declared.save(session, deposit.source or None, content, author)
    session.commit()
    return deposits.save(replace(deposit, source=source))


# --- what its rows hold ----------------------------------------------------------------------------------------------------


def counted_values(preview: Preview, columns: Iterable[str]) -> list[tuple[str, int]]:
    """The commonest values of these columns, and how many of the first rows have each."""
    names = [*columns]
    counts = Counter(value for row in preview.sample for value in values_of(row.values, names))
    return [(value, count) for value, count in counts.most_common(MOST_VALUES) if len(value) <= MAX_VALUE]


def groupings(content: Content, preview: Preview) -> list[tuple[str, int, int]]:
    """The ways of grouping its first rows that make a difference: name, structures, services. None when each row is a place."""
    found: list[tuple[str, int, int]] = []
    for name in ("", "lieu", "cle"):
        try:
            told = declared.tally(Declaration.model_validate({**content, "nom": "?", "regrouper": name}), preview.sample)
        except ValidationError:
            continue
        if not found or told[0] < found[0][1] or name == content.get("regrouper"):
            found.append((name, *told))
    return found if len(found) > 1 else []


# --- its runs --------------------------------------------------------------------------------------------------------------


def launch(engine: Engine, deposits: Deposits, deposit: Deposit, kind: Kind, author: str, *, written: Callable[[], None]) -> Deposit:
    """Begin a run in a thread of its own; `written` is called there once listings are. Raises Busy.

    A process that dies leaves a run that says interrompu, to launch again.
    """
    deposit, run = delivering.begin(engine, deposits, deposit, kind, author)
    work = partial(_work, engine, deposits, deposit, run, written)
    threading.Thread(target=work, name=f"levier-import-{run.id}", daemon=True).start()
    return deposit


def _work(engine: Engine, deposits: Deposits, deposit: Deposit, run: ImportRun, written: Callable[[], None]) -> None:
    try:
        source = declared.source_of(run.source, Declaration.model_validate(deposit.declaration))
        made = delivering.work(engine, deposits, deposit, source, run)
        if not made.dry_run and made.etat == "termine":
            written()
    except Exception:
        log.exception("import %s", run.id)
