"""Ille-et-Vilaine: the département's social directory; each theme of an organisation is a service."""

from collections.abc import Iterable

from importers.digital import PUBLICS
from importers.mapping import Row, Table, named
from importers.offers import DEMARCHES, SERVICES_EN_LIGNE, Offer, slug
from importers.readers import any_rows
from importers.source import Source

CHILDCARE, FOOD = "famille--garde-denfants", "equipement-et-alimentation--alimentation"
THEMES = {
    "Accompagnement éducatif": ("famille--soutien-a-la-parentalite-et-a-leducation",),
    "Aide à la famille": ("famille--soutien-a-la-parentalite-et-a-leducation",),
    "Accueil collectif permanent": (CHILDCARE,),
    "Accueil collectif ponctuel": (CHILDCARE,),
    "Maison d'assistants maternels": (CHILDCARE,),
    "Accueil de nuit des sans abris": ("logement-hebergement--rechercher-une-solution-dhebergement-temporaire",),
    "Bien-être mental": ("sante--sante-mentale",),
    "Colis alimentaires": (FOOD,),
    "Epiceries sociales et solidaires": (FOOD,),
    "Consultation juridique gratuite": ("difficultes-administratives-ou-juridiques--prendre-en-compte-une-problematique-judiciaire",),
    "Information sur la formation professionnelle continue": ("se-former--trouver-sa-formation",),
    "Services administratifs de proximité": (DEMARCHES, SERVICES_EN_LIGNE),
    "Soins infirmiers à domicile": ("sante--acces-aux-soins",),
}


def _offers(row: Row) -> Iterable[Offer]:
    for theme in row.parts("THEMATIQUE"):
        if needs := Row({"theme": theme}).told("theme", THEMES):
            fields = {"publics": row.told("PROFIL", PUBLICS), "description": row.text("PRESENTATION_DETAIL")}
            yield Offer(slug(theme), theme, tuple(needs), fields)


SAME = "nom adresse complement_adresse commune code_postal code_insee latitude longitude telephone courriel site_web date_maj lien_source"

SOURCE = Source(
    id="ille-et-vilaine",
    nom="Ille-et-Vilaine : annuaire social",
    licence="À lire à l’adresse publiée",
    url="https://services1.arcgis.com/jGLANYlFVVx3nuxa/arcgis/rest/services/annuaire_social_CD35/FeatureServer/0",
    file_name="35-ille-et-vilaine*",
    departements=("35",),
    date_columns=("DATE_MAJ",),
    read=any_rows(),
    translation=Table(
        key=("ID",),
        content=("NOM", "ADRESSE", "COMMUNE"),
        required=("ID", "NOM", "COMMUNE", "CODE_POSTAL"),
        places=("35",),
        structure={name: name.upper() for name in SAME.split()}
        | {"description": "PRESENTATION_DETAIL", "horaires_accueil": "HORAIRES_OUVERTURE"},
        kinds=named("NOM"),
        offers=_offers,
    ),
)
