"""Dropping an invented file on the import page, and waiting for what becomes of it."""

import time
from typing import Any

from tests.web.conftest import Browser
from tests.web.test_search import text_of

NEW = "/imports/nouveau"
HEADER = "Nom;Adresse;CP;Ville;Téléphone;Sorte"
ROWS = (
    "Atelier des Inventés;1 rue des Exemples;04000;Digne-les-Bains;01 99 00 00 01;garage",
    "Jardin des Modèles;2 rue des Exemples;04400;Barcelonnette;01 99 00 00 02;crèche",
    "<b>Halte</b> fictive;3 rue des Exemples;04100;Manosque;01 99 00 00 03;crèche",
)
LOST = "Lieu perdu;4 rue X;99999;Nullepart;;garage"
DESCRIBED = {
    "nom": "Lieux inventés",
    "licence": "Licence ouverte",
    "champ-0": "nom",
    "champ-1": "adresse",
    "champ-2": "code_postal",
    "champ-3": "commune",
    "champ-4": "telephone",
    "champ-5": "thematiques",
    "texte-thematiques-0": "crèche",
    "sens-thematiques-0": "famille--garde-denfants",
    "texte-thematiques-1": "garage",
    "sens-thematiques-1": "mobilite--entretenir-reparer-son-vehicule",
    "geste": "essayer",
}


def csv(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows)).encode()


def drop(client: Browser, content: bytes, name: str = "lieux.csv", **fields: str) -> Any:
    return client.submit(NEW, {"collectivite": "04D", **fields}, files={"fichier": (name, content)})


def dropped(client: Browser, content: bytes, **fields: str) -> str:
    answer = drop(client, content, **fields)
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.headers["location"])


def settled(client: Browser, address: str) -> Any:
    """The page once nothing is under way, or where it leads."""
    for _ in range(200):
        page = client.get(address)
        if 'id="avancement"' not in page.text:
            return page
        time.sleep(0.05)
    raise AssertionError("the run does not end")


def applied(client: Browser, address: str) -> str:
    """Apply, wait for the end, and give the words of the report."""
    assert client.submit(f"{address}/appliquer").status_code == 303
    report = settled(client, address)
    assert report.status_code == 303, text_of(report.text)
    return text_of(client.get(report.headers["location"]).text)


def tried(client: Browser, content: bytes = csv(*ROWS, LOST)) -> str:
    address = dropped(client, content)
    assert client.submit(address, DESCRIBED).status_code == 303
    settled(client, address)
    return address
