"""Invented contacts for the demonstration: whom to call around Digne-les-Bains, Barcelonnette, Tours and Lyon."""

import json
from datetime import date

from sqlalchemy import Engine

from app import db, listings
from app.writing import By
from importers.source import PACKAGE

FILE = PACKAGE / "data" / "contacts_demonstration.json"
BY = By("démonstration")


def load(engine: Engine) -> int:
    """Add those that were never added; what somebody made of the others stays. Returns how many were added."""
    records = json.loads(FILE.read_text(encoding="utf-8"))
    with db.session_of(engine) as session:
        known = {contact.id for contact in listings.by_ids(session, "contact", [record["id"] for record in records])}
        new = [
            {**record, "date_maj": date.fromisoformat(record["date_maj"]), "demonstration": True}
            for record in records
            if record["id"] not in known
        ]
        listings.write(session, "contact", new, BY)
        session.commit()
    return len(new)
