"""Import: the same line for every source. Get the file, read its rows, apply them in short batches, report."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, update

from app.config import Settings
from app.db import session_of
from app.listings import By
from app.models import ImportRun
from app.models import Source as SourceRow
from app.models.base import now
from app.territory import gazetteer
from app.territory.geocoding import open_geocoder
from importers import fetching, locking, registry
from importers.batches import Batches, Rejected
from importers.fetching import Received
from importers.placing import Placing
from importers.problems import ImportProblem, UnreadableFile
from importers.reading import RawRow
from importers.source import Record, Source

BATCH = 400  # rows a transaction: no other writer waits long, and bulk statements still pay
COUNTS = ("created", "changed", "unchanged", "rejected")
Progress = Callable[[int, int | None], None]


def run(
    engine: Engine,
    target: str,
    *,
    settings: Settings,
    file: Path | None = None,
    dry_run: bool = False,
    author: str = "levier",
    progress: Progress | None = None,
) -> list[ImportRun]:
    """Import what `target` names: a source's id, or a département's code for its rows of every source that covers it.

    `file` is read instead of the source's own file or address. `dry_run` reports what would happen and writes no listing.
    `progress` is called with the rows read and their total, None when unknown. Returns one finished run a source: a file
    that can't be had or read makes a run in state "echoue", its message says why. Raises UnknownTarget.
    """
    sources, departement = registry.resolve(target, with_file=file is not None)
    if departement and file is None:
        sources = [source for source in sources if not source.optional or fetching.is_at_hand(source, settings)]
    return [_Run(engine, source, settings, departement, dry_run, author, progress).make(file) for source in sources]


class _Run:
    """One run of one source."""

    def __init__(
        self,
        engine: Engine,
        source: Source,
        settings: Settings,
        departement: str | None,
        dry_run: bool,
        author: str,
        progress: Progress | None,
    ) -> None:
        self.engine = engine
        self.source = source
        self.settings = settings
        self.dry_run = dry_run
        self.progress = progress or (lambda done, total: None)
        self.run = ImportRun(source=source.id, author=author, departement=departement, dry_run=dry_run)

    def make(self, file: Path | None) -> ImportRun:
        try:
            with locking.held(self.settings.data_dir, self.source.id):
                self._begin()
                with fetching.received(self.source, self.settings, file, keep=not self.dry_run) as received:
                    try:
                        self._apply(received)
                    except UnreadableFile as problem:  # told under the name the clerk knows, not that of the copy
                        raise UnreadableFile(str(problem).replace(received.path.name, received.name)) from problem
            return self._end("termine")
        except ImportProblem as problem:
            return self._end("echoue", str(problem))
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt | SystemExit)
            self._end(
                "interrompu" if stopped else "echoue", None if stopped else f"Erreur inattendue : {type(error).__name__}. Voir le journal."
            )
            raise

    def _begin(self) -> None:
        """Runs of this source that still say "en-cours" are of processes that died: the lock proves it."""
        with session_of(self.engine) as session:
            dead = update(ImportRun).where(col(ImportRun.source) == self.source.id, col(ImportRun.etat) == "en-cours")
            session.execute(dead.values(etat="interrompu", finished_at=now()))
            self._introduce(session)
            session.add(self.run)
            session.commit()

    def _introduce(self, session: Session) -> None:
        if self.dry_run:
            return
        known = session.get(SourceRow, self.source.id) or SourceRow(id=self.source.id, nom=self.source.nom)
        known.nom, known.description = self.source.nom, self.source.description
        known.licence, known.url = self.source.licence, self.source.url
        session.add(known)

    def _apply(self, received: Received) -> None:
        self._describe(received, self._file_date(received))
        found = self.source.read(received.path)
        batches = Batches(
            engine=self.engine,
            source=self.source,
            gazetteer=gazetteer.load(),
            placing=self._placing(),
            run_id=self._id,
            by=By(f"import de {self.source.nom}", run_id=self._id),
            file_date=self.run.file_date,
            departement=self.run.departement,
            dry_run=self.dry_run,
        )
        counts = dict.fromkeys((*COUNTS, "blank"), 0)
        rows = _Rows(self.source, batches)
        done = 0
        for batch in _chunks(found.rows, BATCH):
            records, rejected = rows.sorted_out(batch)
            counts["blank"] = rows.blank
            outcome = batches.apply(records, rejected, counts)
            for name, count in zip(COUNTS, (outcome.created, outcome.changed, outcome.unchanged, len(outcome.rejected)), strict=True):
                counts[name] += count
            done += len(batch)
            self.progress(done, found.total)

    def _placing(self) -> Placing:
        """Invented addresses are nowhere: they are not looked up."""
        known, source = gazetteer.load(), self.source
        geocoder = None if source.demonstration else open_geocoder(known, self.settings.geocoder_url)
        return Placing(self.engine, known, geocoder, source.only_departement, self.dry_run)

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
        self.run.file_name, self.run.file_sha256, self.run.file_date = received.name, received.sha256, file_date
        with session_of(self.engine) as session:
            values = {"file_name": received.name, "file_sha256": received.sha256, "file_date": file_date}
            session.execute(update(ImportRun).where(col(ImportRun.id) == self._id).values(**values))
            session.commit()

    def _end(self, etat: str, message: str | None = None) -> ImportRun:
        with session_of(self.engine) as session:
            run = session.get(ImportRun, self.run.id) if self.run.id else None
            if run is None:
                session.add(run := self.run)
            run.etat, run.message, run.finished_at = etat, message, now()
            session.commit()
            session.refresh(run)
            session.expunge(run)
            return run


class _Rows:
    """Raw rows as records: blank ones counted, bad ones set apart, ids made distinct."""

    def __init__(self, source: Source, batches: Batches) -> None:
        self.source = source
        self.batches = batches
        self.blank = 0
        self.checked = False
        self.seen: set[str] = set()

    def sorted_out(self, rows: Iterable[RawRow]) -> tuple[list[Record], list[Rejected]]:
        """The records of these rows, and those that can't be one. Raises UnreadableFile if columns are missing."""
        records: list[Record] = []
        rejected: list[Rejected] = []
        for row in rows:
            if row.problem is None and not self.checked:
                self._check_columns(row)
            if row.problem is not None:
                rejected.append(Rejected(row.line, row.values, [row.problem]))
                continue
            record_id = self.source.translation.record_id(row.values)
            if record_id is None:
                self.blank += 1
                continue
            twice, record_id = record_id in self.seen, self._distinct(record_id)
            if not self.batches.wanted(row.values):
                continue
            if twice and self.source.translation.ids_are_given:
                rejected.append(Rejected(row.line, row.values, ["Cet identifiant est déjà celui d’une autre fiche du fichier."]))
            else:
                records.append(Record(record_id, row.line, row.values))
        return records, rejected

    def _check_columns(self, row: RawRow) -> None:
        missing = [column for column in self.source.translation.required if column not in row.values]
        if missing:
            raise UnreadableFile(
                f"Ce n’est pas un fichier de « {self.source.nom} » : il y manque {', '.join(f'« {m} »' for m in missing)}."
            )
        self.checked = True

    def _distinct(self, record_id: str) -> str:
        """Two rows of one file are two listings, even when nothing tells them apart."""
        distinct, rank = record_id, 1
        while distinct in self.seen:
            rank += 1
            distinct = f"{record_id}-{rank}"
        self.seen.add(distinct)
        return distinct


def _chunks(rows: Iterator[RawRow], size: int) -> Iterator[list[RawRow]]:
    chunk: list[RawRow] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
