"""Haute-Vienne: a row for each service of a place. The pin on the map is right; the geocoder's coordinates beside it often are not."""

import re

from importers import cleaning
from importers.digital import PHRASES, PUBLICS
from importers.grouping import grouped
from importers.mapping import Row, Table, first, named, sentences
from importers.offers import Offer, slug
from importers.places import pair_latitude, pair_longitude
from importers.readers import any_rows
from importers.source import Source


def _said(line: Row) -> str | None:
    """The comment is whole in the pop-up of the map; its own column lost closing quotes."""
    popup = re.search(r"<i>(.*?)</i>", str(line.cell("infobulle") or ""), re.DOTALL)
    return cleaning.text(popup[1] if popup else None) or line.text("commentaires")


def _offer(line: Row) -> Offer:
    nom, said = line["service"] or "Accès et accompagnement au numérique", _said(line)
    fields = {"conditions_acces": line["condition"], "publics_precisions": line["public"], "publics": line.told("public", PUBLICS)}
    free = "gratuit" if re.search(r"\bateliers? gratuits?\b", said or "", re.IGNORECASE) else None
    helped = "Assistance sur place." if line.flag("assistance") else None
    fields |= {"description": "\n".join(filter(None, [said, helped])), "horaires_accueil": line["horaires"], "frais": free}
    return Offer(slug(nom), nom, tuple(line.told("service", PHRASES)), fields)


SOURCE = Source(
    id="haute-vienne",
    nom="Haute-Vienne : accès et accompagnement au numérique",
    licence="Licence Ouverte 2.0",
    url="https://sig.limoges-metropole.fr/servernf1/rest/services/_SOCIAL/actnum_consult/FeatureServer/0",
    file_name="87-haute-vienne*.json",
    departements=("87",),
    read=any_rows(grouped("nom_org", "trajet")),
    translation=Table(
        key=("nom_org", "trajet"),
        content=("nom_org", "adresse", "commune"),
        required=("nom_org", "commune", "trajet", "lignes"),
        places=("87",),
        structure={
            "nom": "nom_org",
            "description": sentences(Label="label", Mobile="tel_mobile"),
            "adresse": "adresse",
            "code_postal": "code_postal",
            "commune": "commune",
            "latitude": pair_latitude("trajet"),
            "longitude": pair_longitude("trajet"),
            "telephone": first("tel_fixe", "tel_mobile"),
            "courriel": "mail",
            "site_web": "site",
        },
        kinds=named("nom_org", "label"),
        offers=lambda row: map(_offer, row.lines()),
    ),
)
