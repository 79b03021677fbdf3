"""How each field of schema v1 is cleaned, whatever column it came from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app import hours
from importers import cleaning, contacts

NOM_MAX = 150
DESCRIPTION_MIN, DESCRIPTION_MAX = 5, 10_000


@dataclass
class Context:
    """What the cleaning of one row knows and leaves behind.

    `places`: départements of the source. `found`: values met in a column that is not theirs. `leftovers`: lines of text that
    no field takes and that a counsellor must still be able to read; they go to the description. `notes`: what was repaired.
    """

    places: tuple[str, ...] = ()
    departement: str | None = None
    found: dict[str, Any] = field(default_factory=dict)
    leftovers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def clean(name: str, value: Any, context: Context) -> Any:
    """The value of field `name`, or None; says in `context` what it had to leave out."""
    cleaner = CLEANERS.get(name)
    if value is None:
        return None
    if cleaner is None:
        return cleaning.line(value) if isinstance(value, str) else value
    return cleaner(value, context)


def _nom(value: Any, context: Context) -> str | None:
    nom = cleaning.line(value)
    if nom is None:
        return None
    nom = nom if nom.endswith(("etc.", "...")) else nom.rstrip(". ")
    if len(nom) > NOM_MAX:
        context.notes.append("Nom de plus de 150 caractères : coupé, en entier dans la description.")
        context.leftovers.append(nom)
    return cleaning.cut(nom, NOM_MAX)


def _description(value: Any, context: Context) -> str | None:
    description = cleaning.text(value)
    if description is None or len(description) < DESCRIPTION_MIN:
        return None
    if len(description) > DESCRIPTION_MAX:
        context.notes.append("Description de plus de 10 000 caractères : coupée.")
    return cleaning.cut(description, DESCRIPTION_MAX)


def _precision(value: Any, _context: Context) -> str | None:
    return cleaning.text(value)


def _date_maj(value: Any, context: Context) -> Any:
    day = cleaning.day(value) if not hasattr(value, "year") else value
    if day is None and not cleaning.is_missing(value):
        context.notes.append(f"Date de mise à jour illisible : « {value} ». Date inconnue.")
    return day


def _code_postal(value: Any, context: Context) -> str | None:
    code = cleaning.postal_code(value, context.places)
    if code is None and not cleaning.is_missing(value):
        context.notes.append(f"Code postal illisible : « {value} ».")
    if code and context.departement is None:
        context.departement = code[:3] if code[:2] in ("97", "98") else code[:2]
    return code


def _code_insee(value: Any, context: Context) -> str | None:
    code = cleaning.insee_code(value, context.places)
    if code is None and not cleaning.is_missing(value):
        context.notes.append(f"Code INSEE illisible : « {value} ».")
    if code:
        context.departement = code[:3] if code[:2] in ("97", "98") else code[:2]
    return code


def _telephone(value: Any, context: Context) -> str | None:
    if isinstance(value, float) and not value.is_integer():
        value = f"{value:.2f}".replace(".", " ")  # 39.60, that a spreadsheet took for a number
    written = cleaning.line(value)
    if written is None:
        return None
    number = contacts.phone(written, context.departement)
    if number is None:
        context.notes.append(f"Téléphone illisible : « {written} ».")
    return number


def _courriel(value: Any, context: Context) -> str | None:
    written = cleaning.line(value)
    if written is None:
        return None
    if courriel := contacts.email(written):
        return courriel
    if site := contacts.url(written):
        context.notes.append("La colonne du courriel contenait une page web : reprise comme site web.")
        context.found["site_web"] = site
    else:
        context.notes.append(f"Courriel illisible : « {written} ».")
    return None


def _site_web(value: Any, context: Context) -> str | None:
    written = cleaning.line(value)
    if written is None:
        return None
    if site := contacts.url(written):
        return site
    if courriel := contacts.email(written):
        context.notes.append("La colonne du site web contenait un courriel : repris comme courriel.")
        context.found["courriel"] = courriel
    else:
        context.notes.append(f"Site web illisible : « {written} ».")
        context.leftovers.append(f"Site web indiqué : {written}")
    return None


def _horaires(value: Any, context: Context) -> str | None:
    written = cleaning.text(value)
    if written is None:
        return None
    if hours.is_osm(written):
        return written
    understood = hours.from_text(written)
    if understood is None:
        context.notes.append("Horaires en texte libre : laissés tels quels dans la description.")
        context.leftovers.append(f"Horaires : {written}")
    return understood


def _publics(value: Any, _context: Context) -> list[str] | None:
    """Schema v1: "tous publics" stands alone."""
    return ["tous-publics"] if "tous-publics" in value else list(dict.fromkeys(value)) or None


def _siret(value: Any, context: Context) -> str | None:
    known = cleaning.siret(value)
    if known is None and not cleaning.is_missing(value):
        context.notes.append(f"SIRET faux ou abîmé par un tableur : « {value} », non repris.")
    return known


def _number(value: Any, context: Context) -> float | None:
    known = cleaning.number(value)
    if known is None and not cleaning.is_missing(value):
        context.notes.append(f"Coordonnée illisible : « {value} ».")
    return known


CLEANERS: dict[str, Callable[[Any, Context], Any]] = {
    "nom": _nom,
    "description": _description,
    "publics_precisions": _precision,
    "frais_precisions": _precision,
    "conditions_acces": _precision,
    "mobilisation_precisions": _precision,
    "date_maj": _date_maj,
    "code_postal": _code_postal,
    "code_insee": _code_insee,
    "telephone": _telephone,
    "courriel": _courriel,
    "site_web": _site_web,
    "lien_source": _site_web,
    "lien_mobilisation": _site_web,
    "horaires_accueil": _horaires,
    "publics": _publics,
    "siret": _siret,
    "longitude": _number,
    "latitude": _number,
}
"""By field; a field that is not here is text on one line, or what its converter gave."""
