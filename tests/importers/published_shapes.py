"""More files of shapes that no source of ours has, in the manner of what départements, towns and the State publish."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyproj import Transformer

from tests.importers.shapes import KINDS, Place, _csv, _json, _sheet, places
from tests.importers.workbooks import sheet_xml, write_xlsx, xlsx

BASIC = ["Structure", "Adresse", "Code postal", "Commune", "Téléphone"]


def basic(p: Place) -> list[Any]:
    return [p.nom, p.adresse, p.code_postal, p.commune, p.telephone]


def second_sheet(folder: Path) -> Path:
    """The true sheet stands between a notice and a long list of codes."""
    notice = [["Annuaire des lieux inventés", None], ["Mis à jour chaque trimestre", None], ["Contact : annuaire@example.org", None]]
    codes = [["Code", "Libellé"], *([f"C{n:03}", f"Catégorie inventée {n}"] for n in range(120))]
    sheets = {"Lisez-moi": notice, "Annuaire": [BASIC, *map(basic, places())], "Codes": codes}
    return write_xlsx(folder / "feuilles.xlsx", {name: sheet_xml(rows) for name, rows in sheets.items()})


def a_sheet_a_theme(folder: Path) -> Path:
    """A sheet for each theme, all of the same columns."""
    of_theme = {theme: [BASIC, *(basic(p) for p in places() if p.theme == theme)] for theme in dict.fromkeys(p.theme for p in places())}
    return write_xlsx(folder / "themes.xlsx", {theme[:31]: sheet_xml(rows) for theme, rows in of_theme.items()})


def title_block(folder: Path) -> Path:
    """A title, a date of extraction and a blank line above; above the header, groups of columns in merged cells."""
    above = [["ANNUAIRE DES LIEUX INVENTÉS 2025"], ["Extraction du 12/03/2025 - 24 structures"], []]
    groups = ["IDENTITÉ", None, "LOCALISATION", None, None, "CONTACT", None]
    header = ["Type", "Nom", "Adresse", "CP", "Ville", "Téléphone", "Mail"]
    rows = [[KINDS[p.rank % len(KINDS)], p.nom, p.adresse, int(p.code_postal), p.commune, p.telephone, p.courriel] for p in places()]
    sheet = sheet_xml([*above, groups, header, *rows], merged=["A1:G1", "A2:G2", "A4:B4", "C4:E4", "F4:G4"])
    return write_xlsx(folder / "titre.xlsx", {"Feuil1": sheet})


def help_and_totals(folder: Path) -> Path:
    """Below the header, a row that explains the columns; at the bottom, a total and the source."""
    explained = ["texte libre", "numéro et voie", "5 chiffres", "en majuscules", "10 chiffres"]
    below = [["Total", None, None, 24, None], [], ["Source : Département inventé", None, None, None, None]]
    return xlsx(folder / "totaux.xlsx", [BASIC, explained, *map(basic, places()), *below])


def merged_kinds(folder: Path) -> Path:
    """Sorted by kind, whose cell is merged over its rows, in the first column."""
    ordered = sorted(places(), key=lambda p: p.rank % len(KINDS))
    rows = [[KINDS[p.rank % len(KINDS)] if p.rank < len(KINDS) else None, *basic(p)] for p in ordered]
    merged = [f"A{2 + first}:A{5 + first}" for first in range(0, len(rows), 4)]
    return write_xlsx(folder / "fusions.xlsx", {"Feuil1": sheet_xml([["Catégorie", *BASIC], *rows], merged=merged)})


def section_rows(folder: Path) -> Path:
    """The towns are titles between the rows, and the header comes again under each."""
    rows: list[Sequence[Any]] = []
    for p in places():
        if p.rank % 6 == 0:
            rows += [[f"SECTEUR {p.rank // 6 + 1}", None, None, None, None], BASIC]
        rows.append(basic(p))
    return xlsx(folder / "secteurs.xlsx", rows)


def pair_in_commas(folder: Path) -> Path:
    """Latitude and longitude in one cell, with decimal commas, between brackets."""
    rows = [[p.nom, p.commune, f"({str(p.latitude).replace('.', ',')} ; {str(p.longitude).replace('.', ',')})"] for p in places()]
    return _csv(folder / "paires.csv", ["Nom du lieu", "Ville", "Coordonnées GPS"], rows, delimiter="\t")


def several_lines_address(folder: Path) -> Path:
    """An address over several lines of one cell, CEDEX and country included; several phones and mails in a cell."""
    rows = [
        [
            p.nom,
            f"Maison des services\n{p.adresse}\n{p.code_postal} {p.commune.upper()} CEDEX\nFrance",
            f"Tél. {p.telephone} / Port. 06 39 98 00 {p.rank:02}",
            f"{p.courriel} ; accueil.{p.courriel}",
        ]
        for p in places()
    ]
    return _sheet(folder / "lignes.xlsx", ["Nom de l'organisme", "Adresse complète", "Téléphone(s)", "Courriel(s)"], rows)


def boxes(folder: Path) -> Path:
    """A column for each need, ticked with an x."""
    header = ["Structure", "CP", "Ville", "Aide alimentaire", "Mobilité", "Garde d'enfants", "Accès aux droits"]
    rows = [[p.nom, p.code_postal, p.commune, *("x" if (p.rank + n) % 3 == 0 else "" for n in range(4))] for p in places()]
    return _csv(folder / "cases.csv", header, rows)


def yes_and_no(folder: Path) -> Path:
    """A column for each need and each public, that says Oui or Non; technical names."""
    header = ["nom_structure", "adr_cp", "adr_ville", "AIDE_ALIMENTAIRE", "PERMIS_B", "PUBLIC_JEUNES", "PUBLIC_SENIORS"]
    rows = [[p.nom, p.code_postal, p.commune, *("Oui" if (p.rank + n) % 2 else "Non" for n in range(4))] for p in places()]
    return _csv(folder / "ouinon.csv", header, rows, delimiter=",")


def contact_person(folder: Path) -> Path:
    """Someone's name beside the place's: « Nom » is not what the place is called."""
    header = ["Organisme", "Civilité", "Nom", "Prénom", "Fonction", "Tél. direct", "Rue", "CP", "Localité"]
    rows = [[p.nom, "Mme", f"Fictive{p.rank}", "Camille", "Directrice", p.telephone, p.adresse, p.code_postal, p.commune] for p in places()]
    return _csv(folder / "referents.csv", header, rows)


def health_register(folder: Path) -> Path:
    """In the manner of the national register of health and social places: the town in the mail's last line."""
    header = ["nofinesset", "rs", "rslongue", "complrs", "numvoie", "typvoie", "voie", "compvoie", "lieuditbp", "commune", "departement"]
    header += ["libdepartement", "ligneacheminement", "telephone", "telecopie", "categetab", "libcategetab"]
    rows = [
        [f"04000{p.rank:04}", p.nom.upper()[:38], p.nom, "", p.numero, "R", p.voie.upper(), "", "", p.code_insee[2:], "04",
         "ALPES DE HAUTE PROVENCE", f"{p.code_postal} {p.commune.upper()}", p.telephone.replace(" ", ""), "", "124", "Centre de Santé"]
        for p in places()
    ]  # fmt: skip
    return _csv(folder / "registre.csv", header, rows, encoding="cp1252")


def associations(folder: Path) -> Path:
    """In the manner of the national directory of associations."""
    header = ["id", "id_ex", "siret", "date_creat", "titre", "objet", "adrs_complement", "adrs_numvoie", "adrs_typevoie", "adrs_libvoie"]
    header += ["adrs_codeinsee", "adrs_codepostal", "adrs_libcommune", "siteweb", "position", "maj_time"]
    rows = [
        [f"W04100{p.rank:04}", "", "", "2004-05-06", p.nom.upper(), p.texte, "", p.numero, *p.voie.upper().split(" ", 1), p.code_insee,
         p.code_postal, p.commune, p.site, "A", "2024-01-02 03:04:05"]
        for p in places()
    ]  # fmt: skip
    return _csv(folder / "associations.csv", header, rows)


def administrations(folder: Path) -> Path:
    """In the manner of the State's own directory: cells of a CSV that hold JSON."""
    rows = []
    for p in places():
        address = {"type_adresse": "Adresse", "numero_voie": p.adresse, "code_postal": p.code_postal, "nom_commune": p.commune}
        address |= {"pays": "", "longitude": str(p.longitude), "latitude": str(p.latitude)}
        phones = json.dumps([{"valeur": p.telephone, "description": ""}])
        rows.append(
            [f"uuid-{p.rank}", p.nom, json.dumps([address], ensure_ascii=False), phones, json.dumps([{"libelle": "", "valeur": p.site}])]
        )
    return _csv(folder / "administrations.csv", ["id", "nom", "adresse", "telephone", "site_internet"], rows)


def open_map(folder: Path) -> Path:
    """In the manner of an extract of OpenStreetMap."""
    features = [
        {
            "type": "Feature",
            "id": f"node/{p.rank}",
            "properties": {
                **{"@id": f"node/{p.rank}", "amenity": "social_facility", "name": p.nom, "addr:housenumber": str(p.numero)},
                **{"addr:street": p.voie, "addr:postcode": p.code_postal, "addr:city": p.commune, "contact:phone": p.telephone},
                **{"opening_hours": "Mo-Fr 09:00-12:00", "website": p.site},
            },
            "geometry": {"type": "Point", "coordinates": [p.longitude, p.latitude]},
        }
        for p in places()
    ]
    return _json(folder / "carte.geojson", {"type": "FeatureCollection", "generator": "essai", "features": features})


def drawn_by_hand(folder: Path) -> Path:
    """A map that somebody drew: a name, a text that holds all the rest, and a point."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": p.nom, "description": f"**{p.theme}**\n{p.adresse}, {p.code_postal} {p.commune}\nTél : {p.telephone}"},
            "geometry": {"type": "Point", "coordinates": [p.longitude, p.latitude]},
        }
        for p in places()
    ]
    return _json(folder / "dessin.umap.geojson", {"type": "FeatureCollection", "features": features})


def form_answers(folder: Path) -> Path:
    """The answers of an online form: long questions, the moment and the mail of whoever answered first."""
    header = [
        "Horodateur",
        "Adresse e-mail",
        "1. Nom de votre structure (sans sigle)",
        "2. Adresse postale complète (ex : 3 rue des Lilas)",
    ]
    header += ["3. Code postal et ville", "4. À quels besoins répondez-vous ? (plusieurs choix)", "5. Horaires d'ouverture au public"]
    rows = [
        [
            f"{p.rank + 1:02}/03/2025 10:11:12",
            p.courriel,
            p.nom,
            p.adresse,
            f"{p.code_postal} {p.commune}",
            f"{p.theme}, Logement",
            p.horaires,
        ]
        for p in places()
    ]
    return _csv(folder / "formulaire.csv", header, rows, delimiter=",")


def columns_and_data(folder: Path) -> Path:
    """JSON that names its columns once."""
    rows = [[p.rank, p.nom, p.adresse, p.code_postal, p.commune, p.latitude, p.longitude] for p in places()]
    header = ["id", "libelle", "adresse", "cp", "ville", "lat", "lng"]
    return _json(folder / "colonnes.json", {"columns": header, "data": rows})


def by_identifier(folder: Path) -> Path:
    """JSON whose records are found by their identifier."""
    found = {f"lieu-{p.rank}": {"nom": p.nom, "adresse": p.adresse, "code_postal": p.code_postal, "commune": p.commune} for p in places()}
    return _json(folder / "identifiants.json", {"lieux": found})


def two_addresses(folder: Path) -> Path:
    """The seat's address, in another département, before that of the place; spaces in codes, floats, +33."""
    header = [
        "Nom",
        "Adresse du siège",
        "CP siège",
        "Ville siège",
        "Lieu d'accueil - adresse",
        "Lieu d'accueil - CP",
        "Lieu d'accueil - ville",
    ]
    rows = [[p.nom, "1 rue du Siège", "75001", "Paris", p.adresse, f"{p.code_postal[:2]} {p.code_postal[2:]}", p.commune] for p in places()]
    return _sheet(folder / "sieges.xlsx", header, rows)


def abbreviated(folder: Path) -> Path:
    """Capitals without accents, « ST » for « Saint », the département after the town; no code at all."""

    def town(nom: str) -> str:
        return nom.upper().replace("SAINTE-", "STE ").replace("SAINT-", "ST ").replace("-", " ").replace("É", "E").replace("È", "E")

    rows = [[p.nom.upper(), p.adresse.upper(), f"{town(p.commune)} (04)", p.telephone.replace(" ", ".")] for p in places()]
    return _csv(folder / "capitales.csv", ["NOM", "ADRESSE", "COMMUNE", "TEL"], rows)


def protected_cells(folder: Path) -> Path:
    """CSV that tells the spreadsheet its delimiter, and guards its codes."""
    lines = [";".join(BASIC), *(";".join([p.nom, p.adresse, f'="{p.code_postal}"', p.commune, f'="{p.telephone}"', ""]) for p in places())]
    path = folder / "protege.csv"
    path.write_text("sep=;\r\n" + "\r\n".join([f"{lines[0]};", *lines[1:]]), encoding="utf-8-sig", newline="")
    return path


def all_in_two_cells(folder: Path) -> Path:
    """A name, and everything else in one cell."""
    rows = [[p.nom, f"{p.adresse}, {p.code_postal} {p.commune} - Tél : {p.telephone} - {p.courriel}"] for p in places()]
    return _csv(folder / "tout.csv", ["Structure", "Coordonnées"], rows)


def town_called_place(folder: Path) -> Path:
    """The town under a header that often names places."""
    return _csv(folder / "lieux.csv", ["Structure", "Lieu"], [[p.nom, p.commune] for p in places()])


def conical(folder: Path) -> Path:
    """Metres of the conical zone of the 44th parallel."""
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3944", always_xy=True).transform
    rows = [[p.nom, p.commune, *to_metres(p.longitude, p.latitude)] for p in places()]
    return _csv(folder / "cc44.csv", ["nom_equip", "libgeo", "x_cc44", "y_cc44"], rows)


def web_mercator(folder: Path) -> Path:
    """GeoJSON in metres of Web Mercator, as it says."""
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform
    features = [
        {
            "type": "Feature",
            "properties": {"LIBELLE": p.nom, "COMMUNE": p.commune},
            "geometry": {"type": "Point", "coordinates": to_metres(p.longitude, p.latitude)},
        }
        for p in places()
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    return _json(folder / "mercator.geojson", {"type": "FeatureCollection", "crs": crs, "features": features})


PUBLISHED: dict[str, Callable[[Path], Path]] = {
    made.__name__: made
    for made in (
        *(second_sheet, a_sheet_a_theme, title_block, help_and_totals, merged_kinds, section_rows, pair_in_commas, boxes, yes_and_no),
        *(several_lines_address, contact_person, health_register, associations, administrations, open_map, drawn_by_hand),
        *(form_answers, columns_and_data, by_identifier, two_addresses, abbreviated, protected_cells, all_in_two_cells),
        *(town_called_place, conical, web_mercator),
    )
}
"""Each writes its file in a folder, and returns where it is. All hold the same places as `shapes.SHAPES`."""
