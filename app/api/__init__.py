"""The JSON API. ``/api/v1``: data·inclusion's addresses, parameters and shapes, so that its clients plug in as they are.

``/api/levier/v1``: what Levier knows beyond them.
"""

from typing import Any

from fastapi import APIRouter

from app.api import health, recherche, reference, search, services, sources, structures
from app.api.schemas import INVALID, Error

NEED_TOKEN = (services, structures, search, sources)
NO_TOKEN: dict[int | str, dict[str, Any]] = {401: {"model": Error, "description": "Jeton absent ou inconnu."}}

v1 = APIRouter(prefix="/api/v1")
for _family in NEED_TOKEN:
    v1.include_router(_family.router, tags=["Données"], responses={**NO_TOKEN, **INVALID})
v1.include_router(reference.router, tags=["Référentiels"])

levier = APIRouter(prefix="/api/levier/v1")
levier.include_router(recherche.router, tags=["Recherche de Levier"], responses=NO_TOKEN)

routers = (v1, levier, health.router)
