"""Tables, one file per family of nouns. Importing this package declares them all."""

from app.models.accounts import Account, AccountCollectivite, ApiToken, ResetLink, SignInAttempt, WebSession
from app.models.duplicates import Doublon, EtatDoublon, PassageDoublons
from app.models.imports import (
    AdresseSituee,
    DeclaredSource,
    ImportRun,
    Quarantine,
    RawRecord,
    RawRecordBefore,
    Renumbering,
    RenumberingBefore,
    RowCorrection,
)
from app.models.listings import (
    AdresseConfidentielle,
    Contact,
    IndexFollower,
    IndexQueue,
    Revision,
    RoleContact,
    SecretBefore,
    Service,
    Source,
    Statut,
    Structure,
)
from app.models.proposals import EtatProposition, Proposition

__all__ = [
    "Account",
    "AccountCollectivite",
    "AdresseConfidentielle",
    "AdresseSituee",
    "ApiToken",
    "Contact",
    "DeclaredSource",
    "Doublon",
    "EtatDoublon",
    "EtatProposition",
    "ImportRun",
    "IndexFollower",
    "IndexQueue",
    "PassageDoublons",
    "Proposition",
    "Quarantine",
    "RawRecord",
    "RawRecordBefore",
    "Renumbering",
    "RenumberingBefore",
    "ResetLink",
    "Revision",
    "RoleContact",
    "RowCorrection",
    "SecretBefore",
    "Service",
    "SignInAttempt",
    "Source",
    "Statut",
    "Structure",
    "WebSession",
]
