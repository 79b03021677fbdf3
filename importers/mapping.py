"""From a row to listings, by a table: field of schema v1 → column.

A rule is a column's name (cleaned as its field asks), several names (joined by a space), or a small converter that takes the row.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from app import hours
from app.territory.gazetteer import Gazetteer
from importers import cleaning
from importers.fields import Context, clean
from importers.grouping import GROUPED
from importers.offers import MDS, Kind, Offer, kinds_named, networks

Values = dict[str, Any]


@dataclass
class Translated:
    """What a row became: records of schema v1 with Levier's own fields, what was repaired, and what forbids to import it."""

    structures: list[Values] = field(default_factory=list)
    services: list[Values] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Translation(Protocol):
    """How the rows of one source become listings."""

    @property
    def required(self) -> tuple[str, ...]:
        """Columns without which the file is not one of this source."""
        ...

    @property
    def ids_are_given(self) -> bool:
        """Do rows carry the ids of their listings? Then the same id twice is a fault, not two listings."""
        ...

    def record_id(self, raw: Mapping[str, Any]) -> str | None:
        """What tells this row from the others of its source, from one file to the next; None when the row is blank."""
        ...

    def departement(self, raw: Mapping[str, Any], gazetteer: Gazetteer) -> str | None:
        """The département that the row's codes tell, without the cost of translating it; None when they don't."""
        ...

    def translate(self, record_id: str, raw: Mapping[str, Any], source_id: str) -> Translated: ...


class Row:
    """A row that gives clean cells."""

    def __init__(self, raw: Mapping[str, Any], mend: Callable[[str], str] | None = None) -> None:
        self.raw = raw
        self._mend = mend

    def __getitem__(self, column: str) -> str | None:
        """The cell on one line; None when there is nothing in it, or no such column."""
        return cleaning.line(self.cell(column))

    def cell(self, column: str) -> Any:
        """The cell as published, but for lost letters that could be mended."""
        value = self.raw.get(column)
        return self._mend(value) if self._mend and isinstance(value, str) else value

    def text(self, column: str) -> str | None:
        """The cell with its paragraphs."""
        return cleaning.text(self.cell(column))

    def flag(self, column: str) -> bool:
        return cleaning.is_true(self.cell(column))

    def parts(self, column: str, separator: str = ",") -> list[str]:
        """The cell's list, each value once, be it a list or a text with separators."""
        cell = self.cell(column)
        parts = [cleaning.line(part) or "" for part in cell] if isinstance(cell, list) else (self[column] or "").split(separator)
        return list(dict.fromkeys(part.strip() for part in parts if part.strip()))

    def told(self, column: str, table: Mapping[str, Iterable[str]]) -> list[str]:
        """What the phrases of `table` mean, for those that stand in the cell, a text or a list; accents count, case and signs don't."""
        cell = self.cell(column)
        said = cleaning.folded(" / ".join(map(str, cell)) if isinstance(cell, list) else cell)
        found = (values for phrase, values in table.items() if f" {cleaning.folded(phrase)} " in f" {said} ")
        return list(dict.fromkeys(value for values in found for value in values))

    def ticked(self, table: Mapping[str, Iterable[str]]) -> list[str]:
        """What the columns of `table` mean, for those that say yes."""
        return list(dict.fromkeys(value for column, values in table.items() if self.flag(column) for value in values))

    def lines(self) -> list["Row"]:
        """The rows of the file that were grouped into this one (`importers.grouping`), each with what they share."""
        shared = {column: cell for column, cell in self.raw.items() if column != GROUPED}
        return [Row({**shared, **own}, self._mend) for own in self.raw.get(GROUPED, ())]


Rule = str | tuple[str, ...] | Callable[[Row], Any]


def no_offers(_row: Row) -> Iterable[Offer]:
    return ()


def no_kinds(_row: Row) -> Iterable[Kind]:
    return ()


@dataclass(frozen=True)
class Table:
    """The declarative translation: one row, one structure, and the services that its columns make certain.

    `key`: the columns that identify a row; one column gives its own value, several give a short digest of them all.
    `content`: a row with nothing in any of these columns is blank. `places`: the source's départements, which say
    whether a short code lost a zero. `mend` repairs the letters of every cell first. `kinds`: what sort of place it is, which
    gives its networks and what such places offer; `offers`: the services that its own columns tell.
    """

    key: tuple[str, ...]
    content: tuple[str, ...]
    structure: Mapping[str, Rule]
    offers: Callable[[Row], Iterable[Offer]] = no_offers
    kinds: Callable[[Row], Iterable[Kind]] = no_kinds
    places: tuple[str, ...] = ()
    mend: Callable[[str], str] | None = None
    required: tuple[str, ...] = ()
    ids_are_given: bool = False

    def record_id(self, raw: Mapping[str, Any]) -> str | None:
        if all(cleaning.is_missing(raw.get(column)) for column in self.content):
            return None
        cells = [cleaning.line(raw.get(column)) or "" for column in self.key]
        if len(cells) == 1:
            return cells[0] or _digest([repr(sorted(raw.items(), key=str))])
        return _digest([cleaning.folded(cell) for cell in cells])

    def departement(self, raw: Mapping[str, Any], gazetteer: Gazetteer) -> str | None:
        row, context = Row(raw, self.mend), Context(self.places)
        code = self._field("code_insee", row, context)
        commune = gazetteer.commune(code) if code else None
        if commune is None and (code := self._field("code_postal", row, context)):
            commune = next(iter(gazetteer.by_postal_code(code)), None)
        return commune.departement if commune else None

    def translate(self, record_id: str, raw: Mapping[str, Any], source_id: str) -> Translated:
        row, context = Row(raw, self.mend), Context(self.places)
        structure: Values = {"id": f"{source_id}--{record_id}", "source": source_id}
        for name in _places_first(self.structure):
            structure[name] = self._field(name, row, context)
        structure.update({name: value for name, value in context.found.items() if not structure.get(name)})
        if context.leftovers:
            structure["description"] = _joined([structure.get("description"), *context.leftovers])
        kinds = tuple(dict.fromkeys(self.kinds(row)))
        if "reseaux_porteurs" not in self.structure:
            structure["reseaux_porteurs"] = networks(kinds)
        found = [*(self._of_kind(offer) for _, offer in kinds if offer), *self.offers(row)]
        services = [_service(offer, structure, context) for offer in _distinct(found)]
        return Translated([structure], services, list(dict.fromkeys(context.notes)))

    def _of_kind(self, offer: Offer) -> Offer:
        """A département's own social centres serve all of it."""
        return offer.but(zone_eligibilite=list(self.places)) if offer is MDS and len(self.places) == 1 else offer

    def _field(self, name: str, row: Row, context: Context) -> Any:
        rule = self.structure.get(name)
        if rule is None:
            return None
        if isinstance(rule, str):
            return clean(name, row.cell(rule), context)
        if isinstance(rule, tuple):
            return clean(name, " ".join(filter(None, (row[column] for column in rule))), context)
        return clean(name, rule(row), context)


def _distinct(found: Iterable[Offer]) -> Iterator[Offer]:
    """Two services of a place that have the same name are two."""
    seen: Counter[str] = Counter()
    for offer in found:
        seen[offer.key] += 1
        yield offer if seen[offer.key] == 1 else replace(offer, key=f"{offer.key}-{seen[offer.key]}")


def _service(offer: Offer, structure: Values, context: Context) -> Values:
    """A service that stands where its structure does; its address block is the structure's, once located."""
    own = Context(context.places, context.departement, notes=context.notes)
    fields = {name: clean(name, value, own) for name, value in offer.fields.items()}
    if own.leftovers:
        fields["description"] = _joined([fields.get("description"), *own.leftovers])
    shared: Values = {name: structure[name] for name in ("source", "date_maj", "telephone", "courriel", "statut") if name in structure}
    return {
        "id": f"{structure['id']}-{offer.key}",
        "structure_id": structure["id"],
        "nom": offer.nom,
        "thematiques": list(offer.thematiques) or None,
        "description": None,
        **shared,
        **fields,
    }


def _places_first(names: Iterable[str]) -> list[str]:
    """Codes before phones: where a number is dialled from depends on the département."""
    first = ("code_insee", "code_postal")
    return [*(name for name in first if name in names), *(name for name in names if name not in first)]


def _joined(parts: Sequence[str | None]) -> str:
    return "\n".join(part for part in parts if part)


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


# --- small converters, for the tables of sources -------------------------------------------------------------------


def constant(value: Any) -> Rule:
    """The same value for every row."""
    return lambda _row: value


def first(*columns: str) -> Rule:
    """The first column that holds something: the source renamed it, or offers several."""
    return lambda row: next((row.cell(column) for column in columns if row.text(column)), None)


def sentences(**parts: str) -> Rule:
    """Columns as lines of text, each after its label: ``sentences(Équipements="equipements")``; a label ``_`` shows none."""

    def said(row: Row) -> str | None:
        found = [(label, row.text(column)) for label, column in parts.items()]
        return _joined([value if label.startswith("_") else f"{label} : {value}" for label, value in found if value]) or None

    return said


def named(*columns: str) -> Callable[[Row], Iterable[Kind]]:
    """The kinds of place that these columns say, in words that leave no doubt; several may stand in one cell ("CCAS / La Poste")."""
    return lambda row: (kind for column in columns for part in row.parts(column, " / ") for kind in kinds_named(part))


def week(column: str) -> Rule:
    """Hours with a column a day: ``week("h_{jour}")``. When one of them can't be told, the whole week as text."""

    def said(row: Row) -> str | None:
        return hours.from_days({day: value for day, jour in enumerate(hours.JOURS) if (value := row[column.format(jour=jour)])})

    return said
