"""How pages say things in French: dates, ages, distances, phone numbers, the words of the field."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from app import vocabulary
from app.models import RoleContact, Statut
from app.quality import is_stale as is_stale
from app.web.typography import NBSP as NBSP
from app.web.typography import french

MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")
PARIS = ZoneInfo("Europe/Paris")

STATUTS = {
    Statut.BROUILLON: "Brouillon",
    Statut.PUBLIEE: "Publiée",
    Statut.SUSPENDUE: "Suspendue",
    Statut.ARCHIVEE: "Archivée",
}

ROLES = {
    RoleContact.REFERENT: "Référent de l’accompagnement global",
    RoleContact.SOLIDARITES: "Maison des solidarités",
    RoleContact.CONSEILLER_DEDIE: "Conseiller dédié à l’accompagnement global",
    RoleContact.AGENCE: "Agence France Travail",
}

FIELDS = {
    "accessibilite_lieu": "Accessibilité du lieu",
    "adresse": "Adresse",
    "adresse_confidentielle": "Adresse confidentielle",
    "code_insee": "Code INSEE",
    "code_postal": "Code postal",
    "collectivite": "Collectivité qui tient la fiche",
    "commune": "Commune",
    "complement_adresse": "Complément d’adresse",
    "conditions_acces": "Conditions d’accès",
    "contact_nom_prenom": "Personne à contacter",
    "courriel": "Courriel",
    "date_fichier": "Date du fichier",
    "date_maj": "Mise à jour",
    "demonstration": "Fiche de démonstration",
    "departement": "Département",
    "description": "Description",
    "description_composee": "Description composée",
    "disparu_le": "Absente du fichier depuis",
    "frais": "Frais",
    "frais_precisions": "Précisions sur les frais",
    "horaires_accueil": "Horaires d’accueil",
    "latitude": "Latitude",
    "lien_mobilisation": "Lien pour s’inscrire ou orienter",
    "lien_source": "Page d’origine",
    "longitude": "Longitude",
    "mobilisable_par": "Qui peut faire la demande",
    "mobilisation_precisions": "Précisions sur la demande",
    "modes_accueil": "Accueil",
    "modes_mobilisation": "Comment faire la demande",
    "nom": "Nom",
    "nombre_semaines": "Durée (semaines)",
    "precision_lieu": "Précision du lieu",
    "publics": "Publics",
    "publics_precisions": "Précisions sur les publics",
    "reseaux_porteurs": "Réseaux",
    "role": "Rôle",
    "secteurs": "Secteurs desservis",
    "siret": "SIRET",
    "site_web": "Site web",
    "source": "Source",
    "statut": "État de la fiche",
    "structure_id": "Structure",
    "telephone": "Téléphone",
    "thematiques": "Besoins",
    "type": "Type de service",
    "verifie_le": "Vérifiée le",
    "verifie_par": "Vérifiée par",
    "volume_horaire_hebdomadaire": "Heures par semaine",
    "zone_eligibilite": "Zone couverte",
}
"""Every column a revision may name, as the history and the forms call it."""


def label(value: str) -> str:
    """A référentiel's value in words."""
    return STATUTS.get(value) or ROLES.get(value) or vocabulary.FREINS.get(value) or vocabulary.label(value)  # type: ignore[call-overload]


def labels(values: Iterable[str] | None) -> str:
    """Several values in words, comma-separated."""
    return ", ".join(label(value) for value in values or ())


def day(value: date | datetime | None) -> str:
    """« 12 mars 2026 », « 1er mai 2026 »; « date inconnue » for None."""
    if value is None:
        return "date inconnue"
    first = "1er" if value.day == 1 else str(value.day)
    return f"{first} {MONTHS[value.month - 1]} {value.year}".replace(" ", NBSP)


def day_of(text: str) -> str:
    """The same from an ISO date; what is not one stays as it is."""
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def moment(value: datetime) -> str:
    """« 12 mars 2026 à 14 h 05 », in Paris."""
    local = value.astimezone(PARIS)
    return f"{day(local)} à{NBSP}{local.hour}{NBSP}h{NBSP}{local.minute:02d}"


def age(value: date, today: date | None = None) -> str:
    """« aujourd’hui », « hier », « il y a 3 jours », « il y a 4 mois », « il y a 2 ans »."""
    days = ((today or date.today()) - value).days
    if days <= 0:
        return "aujourd’hui"
    if days == 1:
        return "hier"
    if days < 31:
        return f"il y a {days} jours"
    if days < 365:
        return f"il y a {days * 12 // 365 or 1} mois"
    return f"il y a {plural(days // 365, 'an')}"


def distance(km: float) -> str:
    """« moins de 1 km », « 4,2 km », « 37 km »."""
    if km < 1:
        return f"moins de{NBSP}1{NBSP}km"
    text = f"{km:.1f}".replace(".", ",").removesuffix(",0") if km < 10 else f"{km:.0f}"
    return f"{text}{NBSP}km"


def duration(minutes: int) -> str:
    """« 25 min », « 1 h 05 »."""
    hours, left = divmod(minutes, 60)
    return f"{hours}{NBSP}h{NBSP}{left:02d}" if hours else f"{left}{NBSP}min"


def plural(count: int, singular: str, many: str | None = None) -> str:
    """« 1 ressource », « 1 200 ressources »."""
    return f"{number(count)}{NBSP}{singular if abs(count) < 2 else many or singular + 's'}"


def number(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")


@lru_cache(maxsize=4096)
def phone(e164: str) -> str:
    """A number as France writes it: « 04 65 71 00 00 »; what is not E.164 stays as it is."""
    try:
        parsed = phonenumbers.parse(e164, "FR")
    except phonenumbers.NumberParseException:
        return e164
    style = phonenumbers.PhoneNumberFormat
    foreign = parsed.country_code not in {33, 262, 508, 590, 594, 596, 681, 687, 689}
    return phonenumbers.format_number(parsed, style.INTERNATIONAL if foreign else style.NATIONAL).replace(" ", NBSP)


def phone_link(number: str) -> str:
    """`tel:` address of a number."""
    return "tel:" + re.sub(r"[^\d+]", "", number)


def host(url: str) -> str:
    """What to show of a web address: « exemple.org »."""
    return re.sub(r"^https?://(www\.)?", "", url).split("/", 1)[0]


def excerpt(text: str, length: int = 260) -> str:
    """The beginning of a text, cut between two words."""
    beginning = text[: 3 * length]  # a description may be long, and every card has one
    flat = " ".join(beginning.split())
    if len(flat) <= length and len(beginning) < len(text):
        flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[:length].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


FILTERS: dict[str, Any] = {
    "label": label,
    "labels": labels,
    "french": french,
    "day": lambda value: french(day(value)),
    "moment": lambda value: french(moment(value)),
    "age": age,
    "stale": is_stale,
    "distance": distance,
    "number": number,
    "phone": phone,
    "phone_link": phone_link,
    "host": host,
    "excerpt": excerpt,
}


def said(name: str, value: Any) -> str:
    """A stored value of a field, in words."""
    if value is None or value in ("", []):
        return "vide"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return labels(value)
    if name == "telephone":
        return phone(str(value))
    if name.startswith(("date_", "verifie_le")):
        return day_of(str(value))
    return label(str(value))
