"""Files that abort, hang or fill memory end the process that reads them, and that one only."""

import contextlib
import gc
import json
import os
import zipfile
from pathlib import Path

import pytest

from importers.formats.rows import Limits
from importers.problems import UnreadableFile
from importers.readers.opening import open_any
from tests.importers.workbooks import MAIN, ods, repacked, sheet_xml, write_xlsx, xlsx

TOO_MUCH = "demande trop de mémoire ou de temps"


def corners(path: Path) -> Path:
    """A1 and XFD1048576, and nothing between."""
    far = '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    sheet = f'<worksheet {MAIN}><sheetData><row r="1"><c r="A1"><v>1</v></c></row>{far}</sheetData></worksheet>'
    return write_xlsx(path, {"Feuille 1": sheet})


def test_two_cells_at_the_far_corners_of_a_sheet(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=TOO_MUCH):
        open_any(corners(tmp_path / "x.xlsx"))


def test_a_lost_cell_far_below_says_what_to_do(tmp_path: Path) -> None:
    far = '<row r="1000000"><c r="T1000000"><v>2</v></c></row>'
    sheet = sheet_xml([["nom", "ville"], ["A", "Digne"]]).replace("</sheetData>", f"{far}</sheetData>")
    with pytest.raises(UnreadableFile, match=r"une cellule isolée, tout en bas ou tout à droite|demande trop de mémoire"):
        open_any(write_xlsx(tmp_path / "x.xlsx", {"Feuille 1": sheet}))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "x.xlsx", [["nom", "ville"]])
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (2_000_000_000).to_bytes(4, "little")  # the size once unpacked
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="démesuré une fois ouvert"):
        open_any(path)


def test_a_zip_bomb_that_lies_about_its_size_fills_no_memory(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "x.xlsx", [["nom", "ville"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as packed, packed.open("xl/sharedStrings.xml", "w") as part:
        part.write(f"<sst {MAIN}><si><t>".encode())
        for _ in range(150):
            part.write(b"x" * 1_000_000)
    assert path.stat().st_size < 2_000_000
    with contextlib.suppress(UnreadableFile):
        open_any(path, limits=Limits(memory=130_000_000))


def test_entities_are_not_blown_up(tmp_path: Path) -> None:
    entities = '<!ENTITY a "0123456789">' + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    text = "<c t='inlineStr' r='B2'><is><t>&j;</t></is></c>"
    sheet = sheet_xml([["nom", "ville"], ["A"]]).replace("</row></sheetData>", f"{text}</row></sheetData>")
    path = write_xlsx(tmp_path / "x.xlsx", {"Feuille 1": f"<!DOCTYPE x [{entities}]>{sheet}"})
    try:
        cells = [cell for row in open_any(path).rows.rows for cell in row.values.values()]
    except UnreadableFile:
        return
    assert all(len(str(cell)) < 100 for cell in cells)


def test_more_memory_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"nom": f"Structure {n}", "ville": "Digne-les-Bains"} for n in range(300_000)]), encoding="utf-8")
    with pytest.raises(UnreadableFile, match=TOO_MUCH):
        open_any(path, limits=Limits(memory=120_000_000))


def test_more_time_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("nom;ville\n" + "A;Digne\n" * 400_000, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=TOO_MUCH):
        open_any(path, limits=Limits(seconds=0.05))


def test_a_file_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    with pytest.raises(UnreadableFile, match="n’est pas un fichier"):
        open_any(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("content", "limits", "said"),
    [
        ("nom;ville\n" + "A;Digne\n" * 11, Limits(rows=10), "plus de 10 lignes"),
        ("nom;ville\n" + "A;Digne\n" * 11, Limits(cells=20), "20 cellules"),
        (";".join("abcdefgh") + "\n" + ";".join("12345678") + "\n", Limits(columns=7), "plus de 7 colonnes"),
        ("nom;ville\nA;" + "x;" * 600_000, Limits(), "La ligne 2 .* est démesurée"),
    ],
)
def test_no_more_is_taken_than_a_list_of_records_can_hold(tmp_path: Path, content: str, limits: Limits, said: str) -> None:
    (tmp_path / "x.csv").write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=said):
        open_any(tmp_path / "x.csv", limits=limits)


def test_a_cell_repeated_to_the_end_of_the_sheet(tmp_path: Path) -> None:
    content = ods(tmp_path / "x.ods", [["nom", "ville"], ["A", "Digne"]]).read_bytes()
    many = b'<table:table-cell table:number-columns-repeated="16384" office:value-type'
    (tmp_path / "x.ods").write_bytes(repacked(content, b"<table:table-cell office:value-type", many))
    with pytest.raises(UnreadableFile, match="plus de 2000 colonnes"):
        open_any(tmp_path / "x.ods")


def test_a_cell_far_too_long_is_cut_and_its_row_told(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([{"nom": "A" * 2000, "liste": ["é"] * 2000, "nul": "a\x00b"}]), encoding="utf-8")
    (row,) = open_any(tmp_path / "x.json", limits=Limits(cell=1000)).rows.rows
    assert row.problem == "La cellule « nom » est démesurée : 2000 caractères."
    assert (len(row.values["nom"]), len(row.values["liste"]), row.values["nul"]) == (1000, 1000, "ab")


def nameless_files() -> set[str]:
    """Those that this process holds open; other threads open and close others, with names."""
    held = set()
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            held.add(os.readlink(one))
    return {name for name in held if name.endswith(" (deleted)")}


def test_nothing_stays_open_whether_rows_are_read_or_not(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("nom;ville\nA;Digne\n", encoding="utf-8")
    (tmp_path / "y.csv").write_text("rien", encoding="utf-8")
    before = nameless_files()
    opened = open_any(tmp_path / "x.csv")
    assert nameless_files() - before, "rows wait in a file without a name"
    del opened
    assert len(list(open_any(tmp_path / "x.csv").rows.rows)) == 1
    with pytest.raises(UnreadableFile):
        open_any(tmp_path / "y.csv")
    gc.collect()
    assert nameless_files() <= before


def test_no_environment_changes_what_the_reading_process_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "x.py"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "csv.py").write_text("raise SystemExit(1)")
    (tmp_path / "x.csv").write_text("nom;ville\nA;Digne\n", encoding="utf-8")
    assert open_any(tmp_path / "x.csv").rows.total == 1
