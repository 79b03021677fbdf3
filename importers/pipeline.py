"""Import: the same line for every source. Get the file, prepare all its rows, see what they would do, write them in short batches."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from app.config import Settings
from app.db import session_of
from app.listings import By
from app.models import ImportRun
from app.models import Source as SourceRow
from app.models.base import now
from app.territory import gazetteer
from app.territory.geocoding import open_geocoder
from importers import batches, declared, fetching, locking, raw_records, registry, rows, staging
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

BATCH = 400  # rows a transaction: no other writer waits long, and bulk statements still pay
Progress = Callable[[int, int | None], None]


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
    progress: Progress | None = None,
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
    progress: Progress | None = None,
    foretold: Foretold | None = None,
) -> ImportRun:
    """Make `run`, which may be in the base already, of a source that only the caller may know; returns it finished.

    `foretold` is shown what a dry run, or a file that is held, would do.
    """
    return _Run(engine, source, settings, run, progress, foretold).make(file)


def approve(engine: Engine, run_id: int, *, settings: Settings, author: str, progress: Progress | None = None) -> ImportRun:
    """Apply a held run, from the bytes it was held with; `author` is who lets it through.

    Returns the same run, finished. Raises NotHeld if it isn't held, or if another import of its source
    came after it; Busy if one is under way.
    """
    with session_of(engine) as session:
        held = session.get(ImportRun, run_id)
        if held is None or held.etat != "retenu":
            raise NotHeld(f"L’import {run_id} n’est pas retenu : il n’y a rien à approuver.")
        if not is_last(session, held):
            raise NotHeld(f"Un import plus récent de la même source a été fait depuis : l’import {run_id} ne s’applique plus.")
        session.expunge(held)
    held.approved_by = author
    return _Run(engine, registry.resolve(held.source, declared=declared.sources(engine))[0][0], settings, held, progress).approved()


def is_last(session: Session, run: ImportRun) -> bool:
    """Has no import of the same rows ended well after this one?"""
    after = select(ImportRun.id).where(ImportRun.source == run.source, col(ImportRun.id) > run.id, ImportRun.etat == "termine")
    if run.departement:  # another département's rows are not these
        after = after.where(col(ImportRun.departement).is_(None) | (col(ImportRun.departement) == run.departement))
    return session.exec(after.where(col(ImportRun.dry_run).is_(False)).limit(1)).first() is None


def begin_again(session: Session, run: ImportRun, author: str) -> ImportRun:
    """A new run, of the same file as `run`, for `again` to make. Raises NotLast. Does not commit."""
    if run.etat != "termine" or run.dry_run or not is_last(session, run):
        raise NotLast("Ce n’est plus le dernier import de cette source : corrigez les lignes rejetées du plus récent.")
    made = ImportRun(source=run.source, departement=run.departement, author=author, approved_by=run.approved_by)
    made.file_name, made.file_sha256, made.file_date = run.file_name, run.file_sha256, run.file_date
    session.add(made)
    session.flush()
    return made


def again(engine: Engine, run_id: int, *, settings: Settings, progress: Progress | None = None) -> ImportRun:
    """Make the run that `begin_again` began, from the bytes kept: what somebody corrected meanwhile is read as corrected.

    Returns it finished; it says so if another import of its source was under way.
    """
    with session_of(engine) as session:
        run = session.get_one(ImportRun, run_id)
        session.expunge(run)
    source = registry.resolve(run.source, declared=declared.sources(engine))[0][0]
    return _Run(engine, source, settings, run, progress).from_kept()


class _Run:
    """One run of one source."""

    def __init__(
        self,
        engine: Engine,
        source: Source,
        settings: Settings,
        run: ImportRun,
        progress: Progress | None,
        foretold: Foretold | None = None,
    ) -> None:
        self.engine = engine
        self.source = source
        self.settings = settings
        self.run = run
        self.progress = progress or (lambda done, total: None)
        self.foretold = foretold
        self.by = By(f"import de {source.nom}")

    def make(self, file: Path | None) -> ImportRun:
        try:
            with locking.held(self.engine, self.settings.data_dir, self.source.id):
                self._bury()
                keep, only = not self.run.dry_run, self.run.departement
                return self._made(lambda: fetching.received(self.source, self.settings, file, keep=keep, departement=only))
        except locking.Busy as busy:
            return self._end("echoue", str(busy))

    def from_kept(self) -> ImportRun:
        try:
            return self.approved()
        except locking.Busy as busy:
            return self._end("echoue", str(busy))

    def approved(self) -> ImportRun:
        """Raises Busy: the run is still held."""
        with locking.held(self.engine, self.settings.data_dir, self.source.id):
            self._bury()
            return self._made(lambda: nullcontext(self._kept()))

    def _made(self, receive: Callable[[], AbstractContextManager[Received]]) -> ImportRun:
        try:
            self._begin()
            with receive() as received:
                try:
                    reasons = self._apply(received)
                except UnreadableFile as problem:  # told under the name the clerk knows, not that of the copy
                    raise UnreadableFile(str(problem).replace(received.path.name, received.name)) from problem
            if reasons:
                return self._end("retenu", " ".join(reasons), reasons)
            ended = self._end("termine", self.run.message)
            if not self.run.dry_run and fetching.is_whole(self.source, self.run.departement, received.name):
                fetching.forget_older(received)
            return ended
        except ImportProblem as problem:
            return self._end("echoue", str(problem))
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt | SystemExit)
            self._end(
                "interrompu" if stopped else "echoue", None if stopped else f"Erreur inattendue : {type(error).__name__}. Voir le journal."
            )
            raise

    def _bury(self) -> None:
        """Raises Busy if an undo of this source was cut short."""
        with session_of(self.engine) as session:
            locking.refuse_half_undone(session, self.source.id)
            locking.bury(session, self.source.id, self.run.id)
            session.commit()

    def _begin(self) -> None:
        with session_of(self.engine) as session:
            self._introduce(session)
            if self.run.id is None:
                session.add(self.run)
            elif self.run.etat == "retenu":
                self._resume(session, self.run.id)
            else:
                session.merge(self.run)
            session.commit()

    def _resume(self, session: Session, run_id: int) -> None:
        """A held run, about to be applied: its report is written anew. Raises NotHeld if someone else approved it meanwhile."""
        held = update(ImportRun).where(col(ImportRun.id) == run_id, col(ImportRun.etat) == "retenu")
        values = {"etat": "en-cours", "approved_by": self.run.approved_by, "finished_at": None, "sources_before": self.run.sources_before}
        if session.connection().execute(held.values(**values)).rowcount != 1:
            raise NotHeld(f"L’import {run_id} n’est plus retenu.")
        batches.forget(session, run_id)
        self.run.message = None

    def _introduce(self, session: Session) -> None:
        if self.run.dry_run:
            return
        known = session.get(SourceRow, self.source.id)
        self.run.sources_before = {self.source.id: known.model_dump() if known else None, **(self.run.sources_before or {})}
        known = known or SourceRow(id=self.source.id, nom=self.source.nom)
        known.nom, known.description = self.source.nom, self.source.description
        known.licence, known.url = self.source.licence, self.source.url
        session.add(known)

    def _kept(self) -> Received:
        """The bytes this run was held with. Raises NoFile."""
        name, sha256 = self.run.file_name or "", self.run.file_sha256 or ""
        path = fetching.kept_at(self.source.id, self.settings, sha256, name)
        if not path.exists():
            raise NoFile(f"Le fichier « {name} » n’est plus dans le dossier de données : importez-le de nouveau.")
        return Received(path, name, sha256, self.run.file_date, None)

    def _apply(self, received: Received) -> list[str] | None:
        """Returns why the file is held, and then has written nothing of it."""
        self._describe(received, self._file_date(received))
        self.run.message = received.said
        only = self.run.departement
        whole = only if fetching.is_whole(self.source, only, received.name) else None  # its answer is taken as it is
        with session_of(self.engine) as session:
            known = raw_records.known_ids(session, self.source.id, whole)
            renumbered = Renumbered.load(session, self.source.id, ids_are_given=self.source.translation.ids_are_given)
            corrections = Corrections.load(session, self.source.id)
        placing = self._placing()
        preparing = Preparing(self.source, gazetteer.load(), placing, renumbered, self.run.file_date, None if whole else only)
        departures = Departures(self.source, placing, renumbered, self.by, date.today())
        with spooling.opened(self.settings.data_dir / "etapes") as spool:
            sorting, told = Sorting(self.source, preparing.wanted), _Told(self.progress)
            found = self.source.read(received.path)
            told.total = found.total
            cut = rows.in_batches(corrections.applied(found.rows), BATCH)
            staged = staging.stage(self.engine, preparing, sorting, cut, corrections, spool, first=not known, told=told.staged)
            plan = self._plan(departures, known, sorting, staged, all_there=only is None or whole is not None)
            reasons = self._reasons(staged, plan, known, received.sha256)
            if reasons or self.run.dry_run:
                self._foretell(staged, plan, spool)
                return reasons
            writing = Batches(self.engine, self.source, self._id, self.by, plan, renumbered, departures)
            writing.counts.update(unchanged=staged.skipped, blank=staged.counts["blank"])
            writing.apply_all(spool, told.written)
            with session_of(self.engine) as session:
                corrections.used_by(session, self.source.id, self._id)
                session.commit()
        return None

    def _plan(self, departures: Departures, known: set[str], sorting: Sorting, staged: Staged, *, all_there: bool) -> Plan:
        """Only a whole file tells what is gone, and only if every row of it could be read."""
        gone = known - sorting.seen
        if not gone or not (all_there or self.source.only_departement == self.run.departement):
            return Plan()
        if sorting.unreadable:
            self.run.message = " ".join(filter(None, [self.run.message, _not_told(sorting.unreadable, len(gone))]))
            return Plan()
        with session_of(self.engine) as session:
            return departures.plan(session, gone, staged.new)

    def _reasons(self, staged: Staged, plan: Plan, known: set[str], sha256: str) -> list[str] | None:
        effects = staged.effects
        for gone in plan.to_verify:
            if gone.published:
                effects.add("vanished")
        effects.known += staged.skipped + len(plan.to_verify)
        if self.source.demonstration or not known or self.run.approved_by or self._was_approved(sha256):
            return None
        return effects.reasons(self.source.held_share)

    def _was_approved(self, sha256: str) -> bool:
        """Did someone let this very file through, in a run that died and that no other has followed to its end?"""
        mine = select(ImportRun.id).where(ImportRun.source == self.source.id, col(ImportRun.dry_run).is_(False))
        with session_of(self.engine) as session:
            last = session.exec(mine.where(ImportRun.etat == "termine").order_by(col(ImportRun.id).desc()).limit(1)).first() or 0
            died = mine.where(ImportRun.etat == "interrompu", ImportRun.file_sha256 == sha256, col(ImportRun.approved_by).is_not(None))
            return session.exec(died.where(col(ImportRun.id) > last).limit(1)).first() is not None

    def _foretell(self, staged: Staged, plan: Plan, spool: Spool) -> None:
        """Report what writing would do: counts, and the rows that are no listing."""
        counts = staged.counts + Counter(to_verify=sum(gone.published for gone in plan.to_verify), departed=len(plan.to_archive))
        counts["renumbered"] = len(plan.came_back)
        counts["created"] -= len(plan.came_back)
        for lot in spool.lots():
            with session_of(self.engine) as session:
                if self.foretold:
                    self.foretold.add(session, lot)
                batches.quarantine(session, self.source.id, self._id, lot.rejected)
                session.commit()
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

    def _describe(self, received: Received, file_date: date | None) -> None:
        self.by = By(self.by.name, run_id=self._id)
        self.run.file_name, self.run.file_sha256, self.run.file_date = received.name, received.sha256, file_date
        with session_of(self.engine) as session:
            values = {"file_name": received.name, "file_sha256": received.sha256, "file_date": file_date}
            session.execute(update(ImportRun).where(col(ImportRun.id) == self._id).values(**values))
            session.commit()

    def _end(self, etat: str, message: str | None = None, reasons: list[str] | None = None) -> ImportRun:
        with session_of(self.engine) as session:
            run = session.get(ImportRun, self.run.id) if self.run.id else None
            if run is None:
                session.add(run := self.run)
            run.etat, run.message, run.finished_at = etat, message, now()
            run.retenue = reasons or run.retenue
            session.commit()
            session.refresh(run)
            session.expunge(run)
            return run


def _not_told(unreadable: int, gone: int) -> str:
    lines = "1 ligne est illisible" if unreadable == 1 else f"{unreadable} lignes sont illisibles"
    which = "la fiche que le fichier n’a plus est gardée" if gone == 1 else f"les {gone} fiches que le fichier n’a plus sont gardées"
    advice = "corrigez-la" if unreadable == 1 else "corrigez-les"
    return f"{lines} : {which} comme avant. Pour savoir ce qui a disparu, {advice}, puis importez le fichier de nouveau."


class _Told:
    """How far a run is: a row counts for half once it is prepared, whole once nothing is left to do for it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.total: int | None = None
        self._staged = 0
        self._done = 0

    def staged(self, staged: Staged) -> None:
        self._staged, self._done = staged.read, staged.read - staged.to_write
        self._tell()

    def written(self, rows: int) -> None:
        self._done += rows
        self._tell()

    def _tell(self) -> None:
        self._progress((self._staged + self._done) // 2, self.total)
