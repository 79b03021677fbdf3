"""The JSON API: data·inclusion's addresses, parameters and shapes, so that its clients plug in as they are."""

from fastapi import APIRouter

from app.api import health, reference, search, services, sources, structures
from app.api.schemas import Error

NEED_TOKEN = (services, structures, search, sources)

v1 = APIRouter(prefix="/api/v1")
for _family in NEED_TOKEN:
    v1.include_router(_family.router, tags=["Données"], responses={401: {"model": Error, "description": "Jeton absent ou inconnu."}})
v1.include_router(reference.router, tags=["Référentiels"])

routers = (v1, health.router)
