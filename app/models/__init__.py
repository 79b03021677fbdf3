"""Tables, one file per family of nouns. Importing this package declares them all."""

from app.models.accounts import Account, AccountCollectivite, ApiToken, ResetLink, SignInAttempt, WebSession
from app.models.imports import AdresseSituee, ImportRun, Quarantine, RawRecord, RawRecordBefore, Renumbering
from app.models.listings import (
    AdresseConfidentielle,
    Contact,
    IndexFollower,
    IndexQueue,
    Revision,
    RoleContact,
    Service,
    Source,
    Statut,
    Structure,
)

__all__ = [
    "Account",
    "AccountCollectivite",
    "AdresseConfidentielle",
    "AdresseSituee",
    "ApiToken",
    "Contact",
    "ImportRun",
    "IndexFollower",
    "IndexQueue",
    "Quarantine",
    "RawRecord",
    "RawRecordBefore",
    "Renumbering",
    "ResetLink",
    "Revision",
    "RoleContact",
    "Service",
    "SignInAttempt",
    "Source",
    "Statut",
    "Structure",
    "WebSession",
]
