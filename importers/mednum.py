"""Files in the national schema of places of digital help (« lieux de médiation numérique »), whatever its version."""

from collections.abc import Iterable

from importers.digital import PHRASES, PUBLICS, digital
from importers.mapping import Row, Table, first, named, sentences
from importers.offers import Offer


def _offers(row: Row) -> Iterable[Offer]:
    paying = row.told("conditions_acces", {"Gratuit": ("gratuit",), **dict.fromkeys(("Payant", "Adhésion"), ("payant",))})
    yield from digital(
        row.told("services", PHRASES),
        description=row.text("presentation_detail") or row.text("presentation_resume"),
        frais=paying[0] if len(paying) == 1 else None,
        conditions_acces=row.text("conditions_acces"),
        publics=row.told("publics_accueillis", PUBLICS),
        publics_precisions=row.text("publics_accueillis"),
        lien_mobilisation=row["prise_rdv"],
    )


def mednum(places: tuple[str, ...]) -> Table:
    """The translation of such a file of these départements; columns that it lacks are unknown."""
    return Table(
        key=("id",),
        content=("nom", "adresse", "commune"),
        required=("id", "nom", "commune", "code_postal", "adresse", "services"),
        places=places,
        structure={
            "nom": "nom",
            "siret": "pivot",
            "date_maj": "date_maj",
            "description": sentences(_="presentation_resume", Accompagnement="modalites_accompagnement"),
            "adresse": "adresse",
            "complement_adresse": "complement_adresse",
            "code_postal": "code_postal",
            "code_insee": "code_insee",
            "commune": "commune",
            "latitude": "latitude",
            "longitude": "longitude",
            "telephone": "telephone",
            "courriel": first("courriel", "courriels"),
            "site_web": "site_web",
            "horaires_accueil": "horaires",
            "accessibilite_lieu": "accessibilite",
        },
        kinds=named("nom", "typologie"),
        offers=_offers,
    )
