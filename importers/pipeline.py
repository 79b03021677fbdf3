"""Import: the same line for every source. Get the file, prepare all its rows, see what they would do, write them in short batches."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session

from app.config import Settings
from app.db import session_of
from app.models import ImportRun
from app.progress import Report
from app.territory import gazetteer
from app.territory.geocoding import open_geocoder
from app.writing import By
from importers import batches, declared, departures, fetching, locking, raw_records, registry, rows, runs, staging
from importers import spool as spooling
from importers.batches import Batches
from importers.correcting import Corrections
from importers.departures import Departures, Plan
from importers.fetching import Received
from importers.placing import Placing
from importers.preparing import Lot, Preparing
from importers.problems import ImportProblem, NoFile, NotHeld, NotLast, UnknownTarget, UnreadableFile
from importers.renumbering import Renumbered
from importers.rows import Sorting
from importers.source import Source
from importers.spool import Spool
from importers.staging import Staged
from importers.telling import Told

BATCH = 400  # rows a transaction: no other writer waits long, and bulk statements still pay


class Foretold(Protocol):
    """Sees what a dry run, or a file that is held, would do."""

    def add(self, session: Session, lot: Lot) -> None:
        """Called with each lot, its effects told."""
        ...

    def close(self) -> None:
        """Called after the last one, before the run ends."""
        ...


def run(
    engine: Engine,
    target: str,
    *,
    settings: Settings,
    file: Path | None = None,
    departement: str | None = None,
    dry_run: bool = False,
    author: str = "levier",
    progress: Report | None = None,
) -> list[ImportRun]:
    """Import what `target` names: a source's id, or a département's code for its rows of every source that covers it.

    `file` is read instead of the source's own file or address; `departement`: only its rows of that source.
    `dry_run` reports what would happen and writes no listing.
    `progress` is called with the rows done and their total, None when unknown. Returns one finished run a source: a file
    that can't be had or read makes a run in state "echoue", its message says why; one that would change too much at once,
    in state "retenu", writes nothing until it is approved. Raises UnknownTarget.
    """
    wanted = registry.departement(departement) if departement else None
    sources, departement = registry.resolve(target, with_file=file is not None, declared=declared.sources(engine))
    if wanted and departement and wanted != departement:
        raise UnknownTarget(f"« {target} » et « {wanted} » sont deux départements : donnez-en un seul.")
    departement, of_all = departement or wanted, departement is not None
    if of_all and file is None:
        sources = [source for source in sources if not source.optional or fetching.is_at_hand(source, settings)]
    made = [ImportRun(source=source.id, author=author, departement=departement, dry_run=dry_run) for source in sources]
    return [_Run(engine, source, settings, one, progress).make(file) for source, one in zip(sources, made, strict=True)]


def run_source(
    engine: Engine,
    source: Source,
    run: ImportRun,
    *,
    settings: Settings,
    file: Path | None = None,
    progress: Report | None = None,
    foretold: Foretold | None = None,
) -> ImportRun:
    """Make `run`, which may be in the base already, of a source that only the caller may know; returns it finished.

    `foretold` is shown what a dry run, or a file that is held, would do.
    """
    return _Run(engine, source, settings, run, progress, foretold).make(file)


def approve(engine: Engine, run_id: int, *, settings: Settings, author: str, progress: Report | None = None) -> ImportRun:
    """Apply a held run, from the bytes it was held with; `author` is who lets it through.

    Returns the same run, finished. Raises NotHeld if it isn't held, or if another import of its source
    came after it; Busy if one is under way.
    """
    with session_of(engine) as session:
        held = session.get(ImportRun, run_id)
        if held is None or held.etat != "retenu":
            raise NotHeld(f"L’import {run_id} n’est pas retenu : il n’y a rien à approuver.")
        if not runs.is_last(session, held):
            raise NotHeld(f"Un import plus récent de la même source a été fait depuis : l’import {run_id} ne s’applique plus.")
        session.expunge(held)
    held.approved_by = author
    source = registry.resolve(held.source, declared=declared.sources(engine))[0][0]
    return _Run(engine, source, settings, held, progress).from_kept()


def begin_again(session: Session, run: ImportRun, author: str) -> ImportRun:
    """A new run, of the same file as `run`, for `again` to make. Raises NotLast. Does not commit."""
    if run.etat != "termine" or run.dry_run or not runs.is_last(session, run):
        raise NotLast("Ce n’est plus le dernier import de cette source : corrigez les lignes rejetées du plus récent.")
    made = ImportRun(source=run.source, departement=run.departement, author=author, approved_by=run.approved_by)
    made.file_name, made.file_sha256, made.file_date = run.file_name, run.file_sha256, run.file_date
    session.add(made)
    session.flush()
    return made


def again(engine: Engine, run_id: int, *, settings: Settings, progress: Report | None = None) -> ImportRun:
    """Make the run that `begin_again` began, from the bytes kept: what somebody corrected meanwhile is read as corrected.

    Returns it finished; it says so if another import of its source was under way.
    """
    with session_of(engine) as session:
        run = session.get_one(ImportRun, run_id)
        session.expunge(run)
    source = registry.resolve(run.source, declared=declared.sources(engine))[0][0]
    try:
        return _Run(engine, source, settings, run, progress).from_kept()
    except locking.Busy as busy:
        return runs.end(engine, run, "echoue", str(busy))


@dataclass
class _Run:
    """One run of one source."""

    engine: Engine
    source: Source
    settings: Settings
    run: ImportRun
    progress: Report | None
    foretold: Foretold | None = None

    def make(self, file: Path | None) -> ImportRun:
        keep, only = not self.run.dry_run, self.run.departement
        try:
            with self._alone():
                return self._made(fetching.received(self.source, self.settings, file, keep=keep, departement=only))
        except locking.Busy as busy:
            return runs.end(self.engine, self.run, "echoue", str(busy))

    def from_kept(self) -> ImportRun:
        """Raises Busy: the run is as it was."""
        with self._alone():
            return self._made(self._kept())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Raises Busy, also if an undo of this source was cut short."""
        with locking.held(self.engine, self.settings.data_dir, self.source.id):
            with session_of(self.engine) as session:
                locking.refuse_half_undone(session, self.source.id)
                locking.bury(session, self.source.id, self.run.id)
                session.commit()
            yield

    @contextmanager
    def _kept(self) -> Iterator[Received]:
        """The bytes it was made from already. Raises NoFile."""
        name, sha256 = self.run.file_name or "", self.run.file_sha256 or ""
        path = fetching.kept_at(self.source.id, self.settings, sha256, name)
        if not path.exists():
            raise NoFile(f"Le fichier « {name} » n’est plus dans le dossier de données : importez-le de nouveau.")
        yield Received(path, name, sha256, self.run.file_date, None)

    def _made(self, receiving: AbstractContextManager[Received]) -> ImportRun:
        try:
            runs.begin(self.engine, self.run, self.source)
            with receiving as received:
                try:
                    reasons = self._apply(received)
                except UnreadableFile as problem:  # told under the name the clerk knows, not that of the copy
                    raise UnreadableFile(str(problem).replace(received.path.name, received.name)) from problem
            if reasons:
                return runs.end(self.engine, self.run, "retenu", " ".join(reasons), reasons)
            ended = runs.end(self.engine, self.run, "termine", self.run.message)
            if not self.run.dry_run and fetching.is_whole(self.source, self.run.departement, received.name):
                fetching.forget_older(received)
            return ended
        except ImportProblem as problem:
            return runs.end(self.engine, self.run, "echoue", str(problem))
        except (KeyboardInterrupt, SystemExit):
            runs.end(self.engine, self.run, "interrompu")
            raise
        except BaseException as error:
            runs.end(self.engine, self.run, "echoue", f"Erreur inattendue : {type(error).__name__}. Voir le journal.")
            raise

    def _apply(self, received: Received) -> list[str] | None:
        """Returns why the file is held, and then has written nothing of it."""
        runs.describe(self.engine, self.run, received.name, received.sha256, self._file_date(received))
        self.run.message = received.said
        only = self.run.departement
        whole = only if fetching.is_whole(self.source, only, received.name) else None  # its answer is taken as it is
        with session_of(self.engine) as session:
            known = raw_records.known_ids(session, self.source.id, whole)
            renumbered = Renumbered.load(session, self.source.id, ids_are_given=self.source.translation.ids_are_given)
            corrections = Corrections.load(session, self.source.id)
        placing = self._placing()
        preparing = Preparing(self.source, gazetteer.load(), placing, renumbered, self.run.file_date, None if whole else only)
        by = By(f"import de {self.source.nom}", run_id=self._id)
        leaving = Departures(self.source, placing, renumbered, by, date.today())
        with spooling.opened(self.settings.data_dir / "etapes") as spool:
            sorting, told = Sorting(self.source, preparing.wanted), Told(self.progress or (lambda done, total: None))
            found = self.source.read(received.path)
            told.total = found.total
            cut = rows.in_batches(corrections.applied(found.rows), BATCH)
            staged = staging.stage(self.engine, preparing, sorting, cut, corrections, spool, first=not known, told=told.staged)
            plan = self._plan(leaving, known, sorting, staged, all_there=only is None or whole is not None)
            reasons = self._reasons(staged, plan, known, received.sha256)
            if reasons or self.run.dry_run:
                self._foretell(staged, plan, spool, told.written)
                return reasons
            writing = Batches(self.engine, self.source, self._id, by, plan, renumbered, leaving)
            writing.counts.update(unchanged=staged.skipped, blank=staged.counts["blank"])
            writing.apply_all(spool, told.written)
            with session_of(self.engine) as session:
                corrections.used_by(session, self.source.id, self._id)
                session.commit()
        return None

    def _plan(self, leaving: Departures, known: set[str], sorting: Sorting, staged: Staged, *, all_there: bool) -> Plan:
        """Only a whole file tells what is gone, and only if every row of it could be read."""
        gone = known - sorting.seen
        if not gone or not (all_there or self.source.only_departement == self.run.departement):
            return Plan()
        if sorting.unreadable:
            self.run.message = " ".join(filter(None, [self.run.message, departures.not_told(sorting.unreadable, len(gone))]))
            return Plan()
        with session_of(self.engine) as session:
            return leaving.plan(session, gone, staged.new)

    def _reasons(self, staged: Staged, plan: Plan, known: set[str], sha256: str) -> list[str] | None:
        effects = staged.effects
        for gone in plan.to_verify:
            if gone.published:
                effects.add("vanished")
        effects.known += staged.skipped + len(plan.to_verify)
        if self.source.demonstration or not known or self.run.approved_by or runs.was_approved(self.engine, self.source.id, sha256):
            return None
        return effects.reasons(self.source.held_share)

    def _foretell(self, staged: Staged, plan: Plan, spool: Spool, done: Callable[[int], None]) -> None:
        """Report what writing would do: counts, and the rows that are no listing; `done` is told the rows of each lot."""
        counts = staged.counts + Counter(to_verify=sum(gone.published for gone in plan.to_verify), departed=len(plan.to_archive))
        counts["renumbered"] = len(plan.came_back)
        counts["created"] -= len(plan.came_back)
        for lot in spool.lots():
            with session_of(self.engine) as session:
                if self.foretold:
                    self.foretold.add(session, lot)
                batches.quarantine(session, self.source.id, self._id, lot.rejected)
                session.commit()
            done(lot.read)
        if self.foretold:
            self.foretold.close()
        with session_of(self.engine) as session:
            batches.report(session, self._id, counts)
            session.commit()

    def _placing(self) -> Placing:
        """Invented addresses are nowhere: they are not looked up."""
        known, source = gazetteer.load(), self.source
        geocoder = None if source.demonstration else open_geocoder(known, self.settings.geocoder_url)
        return Placing(self.engine, known, geocoder, source.only_departement, self.run.dry_run)

    @property
    def _id(self) -> int:
        assert self.run.id is not None, "the run is committed before its file is fetched"  # noqa: S101
        return self.run.id

    def _file_date(self, received: Received) -> date | None:
        """The day the file was made; never the day of the import, which says nothing of the content."""
        if received.made_on:
            return received.made_on
        return self.source.newest_date(lambda: self.source.read(received.path).rows) or received.modified
