"""What scheduled imports have to tell, by mail: a file is held, could not be had, or has rows that could not come in.

Written for those who keep the listings of the département, else for administrators. Counts and a link: no row, no name, no address.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, Engine, update
from sqlmodel import Session, col, select

from app import mail
from app.config import Settings
from app.db import session_of
from app.models import Account, AccountCollectivite, ImportRun, Quarantine, Source
from app.models.accounts import Role
from app.models.base import now
from app.territory import gazetteer

logger = logging.getLogger("levier")

MOST_DAYS = 7  # what could not be told for that long is on the page Imports, and old news
Departements = Callable[[str], Collection[str]]


def tell(engine: Engine, settings: Settings, author: str, departements: Departements) -> int:
    """Tell of each run of `author` that nobody was told of yet; returns how many runs have something to tell that was not sent.

    `departements`: of a source's id, those it covers; none: the whole country. Raises nothing when the mail server is down:
    the next call tells.
    """
    waiting = 0
    with session_of(engine) as session:
        recent = (ImportRun.author == author, col(ImportRun.finished_at) > now() - timedelta(days=MOST_DAYS))
        untold = (*recent, col(ImportRun.signale_le).is_(None), ImportRun.etat != "en-cours", col(ImportRun.dry_run).is_(False))
        for run in session.exec(select(ImportRun).where(*untold).order_by(col(ImportRun.id))).all():
            letter = _letter(session, run, settings.public_url)
            if letter and (waiting or not _sent(session, settings, run, departements, *letter)):
                waiting += 1  # one refusal is enough: the others would wait for the same server
                continue
            session.execute(update(ImportRun).where(col(ImportRun.id) == run.id).values(signale_le=now()))
            session.commit()
    return waiting


def _sent(session: Session, settings: Settings, run: ImportRun, departements: Departements, subject: str, text: str) -> bool:
    """Did it reach somebody? Whoever refuses it is not asked again."""
    if not mail.can_send(settings):
        return False
    concerned = [run.departement] if run.departement else departements(run.source)
    to = _gestionnaires(session, concerned) or _administrateurs(session)
    if not to:
        logger.warning("Import %s : personne à prévenir. Créez un compte d’administrateur.", run.id)
        return True
    session.rollback()  # no transaction stays open while a server is talked to
    return any([mail.send(settings, courriel, subject, text) for courriel in to])


def _gestionnaires(session: Session, departements: Collection[str]) -> list[str]:
    known = gazetteer.load()
    kept = [place.code for place in known.collectivites() if known.departements_of(place.code) & set(departements)]
    join = col(AccountCollectivite.account_id) == Account.id
    query = select(Account.courriel).join(AccountCollectivite, join).where(col(AccountCollectivite.collectivite).in_(kept))
    return sorted(set(session.exec(query.where(*_reachable(Role.GESTIONNAIRE)))))


def _administrateurs(session: Session) -> list[str]:
    return sorted(session.exec(select(Account.courriel).where(*_reachable(Role.ADMINISTRATEUR))))


def _reachable(role: Role) -> tuple[ColumnElement[bool], ...]:
    return (col(Account.role) == role, col(Account.actif).is_(True), col(Account.demonstration).is_(False))


def _letter(session: Session, run: ImportRun, public_url: str) -> tuple[str, str] | None:
    """Subject and text; None when there is nothing to tell."""
    source = session.get(Source, run.source)
    nom = (source.nom if source else run.source) + (f", département {run.departement}" if run.departement else "")
    found = _held(run) or _failed(run) or _left_out(session, run)
    if found is None:
        return None
    what, happened, next_step = found
    day = f"{run.started_at:%d/%m/%Y}"
    link = f"{public_url.rstrip('/')}/imports/{run.id}"
    paragraphs = (
        "Bonjour,",
        f"L’import planifié du {day} de « {nom} » {happened}",
        f"À faire : {next_step}",
        f"Le compte rendu : {link}",
        "Levier envoie ce message à qui tient les fiches de ce territoire, ou aux administrateurs. Il ne contient le nom de personne.",
    )
    return f"Levier : {what} ({nom})", "\n\n".join(paragraphs) + "\n"


def _held(run: ImportRun) -> tuple[str, str, str] | None:
    if run.etat != "retenu":
        return None
    reasons = "\n".join(f"- {reason}" for reason in run.retenue or ())
    return (
        "un import est retenu",
        f"est retenu : il changerait beaucoup de fiches d’un coup, rien n’est encore écrit.\n{reasons}",
        f"ouvrez le compte rendu. Si le fichier est bon, appliquez l’import ({run.id}) ; sinon, demandez-en un corrigé à qui le publie.",
    )


def _failed(run: ImportRun) -> tuple[str, str, str] | None:
    if run.etat not in ("echoue", "interrompu"):
        return None
    why = run.message or "il a été interrompu"
    return (
        "un import a échoué",
        f"a échoué. Les fiches sont restées comme avant.\n{why}",
        "rien pour l’instant : Levier réessaiera demain. Si ce message revient, vérifiez l’adresse de la source, ou importez son fichier.",
    )


def _left_out(session: Session, run: ImportRun) -> tuple[str, str, str] | None:
    count = _new_rows(session, run) if run.rejected else 0
    if not count:
        return None
    rows = (
        "1 ligne n’a pas pu entrer, pour la première fois" if count == 1 else f"{count} lignes n’ont pas pu entrer, pour la première fois"
    )
    return (
        "des lignes n’ont pas pu entrer",
        f"est terminé, mais {rows}. Les autres sont à jour.",
        "ouvrez le compte rendu : chaque ligne y est, avec sa raison. Signalez-la à qui publie le fichier.",
    )


def _new_rows(session: Session, run: ImportRun) -> int:
    """Rows in quarantine that were not there, for the same reasons, after the last run that ended well."""
    same = (ImportRun.source == run.source, col(ImportRun.departement).is_not_distinct_from(run.departement))
    before = select(ImportRun.id).where(*same, ImportRun.etat == "termine", col(ImportRun.dry_run).is_(False))
    previous = session.exec(before.where(col(ImportRun.id) < run.id).order_by(col(ImportRun.id).desc()).limit(1)).first()
    known = Counter(_prints(session, previous) if previous else ())
    return (Counter(_prints(session, run.id)) - known).total()


def _prints(session: Session, run_id: int | None) -> list[str]:
    """What each row in quarantine is, whatever its line."""
    rows = session.exec(select(Quarantine.content, Quarantine.reasons).where(Quarantine.run_id == run_id))
    return [json.dumps([content, reasons], sort_keys=True) for content, reasons in rows]
