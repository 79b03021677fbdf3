"""The demonstration's contacts: invented, loaded once, and left as people make them."""

import json
import re

from sqlalchemy import Engine
from sqlmodel import Session

from app import listings
from app.db import session_of
from app.models import Contact, RoleContact
from app.territory import gazetteer
from app.writing import By
from importers import demonstration_contacts

FICTIONAL = r"\+33(19900|26191|35301|46571|53649|63998)\d+"


def test_they_are_loaded_once_and_marked(engine: Engine, session: Session) -> None:
    loaded = demonstration_contacts.load(engine)
    assert loaded == len(json.loads(demonstration_contacts.FILE.read_text(encoding="utf-8"))) > 10
    assert demonstration_contacts.load(engine) == 0
    for code in ("04D", "37D", "69M"):
        assert all(contact.demonstration for contact in listings.contacts_of(session, code))


def test_what_somebody_made_of_them_stays(engine: Engine) -> None:
    demonstration_contacts.load(engine)
    with session_of(engine) as session:
        contact = listings.contacts_of(session, "04D")[0]
        listings.edit(session, contact, {"statut": "archivee", "nom": "Nom d’une personne"}, By("Camille Fictive", account_id=7))
        session.commit()
    demonstration_contacts.load(engine)
    with session_of(engine) as session:
        kept = session.get_one(Contact, contact.id)
        assert (kept.statut, kept.nom) == ("archivee", "Nom d’une personne")


def test_each_is_obviously_invented_and_means_something() -> None:
    places = gazetteer.load()
    for record in json.loads(demonstration_contacts.FILE.read_text(encoding="utf-8")):
        assert re.fullmatch(FICTIONAL, record["telephone"]), record["id"]
        assert record["courriel"].endswith("@example.org"), record["id"]
        assert record["role"] in set(RoleContact), record["id"]
        assert places.territory(record["collectivite"]), record["id"]
        assert all(places.commune(code) or places.territory(code) for code in record.get("zone_eligibilite", ())), record["id"]
