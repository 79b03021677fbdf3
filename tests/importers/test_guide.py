"""The guide « Ajouter un département », followed to the letter: its file, its source, its import."""

import re
from pathlib import Path

import pytest
from sqlmodel import Session, select

from app.models import RawRecord, Service, Structure
from importers import registry, sources
from tests.conftest import ROOT
from tests.importers.conftest import Importing, counts

GUIDE = (ROOT / "docs/guide/ajouter-un-departement.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found, f"the guide has no {language} block"
    return found[1]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """As the spreadsheet of the guide would save it."""
    path = tmp_path / "48-lozere.csv"
    path.write_bytes(block("csv").encode("cp1252"))
    return path


@pytest.fixture(autouse=True)
def source_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The source of the guide, in the folder of sources: nothing else is touched, and Levier starts."""
    path = tmp_path / "lozere.py"
    path.write_text(block("python"), encoding="utf-8")
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "SOURCES", registry.discover())
    return path


def test_the_source_of_the_guide_is_one_file_of_fewer_than_sixty_lines(source_file: Path) -> None:
    assert len(source_file.read_text(encoding="utf-8").splitlines()) < 60
    assert registry.resolve("48", with_file=True)[0][0].id == "lozere"


def test_the_file_of_the_guide_becomes_the_listings_that_it_says(importing: Importing, session: Session, file: Path) -> None:
    assert counts(importing("lozere", file, dry_run=True)) == {"read": 2, "blank": 1, "created": 2}
    assert session.exec(select(Structure)).all() == []
    assert counts(importing("lozere", file)) == {"read": 2, "blank": 1, "created": 2}
    relais, ccas = (session.get_one(Structure, f"lozere--{ref}") for ref in ("A12", "B07"))
    assert (relais.nom, relais.adresse, relais.code_insee, relais.precision_lieu) == (
        "Relais des Causses",
        "12 rue des Essais",
        "48095",
        "adresse",
    )
    assert (relais.latitude, relais.longitude, relais.telephone) == (44.518, 3.499, "+33465710001")
    assert (relais.horaires_accueil, str(relais.date_maj)) == ("Mo 09:00-12:00; Tu 09:00-12:00,14:00-17:00", "2025-02-03")
    assert (ccas.site_web, ccas.courriel, ccas.date_maj) == ("https://aubrac.example.org", None, None)
    assert (relais.reseaux_porteurs, ccas.reseaux_porteurs) == (["france-service"], ["ccas-cias"])
    assert "Date de mise à jour illisible : « 32/13/2025 ». Date inconnue." in session.get_one(RawRecord, ("lozere", "B07")).notes


def test_its_services_are_those_that_the_words_settle(importing: Importing, session: Session, file: Path) -> None:
    importing("lozere", file)
    found = session.exec(select(Service).order_by(Service.id))
    assert [(service.nom, service.publics) for service in found] == [
        ("Accompagnement aux démarches administratives et numériques", ["tous-publics"]),
        ("Accès et accompagnement au numérique", ["tous-publics"]),
        ("Aide sociale et accès aux droits", None),
    ]


def test_the_same_file_again_changes_nothing(importing: Importing, file: Path) -> None:
    importing("lozere", file)
    assert counts(importing("lozere", file)) == {"read": 2, "blank": 1, "unchanged": 2}
