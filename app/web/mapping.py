"""The form that says what each column of a dropped file is: from a declaration to selects, and back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from app import vocabulary
from app.web import wording
from importers import on_screen
from importers.on_screen import (
    BY_NAME,
    EVERY,
    FIELDS,
    MOST_VALUES,
    Declaration,
    Preview,
    Proposal,
    counted_values,
    examples,
    faults,
    folded,
    proposed,
    said,
)

ROWS_SHOWN = 8
WHOLE_NEEDS = 2  # selects for needs of the whole file, at least
SEVERAL = " + "  # between the codes of one value
GROUPS = (
    ("", "Chaque ligne est un lieu"),
    ("lieu", "Les lignes de mêmes nom et adresse sont un lieu"),
    ("cle", "Les lignes de même clé sont un lieu"),
)
PLACES = {"commune", "code_postal", "code_insee", "adresse", "latitude", "latitude_longitude"}
Options = tuple[tuple[str, str], ...]
Groups = tuple[tuple[str, Options], ...]


@dataclass(frozen=True)
class Column:
    name: str
    field: str
    key: bool
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Value:
    """A value of a column, how many of the first rows have it, what it means, and why that is proposed."""

    text: str
    count: int
    codes: str
    also: str  # words of `codes`, when there are several
    proposed: str  # "" when it is not what Levier proposes, or when nothing needs saying
    sure: bool


@dataclass(frozen=True)
class Meanings:
    """The values of the columns that give one field, each with a select."""

    field: str
    label: str
    values: tuple[Value, ...]
    choices: Groups

    @property
    def meant(self) -> int:
        return sum(bool(value.codes) for value in self.values)

    @property
    def to_check(self) -> int:
        return sum(not value.sure for value in self.values)


@dataclass(frozen=True)
class Form:
    """The mapping as the page shows it."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    fields: Groups
    sheets: Options
    sheet: str
    meanings: tuple[Meanings, ...]
    whole: tuple[str, ...]
    needs: Groups
    groups: Options
    group: str
    nom: str
    licence: str
    errors: dict[str, str]


@dataclass(frozen=True)
class Read:
    """What was sent: the declaration it makes, as plain values, and what is missing from it."""

    content: dict[str, Any]
    errors: dict[str, str]


def form(content: dict[str, Any], preview: Preview, errors: dict[str, str]) -> Form:
    """The page's form; `content`: a declaration as plain values, whole or not yet."""
    fields = {column: name for name, columns in content["champs"].items() for column in columns}
    whole = [*content.get("thematiques", ())]
    return Form(
        columns=tuple(
            Column(name, fields.get(name, ""), name in content.get("cle", ()), examples(preview, place))
            for place, name in enumerate(preview.columns)
        ),
        rows=tuple(tuple(said(cell) for cell in cells) for _, cells in preview.rows[:ROWS_SHOWN]),
        fields=_fields(),
        sheets=tuple((name, "Toutes celles de mêmes colonnes" if name == EVERY else name) for name in preview.sheets),
        sheet=str(preview.options.get("sheet") or content.get("sheet") or ""),
        meanings=tuple(_meanings(champ.nom, content, preview) for champ in FIELDS if champ.referentiel and champ.nom in content["champs"]),
        whole=(*whole, *[""] * max(1, WHOLE_NEEDS - len(whole))),
        needs=_choices("thematiques"),
        groups=_groups(content, preview),
        group=content.get("regrouper", ""),
        nom=content.get("nom", ""),
        licence=content.get("licence", ""),
        errors=errors,
    )


def read(typed: FormData, preview: Preview, before: dict[str, Any]) -> Read:
    """What was typed, over what was there `before`; columns are told by their place."""
    texts = {name: str(value).replace("\x00", "").strip() for name, value in typed.multi_items() if isinstance(value, str)}
    champs: dict[str, list[str]] = {}
    for place, name in enumerate(preview.columns):
        if (field := texts.get(f"champ-{place}", "")) in BY_NAME:
            champs.setdefault(field, []).append(name)
    keys = {str(key) for key in typed.getlist("cle")}
    changes: dict[str, Any] = {
        "nom": texts.get("nom", "")[:150],
        "licence": texts.get("licence", "")[:150],
        "champs": champs,
        "cle": [name for place, name in enumerate(preview.columns) if str(place) in keys],
        "thematiques": _known("thematiques", map(str, typed.getlist("thematiques"))),
        "valeurs": _valued(texts, champs, preview, before.get("valeurs", {})),
    }
    if texts.get("regrouper") in dict(GROUPS):
        changes["regrouper"] = texts["regrouper"]
    content = {**before, **changes}
    return Read(content, _errors(content))


def _valued(
    texts: dict[str, str], champs: dict[str, list[str]], preview: Preview, before: dict[str, Any]
) -> dict[str, dict[str, list[str]]]:
    """What each value means, by field. Values that these rows don't have keep the meaning they had."""
    meanings = {}
    for champ in FIELDS:
        if champ.referentiel is None or champ.nom not in champs:
            continue
        told: dict[str, list[str]] = {text: list(codes) for text, codes in before.get(champ.nom, {}).items()}
        here = {folded(text) for text, _ in counted_values(preview, champs[champ.nom])}
        for rank in range(MOST_VALUES):
            text, chosen = folded(texts.get(f"texte-{champ.nom}-{rank}", "")), texts.get(f"sens-{champ.nom}-{rank}", "")
            if text in here:
                told[text] = _known(champ.referentiel, chosen.split(SEVERAL))
        for text in here - told.keys():  # of a column chosen just now, whose values were not shown yet
            found = proposed(champ.referentiel, text)
            told |= {text: [*found.codes]} if found and found.sure else {}
        meanings[champ.nom] = told
    return meanings


def _errors(content: dict[str, Any]) -> dict[str, str]:
    errors = {}
    if not content["nom"]:
        errors["nom"] = "Donnez un nom à cette source : par exemple « Épiceries solidaires du département »."
    if "nom" not in content["champs"]:
        errors["t-colonnes"] = "Dites quelle colonne est le nom de la structure."
    if content.get("regrouper") == "cle" and not content["cle"]:
        errors["regrouper"] = "Pour regrouper les lignes de même clé, cochez « clé » devant la colonne qui la donne."
    if not PLACES & content["champs"].keys():
        errors["champ-0"] = "Dites quelle colonne est la commune, le code postal ou l’adresse : sans lieu, une fiche ne se trouve pas."
    if not errors:
        try:
            Declaration.model_validate(content)
        except ValidationError as error:
            errors["t-source"] = " ".join(faults(error))
    return errors


def _groups(content: dict[str, Any], preview: Preview) -> Options:
    """The ways of grouping rows, each with what it gives; none when no place has several rows."""
    labels = dict(GROUPS)
    return tuple(
        (name, f"{labels[name]} : {wording.plural(structures, 'structure')} et {wording.plural(services, 'service')}")
        for name, structures, services in on_screen.groupings(content, preview)
    )


def _known(referentiel: str, codes: Iterable[str]) -> list[str]:
    known = {item.value for item in vocabulary.REFERENTIELS[referentiel]}
    return [code for code in dict.fromkeys(codes) if code in known]


def _meanings(name: str, content: dict[str, Any], preview: Preview) -> Meanings:
    champ = BY_NAME[name]
    told = content.get("valeurs", {}).get(name, {})
    values = []
    for text, count in counted_values(preview, content["champs"][name]):
        found = proposed(champ.referentiel or "", text)
        codes = told.get(folded(text), found.codes if found else ())
        also = wording.labels(codes) if len(codes) > 1 else ""
        as_proposed = found if found and found.codes == tuple(codes) else None
        values.append(Value(text, count, SEVERAL.join(codes), also, _why(text, as_proposed), as_proposed is None or as_proposed.sure))
    return Meanings(name, champ.libelle, tuple(values), _choices(champ.referentiel or ""))


def _why(text: str, found: Proposal | None) -> str:
    """How a proposed meaning was found, where it is not the value's own words."""
    if found is None or (found.sure and not found.words):
        return ""
    if folded(found.words) == folded(text):
        return "Proposé" if found.sure else "Proposé, mais le mot dit plusieurs choses"
    return f"Proposé d’après « {found.words} »" if found.words else "Proposé"


def _fields() -> Groups:
    groups: dict[str, list[tuple[str, str]]] = {}
    for champ in FIELDS:
        groups.setdefault(champ.groupe, []).append((champ.nom, champ.libelle))
    return tuple((title, tuple(options)) for title, options in groups.items())


def _choices(referentiel: str) -> Groups:
    if referentiel == "thematiques":
        groups = vocabulary.thematiques_by_categorie().items()
        return tuple((vocabulary.FREINS[c], tuple((value, vocabulary.label(value)) for value in values)) for c, values in groups)
    return (("Valeurs", tuple((item.value, vocabulary.label(item.value)) for item in vocabulary.REFERENTIELS[referentiel])),)
