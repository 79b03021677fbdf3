"""What scheduled imports have to tell, through a real SMTP server."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app import accounts, notices
from app.config import Settings
from app.models import ImportRun, Quarantine, Source
from app.models.base import now
from tests.letters import Letters, body, receiving, subject

AUTHOR = "levier (planifié)"
ALIX, GAEL, ZOE = "alix.fictive@example.org", "gael.fictif@example.org", "zoe.fictive@example.org"
COVERED = {"gironde": ("33",), "region-sud": ("04", "05", "06", "13", "83", "84")}

Telling = Callable[..., int]
Adding = Callable[..., ImportRun]


@pytest.fixture
def letters() -> Iterator[Letters]:
    with receiving() as letters:
        yield letters


@pytest.fixture
def telling(engine: Engine, letters: Letters) -> Telling:
    def tell(smtp_url: str | None = None) -> int:
        url = f"smtp://127.0.0.1:{letters.port}" if smtp_url is None else smtp_url
        settings = Settings(smtp_url=url, mail_from="levier@departement.example.org", public_url="https://levier.example.org/")
        return notices.tell(engine, settings, AUTHOR, lambda source_id: COVERED.get(source_id, ()))

    return tell


@pytest.fixture(autouse=True)
def people(session: Session) -> None:
    """Two gestionnaires and an administrator; a demonstration account and a closed one that nobody writes to."""
    accounts.ensure_demo_accounts(session)
    accounts.create_account(session, ALIX, "Alix Fictive", "administrateur")
    accounts.create_account(session, GAEL, "Gaël Fictif", "gestionnaire", ["33D"])
    accounts.create_account(session, ZOE, "Zoé Fictive", "gestionnaire", ["05D", "06D"])
    accounts.create_account(session, "fini@example.org", "Fin Fictif", "gestionnaire", ["33D"])
    accounts.disable_account(session, "fini@example.org")
    session.add(Source(id="gironde", nom="Gironde : lieux", licence="LO"))
    session.commit()


@pytest.fixture
def adding(session: Session) -> Adding:
    def add(source: str = "gironde", rows: tuple[str, ...] = (), **values: Any) -> ImportRun:
        run = ImportRun(**{"source": source, "author": AUTHOR, "finished_at": now(), "rejected": len(rows), **values})
        session.add(run)
        session.flush()
        session.add_all(
            Quarantine(run_id=run.id or 0, source=source, line=7 + n, reasons=[f"trop court « {row} »"], content={"nom": row})
            for n, row in enumerate(rows)
        )
        session.commit()
        return run

    return add


def to(letters: Letters) -> list[str]:
    return sorted(letter["To"] for letter in letters.received)


def test_a_held_file_is_told_to_those_who_keep_its_listings(telling: Telling, adding: Adding, letters: Letters) -> None:
    run = adding(etat="retenu", retenue=["34 % des fiches disparaîtraient."])
    assert telling() == 0
    [letter] = letters.received
    assert (letter["To"], letter["From"]) == (GAEL, "levier@departement.example.org")
    assert subject(letter) == "Levier : un import est retenu (Gironde : lieux)"
    text = body(letter)
    assert "34 % des fiches disparaîtraient." in text
    assert f"https://levier.example.org/imports/{run.id}" in text.splitlines()[-3]
    assert f"appliquez l’import ({run.id})" in text


def test_it_is_told_once(telling: Telling, adding: Adding, letters: Letters) -> None:
    adding(etat="retenu")
    telling()
    telling()
    assert len(letters.received) == 1


@pytest.mark.parametrize(
    ("source", "departement", "told"),
    [
        ("region-sud", None, [ZOE]),
        ("region-sud", "06", [ZOE]),
        ("region-sud", "13", [ALIX]),
        ("france-services", None, [ALIX]),
        ("france-services", "33", [GAEL]),
    ],
)
def test_gestionnaires_first_else_administrators(
    telling: Telling, adding: Adding, letters: Letters, source: str, departement: str | None, told: list[str]
) -> None:
    adding(source, etat="echoue", message="L’adresse ne répond pas.", departement=departement)
    telling()
    assert to(letters) == told
    assert "L’adresse ne répond pas." in body(letters.received[0])
    assert "réessaiera demain" in body(letters.received[0])


def test_rows_left_out_are_told_when_they_are_new_and_never_shown(telling: Telling, adding: Adding, letters: Letters) -> None:
    adding(etat="termine", rows=("Ana Fictive",), author="levier")
    adding(etat="termine", rows=("Ana Fictive",))
    telling()
    assert letters.received == []
    adding(etat="termine", rows=("Ana Fictive", "Ana Fictive", "Bo"))
    telling()
    [letter] = letters.received
    text = body(letter)
    assert "2 lignes n’ont pas pu entrer" in text
    assert "Ana" not in text
    assert "Bo" not in text.split()


def test_nothing_is_told_of_what_went_well_or_is_a_person_s_or_old(telling: Telling, adding: Adding, letters: Letters) -> None:
    adding(etat="termine")
    adding(etat="retenu", author="Camille Fictive")
    adding(etat="retenu", dry_run=True)
    adding(etat="echoue", finished_at=now() - timedelta(days=8))
    assert telling() == 0
    assert letters.received == []


def test_a_dead_mail_server_is_asked_once_and_the_next_call_tells(telling: Telling, adding: Adding, letters: Letters) -> None:
    adding(etat="retenu")
    adding(etat="echoue")
    assert telling("smtp://127.0.0.1:9") == 2
    assert telling("") == 2
    assert telling() == 0
    assert len(letters.received) == 2
