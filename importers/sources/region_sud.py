"""Région Sud: libraries, third places, France services... of six départements, in a file that lost its accented letters."""

import re
from collections.abc import Iterable, Iterator

from importers import offers
from importers.lost_letters import mend
from importers.mapping import Row, Table, first, sentences
from importers.offers import Kind, Offer, kinds_named, networks
from importers.reading import RawRow, csv_rows
from importers.source import Source

DEPARTEMENTS = ("04", "05", "06", "13", "83", "84")
NEEDS = (  # words of the place's own list of services → what they mean for sure
    (re.compile(r"e[ -]administration|d.marches|services publics num|d.mat.rialisation", re.IGNORECASE), offers.SERVICES_EN_LIGNE),
    (re.compile(r"acc.s (?:libre|internet|wifi)|libre acc.s|wifi|espace internet|libre service", re.IGNORECASE), offers.CONNEXION),
    (
        re.compile(r"initi|d.butant|m.diation num|ateliers? (?:informatique|num)|cours informatique|usages? num", re.IGNORECASE),
        offers.FONDAMENTAUX,
    ),
    (re.compile(r"recherche (?:d.)?emploi|ateliers? recherche d", re.IGNORECASE), offers.RECHERCHE),
)
FOR_FIRMS = re.compile(r"entrepre|startup|start-up|porteurs de projet", re.IGNORECASE)


def _kinds(row: Row) -> tuple[Kind, ...]:
    """By labels, type or name: `labels` holds "FRANCE SERVICES" among others."""
    return tuple(dict.fromkeys(kind for column in ("labels", "type_lieu", "nom") for kind in kinds_named(row[column] or "")))


def _offers(row: Row) -> Iterable[Offer]:
    yield from (offer for _, offer in _kinds(row) if offer)
    said = row["services"] or ""
    needs = [] if FOR_FIRMS.search(said) else [need for words, need in NEEDS if words.search(said)]
    if re.match(r"points? numériques?", row["nom"] or "", re.IGNORECASE) and offers.SERVICES_EN_LIGNE not in needs:
        needs.append(offers.SERVICES_EN_LIGNE)
    if needs:
        yield Offer("numerique", offers.NUMERIQUE.nom, tuple(needs), {"description": said or None})


def _mend(cell: str) -> str:
    """Lost letters; and 13, which someone replaced everywhere by the département's name, hours included ("Bouche-du-Rhôneh30")."""
    return mend(re.sub(r"Bouches?-du-Rh.ne(?=h(?:\d\d)?\b)", "13", cell))


def whole_rows(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    """Three listings are broken over two rows. A tail whose head lacks just these columns is put back; any other is refused."""
    head: RawRow | None = None
    for row in rows:
        tail = not row.values.get("adresse_region") and row.values.get("statut") not in ("Public", "Priv\ufffd", "Privé")
        if not tail:
            if head:
                yield head
            head = row
            continue
        mended = _put_back(head, row) if head else None
        if mended is None:
            said = (
                f"Morceau d’une fiche coupée en deux dans le fichier (début ligne {head.line}) : non repris."
                if head
                else "Fiche sans début."
            )
            yield row._replace(problem=said)
        else:
            head = mended
    if head:
        yield head


def _put_back(head: RawRow, tail: RawRow) -> RawRow | None:
    if head.values.get("adresse_region"):
        return None  # the head is whole as far as its place; where its tail belongs can't be told
    columns, cells = list(head.values), list(head.values.values())
    last = max(place for place, cell in enumerate(cells) if cell)
    whole = [*cells[:last], " ".join(f"{cells[last]} {next(iter(tail.values.values()))}".split()), *list(tail.values.values())[1:]]
    mended = dict(zip(columns, [*whole, *[""] * len(columns)], strict=False))
    return RawRow(head.line, mended) if (mended.get("adresse_region") or "").endswith("gion Sud") else None


SOURCE = Source(
    id="region-sud",
    nom="Région Sud : lieux de médiation numérique",
    licence="Licence Ouverte 2.0",
    url="https://www.data.gouv.fr/fr/datasets/r/5250e9c9-8abe-4a4e-8ebc-cb4e8fe72b71",
    file_name="region-sud*.csv",
    departements=DEPARTEMENTS,
    read=csv_rows(";", repair=whole_rows),
    translation=Table(
        key=("nom", "adresse_numero", "adresse_rue", "adresse_code_postal", "adresse_commune"),
        content=("nom", "structure_porteuse", "adresse_rue", "adresse_commune"),
        required=("nom", "adresse_code_postal", "adresse_commune", "services"),
        places=DEPARTEMENTS,
        mend=_mend,
        structure={
            "nom": first("nom", "structure_porteuse"),
            "description": sentences(_="description", Porteur="structure_porteuse", Services="services", Matériel="materiels_disponibles"),
            "adresse": ("adresse_numero", "adresse_rue"),
            "code_postal": "adresse_code_postal",
            "code_insee": "adresse_code_insee",
            "commune": "adresse_commune",
            "latitude": "latitude",
            "longitude": "longitude",
            "telephone": "contact_telephone",
            "courriel": first("contact_email"),
            "site_web": first("contact_web", "contact_facebook"),
            "horaires_accueil": first("horaires_ouverture_osm", "horaires_ouverture_brut", "horaires_grand_public"),
            "reseaux_porteurs": lambda row: networks(_kinds(row)),
        },
        offers=_offers,
    ),
)
