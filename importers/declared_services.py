"""The services that the rows of a source described on screen tell, one row or several for a place."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app import vocabulary
from importers import cleaning
from importers.declaring import BY_NAME, Declaration
from importers.grouping import GROUPED
from importers.mapping import Row, Rule
from importers.meanings import meaning
from importers.offers import Offer, slug
from importers.values import text_of, values_of

OF_THE_LINE = ("telephone", "courriel", "horaires_accueil")  # fields of a service too, where the rows of a place differ


def offers_of(declaration: Declaration, rules: Mapping[str, Rule]) -> Callable[[Row], Iterable[Offer]]:
    """The services of a row, or of all the rows of a place; `rules`: how the structure's own fields are read."""
    if declaration.regrouper:
        return lambda row: _of_group(row, declaration, rules)
    return lambda row: _of_row(row, declaration)


def differing(row: Row) -> frozenset[str]:
    """The columns in which the rows of a place differ: they say something of its services."""
    return frozenset(column for own in row.raw.get(GROUPED, ()) for column in own)


def columns_of(declaration: Declaration, name: str) -> tuple[str, ...]:
    """The columns that give a field; of the week's hours, those of its days too."""
    days = [columns for field, columns in declaration.champs.items() if name == "horaires_accueil" and field.startswith("horaires_")]
    return (*declaration.champs.get(name, ()), *(column for columns in days for column in columns))


def _of_row(row: Row, declaration: Declaration) -> Iterator[Offer]:
    themes = [(value, codes) for value in _values(row, declaration, "thematiques") if (codes := _codes(declaration, "thematiques", value))]
    nom = _name_of(row, declaration)
    if declaration.thematiques or (nom and themes):
        codes = tuple(dict.fromkeys([*declaration.thematiques, *(code for _, found in themes for code in found)]))
        themes = [(nom or vocabulary.label(codes[0]), codes)]
    fields = _fields(row, declaration) if themes else {}
    for value, codes in themes:
        yield Offer(slug(value) or "service", cleaning.cut(value, 150), codes, fields)


def _of_group(row: Row, declaration: Declaration, rules: Mapping[str, Rule]) -> list[Offer]:
    """One of each row, the same once. Their keys hold whatever the order of the rows, and whichever of them goes."""
    differs, lines = differing(row), row.lines()
    own = [name for name in OF_THE_LINE if differs & {*columns_of(declaration, name)}]
    cells = [column for name in OF_THE_LINE for column in columns_of(declaration, name)]
    found: dict[str, Offer] = {}
    for line, line_id in zip(lines, _ids(lines, declaration), strict=True):
        if offer := _of_line(line, declaration):
            whole = offer.but(**{name: rule(line) for name in own if callable(rule := rules.get(name))})
            words = repr((line_id, offer.nom, offer.thematiques, offer.fields, [line[column] for column in cells]))
            found.setdefault(words, replace(whole, key=line_id or offer.key))
    keys = Counter(offer.key for offer in found.values())
    return [offer if keys[offer.key] == 1 else replace(offer, key=f"{offer.key}-{_digest(words)}") for words, offer in found.items()]


def _of_line(line: Row, declaration: Declaration) -> Offer | None:
    """The service that a row of a place is, even one whose need nobody has told; None when the row names none."""
    values = _values(line, declaration, "thematiques")
    told = [code for value in values for code in _codes(declaration, "thematiques", value)]
    codes = tuple(dict.fromkeys([*declaration.thematiques, *told]))
    filled = [column for column in declaration.champs.get("thematiques", ()) if values_of(line, [column])]
    cells = [column if line.flag(column) else line[column] or "" for column in filled]
    nom = _name_of(line, declaration) or ", ".join(cells) or (vocabulary.label(codes[0]) if codes else "")
    return Offer(slug(nom) or "service", cleaning.cut(nom, 150), codes, _fields(line, declaration)) if nom else None


def _name_of(row: Row, declaration: Declaration) -> str:
    return " ".join(filter(None, (row[column] for column in declaration.champs.get("nom_service", ()))))


def _ids(lines: Sequence[Row], declaration: Declaration) -> list[str]:
    """What the key says of each row, if it tells them apart; a place's own key doesn't."""
    if declaration.regrouper != "lieu" or not declaration.cle:
        return [""] * len(lines)
    said = [[line[column] or "" for column in declaration.cle] for line in lines]
    return [slug(" ".join(cells)) or _digest(repr(cells)) for cells in said] if len({*map(tuple, said)}) == len(said) else [""] * len(lines)


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _fields(row: Row, declaration: Declaration) -> dict[str, Any]:
    """What the row says of each of its services."""
    champs = declaration.champs
    fields: dict[str, Any] = {"description": text_of(row, champs.get("description", ()))}
    for name, words in (("publics", "publics_precisions"), ("frais", "frais_precisions"), ("modes_accueil", None)):
        values = _values(row, declaration, name)
        codes = list(dict.fromkeys(code for value in values for code in _codes(declaration, name, value)))
        if name == "frais":
            fields[name] = codes[0] if len(codes) == 1 else None
        else:
            fields[name] = codes or None
        if words and values:
            fields[words] = ", ".join(values)
    if "conditions_acces" in champs:
        fields["conditions_acces"] = text_of(row, champs["conditions_acces"])
    if "lien_mobilisation" in champs:
        fields["lien_mobilisation"] = next((value for column in champs["lien_mobilisation"] if (value := row[column])), None)
    return {name: value for name, value in fields.items() if value}


def _values(row: Row, declaration: Declaration, name: str) -> list[str]:
    return values_of(row, declaration.champs.get(name, ()))


def _codes(declaration: Declaration, name: str, value: str) -> tuple[str, ...]:
    """What the clerk said that it means, else what its words say."""
    said = declaration.valeurs.get(name, {}).get(cleaning.folded(value))
    return meaning(BY_NAME[name].referentiel or "", value) if said is None else said
