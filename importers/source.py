"""What a source is: who it is, under which licence, where its file is, and how its rows become listings."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from importers import cleaning
from importers.mapping import Translated, Translation
from importers.readers import Reader

logger = logging.getLogger(__name__)

PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Source:
    """A source of listings; `id` is the `source` of its listings in schema v1.

    - `url`: published address: a file, an ArcGIS layer or a paged API; None: none is known, the file is given by hand.
    - `endpoints`: of an API of data·inclusion's shape, what to ask below its address, a département at a time, with the token.
    - `departements`: the only ones it covers; empty: the whole country.
    - `file_name`: pattern of its file in ``LEVIER_SOURCES_DIR``; of several, the last by name is taken.
    - `shipped`: its file, when it comes with Levier.
    - `file_date`: day the file was made, when it is known once and for all.
    - `date_columns`: where the rows' own dates are: the newest dates the file, if nothing better does.
    - `optional`: a département's import leaves it out when its file is not there.
    - `place_optional`: a record without any address is still a listing (a national, remote service).
    - `held_share`: a file that would remove, close, move or rename more than this share of its listings, from 0 to 1, waits
      for a human.
    - `every_days`: how often `levier import --due` asks its address again; None: never.
    - `mapping`: digest of what says how its rows are read, when that is data: rows are translated again when it changes.
    - `archive_after_days`: how long a row stays away from the file before its listing is archived; at least 1.
    """

    id: str
    nom: str
    licence: str
    file_name: str
    read: Reader
    translation: Translation
    url: str | None = None
    endpoints: tuple[str, ...] = ()
    description: str | None = None
    departements: tuple[str, ...] = ()
    shipped: Path | None = None
    file_date: date | None = None
    date_columns: tuple[str, ...] = ()
    demonstration: bool = False
    optional: bool = False
    place_optional: bool = False
    held_share: float = 0.2
    every_days: int | None = 7
    mapping: str = ""
    archive_after_days: int = 30

    def covers(self, departement: str) -> bool:
        return not self.departements or departement in self.departements

    @property
    def only_departement(self) -> str | None:
        """The département of all its rows, when there is only one."""
        return self.departements[0] if len(self.departements) == 1 else None

    def newest_date(self, rows: Callable[[], Any]) -> date | None:
        """The newest date that the rows themselves carry; `rows` gives them anew."""
        if not self.date_columns:
            return None
        days = (cleaning.day(row.values.get(column)) for row in rows() for column in self.date_columns)
        return max((day for day in days if day), default=None)


@dataclass(frozen=True)
class Record:
    """A row to import: what identifies it within its source, where it stands in the file, what it holds."""

    id: str
    line: int | None
    raw: Mapping[str, Any]

    def translated(self, source: Source) -> Translated:
        """Structures and services, in the names of schema v1 and of Levier's own fields."""
        try:
            found = source.translation.translate(self.id, self.raw, source.id)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            logger.warning("%s, line %s: %r", source.id, self.line, error)
            return Translated(problems=["Une cellule de cette ligne n’a pas la forme attendue : la ligne n’a pas pu être lue."])
        if source.demonstration:
            for values in (*found.structures, *found.services):
                values["demonstration"] = True
        return found


@cache
def version() -> str:
    """Digest of all that turns a row into a listing: importers, their word lists, the gazetteer and what reads it.

    Part of a raw record's hash: when any of it changes, rows are translated again; those that come out the same
    change nothing.
    """
    territory = PACKAGE.parent / "app" / "territory"
    files = [*PACKAGE.rglob("*.py"), *(PACKAGE / "data").glob("*.txt"), *territory.glob("*.py"), *(territory / "data").glob("*")]
    digest = hashlib.sha256()
    for file in sorted(files):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]
