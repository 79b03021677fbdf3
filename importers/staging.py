"""The whole file, read and prepared before anything is written: what it would do is known first."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import Session

from importers import foreseeing, renumbering
from importers.correcting import Corrections
from importers.foreseeing import Effects
from importers.preparing import Preparing
from importers.readers import RawRow
from importers.renumbering import Sign
from importers.rows import Sorting
from importers.spool import Spool


@dataclass
class Staged:
    """What a file holds. Its lots wait in a spool; `counts` are those of the report, were all of them written."""

    effects: Effects = field(default_factory=Effects)
    new: dict[str, Sign] = field(default_factory=dict)  # id given by a new row → what it is known by
    counts: Counter[str] = field(default_factory=Counter)
    skipped: int = 0  # rows that are as they were: they are in no lot
    read: int = 0  # rows of the file
    to_write: int = 0  # those of the lots in the spool


def stage(
    engine: Engine,
    preparing: Preparing,
    sorting: Sorting,
    batches: Iterable[list[RawRow]],
    corrections: Corrections,
    spool: Spool,
    *,
    first: bool,
    told: Callable[[Staged], None],
) -> Staged:
    """Prepare every row into `spool`; `told` is called after each batch. `first`: nothing came before. Raises UnreadableFile."""
    staged = Staged()
    for batch in batches:
        records, rejected = sorting.sorted_out(batch)
        with Session(engine) as session:
            lot = preparing.lot(session, records, rejected)
            foreseeing.foresee(session, lot, staged.effects)
        corrections.tell(lot)
        lot.read = len(batch)
        staged.read += lot.read
        staged.skipped += lot.unchanged
        staged.counts["unchanged"] += lot.unchanged
        staged.counts["rejected"] += len(lot.rejected)
        staged.counts.update(item.effect for item in lot.prepared)
        if not first:
            staged.new.update((item.given_id, renumbering.sign(item.genre, item.main)) for item in lot.prepared if item.new)
        if lot.prepared or lot.rejected:
            spool.add(lot)
            staged.to_write += lot.read
        told(staged)
    staged.counts["blank"] = sorting.blank
    return staged
