"""Files of every shape, told by their bytes."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from importers import schema_v0
from importers.problems import UnreadableFile
from importers.readers import any_rows, csv_rows, hsds_rows, paged_rows, schema_v1_workbook, sheet_rows
from importers.readers.opening import open_any
from importers.sandbox import Opened
from tests.importers import parquet_files
from tests.importers.workbooks import ods, sheet_xml, write_xlsx, xlsx

HEADER = ["Nom", "Téléphone", "Code postal"]
CSV = "Nom;Téléphone;Code postal\nMaison de l’été à Forcalquier;04 65 71 00 01;04300\nÉpicerie sociale;04 65 71 00 02;04000\n"


def opened(path: Path, content: str | bytes | Any, **options: Any) -> tuple[Opened, list[dict[str, Any]]]:
    """The file of this content, and its rows."""
    if not isinstance(content, str | bytes):
        content = json.dumps(content, ensure_ascii=False)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = open_any(path, **options)
    return found, [row.values for row in found.rows.rows]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8."),
        ("utf-8-sig", "UTF-8 (avec marque d’ordre)."),
        ("cp1252", "Windows-1252."),
        ("mac_roman", "Mac OS Roman."),
        ("cp850", "DOS (page 850)."),
        ("utf-16", "UTF-16."),
        ("utf-16-le", "UTF-16."),
        ("utf-16-be", "UTF-16."),
    ],
)
def test_the_encoding_of_a_csv_is_found_and_said(tmp_path: Path, encoding: str, said: str) -> None:
    text = CSV.replace("’", "'") if encoding == "cp850" else CSV
    found, rows = opened(tmp_path / "x.csv", text.encode(encoding))
    assert f"Encodage : {said}" in found.said
    assert found.columns == tuple(HEADER)
    assert [row["Nom"] for row in rows] == [text.split("\n")[n].split(";")[0] for n in (1, 2)]


def test_a_few_broken_bytes_do_not_change_the_encoding(tmp_path: Path) -> None:
    found, rows = opened(tmp_path / "x.csv", CSV.encode() * 3 + b"Caf\xe9;04 65 71 00 03;04000\n")
    assert "Encodage : UTF-8, octets illisibles remplacés." in found.said
    assert rows[0]["Nom"] == "Maison de l’été à Forcalquier"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    content = "\n".join(delimiter.join(cells) for cells in (["nom", "ville", "note"], ["A", "Digne", '"x, y; z"'], ["B", "Tours", ""]))
    _, rows = opened(tmp_path / "sans-extension", content)
    assert rows == [{"nom": "A", "ville": "Digne", "note": "x, y; z"}, {"nom": "B", "ville": "Tours", "note": ""}]


def test_the_decimal_mark_is_said(tmp_path: Path) -> None:
    assert "Décimales : virgule." in opened(tmp_path / "x", "nom;lat;lon\nA;44,09;6,23\n")[0].said
    assert "Décimales : point." in opened(tmp_path / "x", "nom,lat,lon\nA,44.09,6.23\n")[0].said


def test_a_header_below_a_title_and_unnamed_and_repeated_columns(tmp_path: Path) -> None:
    content = "Annuaire social;;;;\nExtrait le 03/02/2026;;;;\n\nnom;nom;ville;;\nA;a;Digne;44,09;6,23\nB;b;Tours;47,39;0,68\n"
    found, rows = opened(tmp_path / "x.csv", content)
    assert found.columns == ("nom", "nom (2)", "ville", "colonne 4", "colonne 5")
    assert "Les colonnes sont nommées ligne 4." in found.said
    assert rows[0] == {"nom": "A", "nom (2)": "a", "ville": "Digne", "colonne 4": "44,09", "colonne 5": "6,23"}


def test_a_file_without_a_header_has_numbered_columns(tmp_path: Path) -> None:
    found, rows = opened(tmp_path / "x.csv", "A;04000;04 65 71 00 01\nB;37000;02 61 91 00 01\n")
    assert found.columns == ("colonne 1", "colonne 2", "colonne 3")
    assert len(rows) == 2


def test_lines_are_those_of_the_file_and_broken_rows_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('sep=;\nnom;note\nA;"deux\nlignes"\nB\nC;x;y\n', encoding="utf-8")
    rows = list(open_any(tmp_path / "x.csv").rows.rows)
    assert [(row.line, row.problem is None) for row in rows] == [(3, True), (5, False), (6, False)]
    assert rows[2].problem == "La ligne a 3 cellules au lieu de 2 : ses colonnes sont décalées ou coupées."


def test_a_cell_written_as_text_for_a_spreadsheet_is_its_text(tmp_path: Path) -> None:
    assert opened(tmp_path / "x.csv", 'nom;cp\nA;="04000"\n')[1] == [{"nom": "A", "cp": "04000"}]


def test_a_workbook(tmp_path: Path) -> None:
    rows = [["Annuaire"], [], ["Nom", "Téléphone", "SIRET", "Maj", None, "Ouvert"]]
    rows += [
        ["A", 465710001, 36750100000000.0, date(2026, 2, 3), 44.093, True],
        [None] * 6,
        ["B", "04 65 71 00 02", None, None, 6.5, False],
    ]
    found = open_any(xlsx(tmp_path / "x.bin", rows))
    assert found.columns == ("Nom", "Téléphone", "SIRET", "Maj", "colonne 5", "Ouvert")
    assert found.said == ("Feuille : « Feuille 1 ».", "Les colonnes sont nommées ligne 3.")
    first, second = found.rows.rows
    assert (first.line, second.line) == (4, 6)
    assert first.values == {
        **{"Nom": "A", "Téléphone": 465710001, "SIRET": 36750100000000, "Maj": "2026-02-03", "colonne 5": 44.093, "Ouvert": "oui"}
    }


def test_a_cell_merged_over_rows_is_in_each(tmp_path: Path) -> None:
    rows = [["Structure", "Service"], ["A", "un"], [None, "deux"], ["B", "trois"]]
    found = open_any(xlsx(tmp_path / "x.xlsx", rows, merged=["A2:A3"])).rows.rows
    assert [(row.values["Structure"], row.values["Service"]) for row in found] == [("A", "un"), ("A", "deux"), ("B", "trois")]


def test_a_formula_is_never_read_only_its_result(tmp_path: Path) -> None:
    found = open_any(xlsx(tmp_path / "x.xlsx", [["nom", "lien"], ["A", '=HYPERLINK("http://example.org")']])).rows.rows
    assert [row.values for row in found] == [{"nom": "A", "lien": "calculé"}]


def test_the_sheet_that_matters_is_taken_or_the_one_named(tmp_path: Path) -> None:
    wide = [["nom", "ville", "cp", "téléphone"], ["A", "Digne", 4000, 465710001]]
    sheets = {"Lisez-moi": sheet_xml([["Bonjour"]]), "Lieux": sheet_xml(wide), "Codes": sheet_xml([["code"], *([n] for n in range(20))])}
    path = write_xlsx(tmp_path / "x.xlsx", {**sheets, "Caché": sheet_xml(wide * 5)}, hidden=["Caché"])
    found = open_any(path)
    assert (found.sheets, found.options) == (("Lisez-moi", "Lieux", "Codes"), {"sheet": "Lieux"})
    assert open_any(path, sheet="Codes").rows.total == 20
    assert [row.values["nom"] for row in sheet_rows("Lieux")(path).rows] == ["A"]
    with pytest.raises(UnreadableFile, match="n’a pas de feuille « Autre » : ses feuilles sont Lisez-moi, Lieux, Codes"):
        open_any(path, sheet="Autre")


def test_sheets_of_the_same_columns_are_read_together_and_each_row_says_its_own(tmp_path: Path) -> None:
    by_theme = {
        "Alimentation": sheet_xml([["Liste"], ["Nom", "Ville", "CP"], ["A", "Digne", 4000]]),
        "Logement": sheet_xml([["NOM", "Ville", "CP"], ["B", "Digne", 4000], ["C", "Manosque", 4100]]),
        "Codes": sheet_xml([["code", "mot", "rang"], ["a", "b", 1]]),
    }
    found = open_any(write_xlsx(tmp_path / "x.xlsx", by_theme))
    assert found.said == ("Feuilles de mêmes colonnes, lues ensemble : « Alimentation », « Logement ».",)
    assert (found.sheets[-1], found.options) == ("*", {"sheet": "*"})
    rows = [(row.values["Nom"], row.values["Feuille"]) for row in found.rows.rows]
    assert rows == [("A", "Alimentation"), ("B", "Logement"), ("C", "Logement")]
    assert open_any(tmp_path / "x.xlsx", sheet="Logement").rows.total == 2


def test_sheets_that_a_number_tells_apart_are_versions_until_someone_says_otherwise(tmp_path: Path) -> None:
    years = {
        year: sheet_xml([["Nom", "Ville"], ["A", "Digne"], *[["B", "Digne"]] * (year == "Liste 2025")])
        for year in ("Liste 2024", "Liste 2025")
    }
    path = write_xlsx(tmp_path / "x.xlsx", years)
    assert (open_any(path).options, open_any(path).sheets[-1]) == ({"sheet": "Liste 2025"}, "*")
    assert open_any(path, sheet="*").rows.total == 3


def test_an_ods_workbook(tmp_path: Path) -> None:
    found = open_any(ods(tmp_path / "x.ods", [["nom", "cp", None], ["A", 4000, 44.09]]))
    assert [row.values for row in found.rows.rows] == [{"nom": "A", "cp": 4000, "colonne 3": 44.09}]


def test_the_contribution_workbook(tmp_path: Path) -> None:
    structures = [["__ignore__", "id", "nom", "nom"], [True, "Un identifiant", "Un nom", None], [None, "essai", "Essai", "x"]]
    services = [["__ignore__", "id", "structure_id", date(2026, 3, 3)], [None, "s", "essai", "2026-02-27"]]
    path = write_xlsx(tmp_path / "x.xlsx", {"Structures": sheet_xml(structures), "Services": sheet_xml(services), "Frais": sheet_xml([])})
    rows = [(row.line, row.values) for row in schema_v1_workbook(path).rows]
    assert rows[0] == (3, {"genre": "structure", "__ignore__": "", "id": "essai", "nom": "Essai", "nom (2)": "x"})
    assert rows[1][1] == {"genre": "service", "__ignore__": "", "id": "s", "structure_id": "essai", "2026-03-03": "2026-02-27"}
    with pytest.raises(UnreadableFile, match="la feuille « Structures »"):
        schema_v1_workbook(xlsx(tmp_path / "y.xlsx", structures))


@pytest.mark.parametrize(
    "document",
    [
        [{"nom": "A", "lieu": {"lon": 6.2, "lat": 44.1}}],
        {"total": 1, "items": [{"nom": "A", "lieu": {"lon": 6.2, "lat": 44.1}}]},
        {"reponse": {"fiches": [{"fields": {"nom": "A", "lieu": {"lon": 6.2, "lat": 44.1}}}], "tags": []}},
        {"un": {"nom": "A", "lieu": {"lon": 6.2, "lat": 44.1}}, "deux": {"nom": "B"}},
    ],
)
def test_records_are_found_in_json_and_flattened(tmp_path: Path, document: Any) -> None:
    row = opened(tmp_path / "x.json", document)[1][0]
    row.pop("clé", None)
    assert row == {"nom": "A", "lieu.lon": 6.2, "lieu.lat": 44.1}


def test_questions_as_keys(tmp_path: Path) -> None:
    question = "Quel est le nom de votre structure ?"
    survey = {"features": [{"attributes": {question: "Épicerie Essai", "Êtes-vous ouvert.e le samedi ?": True}, "geometry": None}]}
    assert opened(tmp_path / "x.json", survey)[1] == [{question: "Épicerie Essai", "Êtes-vous ouvert.e le samedi ?": "oui"}]


def test_lines_of_json(tmp_path: Path) -> None:
    found, rows = opened(tmp_path / "x.txt", '{"nom": "A"}\n{"nom": "B", "v": NaN}\n')
    assert (found.format, rows) == ("ndjson", [{"nom": "A"}, {"nom": "B", "v": None}])


SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]


@pytest.mark.parametrize(
    ("geometry", "point"),
    [
        ({"type": "Point", "coordinates": [6.23, 44.09]}, (6.23, 44.09)),
        ({"type": "Point", "coordinates": ["6,23", " 44.09"]}, (6.23, 44.09)),
        ({"type": "MultiPoint", "coordinates": [[6.23, 44.09], [1, 2]]}, (6.23, 44.09)),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1], [2, 2]]}, (1, 1)),
        ({"type": "Polygon", "coordinates": [SQUARE]}, (2, 2)),
        ({"type": "Polygon", "coordinates": [SQUARE, [[1, 1], [3.5, 1], [3.5, 3], [1, 3], [1, 1]]]}, (0.5, 2)),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE]]}, (2, 2)),
        (
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": []}, {"type": "Point", "coordinates": [1, 2]}]},
            (1, 2),
        ),
        ({"type": "Point", "coordinates": [6.23]}, None),
        (None, None),
    ],
)
def test_geojson_gives_a_point_for_any_geometry(tmp_path: Path, geometry: Any, point: tuple[float, float] | None) -> None:
    feature = {"type": "Feature", "id": 7, "properties": {"nom": "A"}, "geometry": geometry}
    found, rows = opened(tmp_path / "x.json", {"type": "FeatureCollection", "features": [feature]})
    place = dict(zip(("longitude", "latitude"), point, strict=True)) if point else {}
    assert (found.format, rows) == ("geojson", [{"nom": "A", "id": 7, **place}])


def test_projected_coordinates_are_not_degrees(tmp_path: Path) -> None:
    feature = {"properties": {"latitude": ""}, "geometry": {"type": "Point", "coordinates": [958000, 6336000]}}
    assert opened(tmp_path / "x.json", {"features": [feature]})[1] == [{"latitude": "", "x": 958000, "y": 6336000}]


def test_arcgis_dates_codes_and_web_mercator(tmp_path: Path) -> None:
    fields = [{"name": "maj", "type": "esriFieldTypeDate"}, {"name": "t", "domain": {"codedValues": [{"code": 1, "name": "Mairie"}]}}]
    feature = {"attributes": {"maj": 1770076800000, "t": 1}, "geometry": {"x": 693520.4, "y": 5479380.5}}
    document = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 102100}, "fields": fields, "features": [feature]}
    (row,) = opened(tmp_path / "x.json", document)[1]
    assert (row["maj"], row["t"]) == ("2026-02-03", "Mairie")
    assert (round(row["longitude"], 3), round(row["latitude"], 3)) == (6.23, 44.09)


def test_pages_kept_one_a_line_are_one_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text('{"items": [{"a": 1}, {"a": 2}]}\n{"items": [{"a": 3}]}\n', encoding="utf-8")
    assert [(row.line, row.values) for row in paged_rows(tmp_path / "x").rows] == [(1, {"a": 1}), (2, {"a": 2}), (3, {"a": 3})]


@pytest.mark.parametrize("compression", ["uncompressed", "snappy", "gzip(6)", "zstd(3)"])
def test_a_parquet_file_of_any_types_and_groups(tmp_path: Path, compression: str) -> None:
    row = {"nom": "Épicerie", "places": 3, "lat": 44.09, "ouvert": True, "maj": date(2026, 2, 3), "vu": datetime(2026, 2, 3, 4, 5)}
    some = [{**row, "octets": b"\xc3\xa9t\xc3\xa9\xff", "themes": ["a", "b"]}, {"nom": "Autre", "themes": []}]
    rows = [*some, *({"nom": f"N{n}"} for n in range(3000))]
    parquet_files.write(tmp_path / "x", rows, compression=compression, max_row_group_size=700)
    found = open_any(tmp_path / "x")
    read = list(found.rows.rows)
    assert (found.format, found.rows.total, [row.line for row in read]) == ("parquet", 3002, [*range(1, 3003)])
    told = {**row, "ouvert": "oui", "maj": "2026-02-03", "vu": "2026-02-03T04:05:00", "octets": "été\ufffd", "themes": ["a", "b"]}
    assert read[0].values == told
    assert read[1].values == {**dict.fromkeys(told), "nom": "Autre", "themes": []}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "est vide"),
        (b"PAR1xxxx", "n’est pas un fichier Parquet lisible"),
        (b"%PDF-1.7", "un PDF"),
        (b"\x1f\x8b\x08\x00", "décompressez-le"),
        (b"<!DOCTYPE html><html>", "une page web : l’adresse ne donne pas le fichier"),
        (b"<?xml version='1.0'?><a/>", "du XML"),
        (b"PK\x03\x04 rien", "n’est pas un classeur lisible"),
        (b'{"a": 1', "n’est pas du JSON lisible, ligne 1"),
        (b'{"a": 1}', "aucune liste n’y a été trouvée"),
        (b"Une lettre.\nDeux lignes.\n", "n’est ni un tableau ni une liste"),
        (b"\x00\x01\x02\x03" * 50, "n’est pas un fichier de texte"),
    ],
)
def test_what_is_no_list_of_records_says_what_to_give(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        opened(tmp_path / "x", content)


def test_the_first_rows_alone(tmp_path: Path) -> None:
    found, rows = opened(tmp_path / "x.csv", "a;b\n" + "1;x\n" * 500, first=3)
    assert (found.rows.total, len(rows)) == (3, 3)


def test_a_declared_csv_keeps_its_header_on_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    assert [row.values for row in csv_rows(";")(tmp_path / "x.csv").rows] == [{"a": "1", "b": "2"}]


def test_hsds_organizations_and_services_are_records_of_schema_v1(tmp_path: Path) -> None:
    address = {"address_1": "1 rue des Essais", "city": "Digne", "postal_code": "04000"}
    at = {"location": {"location_type": "physical", "latitude": 44.1, "addresses": [address]}}
    attribute = {"taxonomy_term": {"code": "mobilite--entretenir-reparer-son-vehicule"}}
    service = {"id": "s", "name": "Atelier", "status": "active", "service_at_locations": [at], "attributes": [attribute]}
    services = [service, {"id": "t", "status": "defunct"}]
    organization = {"id": "o", "name": "Essai", "phones": [{"number": "04 65 71 00 01"}], "services": services}
    (tmp_path / "x.json").write_text(json.dumps({"contents": [organization]}), encoding="utf-8")
    structure, open_, closed = hsds_rows("essai")(tmp_path / "x.json").rows
    assert (structure.values["id"], structure.values["telephone"]) == ("essai--o", "04 65 71 00 01")
    assert {name: open_.values[name] for name in ("structure_id", "commune", "latitude", "modes_accueil", "thematiques")} == {
        "structure_id": "essai--o",
        "commune": "Digne",
        "latitude": 44.1,
        "modes_accueil": ["en-presentiel"],
        "thematiques": ["mobilite--entretenir-reparer-son-vehicule"],
    }
    assert closed.problem == "Ce service n’est plus rendu (status : defunct)."
    (tmp_path / "y.json").write_text(json.dumps([{**service, "organization": {"id": "o", "name": "Essai"}}]), encoding="utf-8")
    assert [row.values["id"] for row in hsds_rows("essai")(tmp_path / "y.json").rows] == ["essai--o", "essai--s"]


def test_records_of_schema_v0_become_records_of_v1(tmp_path: Path) -> None:
    service = {"genre": "service", "id": "s", "types": ["atelier", "delegation"], "profils": "jeunes, inconnu", "frais": ["adhesion"]}
    service |= {"thematiques": ["mobilite", "mobilite--entretenir-reparer-son-vehicule"], "presentation_resume": "Court"}
    service |= {"modes_orientation_beneficiaire": ["envoyer-un-mail"], "pre_requis": ["a"], "justificatifs": ["b"]}
    structure = {"genre": "structure", "id": "o", "typologie": "CCAS", "labels_nationaux": ["mission-locale"]}
    (tmp_path / "v0.json").write_text(json.dumps([structure, service]), encoding="utf-8")
    structure, found = (row.values for row in any_rows(schema_v0.as_v1)(tmp_path / "v0.json").rows)
    assert {name: found[name] for name in ("type", "publics", "publics_precisions", "frais", "conditions_acces")} == {
        **{"type": "atelier", "publics": ["jeunes"], "publics_precisions": "inconnu", "frais": "payant", "conditions_acces": "a\nb"}
    }
    assert (found["modes_mobilisation"], found["mobilisable_par"]) == (["envoyer-un-courriel"], ["usagers"])
    assert found["thematiques"] == ["mobilite--entretenir-reparer-son-vehicule"]
    assert found["description"] == "Court\nThématiques d’origine : mobilite."
    assert structure["reseaux_porteurs"] == ["mission-locale"]
    assert structure["description"] == "Type et labels : ccas."
