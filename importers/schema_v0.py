"""Records of data·inclusion schema v0 as those of v1: fields renamed or joined, values that v1 no longer knows told in words."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from data_inclusion.schema import v1

from importers import cleaning
from importers.readers import RawRow

Values = dict[str, Any]

KEPT = (
    *("id", "structure_id", "source", "nom", "date_maj", "lien_source", "siret", "adresse", "complement_adresse", "commune"),
    *("code_postal", "code_insee", "longitude", "latitude", "telephone", "courriel", "site_web", "modes_accueil"),
    *("contact_nom_prenom", "genre"),
)
WAYS = {"envoyer-un-mail": "envoyer-un-courriel", "completer-le-formulaire-dadhesion": "utiliser-lien-mobilisation"}
FREE = frozenset({"gratuit", "gratuit-sous-conditions", "pass-numerique"})
PAID = frozenset({"payant", "adhesion"})


def as_v1(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    """For the `repair` of a reader: each row in the names of schema v1."""
    for row in rows:
        yield row if row.problem else row._replace(values=record(row.values))


def record(raw: Mapping[str, Any]) -> Values:
    """One structure or service; nothing that v0 said is dropped but what v1 has no place for."""
    values: Values = {name: raw[name] for name in KEPT if raw.get(name)}
    values["horaires_accueil"] = raw.get("horaires_ouverture") or raw.get("recurrence")
    said = [raw.get("presentation_detail") or raw.get("presentation_resume")]
    if values.get("genre") == "service":
        values.update(_service(raw))
        themes, unknown = _sorted(_list(raw, "thematiques"), v1.Thematique)
        values["thematiques"] = themes
        said += [f"Thématiques d’origine : {', '.join(unknown)}." if unknown else None]
    else:
        networks, unknown = _sorted([name.lower() for name in _list(raw, "typologie", "labels_nationaux")], v1.ReseauPorteur)
        values["reseaux_porteurs"] = networks
        values["accessibilite_lieu"] = raw.get("accessibilite")
        said += [
            f"Type et labels : {', '.join([*unknown, *_list(raw, 'labels_autres')])}." if unknown or raw.get("labels_autres") else None
        ]
    values["description"] = "\n".join(part for part in said if part) or None
    return values


def _service(raw: Mapping[str, Any]) -> Values:
    ways, other = _sorted(
        [WAYS.get(way, way) for way in _list(raw, "modes_orientation_accompagnateur", "modes_orientation_beneficiaire")],
        v1.ModeMobilisation,
    )
    kinds, _ = _sorted(_list(raw, "types"), v1.TypeService)
    publics, unknown = _sorted(_list(raw, "profils"), v1.Public)
    costs = set(_list(raw, "frais"))
    by = {"professionnels": "modes_orientation_accompagnateur", "usagers": "modes_orientation_beneficiaire"}
    return {
        "type": next(iter(kinds), None),
        "publics": publics,
        "publics_precisions": _joined(raw.get("profils_precisions"), ", ".join(unknown)),
        "frais": "gratuit" if costs & FREE and not costs & PAID else "payant" if costs & PAID else None,
        "frais_precisions": _joined(raw.get("frais_autres"), ", ".join(sorted(costs - {"gratuit", "payant"}))),
        "conditions_acces": _joined(*_list(raw, "pre_requis", "justificatifs")),
        "modes_mobilisation": ways,
        "mobilisable_par": [who for who, column in by.items() if _list(raw, column)],
        "mobilisation_precisions": _joined(
            raw.get("modes_orientation_accompagnateur_autres"), raw.get("modes_orientation_beneficiaire_autres"), ", ".join(other)
        ),
        "lien_mobilisation": raw.get("prise_rdv") or raw.get("formulaire_en_ligne") or raw.get("page_web"),
        "zone_eligibilite": _list(raw, "zone_diffusion_code") or (["france"] if raw.get("zone_diffusion_type") == "pays" else None),
    }


def _list(raw: Mapping[str, Any], *columns: str) -> list[str]:
    """The values of these columns, each once: lists, or text as a file writes them."""
    found: list[str] = []
    for column in columns:
        value = raw.get(column)
        if isinstance(value, str):
            value = [part for part in (word.strip(" \"'{}[]") for word in value.split(",")) if not cleaning.is_missing(part)]
        found += [item for item in value or () if isinstance(item, str)]
    return list(dict.fromkeys(found))


def _sorted(values: list[str], known: type[Enum]) -> tuple[list[str], list[str]]:
    """Those that v1 knows, and the others."""
    names = {str(member.value) for member in known}
    return [value for value in values if value in names], [value for value in values if value not in names]


def _joined(*parts: Any) -> str | None:
    return "\n".join(str(part) for part in parts if part) or None
