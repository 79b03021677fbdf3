"""Exports that come back edited: each changed cell is a person's edit of a listing that this person keeps.

Not a source: nothing is created, nothing is missed, and a listing that changed since the export is left alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine
from sqlmodel import Session

from app import listings
from app.access import Viewer
from app.db import session_of
from app.interchange import tables
from app.interchange.kept import MODELS
from app.listings import ADDRESS_FIELDS
from app.models import Genre, ImportRun, Service, Statut, Structure
from app.models.base import now
from app.territory import gazetteer
from app.territory.locating import locate
from app.writing import By
from importers import batches, cleaning, validation
from importers.fields import Context, clean
from importers.formats.rows import RawRow
from importers.preparing import Rejected
from importers.problems import UnreadableFile
from importers.readers import any_rows
from importers.rows import in_batches

TARGET = "export-levier"
BATCH = 100  # rows a transaction: no other writer waits long
REQUIRED = ("genre", "id", "source", tables.STAMP)
CUT = 32_767  # characters that a spreadsheet keeps of a cell
DIGITS = ("siret", "code_postal", "code_insee")
Values = dict[str, Any]
Listing = Structure | Service

UNKNOWN = "Cette fiche est inconnue, ou tenue par une autre collectivité : un export qui revient n’en crée aucune."
OTHER_SOURCE = "L’identifiant et la source de cette ligne ne vont plus ensemble : ne changez que les autres colonnes."
STALE = "La fiche a changé depuis l’export : exportez-la de nouveau, puis refaites votre modification."
TWICE = "Cette fiche est plusieurs fois dans le fichier : seule la première ligne est prise."
SEALED = "L’adresse de cette fiche est confidentielle : modifiez-la à l’écran."


@dataclass
class _Bringing:
    """One file being brought back."""

    viewer: Viewer
    by: By
    dry_run: bool
    seen: set[tuple[str, str]]
    counts: dict[str, int]
    departements: set[str | None]


def bring_back(engine: Engine, path: Path, viewer: Viewer, *, dry_run: bool = False) -> ImportRun:
    """Edit, as `viewer`, the listings whose rows were changed in an export (CSV or XLSX). Returns the finished run.

    Rows that can't be taken are in its quarantine, each with its reason; the other listings of the file are edited all the same.
    """
    run = ImportRun(source=TARGET, author=viewer.nom, dry_run=dry_run, file_name=path.name)
    with session_of(engine) as session:
        session.add(run)
        session.commit()
        run_id = cast(int, run.id)
    work = _Bringing(viewer, By(viewer.nom, account_id=viewer.account_id), dry_run, set(), dict.fromkeys(batches.COUNTS, 0), set())
    etat, message = "termine", None
    try:
        for some in in_batches(_checked(any_rows()(path).rows), BATCH):
            with session_of(engine) as session:
                batches.quarantine(session, TARGET, run_id, _take(session, work, some))
                batches.report(session, run_id, work.counts)
                session.commit()
    except UnreadableFile as problem:
        etat, message = "echoue", str(problem)
    return _ended(engine, run_id, work, etat, message)


def _ended(engine: Engine, run_id: int, work: _Bringing, etat: str, message: str | None) -> ImportRun:
    with session_of(engine) as session:
        run = session.get_one(ImportRun, run_id)
        run.etat, run.message, run.finished_at = etat, message, now()
        if len(work.departements) == 1:
            [run.departement] = work.departements
        session.commit()
        session.refresh(run)
        session.expunge(run)
        return run


def _checked(rows: Iterable[RawRow]) -> Iterator[RawRow]:
    """Raises UnreadableFile unless the first row has the columns of an export."""
    for rank, row in enumerate(rows):
        if rank == 0 and (missing := [name for name in REQUIRED if name not in row.values]):
            raise UnreadableFile(f"Ce fichier n’est pas un export de Levier : il y manque {', '.join(missing)}.")
        yield row


def _take(session: Session, work: _Bringing, some: Iterable[RawRow]) -> list[Rejected]:
    rejected: list[Rejected] = []
    for row in some:
        cells = {name: tables.bare(value) if isinstance(value, str) else value for name, value in row.values.items()}
        reasons = [row.problem] if row.problem else _edit(session, work, cells)
        if reasons:
            work.counts["rejected"] += 1
            told = {name: cleaning.line(cells.get(name)) for name in ("genre", "id", "nom")}
            rejected.append(Rejected(row.line, told, reasons))
    return rejected


def _edit(session: Session, work: _Bringing, cells: Values) -> list[str]:
    """Edit the listing of one row; returns what forbids it."""
    genre, listing_id = str(cells.get("genre") or ""), str(cells.get("id") or "")
    if not genre and not listing_id:
        work.counts["blank"] += 1
        return []
    listing = cast(Listing | None, session.get(MODELS[genre], listing_id)) if genre in MODELS else None
    if listing is None or not work.viewer.keeps(listing.collectivite):
        return [UNKNOWN]
    if cells.get("source") != listing.source:
        return [OTHER_SOURCE]
    if (genre, listing_id) in work.seen:
        return [TWICE]
    work.seen.add((genre, listing_id))
    work.departements.add(listing.departement)
    changed = {} if _untouched(cells) else _changed(tables.row(listing), cells)
    if changed and not work.dry_run:  # nobody else writes between this comparison and the edit
        listing = cast(Listing, listings.hold(session, listing))
        changed = _changed(tables.row(listing), cells)
    if not changed:
        work.counts["unchanged"] += 1
        return []
    if cells.get(tables.STAMP) != tables.row(listing)[tables.STAMP]:
        return [STALE]
    values, reasons = _values(cast(Genre, genre), listing, changed)
    if reasons:
        return reasons
    done = bool(values) and (work.dry_run or listings.edit(session, listing, values, work.by))
    work.counts["changed" if done else "unchanged"] += 1
    return []


def _untouched(cells: Values) -> bool:
    """Does the row still say what it said when it was exported, whatever became of the listing since?"""
    read = {name: _read(name, cells.get(name)) for name in tables.COLUMNS}
    return cells.get(tables.STAMP) == tables.stamp(read)


def _read(name: str, cell: Any) -> Any:
    if name in tables.LISTS:
        return tables.parts(_written(cell)) or None
    if name in tables.NUMBERS:
        number = cleaning.number(cell)
        return int(number) if number is not None and name == "nombre_semaines" else number
    return cell or None


def _changed(current: tables.Row, cells: Values) -> Values:
    """The cells that say something else than the listing, and that it could hold."""
    return {name: cells[name] for name in tables.EDITED if name in cells and not _same(name, current[name], cells[name], current["genre"])}


def _same(name: str, current: Any, cell: Any, genre: str) -> bool:
    """Is this what a spreadsheet may make of the value? Zeros lost and numbers shortened are no edits."""
    if name not in MODELS[genre].model_fields:
        return True
    written = _written(cell)
    if name in tables.LISTS:
        return set(tables.parts(written)) == set(current or ())
    if name in tables.NUMBERS:
        number = cleaning.number(cell)
        return current is None and not written if number is None else current is not None and abs(number - current) < 1e-6
    said = tables.as_text(current)
    if name in DIGITS and said:
        return written.zfill(len(said)) == said or re.fullmatch(r"\d([.,]\d+)?E\+\d+", written) is not None
    if name == "date_maj":
        return (day.isoformat() if (day := cleaning.day(cell)) else written) == said
    return " ".join(written.split()) == " ".join(said.split()) or (len(written) >= CUT and said.startswith(written))


def _written(cell: Any) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _values(genre: Genre, listing: Listing, changed: Mapping[str, Any]) -> tuple[Values, list[str]]:
    """The changed cells as values of their fields, and what forbids to take them."""
    values: Values = {}
    reasons: list[str] = []
    context = Context(departement=listing.departement)
    for name, cell in changed.items():
        values[name] = _value(name, cell, context)
        if values[name] is None and (_written(cell) or name == "statut"):
            reasons.append(f"Colonne « {name} » : « {_written(cell)[:80]} » n’est pas compris.")
    if values.keys() & set(ADDRESS_FIELDS):
        reasons += [SEALED] if listing.adresse_confidentielle else _place(listing, values)
    whole = {**listing.model_dump(), **values}
    return {name: value for name, value in values.items() if value != getattr(listing, name)}, reasons or validation.problems(genre, whole)


def _value(name: str, cell: Any, context: Context) -> Any:
    written = _written(cell)
    if name == "statut":
        folded = cleaning.folded(written)
        return next((str(value) for value in Statut if cleaning.folded(value) == folded), None)
    if name in tables.LISTS or name in tables.NUMBERS:
        return _read(name, cell)
    if name == "date_maj":
        return cleaning.day(cell)
    return clean(name, written or None, context)


def _place(listing: Listing, values: Values) -> list[str]:
    """Make the address whole again, in place: what was not changed follows what was."""
    place = {name: values.get(name, getattr(listing, name)) for name in ADDRESS_FIELDS}
    if "code_insee" not in values and values.keys() & {"commune", "code_postal"}:
        place["code_insee"] = None
    if not values.keys() & {"latitude", "longitude"} and values.keys() & {"commune", "code_postal", "code_insee", "adresse"}:
        place["latitude"] = place["longitude"] = None
    found = locate(gazetteer.load(), place, departement=listing.departement)
    values.update({name: found.values.get(name) for name in ADDRESS_FIELDS})
    return [found.problem] if found.problem else []
