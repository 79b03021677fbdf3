"""Records of data·inclusion schema v1: structures first, each row marked with its `genre`."""

import json
from collections.abc import Iterator
from pathlib import Path

from importers.formats import parquet
from importers.formats.headers import named_columns
from importers.formats.records import json_line, raw_object
from importers.formats.rows import Contents, RawRow
from importers.formats.sheets import cells_of, open_workbook, rows_of, sheet_of
from importers.formats.texts import encoding_of
from importers.problems import UnreadableFile

GENRES = ("structure", "service")
COMPUTED = frozenset({"score_qualite", "doublons"})  # by the API, anew every day: they say nothing new of a row
IGNORED = "__ignore__"  # the workbook's own column: rows of explanation and examples
SHEETS = {"structure": "Structures", "service": "Services"}


def read_folder(path: Path) -> Contents:
    """A folder of ``structures.ndjson`` and ``services.ndjson``, or of the Parquet files that data·inclusion publishes."""
    files = [(genre, _file(path, f"{genre}s")) for genre in GENRES]
    return Contents("schema-v1", (row for genre, file in files for row in _rows(genre, file)))


def _file(folder: Path, name: str) -> Path:
    """Of several published ones, whose names end with their day, the last."""
    known = folder / f"{name}.ndjson"
    found = known if known.is_file() else max(folder.glob(f"{name}*.parquet"), default=None, key=lambda file: file.name)
    if found is None:
        raise UnreadableFile(f"Il manque « {known.name} » dans le dossier « {folder.name} ».")
    return found


def _rows(genre: str, file: Path) -> Iterator[RawRow]:
    if file.suffix == ".parquet":
        return (_marked(genre, row) for row in parquet.records(file))
    return _ndjson(genre, file)


def _ndjson(genre: str, file: Path) -> Iterator[RawRow]:
    with file.open("rb") as lines:
        for rank, content in enumerate(lines, 1):
            if content.strip():
                yield _marked(genre, json_line(rank, content))


def read_file(path: Path) -> Contents:
    """One JSON object ``{"structures": [...], "services": [...]}``."""
    try:
        found = json.loads(encoding_of(path).text(path))
        items = [(genre, item) for genre in GENRES for item in found[f"{genre}s"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableFile(f"« {path.name} » n’est pas un objet JSON avec « structures » et « services ».") from error
    return Contents("schema-v1", (_marked(genre, raw_object(rank, item)) for rank, (genre, item) in enumerate(items, 1)))


def read_any(path: Path) -> Contents:
    """A folder of structures and services, or answers of the API. Raises UnreadableFile."""
    return read_folder(path) if path.is_dir() else read_pages(path)


def read_pages(path: Path) -> Contents:
    """Answers of the API as downloads keep them: ``{"structures": [...]}`` or ``{"services": [...]}`` a line."""

    def rows() -> Iterator[RawRow]:
        with path.open("rb") as pages:
            for page in pages:
                found = [(name.removesuffix("s"), items) for name, items in json_line(0, page).values.items() if isinstance(items, list)]
                if not found or not all(genre in GENRES for genre, _ in found):
                    raise UnreadableFile(f"« {path.name} » n’est pas une réponse de data·inclusion : donnez un dossier de fiches.")
                yield from (_marked(genre, raw_object(0, item)) for genre, items in found for item in items)

    return Contents("schema-v1", (row._replace(line=rank) for rank, row in enumerate(rows(), 1)))


def read_workbook(path: Path) -> Contents:
    """The workbook in which contributors give their offer: sheets « Structures » and « Services », explanations and examples left out.

    Columns keep the words of their header, whatever they are; the line is that of the sheet.
    """
    workbook, names = open_workbook(path)
    missing = [sheet for sheet in SHEETS.values() if sheet not in names]
    if missing:
        raise UnreadableFile(f"Il manque à « {path.name} » la feuille « {missing[0]} » : ce n’est pas le classeur de contribution attendu.")

    def rows() -> Iterator[RawRow]:
        for genre, sheet in SHEETS.items():
            cells, first = cells_of(sheet_of(workbook, sheet, path.name), path.name)
            if cells:
                found = rows_of(cells[1:], named_columns(cells[0]), first + 1)
                yield from (_marked(genre, row) for row in found if row.values.get(IGNORED) != "oui")

    return Contents("schema-v1", rows(), sheets=tuple(names))


def _marked(genre: str, row: RawRow) -> RawRow:
    own = {name: value for name, value in row.values.items() if name not in COMPUTED}
    return row._replace(values={"genre": genre, **own})
