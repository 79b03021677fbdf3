"""What a write comes to, before anything is written: the row, what it changes, and the revision that tells of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, cast

from app import proposals, quality
from app.models import MODEL_OF, Contact, Genre, Listing
from app.models.base import now
from app.territory import gazetteer
from app.vocabulary import compose_description

NEVER_HUMAN = frozenset({"id", "source", "departement", "description_composee", "precision_lieu"}) | {
    "statut",
    "date_maj",
    "date_fichier",
    "verifie_le",
    "verifie_par",
    "disparu_le",
}
"""Fields that a later import may still set after a person's edit."""


@dataclass(frozen=True)
class By:
    """Who writes: a name to show, and the account or the import run behind it."""

    name: str
    account_id: int | None = None
    run_id: int | None = None


def incoming(record: Mapping[str, Any], listing: Listing | None, by: By) -> dict[str, Any]:
    """The record's values, less those an import must not overwrite: what a person typed, and a later date."""
    values = dict(record)
    if listing is None or by.run_id is None or not listing.champs_humains:
        return values
    dated = values.get("date_maj")
    if listing.date_maj is not None and (dated is None or dated < listing.date_maj):
        values.pop("date_maj", None)
    return {name: value for name, value in values.items() if name not in listing.champs_humains}


def told(record: Mapping[str, Any], values: Mapping[str, Any], listing: Listing, by: By) -> dict[str, Any]:
    """Of an import, what it says of the fields that people typed; of a person, what the fields typed for the first time held."""
    human = listing.champs_humains or ()
    secret = bool(listing.adresse_confidentielle or values.get("adresse_confidentielle"))
    if by.run_id is not None:
        return proposals.told(record, human, secret=secret) if human else {}
    if by.account_id is None or isinstance(listing, Contact):
        return {}
    first = [name for name in values if name not in human and name not in NEVER_HUMAN and getattr(listing, name) != values[name]]
    return proposals.told({name: getattr(listing, name) for name in first}, first, secret=secret)


def complete(genre: Genre, values: dict[str, Any], listing: Listing | None) -> None:
    """Derive what follows from the place, and a description for the service that has none."""
    if "code_insee" in values and (listing is None or values["code_insee"] != listing.code_insee):
        commune = gazetteer.load().commune(values["code_insee"]) if values["code_insee"] else None
        values["departement"] = commune.departement if commune else None
        if genre != "contact":  # said when it is added: an agency may stand beyond the border of those it serves
            values.setdefault("collectivite", commune.collectivite if commune else None)
    if genre == "service":
        _complete_description(values, listing)


def _complete_description(values: dict[str, Any], listing: Listing | None) -> None:
    composed = getattr(listing, "description_composee", False)
    if values.get("description") and not values.get("description_composee"):
        values["description_composee"] = False
    elif listing is None or composed or "description" in values:
        known = {name: values.get(name, getattr(listing, name, None)) for name in ("nom", "type", "thematiques", "commune")}
        values["description"] = compose_description(known["nom"], known["type"], known["thematiques"] or (), known["commune"])
        values["description_composee"] = True


def new_row(genre: Genre, values: Mapping[str, Any], by: By) -> dict[str, Any]:
    constants, factories = _defaults(genre)
    row = {**constants, **{name: make() for name, make in factories.items()}, **values}
    if by.account_id is not None:
        row["champs_humains"] = sorted(values.keys() - NEVER_HUMAN)
    if genre == "service":
        row["score_qualite"] = quality.score(row)
    return row


@cache
def _defaults(genre: Genre) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """What a new row holds in the columns that nobody set: constants, and values made anew for each row."""
    optional = {name: column for name, column in MODEL_OF[genre].model_fields.items() if not column.is_required()}
    factories = {name: cast(Callable[[], Any], column.default_factory) for name, column in optional.items() if column.default_factory}
    return {name: column.default for name, column in optional.items() if name not in factories}, factories


def update_row(genre: Genre, listing: Listing, changed: Mapping[str, Any], by: By) -> dict[str, Any]:
    row = {"id": listing.id, "updated_at": now(), **changed}
    if by.account_id is not None:
        row["champs_humains"] = sorted({*(listing.champs_humains or ()), *(changed.keys() - NEVER_HUMAN)})
    if genre == "service":
        row["score_qualite"] = quality.score({**listing.model_dump(), **row})
    return row


def differences(listing: Listing, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """``{field: [before, after]}``. A new file date alone changes nothing: the content came in with the older file."""
    names = [name for name in values if getattr(listing, name) != values[name]]
    return {} if names == ["date_fichier"] else {name: [getattr(listing, name), values[name]] for name in names}


def revision(genre: Genre, listing_id: str, changes: Mapping[str, list[Any]], by: By) -> dict[str, Any]:
    plain = {name: [v.isoformat() if isinstance(v, date) else v for v in pair] for name, pair in changes.items()}
    written_by = {"account_id": by.account_id, "author": by.name, "run_id": by.run_id}
    return {"genre": genre, "listing_id": listing_id, "at": now(), "changes": plain, **written_by}
