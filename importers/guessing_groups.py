"""Are several rows one place, each with a service of its own? Told by what they repeat."""

from collections.abc import Mapping, Sequence

from importers import cleaning
from importers.column_contents import Contents
from importers.column_words import said
from importers.declared_rows import place_of
from importers.declaring import Declaration
from importers.grouping import places
from importers.readers import RawRow

REPEATED = 0.05  # share of rows that must stand with another of their place
MOSTLY = 0.8  # share of the places of several rows that must look like places, and of a key's values that must be of one name
OF_SERVICES = ("nom_service", "thematiques", "publics", "conditions_acces", "description", "frais", "modes_accueil", "horaires_accueil")
Places = list[list[RawRow]]


def with_groups(guessed: Declaration, rows: Sequence[RawRow], columns: Mapping[str, Contents]) -> Declaration:
    """The same source, its rows grouped if they seem to be: by a column that identifies places, else by name and address."""
    place = place_of(guessed)
    if len(place) == len(guessed.champs["nom"]):
        return guessed  # a name alone may be that of two places
    alike = places(rows, place)
    alone, guessed = guessed, _with_names(guessed, alike, columns)
    if not _are_services(alike, guessed):
        return alone
    names = len({tuple(cleaning.folded(row[0].values.get(column)) for column in place) for row in alike})
    for column in columns:
        if not guessed.cle and _identifies_places(column, columns[column], rows, guessed.champs["nom"], names):
            return guessed.model_copy(update={"cle": (column,), "regrouper": "cle"})
    return guessed.model_copy(update={"regrouper": "lieu"})


def _with_names(guessed: Declaration, found: Places, columns: Mapping[str, Contents]) -> Declaration:
    """The same, with the column that names what each row of a place offers, when its words are too many to be a list of needs."""
    if {"thematiques", "nom_service"} & guessed.champs.keys():
        return guessed
    taken = {column for names in guessed.champs.values() for column in names}
    free = [column for column, held in columns.items() if column not in taken and held.share("texte") >= MOSTLY and held.length < 120]
    several = [rows for rows in found if len(rows) > 1]
    for column in (column for column in free if said("offre", column)):
        if sum(_differ(rows, [column]) for rows in several) >= MOSTLY * len(several):
            return guessed.model_copy(update={"champs": {**guessed.champs, "nom_service": (column,)}})
    return guessed


def _differ(rows: Sequence[RawRow], columns: Sequence[str]) -> bool:
    return any(len({cleaning.folded(row.values.get(column)) for row in rows}) > 1 for column in columns)


def _are_services(found: Places, guessed: Declaration) -> bool:
    """Enough places of several rows, which say different things of their services; rows that say all the same are doubles."""
    several = [rows for rows in found if len(rows) > 1]
    if len(several) < 2 or sum(map(len, several)) < REPEATED * sum(map(len, found)):
        return False
    told = [column for name in OF_SERVICES for column in guessed.champs.get(name, ())]
    return sum(_differ(rows, told) for rows in several) >= MOSTLY * len(several)


def _identifies_places(column: str, held: Contents, rows: Sequence[RawRow], nom: Sequence[str], names: int) -> bool:
    """Is this column called an identifier, filled everywhere, and about as different as places are?"""
    if not said("cle", column) or held.filled < held.rows or held.length > 60 or not MOSTLY <= held.different / names <= 1 / MOSTLY:
        return False
    found = places(rows, [column])
    alike = sum(len({tuple(cleaning.folded(row.values.get(name)) for name in nom) for row in group}) == 1 for group in found)
    return alike >= 0.95 * len(found)
