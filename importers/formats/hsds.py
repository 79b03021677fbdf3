"""HSDS 3 (Open Referral) in its compiled form: organizations with their services, or services with their organization.

Rows come in the names of data·inclusion schema v1, each marked with its `genre`: structures first.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from importers.formats.documents import load
from importers.formats.rows import Contents, RawRow
from importers.problems import UnreadableFile

Values = dict[str, Any]

CLOSED = frozenset({"inactive", "defunct"})
RECEPTION = {"physical": "en-presentiel", "virtual": "a-distance"}


def read_hsds(path: Path, source: str) -> Contents:
    """`source`: the source of the records, which their ids begin with."""
    document, encoding = load(path)
    items = document.get("contents", [document]) if isinstance(document, dict) else document
    items = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    organizations: dict[str, Values] = {}
    services: dict[str, Values] = {}
    for item in items:
        _gather(item, organizations, services)
    if not organizations and not services:
        raise UnreadableFile(f"« {path.name} » n’est pas du HSDS : aucune organisation ni aucun service n’y a été trouvé.")

    def rows() -> Iterator[RawRow]:
        found: list[tuple[Values, str | None]] = [(_structure(item, source), None) for item in organizations.values()]
        found += [(_service(item, source), _closed(item)) for item in services.values()]
        yield from (RawRow(rank, values, problem) for rank, (values, problem) in enumerate(found, 1))

    return Contents("hsds", rows(), (encoding.said,))


def _gather(item: Values, organizations: dict[str, Values], services: dict[str, Values]) -> None:
    """Sort an item among organizations or services, with those that it holds."""
    if "organization_id" in item or isinstance(item.get("organization"), dict) or "service_at_locations" in item:
        owner = item.get("organization")
        if isinstance(owner, dict):
            organizations.setdefault(str(owner.get("id")), owner)
        services[str(item.get("id"))] = {**item, "organization_id": item.get("organization_id") or (owner or {}).get("id")}
        return
    if "name" in item:
        organizations[str(item.get("id"))] = item
        for service in _objects(item, "services"):
            services[str(service.get("id"))] = {"organization_id": item.get("id"), **service}


def _structure(item: Values, source: str) -> Values:
    identifiers = _objects(item, "organization_identifiers")
    siret = next((found.get("identifier") for found in identifiers if "SIRET" in str(found.get("identifier_scheme")).upper()), None)
    return {
        "genre": "structure",
        "id": f"{source}--{item.get('id')}",
        "source": source,
        "nom": item.get("name"),
        "description": item.get("description"),
        "siret": siret or item.get("tax_id"),
        "courriel": item.get("email"),
        "telephone": _phone(item),
        "site_web": item.get("website") or item.get("uri"),
        **_place(next(iter(_objects(item, "locations")), {})),
    }


def _service(item: Values, source: str) -> Values:
    at = next(iter(_objects(item, "service_at_locations")), {})
    location = at.get("location") if isinstance(at.get("location"), dict) else {}
    kinds = [kind for kind in [(location or {}).get("location_type")] if isinstance(kind, str)]
    return {
        "genre": "service",
        "id": f"{source}--{item.get('id')}",
        "structure_id": f"{source}--{item.get('organization_id')}",
        "source": source,
        "nom": item.get("name"),
        "description": item.get("description"),
        "lien_source": item.get("url"),
        "courriel": item.get("email"),
        "telephone": _phone(item) or _phone(at) or _phone(location or {}),
        "conditions_acces": item.get("eligibility_description"),
        "frais_precisions": item.get("fees_description"),
        "mobilisation_precisions": item.get("application_process"),
        "date_maj": item.get("last_modified") or item.get("assured_date"),
        "thematiques": [code for code in _terms(item) if "--" in code],
        "modes_accueil": [RECEPTION[kind] for kind in kinds if kind in RECEPTION],
        **_place(location or {}),
    }


def _closed(item: Values) -> str | None:
    return f"Ce service n’est plus rendu (status : {item['status']})." if item.get("status") in CLOSED else None


def _place(location: Values) -> Values:
    address = next(iter(_objects(location, "addresses")), {})
    return {
        "adresse": address.get("address_1"),
        "complement_adresse": address.get("address_2"),
        "commune": address.get("city"),
        "code_postal": address.get("postal_code"),
        "latitude": location.get("latitude"),
        "longitude": location.get("longitude"),
    }


def _phone(item: Values) -> Any:
    return next((phone["number"] for phone in _objects(item, "phones") if phone.get("number")), None)


def _terms(item: Values) -> Iterator[str]:
    for attribute in _objects(item, "attributes"):
        term = attribute.get("taxonomy_term")
        if isinstance(term, dict):
            yield str(term.get("code") or term.get("name") or "")


def _objects(item: Values, name: str) -> list[Values]:
    found = item.get(name)
    return [inner for inner in found if isinstance(inner, dict)] if isinstance(found, list) else []
