"""GET /api/v1/sources."""

from sqlmodel import Session

from app.models import Source
from tests.api.conftest import Get


def test_sources_are_listed_by_slug(session: Session, get: Get) -> None:
    session.add(Source(id="essai-b", nom="Fichier d’essai", description="Pour essayer.", licence="Licence Ouverte 2.0"))
    session.add(Source(id="essai-a", nom="Autre fichier"))
    session.commit()
    assert get("/sources") == [
        {"slug": "essai-a", "nom": "Autre fichier", "description": None},
        {"slug": "essai-b", "nom": "Fichier d’essai", "description": "Pour essayer."},
    ]
