"""Raw rows as records: blank ones counted, bad ones set apart, ids made distinct."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from importers.preparing import Rejected, digest_of
from importers.problems import UnreadableFile
from importers.readers import RawRow
from importers.source import Record, Source


class Sorting:
    """Sorts the rows of one file. `wanted`: is this row one to take?

    `seen` are the ids of all its rows, wanted or not; `unreadable` rows have none that can be told.
    """

    def __init__(self, source: Source, wanted: Callable[[Mapping[str, Any]], bool]) -> None:
        self.source = source
        self.wanted = wanted
        self.seen: set[str] = set()
        self.blank = 0
        self.unreadable = 0
        self._checked = False

    def sorted_out(self, rows: Iterable[RawRow]) -> tuple[list[Record], list[Rejected]]:
        """The records of these rows, and those that can't be one. Raises UnreadableFile if columns are missing."""
        records: list[Record] = []
        rejected: list[Rejected] = []
        for row in rows:
            if row.problem is None and not self._checked:
                self._check_columns(row)
            if row.problem is not None:
                self.unreadable += 1
                rejected.append(Rejected(row.line, row.values, [row.problem], digest_of(row.values)))
                continue
            record_id = self.source.translation.record_id(row.values)
            if record_id is None:
                self.blank += 1
                continue
            twice, record_id = record_id in self.seen, self._distinct(record_id)
            if not self.wanted(row.values):
                continue
            if twice and self.source.translation.ids_are_given:
                reason = "Cet identifiant est déjà celui d’une autre fiche du fichier."
                rejected.append(Rejected(row.line, row.values, [reason], digest_of(row.values)))
            else:
                records.append(Record(record_id, row.line, row.values))
        return records, rejected

    def _check_columns(self, row: RawRow) -> None:
        missing = [column for column in self.source.translation.required if column not in row.values]
        if missing:
            raise UnreadableFile(
                f"Ce n’est pas un fichier de « {self.source.nom} » : il y manque {', '.join(f'« {m} »' for m in missing)}."
            )
        self._checked = True

    def _distinct(self, record_id: str) -> str:
        """Two rows of one file are two listings, even when nothing tells them apart."""
        distinct, rank = record_id, 1
        while distinct in self.seen:
            rank += 1
            distinct = f"{record_id}-{rank}"
        self.seen.add(distinct)
        return distinct


def in_batches(rows: Iterator[RawRow], size: int) -> Iterator[list[RawRow]]:
    batch: list[RawRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
