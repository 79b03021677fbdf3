"""What a source described on screen says: kept as data what a file of ``importers/sources`` says in code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from app import vocabulary
from app.hours import JOURS
from app.territory import gazetteer

Text = Annotated[str, StringConstraints(strip_whitespace=True)]
Columns = tuple[str, ...]
Codes = tuple[str, ...]


@dataclass(frozen=True)
class Champ:
    """A field that a table can give: its name, what a select shows, and the group that it stands in.

    `referentiel`: its cells are values to map to codes of that reference list; None: its cells are taken as they are.
    """

    nom: str
    libelle: str
    groupe: str
    referentiel: str | None = None


FIELDS: tuple[Champ, ...] = (
    Champ("nom", "Nom de la structure", "Qui"),
    Champ("description", "Présentation", "Qui"),
    Champ("siret", "SIRET", "Qui"),
    Champ("date_maj", "Date de mise à jour", "Qui"),
    Champ("lien_source", "Page web de la fiche", "Qui"),
    Champ("adresse", "Adresse (numéro, rue ; ou adresse entière)", "Où"),
    Champ("complement_adresse", "Complément d’adresse", "Où"),
    Champ("code_postal", "Code postal", "Où"),
    Champ("commune", "Commune (ou code postal et commune)", "Où"),
    Champ("code_insee", "Code INSEE de la commune", "Où"),
    Champ("latitude", "Latitude (ou Y)", "Où"),
    Champ("longitude", "Longitude (ou X)", "Où"),
    Champ("latitude_longitude", "Latitude et longitude dans une colonne", "Où"),
    Champ("accessibilite_lieu", "Page web sur l’accessibilité", "Où"),
    Champ("telephone", "Téléphone", "Contact"),
    Champ("courriel", "Courriel", "Contact"),
    Champ("site_web", "Site web", "Contact"),
    Champ("horaires_accueil", "Horaires, toute la semaine", "Horaires"),
    *(Champ(f"horaires_{jour}", f"Horaires du {jour}", "Horaires") for jour in JOURS),
    Champ("nom_service", "Nom du service", "Service"),
    Champ("thematiques", "Besoin auquel le service répond", "Service", "thematiques"),
    Champ("publics", "Public accueilli", "Service", "publics"),
    Champ("frais", "Gratuit ou payant", "Service", "frais"),
    Champ("modes_accueil", "Sur place ou à distance", "Service", "modes-accueil"),
    Champ("conditions_acces", "Conditions d’accès", "Service"),
    Champ("lien_mobilisation", "Page web pour prendre rendez-vous", "Service"),
)
"""In the order of a form."""

BY_NAME: Mapping[str, Champ] = {champ.nom: champ for champ in FIELDS}


def _known_territory(code: str) -> str:
    if gazetteer.load().territory(code) is None:
        raise ValueError(f"« {code} » n’est ni un département ni une collectivité : choisissez-en un dans la liste.")
    return code


def known_codes(referentiel: str, codes: Codes) -> Codes:
    """The same codes. Raises ValueError in French if one is not of this reference list."""
    known = {item.value for item in vocabulary.REFERENTIELS[referentiel]}
    if unknown := [code for code in codes if code not in known]:
        raise ValueError(f"« {unknown[0]} » n’est pas une valeur connue : choisissez-la dans la liste.")
    return codes


class Declaration(BaseModel):
    """A source that a clerk described; all that is needed to read its next file in the same way.

    - `collectivite`: code of the one that manages it ("04D"). `departements`: where its rows are.
    - `url`: public address of the file, if it has one. `sheet`: of a workbook; None: the fullest.
    - `champs`: field (`FIELDS`) → columns; several are joined by a space, but of a phone, an e-mail, a site or a date the
      first that is filled is taken. A field that reads a reference list takes flags too: "oui" under « Permis » says "Permis".
    - `cle`: columns that identify a row; (): its name, address and commune do.
    - `regrouper`: rows that are one place, each with a service of its own: those of the same name, address and commune ("lieu"), or of
      the same key ("cle"); "": each row is a place.
    - `valeurs`: field with a reference list → value of a cell, folded (`importers.cleaning.folded`) → its codes; () says
      that it means none. A value that is not here is understood by `importers.meanings`.
    - `thematiques`: needs that the whole file answers: each row then has a service that meets them.

    Refused descriptions raise ``pydantic.ValidationError``, which is a ValueError; `faults` says why, in French.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    nom: Annotated[Text, Field(min_length=1, max_length=150)]
    licence: Text = ""
    collectivite: Annotated[str, AfterValidator(_known_territory)]
    departements: tuple[Annotated[str, AfterValidator(_known_territory)], ...]
    url: Text | None = None
    sheet: str | None = None
    champs: dict[str, Columns]
    cle: Columns = ()
    regrouper: Literal["", "lieu", "cle"] = ""
    valeurs: dict[str, dict[str, Codes]] = {}
    thematiques: Codes = ()

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, kept: Any) -> Any:
        """Sources described earlier say which projection their points are in: the numbers tell."""
        return {name: value for name, value in kept.items() if name != "projection"} if isinstance(kept, dict) else kept

    @field_validator("url")
    @classmethod
    def _web(cls, url: str | None) -> str | None:
        if url and not url.lower().startswith(("https://", "http://")):
            raise ValueError("L’adresse du fichier doit commencer par https:// ou http://.")
        return url or None

    @field_validator("champs")
    @classmethod
    def _fields(cls, champs: dict[str, Columns]) -> dict[str, Columns]:
        if unknown := [name for name in champs if name not in BY_NAME]:
            raise ValueError(f"« {unknown[0]} » n’est pas un champ connu.")
        kept = {name: columns for name, columns in champs.items() if columns}
        if "nom" not in kept:
            raise ValueError("Dites quelle colonne est le nom de la structure.")
        return kept

    @model_validator(mode="after")
    def _grouped(self) -> "Declaration":
        if self.regrouper == "cle" and not self.cle:
            raise ValueError("Pour regrouper les lignes de même clé, cochez la clé devant une colonne.")
        return self

    @field_validator("thematiques")
    @classmethod
    def _needs(cls, codes: Codes) -> Codes:
        return known_codes("thematiques", codes)

    @field_validator("valeurs")
    @classmethod
    def _values(cls, valeurs: dict[str, dict[str, Codes]]) -> dict[str, dict[str, Codes]]:
        for name, table in valeurs.items():
            referentiel = BY_NAME[name].referentiel if name in BY_NAME else None
            if referentiel is None:
                raise ValueError(f"Les valeurs du champ « {name} » ne se traduisent pas.")
            for codes in table.values():
                known_codes(referentiel, codes)
        return valeurs


def faults(error: ValidationError) -> list[str]:
    """Why a description is refused, a French sentence each."""
    said = []
    for one in error.errors(include_url=False):
        reason = one.get("ctx", {}).get("error")
        where = ".".join(map(str, one["loc"]))
        said.append(str(reason) if reason else f"« {where} » : valeur manquante ou refusée.")
    return list(dict.fromkeys(said))


def departements_of(collectivite: str) -> tuple[str, ...]:
    """The départements that a collectivité's communes are in; usually one."""
    return tuple(sorted({commune.departement for commune in gazetteer.load().communes() if commune.collectivite == collectivite}))
