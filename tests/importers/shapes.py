"""Files of shapes that no source of ours has: the same invented places, said in each département's own way."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from app.territory import gazetteer
from importers.places import _transformer
from tests.importers.workbooks import xlsx

TRUE_ROWS = 24
COLLECTIVITE = "04D"
WAYS = ("rue des Essais", "avenue des Exemples", "place des Modèles", "chemin des Épreuves")
KINDS = ("Épicerie sociale", "Garage solidaire", "Maison du projet", "Atelier de français", "Relais emploi", "Halte parents")
THEMES = ("Aide alimentaire", "Mobilité", "Accès aux droits", "Apprendre le français", "Aide à la recherche d'emploi", "Parentalité")
CODES = (
    *("04070", "04112", "04088", "04209", "04019", "04039", "04143", "04049", "04094", "04166", "04230", "04116"),
    *("04149", "04245", "04152", "04197", "04160", "04018", "04205", "04008", "04135", "04173", "04006", "04061"),
)


class Place(NamedTuple):
    """An invented place, in a real town."""

    rank: int
    nom: str
    numero: int
    voie: str
    code_postal: str
    commune: str
    code_insee: str
    latitude: float
    longitude: float
    telephone: str
    courriel: str
    site: str
    theme: str
    horaires: str
    texte: str

    @property
    def adresse(self) -> str:
        return f"{self.numero} {self.voie}"

    @property
    def lambert(self) -> tuple[float, float]:
        x, y = _transformer().transform(self.longitude, self.latitude, direction="INVERSE")
        return round(x, 2), round(y, 2)


def places() -> list[Place]:
    """The true rows of every file."""
    return [_place(rank, code) for rank, code in enumerate(CODES)]


def _place(rank: int, code: str) -> Place:
    commune = gazetteer.load().commune(code)
    assert commune is not None
    assert commune.latitude is not None
    assert commune.longitude is not None
    nom = f"{KINDS[rank % len(KINDS)]} {'ABCDEFGHIJKLMNOPQRSTUVWX'[rank]}alma"
    word = f"alma{rank}"
    return Place(
        rank, nom, 3 + rank, WAYS[rank % len(WAYS)], commune.codes_postaux[0], commune.nom, commune.code,
        round(commune.latitude + 0.0031 + rank / 10_000, 6), round(commune.longitude - 0.0042, 6), f"04 65 71 00 {rank:02d}",
        f"{word}@example.org", f"https://{word}.example.org", THEMES[rank % len(THEMES)], "Lundi au vendredi 9h-12h",
        f"Cette équipe inventée reçoit toutes les personnes qui poussent la porte, les écoute et les oriente ({rank}).",
    )  # fmt: skip


def _csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ";", encoding: str = "utf-8") -> Path:
    with path.open("w", newline="", encoding=encoding) as stream:
        csv.writer(stream, delimiter=delimiter).writerows([header, *rows])
    return path


def _sheet(path: Path, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Path:
    return xlsx(path, [header, *rows])


def _json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def unnamed_coordinates(folder: Path) -> Path:
    """A workbook whose last two columns have no name; phones are numbers."""
    rows = [
        [p.nom, p.adresse, int(p.code_postal), p.commune.upper(), int(p.telephone.replace(" ", "")), p.latitude, p.longitude]
        for p in places()
    ]
    return _sheet(folder / "coordonnees-sans-nom.xlsx", ["Structure", "Adresse", "CP", "Ville", "Tél", None, None], rows)


def text_coordinates(folder: Path) -> Path:
    """GeoJSON whose coordinates are texts."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [str(p.longitude), str(p.latitude)]},
            "properties": {"lib_struct": p.nom, "adr": p.adresse, "cp_ville": f"{p.code_postal} {p.commune}", "contact_tel": p.telephone},
        }
        for p in places()
    ]
    return _json(folder / "textes.geojson", {"type": "FeatureCollection", "features": features})


def survey(folder: Path) -> Path:
    """A survey's answers, by their questions, in the manner of ArcGIS."""
    features = [
        {
            "attributes": {
                "objectid": p.rank + 1,
                "globalid": f"{{0000-{p.rank:04d}}}",
                "Quel est le nom de votre structure ?": p.nom,
                "À quelle adresse vous trouve-t-on ?": p.adresse,
                "Dans quelle commune ?": p.commune,
                "Quel numéro de téléphone peut-on appeler ?": p.telephone,
                "Une adresse mail de contact ?": p.courriel,
                "Quels services proposez-vous ?": p.theme,
                "Décrivez votre activité en quelques mots": p.texte,
                "CreationDate": 1_700_000_000_000,
                "Creator": "enquete",
            },
            "geometry": {"x": p.longitude, "y": p.latitude},
        }
        for p in places()
    ]
    return _json(folder / "enquete.json", {"spatialReference": {"wkid": 4326}, "features": features})


def names_and_postal_codes(folder: Path) -> Path:
    """Nothing but a name and a postal code."""
    return _csv(folder / "noms.csv", ["Nom de l'association", "Code postal"], [[p.nom, p.code_postal] for p in places()])


def decimal_commas(folder: Path) -> Path:
    """A spreadsheet's export in Windows-1252, with decimal commas and `NULL` for nothing."""
    rows = [
        [
            p.nom,
            p.adresse,
            p.code_postal,
            p.commune,
            *(str(n).replace(".", ",") for n in (p.latitude, p.longitude)),
            "NULL",
            p.courriel,
            "NULL",
        ]
        for p in places()
    ]
    header = ["Dénomination", "Adresse", "Code postal", "Commune", "Latitude", "Longitude", "Téléphone", "Courriel", "Site internet"]
    return _csv(folder / "virgules.csv", header, rows, encoding="cp1252")


def destroyed_sirets(folder: Path) -> Path:
    """SIRET numbers that a spreadsheet rounded."""
    rows = [[p.nom, 36750100000000, p.adresse, p.code_postal, p.commune, p.site] for p in places()]
    return _sheet(folder / "sirets.xlsx", ["Raison sociale", "SIRET", "Adresse", "Code Postal", "Commune", "Site web"], rows)


def spread_themes(folder: Path) -> Path:
    """Themes over QUALIF1 to QUALIF8, technical names, the point in one cell."""
    rows = [
        [p.rank, p.nom.upper(), p.numero, p.voie.upper(), p.code_postal, p.commune.upper(), p.theme,
         "Mobilité" if p.rank % 3 else "", *[""] * 6, f"{p.latitude},{p.longitude}"]
        for p in places()
    ]  # fmt: skip
    header = ["OBJECTID", "NOM_STRUCT", "ADR_NUM", "ADR_VOIE", "ADR_CP", "ADR_COM", *(f"QUALIF{n}" for n in range(1, 9)), "geom"]
    return _csv(folder / "qualifs.csv", header, rows, delimiter=",")


def nested_points(folder: Path) -> Path:
    """Records of an open data portal, the point an object."""
    records = [
        {
            "fields": {
                "nom_du_lieu": p.nom,
                "adresse_complete": f"{p.adresse}, {p.code_postal} {p.commune}",
                "telephone": p.telephone,
                "geo_point_2d": {"lon": p.longitude, "lat": p.latitude},
            }
        }
        for p in places()
    ]
    return _json(folder / "portail.json", {"total_count": TRUE_ROWS, "results": records})


def data_inclusion_v0(folder: Path) -> Path:
    """Structures of data·inclusion, schema v0, flattened in a CSV."""
    header = ["id", "siret", "nom", "commune", "code_postal", "code_insee", "adresse", "longitude", "latitude", "typologie", "telephone"]
    header += ["courriel", "site_web", "presentation_resume", "source", "date_maj", "horaires_ouverture", "thematiques"]
    rows = [
        [f"s{p.rank}", "", p.nom, p.commune, p.code_postal, p.code_insee, p.adresse, p.longitude, p.latitude, "ASSO", p.telephone,
         p.courriel, p.site, p.texte[:200], "essai", "2025-03-02", "Mo-Fr 09:00-12:00", '["numerique--acceder-a-une-connexion-internet"]']
        for p in places()
    ]  # fmt: skip
    return _csv(folder / "schema-v0.csv", header, rows, delimiter=",")


def lambert93(folder: Path) -> Path:
    """Metres, upper case, several phones."""
    header = ["ID_STRUCT", "NOM_STRUCT", "ADR_NUM", "ADR_RUE", "ADR_CP", "ADR_VILLE", "TEL_1", "TEL_2", "MEL", "X_L93", "Y_L93", "DATE_MAJ"]
    rows = [
        [f"S{p.rank:03d}", p.nom, p.numero, p.voie, p.code_postal, p.commune, p.telephone, "", p.courriel, *p.lambert, "12/02/2025"]
        for p in places()
    ]
    return _csv(folder / "lambert.csv", header, rows)


def one_address(folder: Path) -> Path:
    """The whole address in one cell, under a header that is a title; no coordinates, hours in French."""
    rows = [[p.nom, f"{p.adresse} - {p.code_postal} {p.commune}", f"Tél. : {p.telephone}", p.horaires, p.texte] for p in places()]
    return _sheet(folder / "adresses.xlsx", ["Organisme", "Coordonnées postales", "Contact", "Horaires d'ouverture", "Missions"], rows)


def town_and_code(folder: Path) -> Path:
    """The postal code beside the town, in one cell; a point as well-known text."""
    rows = [[p.nom, p.adresse, f"{p.commune} ({p.code_postal})", f"POINT ({p.longitude} {p.latitude})"] for p in places()]
    return _csv(folder / "ville-et-code.csv", ["intitulé", "rue", "localité", "wkt"], rows, delimiter="\t")


def days_apart(folder: Path) -> Path:
    """A column a day, flags for the needs, x that is the latitude."""
    header = [
        "Lieu",
        "Commune",
        "CP",
        "x",
        "y",
        *(f"Horaires {jour}" for jour in ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")),
    ]
    rows = [[p.nom, p.commune, p.code_postal, p.latitude, p.longitude, *["9h-12h / 14h-17h"] * 5, "fermé"] for p in places()]
    return _csv(folder / "jours.csv", header, rows)


def no_header_words(folder: Path) -> Path:
    """Columns with names that say nothing."""
    header = ["a", "b", "c", "d", "e", "f"]
    rows = [[p.rank, p.nom, p.adresse, p.code_postal, p.commune, p.telephone] for p in places()]
    return _csv(folder / "lettres.csv", header, rows, delimiter=",")


def nested_records(folder: Path) -> Path:
    """An application's answer: objects in objects, the point as [longitude, latitude], HTML, moments to the second."""
    found = [
        {
            "lieu_id": p.rank,
            "name": p.nom,
            "description": f"<p>{p.texte}</p>",
            "position": {
                "address": f"{p.adresse}, {p.code_postal} {p.commune}, France",
                "location": {"type": "Point", "coordinates": [p.longitude, p.latitude]},
            },
            "entity": {"phones": [{"label": "accueil", "phoneNumber": p.telephone}], "mail": p.courriel},
            "updatedAt": "2025-03-02T12:00:00Z",
        }
        for p in places()
    ]
    return _json(folder / "application.json", {"places": found})


def sexagesimal(folder: Path) -> Path:
    """Degrees, minutes and seconds; no town at all; rough moments beside."""
    header = ["CreationDate", "Structure", "Position GPS"]
    rows = [["1/2/2025 9:11:00 AM", p.nom, f"{_sexagesimal(p.latitude)}N {_sexagesimal(p.longitude)}E"] for p in places()]
    return _csv(folder / "minutes.csv", header, rows)


def _sexagesimal(degrees: float) -> str:
    minutes = degrees % 1 * 60
    return f"{int(degrees)}°{int(minutes):02d}'{minutes % 1 * 60:04.1f}\""


def no_header(folder: Path) -> Path:
    """A workbook that begins with its first place."""
    return xlsx(folder / "sans-titres.xlsx", [[p.nom, p.adresse, int(p.code_postal), p.commune, p.telephone] for p in places()])


SHAPES: dict[str, Callable[[Path], Path]] = {
    made.__name__: made
    for made in (
        *(unnamed_coordinates, text_coordinates, survey, names_and_postal_codes, decimal_commas, destroyed_sirets, spread_themes),
        *(
            nested_points,
            data_inclusion_v0,
            lambert93,
            one_address,
            town_and_code,
            days_apart,
            no_header_words,
            nested_records,
            sexagesimal,
            no_header,
        ),
    )
}
"""Each writes its file in a folder, and returns where it is. All have `TRUE_ROWS` rows of `COLLECTIVITE`."""
