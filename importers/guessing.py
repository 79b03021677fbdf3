"""What a file's columns are, guessed from their names and from what they hold."""

from collections.abc import Sequence

from app.territory.names import key
from importers.declaring import Declaration, departements_of
from importers.readers import RawRow
from importers.readers.opening import Opened

WORDS = {
    "nom": ("nom", "nom structure", "structure", "lieu", "lib"),
    "adresse": ("adresse", "adresse postale"),
    "code_postal": ("code postal", "cp"),
    "commune": ("commune", "ville"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon"),
    "telephone": ("telephone", "tel"),
    "courriel": ("courriel", "email", "mail"),
    "site_web": ("site web", "site", "url"),
}


def guess(opened: Opened, sample: Sequence[RawRow], collectivite: str) -> Declaration:
    """How this file seems to say things; `sample` is its rows, or the first hundreds of them.

    Columns that fit nothing are left out. When no column looks like a name, the first one is taken: the clerk corrects it.
    """
    champs: dict[str, tuple[str, ...]] = {}
    for name, words in WORDS.items():
        if found := [column for column in opened.columns if key(column) in words]:
            champs[name] = (found[0],)
    champs.setdefault("nom", opened.columns[:1])
    return Declaration(nom="Nouvelle source", collectivite=collectivite, departements=departements_of(collectivite), champs=champs)
