"""The edit form: what was typed, made into values of schema v1 or into errors that say how to mend them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import phonenumbers
from data_inclusion.schema import v1
from pydantic import ValidationError
from starlette.datastructures import FormData

from app import hours, vocabulary
from app.models import Genre, Listing, RoleContact, Statut
from app.territory.competence import EVERYWHERE
from app.territory.gazetteer import Gazetteer
from app.territory.locating import locate
from app.territory.zones import read_zones
from app.web import wording
from app.web.hours import in_french

ADDRESS = ("adresse", "complement_adresse", "code_postal", "commune")
COMMON = ("nom", "description", *ADDRESS, "telephone", "courriel", "horaires_accueil")
TEXTS: dict[Genre, tuple[str, ...]] = {
    "structure": (*COMMON, "site_web", "accessibilite_lieu", "siret"),
    "service": (
        *COMMON,
        "frais_precisions",
        "publics_precisions",
        "conditions_acces",
        "contact_nom_prenom",
        "lien_mobilisation",
        "mobilisation_precisions",
    ),
    "contact": (*COMMON, "contact_nom_prenom"),
}
CHOICES = {"type": "types-services", "frais": "frais"}
LISTS = {
    "thematiques": "thematiques",
    "publics": "publics",
    "modes_accueil": "modes-accueil",
    "modes_mobilisation": "modes-mobilisation",
    "mobilisable_par": "personnes-mobilisatrices",
}
TERRITORIES = ("zone_eligibilite", "secteurs")
"""Fields of one value a line, that say whom a service or a contact serves."""

LINKS = frozenset({"site_web", "lien_mobilisation", "accessibilite_lieu"})
MODELS: dict[Genre, Any] = {"structure": v1.Structure, "service": v1.Service, "contact": v1.Structure}

MESSAGES = {
    "courriel": "Adresse électronique incomplète. Exemple : accueil@example.org",
    "code_postal": "Un code postal a cinq chiffres.",
    "siret": "Un numéro SIRET a 14 chiffres.",
    "publics": "« Tous publics » se choisit seul.",
    "nom": "Le nom doit avoir de 3 à 150 caractères.",
    "description": "La description doit avoir de 5 à 10 000 caractères.",
    **dict.fromkeys(LINKS, "Adresse web incomplète. Exemple : https://www.example.org"),
}


HOURS = (
    "Ces horaires ne sont pas compris. Exemple : « du lundi au vendredi 9h à 12h et 14h à 17h ; samedi 9h à 12h ». "
    "Ce qui n’est pas une heure, comme « sur rendez-vous », se dit dans la description."
)


@dataclass
class Form:
    """An edit being made. `typed` is shown again as it is; `changes` go to ``listings.edit`` when `errors` is empty."""

    typed: dict[str, Any]
    changes: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def stored(gazetteer: Gazetteer, genre: Genre, listing: Listing) -> dict[str, Any]:
    """The form's fields as the base has them. A confidential address is not among them."""
    values: dict[str, Any] = {name: getattr(listing, name) or "" for name in TEXTS[genre]}
    values |= {name: as_typed(gazetteer, name, getattr(listing, name)) for name in ("telephone", "horaires_accueil")}
    values |= {"statut": listing.statut, "adresse_confidentielle": listing.adresse_confidentielle}
    if genre == "service":
        values |= {name: getattr(listing, name) or "" for name in CHOICES}
        values |= {name: list(getattr(listing, name) or ()) for name in LISTS}
        if getattr(listing, "description_composee", False):
            values["description"] = ""
    if genre == "contact":
        values["role"] = getattr(listing, "role", "")
    if genre != "structure":
        values |= {name: as_typed(gazetteer, name, getattr(listing, name)) for name in TERRITORIES}
    return values


def read(gazetteer: Gazetteer, genre: Genre, listing: Listing, form: FormData) -> Form:
    """What a person typed for `listing`, checked against schema v1 and put in its place."""
    typed = _typed(genre, form)
    result = Form(typed)
    before = stored(gazetteer, genre, listing)
    wanted = {name: value for name, value in typed.items() if value != before[name]}
    for name, value in wanted.items():
        result.changes[name] = _value(gazetteer, name, value, result.errors)
    if listing.adresse_confidentielle:
        for name in ("adresse", "complement_adresse"):  # shown empty: left empty, the sealed one stays
            if not typed[name]:
                result.changes.pop(name, None)
    _locate(gazetteer, listing, result)
    _check(genre, listing, result)
    return result


def as_typed(gazetteer: Gazetteer, name: str, value: Any) -> Any:
    """A stored value as the form shows it."""
    if name == "zone_eligibilite":
        return write_zones(gazetteer, value)
    if name == "secteurs":
        return "\n".join(value or ())
    if name == "telephone" and value:
        return wording.phone(value).replace(wording.NBSP, " ")
    if name == "horaires_accueil" and value:
        return _hours_said(value)
    return list(value or ()) if name in LISTS else bool(value) if name == "adresse_confidentielle" else value or ""


def write_zones(gazetteer: Gazetteer, codes: list[str] | None) -> str:
    """Zones as the form's lines: « Digne-les-Bains (04070) »."""
    lines = []
    for code in codes or ():
        known = gazetteer.commune(code) if len(code) == 5 else None
        name = known or gazetteer.territory(code)
        lines.append("France" if code in EVERYWHERE else f"{name.nom} ({code})" if name else code)
    return "\n".join(lines)


def _typed(genre: Genre, form: FormData) -> dict[str, Any]:
    def text(name: str) -> str:
        return str(form.get(name, "")).replace("\r\n", "\n").replace("\x00", "").strip()

    typed: dict[str, Any] = {name: text(name) for name in TEXTS[genre]}
    typed |= {"statut": text("statut"), "adresse_confidentielle": bool(form.get("adresse_confidentielle"))}
    if genre == "service":
        typed |= {name: text(name) for name in CHOICES}
        for name, reference in LISTS.items():
            given = set(form.getlist(name))
            typed[name] = [item.value for item in vocabulary.REFERENTIELS[reference] if item.value in given]
    if genre == "contact":
        typed["role"] = text("role")
    if genre != "structure":
        typed |= {name: text(name) for name in TERRITORIES}
    return typed


def _value(gazetteer: Gazetteer, name: str, value: Any, errors: dict[str, str]) -> Any:
    """One field as the base stores it; says in `errors` what is wrong with it."""
    if name in {"statut", "role"}:
        if value not in (set(Statut) if name == "statut" else set(RoleContact)):
            errors[name] = "Choisissez dans la liste."
        return value
    if name == "telephone" and value:
        return _phone(value, errors)
    if name == "horaires_accueil" and value:
        return _hours(value, errors)
    if name == "zone_eligibilite":
        return _zones(gazetteer, value, errors)
    if name == "secteurs":
        return [line.strip() for line in value.splitlines() if line.strip()] or None
    if name in LINKS and value and "://" not in value:
        return f"https://{value}"
    return value if isinstance(value, bool) else value or None


def _phone(text: str, errors: dict[str, str]) -> str:
    digits = re.sub(r"\D", "", text)
    try:
        parsed = phonenumbers.parse(text, "FR")
        if parsed.national_number and phonenumbers.is_possible_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        if digits == str(parsed.national_number) and phonenumbers.is_valid_short_number_for_region(parsed, "FR"):
            return digits  # 115, 39 49: short numbers have no international form
    except phonenumbers.NumberParseException:
        pass
    samples = (wording.phone(number) for number in ("+33465710000", "3949", "+41220000000"))
    errors["telephone"] = "Ce n’est pas un numéro entier. Exemples : {}, {}, ou {} à l’étranger.".format(*samples)
    return text


def _hours(text: str, errors: dict[str, str]) -> str:
    """As schema v1 asks, an OSM expression: made of the French that a person typed, or typed so."""
    if not (written := text if hours.is_osm(text) else hours.from_text(text)):
        errors["horaires_accueil"] = HOURS
    return written or text


def _hours_said(text: str) -> str:
    """Stored hours in the French that gives them back; as they are, when there is none."""
    french = " ; ".join(" ".join(row) for row in in_french(text)).replace(wording.NBSP, " ")
    return french if hours.from_text(french) == text else text


def _zones(gazetteer: Gazetteer, text: str, errors: dict[str, str]) -> list[str] | None:
    zones = read_zones(gazetteer, filter(None, (line.strip() for line in text.splitlines())))
    if zones.unknown:
        said = ", ".join(f"« {line} »" for line in zones.unknown)
        errors["zone_eligibilite"] = (
            f"Territoire inconnu, ou qui peut en désigner plusieurs : {said}. Écrivez une commune, un code postal, une "
            "intercommunalité, un département ou une région ; au besoin avec son code : « Vienne (86) »."
        )
    return list(zones.codes) or None


def _locate(gazetteer: Gazetteer, listing: Listing, form: Form) -> None:
    """A new address takes the place of the old one whole: codes and point follow."""
    moved = form.changes.keys() & {"adresse", "code_postal", "commune"}
    if not moved or "code_postal" in form.errors:
        return
    place = {name: form.changes.get(name, getattr(listing, name)) for name in ADDRESS}
    found = locate(gazetteer, {**place, "code_insee": None, "latitude": None, "longitude": None}, departement=listing.departement)
    if found.problem:
        form.errors["commune"] = found.problem
        return
    names = ("commune", "code_postal", "code_insee", "latitude", "longitude", "precision_lieu")
    form.changes |= {name: found.values[name] for name in names}
    if "adresse" in form.changes:
        form.changes |= {name: found.values.get(name) for name in ("adresse", "complement_adresse") if name in form.changes}


def _check(genre: Genre, listing: Listing, form: Form) -> None:
    """Validate what changes by the schema's own model; what was wrong before and is not touched is let be."""
    model = MODELS[genre]
    values: Mapping[str, Any] = {name: form.changes.get(name, getattr(listing, name, None)) for name in model.model_fields}
    dated = {**values, "date_maj": date.today()}
    if genre == "service" and not dated["description"]:
        dated["description"] = "Composée à l’enregistrement."
    try:
        model.model_validate(dated)
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0])
            if name in form.changes:
                form.errors.setdefault(name, MESSAGES.get(name, "Cette valeur n’est pas acceptée."))
