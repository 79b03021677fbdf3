"""What both engines obey: the files of ``search_config/``, read and checked at start."""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, ValidationError, model_validator

from app.vocabulary import SEPARATOR, thematiques_by_categorie

FOLDER = Path(__file__).parents[2] / "search_config"
FILES = ("settings.toml", "stop_words.txt", "synonyms.txt")
WORDS = "mots"  # the folder of everyday words, one file per catégorie
TEXT_FIELDS = ("nom", "mots", "structure_nom", "description", "commune")


class SearchConfigError(ValueError):
    """A file of ``search_config/`` is wrong; the message names it, the line, and what to write."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Champs(_Strict):
    """Weight of each searched field, 1 to 10."""

    nom: int = Field(ge=1, le=10)
    mots: int = Field(ge=1, le=10)
    mots_epars: int = Field(ge=0, le=10)
    structure_nom: int = Field(ge=1, le=10)
    description: int = Field(ge=1, le=10)
    commune: int = Field(ge=1, le=10)


class Fautes(_Strict):
    """From how many letters on one or two typos are forgiven, and which known words may be corrected."""

    une_des: int = Field(ge=3)
    deux_des: int = Field(ge=3)
    inconnu_des: int = Field(ge=3)
    facteur: PositiveFloat

    @model_validator(mode="after")
    def _in_order(self) -> "Fautes":
        if self.deux_des < self.une_des:
            raise ValueError("deux_des doit être au moins égal à une_des")
        return self

    def budget(self, word: str) -> int:
        """Typos forgiven in `word`."""
        return (len(word) >= self.une_des) + (len(word) >= self.deux_des)


class DebutDeMot(_Strict):
    facteur: PositiveFloat


class Classement(_Strict):
    """Weights among equally relevant answers; see ``settings.toml``."""

    fraicheur: float = Field(ge=0)
    qualite: float = Field(ge=0)
    distance: float = Field(ge=0)
    exactitude: float = Field(ge=0)
    fraicheur_demi_vie_jours: PositiveInt
    distance_demi_km: PositiveFloat
    sans_distance: float = Field(ge=0, le=1)
    loin_km: PositiveFloat


class _Table(_Strict):
    champs: Champs
    fautes: Fautes
    debut_de_mot: DebutDeMot
    classement: Classement


@dataclass(frozen=True, eq=False)
class SearchSettings:
    """The whole of ``search_config/``. `fingerprint` changes when any of its files does."""

    champs: Champs
    fautes: Fautes
    debut_de_mot: DebutDeMot
    classement: Classement
    stop_words: frozenset[str]
    synonyms: tuple[tuple[str, ...], ...]
    everyday: dict[str, tuple[str, ...]]
    fingerprint: str


@cache
def load(folder: Path = FOLDER) -> SearchSettings:
    """Read and check `folder`; once a process. Raises SearchConfigError."""
    texts = {name: _read(folder / name) for name in FILES}
    words = {path.name: _read(path) for path in sorted((folder / WORDS).glob("*.txt"))}
    table = _table(folder / "settings.toml", texts["settings.toml"])
    digest = hashlib.sha256("\0".join(map("\0".join, (*texts.items(), *words.items()))).encode()).hexdigest()
    return SearchSettings(
        champs=table.champs,
        fautes=table.fautes,
        debut_de_mot=table.debut_de_mot,
        classement=table.classement,
        stop_words=_stop_words(texts["stop_words.txt"]),
        synonyms=_synonyms(texts["synonyms.txt"]),
        everyday=_everyday(words),
        fingerprint=digest[:16],
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SearchConfigError(f"{path} : fichier absent ou illisible ; rétablissez-le, en UTF-8.") from error


def _table(path: Path, text: str) -> _Table:
    try:
        return _Table.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SearchConfigError(f"{path} : {error}.") from error
    except ValidationError as error:
        problems = " ; ".join(f"{'.'.join(map(str, e['loc']))} : {_french(e)}" for e in error.errors())
        raise SearchConfigError(f"{path} : {problems}.") from error


def _french(error: Any) -> str:
    known = {"missing": "manque", "extra_forbidden": "n’est pas un réglage connu"}
    return known.get(error["type"]) or str(error["msg"])


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if (content := line.strip()) and not content.startswith("#"):
            yield number, content


def _stop_words(text: str) -> frozenset[str]:
    for number, word in _lines(text):
        if not word.isalnum() or word != word.lower():
            raise SearchConfigError(f"stop_words.txt, ligne {number} : un seul mot par ligne, en minuscules, sans ponctuation.")
    return frozenset(word for _, word in _lines(text))


def _synonyms(text: str) -> tuple[tuple[str, ...], ...]:
    groups = []
    for number, line in _lines(text):
        forms = tuple(form.strip() for form in line.split("="))
        if len(forms) < 2 or not all(forms):
            raise SearchConfigError(f"synonyms.txt, ligne {number} : écrivez « forme = autre forme ».")
        groups.append(forms)
    return tuple(groups)


def _everyday(texts: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Words by thématique or catégorie, from one file per catégorie."""
    found: dict[str, tuple[str, ...]] = {}
    for name, text in texts.items():
        allowed = {Path(name).stem, *thematiques_by_categorie().get(Path(name).stem, ())}
        found |= _sections(name, text, allowed)
    return found


def _sections(name: str, text: str, allowed: set[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    section = ""
    for number, line in _lines(text):
        where = f"{name}, ligne {number}"
        if line.startswith("["):
            section = line.strip("[]")
            if section not in allowed:
                raise SearchConfigError(f"{where} : « {section} » n’est ni la catégorie de ce fichier ni une de ses thématiques.")
            if section in found:
                raise SearchConfigError(f"{where} : « {section} » est déjà plus haut ; réunissez les deux.")
            found[section] = {}
        elif not section:
            raise SearchConfigError(f"{where} : commencez par une ligne « [catégorie{SEPARATOR}thématique] ».")
        elif line in found[section]:
            raise SearchConfigError(f"{where} : « {line} » est déjà dans cette thématique.")
        else:
            found[section][line] = None
    return {section: tuple(words) for section, words in found.items()}
