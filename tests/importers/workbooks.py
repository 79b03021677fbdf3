"""Small workbooks, written by hand: the least that XLSX and ODS ask for, and what they should not hold."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
PART = '<Override PartName="/xl/{}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"/>'
RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
RELATION = '<Relationship Id="{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
DATE_STYLE = (
    f'<styleSheet {MAIN}><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)

Rows = Sequence[Sequence[Any]]


def column_name(place: int) -> str:
    name = ""
    while place:
        place, letter = divmod(place - 1, 26)
        name = chr(65 + letter) + name
    return name


def _cell(place: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    if value.startswith("="):
        return f'<c r="{place}" t="str"><f>{escape(value[1:])}</f><v>calculé</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def sheet_xml(rows: Rows, merged: Sequence[str] = (), start: int = 1) -> str:
    lines = (
        f'<row r="{r}">{"".join(_cell(f"{column_name(c)}{r}", value) for c, value in enumerate(row, 1))}</row>'
        for r, row in enumerate(rows, start)
    )
    ranges = "".join(f'<mergeCell ref="{place}"/>' for place in merged)
    joined = f"<mergeCells>{ranges}</mergeCells>" if ranges else ""
    return f"<worksheet {MAIN}><sheetData>{''.join(lines)}</sheetData>{joined}</worksheet>"


def write_xlsx(path: Path, sheets: Mapping[str, str], hidden: Sequence[str] = ()) -> Path:
    """A workbook of sheets already in XML."""
    parts = enumerate(sheets, 1)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for n, name in parts
    )
    relation = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        overrides = [PART.format("workbook.xml", "sheet.main"), PART.format("styles.xml", "styles")]
        overrides += [PART.format(f"worksheets/sheet{n}.xml", "worksheet") for n in range(1, len(sheets) + 1)]
        xml = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        packed.writestr("[Content_Types].xml", TYPES.format(xml + "".join(overrides)))
        packed.writestr("_rels/.rels", RELATIONS.format(RELATION.format("r1", "officeDocument", "xl/workbook.xml")))
        packed.writestr("xl/workbook.xml", f"<workbook {MAIN} {relation}><sheets>{listed}</sheets></workbook>")
        targets = [RELATION.format(f"r{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)]
        targets.append(RELATION.format("rs", "styles", "styles.xml"))
        packed.writestr("xl/_rels/workbook.xml.rels", RELATIONS.format("".join(targets)))
        packed.writestr("xl/styles.xml", DATE_STYLE)
        for n, content in enumerate(sheets.values(), 1):
            packed.writestr(f"xl/worksheets/sheet{n}.xml", content)
    return path


def xlsx(path: Path, rows: Rows, merged: Sequence[str] = ()) -> Path:
    """A workbook of one sheet."""
    return write_xlsx(path, {"Feuille 1": sheet_xml(rows, merged)})


def ods(path: Path, rows: Rows) -> Path:
    """An OpenDocument workbook of one sheet; numbers and text."""

    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'

    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Feuille 1">{body}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')
        packed.writestr("content.xml", content)
    return path


def repacked(content: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook with the first `old` of each part made `new`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for part in read.infolist():
            written.writestr(part.filename, read.read(part).replace(old, new, 3))
    return out.getvalue()
