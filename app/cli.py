"""`levier`: everything an administrator does from a terminal. Messages are in French; errors go to stderr and exit 1."""

import hashlib
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app import accounts, db
from app.config import ConfigurationError, Settings
from app.models import ImportRun, Quarantine
from app.models.accounts import Role
from app.progress import progress
from app.search.port import SearchEngine, SearchUnavailable

if TYPE_CHECKING:
    from importers.undoing import Undone

# Engines, importers and the web are imported by the commands that use them: `levier token create` answers at once.

app = typer.Typer(
    help="Levier : la base partagée des ressources sociales des départements.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
account_app = typer.Typer(help="Comptes des personnes.", no_args_is_help=True)
token_app = typer.Typer(help="Jetons des programmes qui lisent l’API.", no_args_is_help=True)
index_app = typer.Typer(help="Index de recherche.", no_args_is_help=True)
app.add_typer(account_app, name="account")
app.add_typer(token_app, name="token")
app.add_typer(index_app, name="index")

EXPORTED = "export-levier"
DEMO_SOURCES = ("mairies", "demonstration")
REASONS_SHOWN = 5

Host = Annotated[str, typer.Option(help="Adresse d’écoute.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port d’écoute.")]


def _settings(**forced: Any) -> Settings:
    """The settings of the environment, but for those `forced`; a wrong one is said with its name, then exits 1."""
    try:
        return Settings(**forced)
    except ValidationError as error:
        wrong = (f"LEVIER_{str(e['loc'][0]).upper()} : {e['msg']}" for e in error.errors())
        fail("\n".join(["Réglage incorrect (voir docs/settings.md) :", *wrong]))


def fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


@contextmanager
def _base(settings: Settings) -> Iterator[Engine]:
    """The engine of this installation, with its tables up to date."""
    engine = db.open_engine(settings)
    try:
        db.migrate(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _account_session() -> Iterator[Session]:
    """A session for account commands: what an account can't do is said, then exits 1."""
    with _base(_settings()) as engine, db.session_of(engine) as session:
        try:
            yield session
        except accounts.AccountError as error:
            fail(str(error))


# --- serving -------------------------------------------------------------------------------------------------------


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Servir les pages et l’API."""
    settings = _settings()
    _check_listening(host, port)
    _serve(settings, host, port)


@app.command()
def demo(port: Port = 8000) -> None:
    """Charger les mairies et la démonstration si elles manquent, puis servir sur cette machine seulement."""
    settings = _settings(demo=True)
    if "public_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
    _check_listening("127.0.0.1", port)
    with _base(settings) as engine:
        missing = _missing(engine)
        for source in missing:
            _import(engine, settings.model_copy(update={"geocoder_url": ""}), source)  # a first start waits for no network
        _add_demonstration_contacts(engine)
        if missing:  # otherwise the server itself sees to what is left: opening the index twice would cost a second
            _fill_index(engine, settings)
    _serve(settings, "127.0.0.1", port)


def _add_demonstration_contacts(engine: Engine) -> None:
    from importers import demonstration_contacts

    demonstration_contacts.load(engine)


def _check_listening(host: str, port: int) -> None:
    """Say why this address cannot be listened on before any long work, not after."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(f"Impossible d’écouter sur {host}, port {port} : {error.strerror}. Essayez un autre port (make run PORT={port + 1}).")


def _serve(settings: Settings, host: str, port: int) -> None:
    from app import main

    try:
        main.serve(settings, port, host, ready=lambda: _welcome(settings, host, port))
    except ConfigurationError as error:
        fail(str(error))


def _welcome(settings: Settings, host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    lines = [f"Levier est prêt : http://{shown}:{port}  (Ctrl+C pour l’arrêter)"]
    if settings.demo:
        lines += ["", "Comptes de démonstration, en un clic sur la page de connexion :"]
        lines += [f"  {role:<15} {courriel}" for role, (courriel, *_) in accounts.DEMO_ACCOUNTS.items()]
    print("\n".join(["", *lines, ""]), flush=True)


# --- the base and its listings ---------------------------------------------------------------------------------------


@app.command()
def migrate() -> None:
    """Mettre la base au schéma de cette version."""
    with _base(_settings()):
        typer.echo("La base est à jour.")


@app.command(name="import")
def import_(
    cible: Annotated[str, typer.Argument(help="Une source (« mairies ») ou le code d’un département (« 49 »).")] = "",
    file: Annotated[Path | None, typer.Option(exists=True, help="Fichier ou dossier à lire au lieu de l’adresse publiée.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Dire ce qui changerait, sans rien changer.")] = False,
    compte: Annotated[
        str, typer.Option(help="Qui a modifié l’export qui revient (cible « export-levier ») : son adresse électronique.")
    ] = "",
    due: Annotated[
        bool, typer.Option("--due", help="Importer de nouveau ce dont c’est l’heure ; se lance chaque heure, sans personne.")
    ] = False,
) -> None:
    """Importer une source, ou les lignes d’un département de toutes les sources qui le couvrent."""
    settings = _settings()
    if due == bool(cible) or (due and (file or dry_run or compte)):
        fail("Donnez soit une cible (levier import 49), soit --due seul.")
    with _base(settings) as engine:
        if due:
            runs = _import_due(engine, settings)
        elif cible == EXPORTED:
            runs = [_bring_back(engine, file, compte, dry_run=dry_run)]
        else:
            runs = _import(engine, settings, cible, file=file, dry_run=dry_run)
        if runs and not dry_run:
            _find_duplicates(engine)
            _fill_index(engine, settings)
        if due:
            _tell(engine, settings)
    if any(run.etat != "termine" for run in runs):
        raise typer.Exit(1)


@app.command()
def approve(numero: Annotated[int, typer.Argument(min=1, help="Numéro de l’import retenu.")]) -> None:
    """Appliquer un import retenu, après l’avoir relu."""
    from importers import pipeline, problems

    settings = _settings()
    with _base(settings) as engine:
        try:
            with progress(f"Import {numero}") as report:
                run = pipeline.approve(engine, numero, settings=settings, author="levier", progress=report)
        except problems.ImportProblem as problem:
            fail(str(problem))
        with db.session_of(engine) as session:
            typer.echo(_report(session, run))
        _find_duplicates(engine)
        _fill_index(engine, settings)
    if run.etat != "termine":
        raise typer.Exit(1)


@app.command()
def undo(numero: Annotated[int, typer.Argument(min=1, help="Numéro de l’import à annuler.")]) -> None:
    """Annuler un import : tout redevient comme avant lui, sauf ce que des personnes ont modifié depuis."""
    from importers import problems, undoing

    settings = _settings()
    with _base(settings) as engine:
        try:
            with progress(f"Annulation de l’import {numero}") as report:
                done = undoing.undo(engine, numero, settings=settings, author="levier", progress=report)
        except problems.ImportProblem as problem:
            fail(str(problem))
        typer.echo(_undone(done))
        _find_duplicates(engine)
        _fill_index(engine, settings)


def _undone(done: "Undone") -> str:
    """What an undo did, in French, and every listing that stays as people left it."""
    lines = [f"Import {done.run.id} annulé ({done.run.source}) : {done.listings} fiches remises comme avant."]
    if done.survivors:
        lines.append(f"  {len(done.survivors)} portent des modifications faites depuis, ou en dépendent ; elles les gardent :")
    for one in done.survivors:
        why = ", ".join(one.champs) or ("vérifiée ou utilisée depuis" if one.created else "modifiée depuis")
        lines.append(f"  {one.genre} {one.id} « {one.nom} » : {why}" + (" (créée par cet import, gardée)" if one.created else ""))
    return "\n".join(lines)


def _import(engine: Engine, settings: Settings, target: str, *, file: Path | None = None, dry_run: bool = False) -> list[ImportRun]:
    from importers import pipeline, problems

    try:
        with progress(f"Import de {target}") as report:
            runs = pipeline.run(engine, target, settings=settings, file=file, dry_run=dry_run, author="levier", progress=report)
    except problems.ImportProblem as problem:
        fail(str(problem))
    with db.session_of(engine) as session:
        for run in runs:
            typer.echo(_report(session, run))
    return runs


def _import_due(engine: Engine, settings: Settings) -> list[ImportRun]:
    """What is due; each run is reported as soon as it is over. Nothing when another process is at it."""
    from importers import locking, schedule

    runs: list[ImportRun] = []
    try:
        with progress("Imports planifiés") as report:
            for run in schedule.run_due(engine, settings=settings, progress=report):
                runs.append(run)
                with db.session_of(engine) as session:
                    typer.echo(_report(session, run))
    except locking.Busy:
        typer.echo("Les imports planifiés sont déjà en cours : rien à faire ici.", err=True)
    return runs


def _tell(engine: Engine, settings: Settings) -> None:
    from app import mail, notices
    from importers import declared, registry, schedule

    departements = {source.id: source.departements for source in (*registry.SOURCES, *declared.sources(engine))}
    if waiting := notices.tell(engine, settings, schedule.AUTHOR, lambda source_id: departements.get(source_id, ())):
        again = "Le prochain « levier import --due » réessaiera." if mail.can_send(settings) else "Réglez LEVIER_SMTP_URL pour les envoyer."
        typer.echo(f"Messages qui n’ont pas pu partir : {waiting}. {again}", err=True)


def _bring_back(engine: Engine, file: Path | None, courriel: str, *, dry_run: bool) -> ImportRun:
    """An export of Levier that somebody edited: it changes what they may change on screen."""
    from importers import exported

    if file is None or not courriel:
        fail("Donnez le fichier et le compte de qui l’a modifié : levier import export-levier --file FICHIER --compte COURRIEL.")
    try:
        with db.session_of(engine) as session:
            viewer = accounts.viewer_of(session, courriel)
    except accounts.AccountError as error:
        fail(str(error))
    run = exported.bring_back(engine, file, viewer, dry_run=dry_run)
    with db.session_of(engine) as session:
        typer.echo(_report(session, run))
    return run


def _missing(engine: Engine) -> list[str]:
    """Which parts of the demonstration were never imported to the end, or have changed since."""
    from importers import registry

    wanted = {source.id: source.shipped for source in registry.SOURCES if source.id in DEMO_SOURCES}
    whole = select(ImportRun.source, ImportRun.file_sha256).where(
        ImportRun.etat == "termine", col(ImportRun.dry_run).is_(False), col(ImportRun.departement).is_(None)
    )
    with db.session_of(engine) as session:
        last = dict(session.exec(whole.order_by(col(ImportRun.id))).all())
    return [name for name, path in wanted.items() if path and last.get(name) != hashlib.sha256(path.read_bytes()).hexdigest()]


def _report(session: Session, run: ImportRun) -> str:
    """What an import did, in French: counts, then the reasons of rejection, the most frequent first."""
    etat = {"termine": "terminé", "echoue": "échec", "retenu": f"retenu, rien n’est écrit (import {run.id})"}.get(run.etat, run.etat)
    lines = [f"{run.source} : {etat}" + (" (essai : rien n’a été écrit)" if run.dry_run else "")]
    if run.etat == "retenu":
        lines += [f"  {reason}" for reason in run.retenue or ()]
        lines.append(f"  Pour l’appliquer après l’avoir relu : levier approve {run.id}")
    elif run.message:
        lines.append(f"  {run.message}")
    counts = {"lues": run.read, "créées": run.created, "modifiées": run.changed, "inchangées": run.unchanged, "rejetées": run.rejected}
    counts |= {
        label: count
        for label, count in {
            "renumérotées": run.renumbered,
            "à vérifier (disparues du fichier)": run.to_verify,
            "archivées": run.departed,
            "vides": run.blank,
        }.items()
        if count
    }
    lines.append("  " + ", ".join(f"{count} {label}" for label, count in counts.items()))
    reasons: Counter[str] = Counter()
    for found in session.exec(select(Quarantine.reasons).where(Quarantine.run_id == run.id)):
        reasons.update(found)
    lines += [f"  {count} × {reason}" for reason, count in reasons.most_common(REASONS_SHOWN)]
    if len(reasons) > REASONS_SHOWN:
        lines.append(f"  et {len(reasons) - REASONS_SHOWN} autres motifs, à lire dans la page Imports")
    return "\n".join(lines)


@app.command()
def duplicates(
    whole: Annotated[bool, typer.Option("--whole", help="Comparer toute la base, et non ce qui a changé depuis la dernière fois.")] = False,
) -> None:
    """Chercher les structures que deux sources décrivent ; chaque paire attend une personne, rien n’est fusionné."""
    with _base(_settings()) as engine:
        _find_duplicates(engine, whole=whole)


def _find_duplicates(engine: Engine, *, whole: bool = False) -> None:
    from app.duplicates import finding

    with progress("Doublons") as report:
        found = finding.find(engine, whole=whole, progress=report)
    typer.echo(f"Doublons : {found.structures} structures comparées, {found.new} paires nouvelles, {found.gone} qui n’en sont plus.")


# --- index -----------------------------------------------------------------------------------------------------------


@app.command()
def reindex() -> None:
    """Refaire tout l’index de recherche à côté de l’ancien, puis le remplacer."""
    settings = _settings()
    with _base(settings) as engine, _search_of(settings) as search:
        typer.echo(f"{_rebuild(engine, search)} documents dans l’index.")


@index_app.command(name="status")
def index_status() -> None:
    """Dire ce que l’index contient et ce qui attend d’y entrer."""
    from app.search import sync

    settings = _settings()
    with _base(settings) as engine, _search_of(settings) as search:
        absent = sync.needs_rebuild(engine, search)
        typer.echo(f"Moteur : {search.name}\nDocuments : {0 if absent else search.count()}\nEn attente : {_waiting(engine)}")
        if absent:
            fail("L’index est absent ou d’une autre version : lancez « levier reindex ».")


@contextmanager
def _search_of(settings: Settings) -> Iterator[SearchEngine]:
    """The search engine of this installation: what it can't do is said, then exits 1."""
    from app.search import engines

    try:
        yield engines.open_search(settings)
    except (ConfigurationError, SearchUnavailable) as error:
        fail(str(error))


def _rebuild(engine: Engine, search: SearchEngine) -> int:
    from app.search import sync

    with progress("Indexation") as report:
        return sync.rebuild(engine, search, report)


def _fill_index(engine: Engine, settings: Settings) -> None:
    """Bring the index up to date with the base, unless a server is at it already."""
    from app.search import sync

    with _search_of(settings) as search:
        if sync.needs_rebuild(engine, search):
            _rebuild(engine, search)
        if total := _waiting(engine):
            drainer, done = sync.Drainer(engine, search, settings.drain_seconds), 0
            with progress("Indexation") as report:
                while count := drainer.drain_once():
                    done += count
                    report(done, max(done, total))
    if waiting := _waiting(engine):
        typer.echo(f"{waiting} fiches attendent l’index : un autre processus s’en charge.", err=True)


def _waiting(engine: Engine) -> int:
    from app.search import sync

    with db.session_of(engine) as session:
        return sync.lag(session)


# --- people and programs ---------------------------------------------------------------------------------------------


@account_app.command(name="create")
def create_account(
    courriel: Annotated[str, typer.Argument(help="Adresse électronique de la personne.")],
    nom: Annotated[str, typer.Option(help="Nom à montrer.")],
    role: Annotated[Role, typer.Option(help="Ce que la personne peut faire.")] = Role.CONSEILLER,
    collectivite: Annotated[list[str] | None, typer.Option(help="Code d’une collectivité tenue (« 04D ») ; se répète.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Lire le mot de passe sur l’entrée standard.")] = False,
) -> None:
    """Créer un compte ; sans mot de passe, imprimer le lien pour le choisir."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    with _account_session() as session:
        account = accounts.create_account(session, courriel, nom, role, _known_collectivites(collectivite or ()), password)
        typer.echo(f"Compte créé : {account.courriel} ({account.role}).", err=True)
        if password is None:
            typer.echo(accounts.make_reset_link(session, account.courriel, _settings().public_url))


def _known_collectivites(codes: Sequence[str]) -> tuple[str, ...]:
    """`codes` in capitals, if each is a collectivité's: a code that nothing carries would make an account that keeps nothing."""
    from app.territory import gazetteer

    known = {place.code: place.nom for place in gazetteer.load().collectivites()}
    for code in codes:
        if code.upper() not in known:
            near = [f"{other} ({nom})" for other, nom in known.items() if other.startswith(code.upper())]
            advice = f"Vouliez-vous dire {', '.join(near)} ?" if near else "Écrivez par exemple 04D."
            fail(f"Collectivité inconnue : « {code} ». {advice}")
    return tuple(code.upper() for code in codes)


@account_app.command(name="disable")
def disable_account(courriel: Annotated[str, typer.Argument(help="Adresse électronique du compte.")]) -> None:
    """Fermer un compte : plus personne ne s’y connecte, qui y était en sort."""
    with _account_session() as session:
        accounts.disable_account(session, courriel)
        typer.echo(f"Compte désactivé : {courriel}.")


@account_app.command(name="reset")
def reset_account(courriel: Annotated[str, typer.Argument(help="Adresse électronique du compte.")]) -> None:
    """Imprimer un lien, bon une fois et une heure, pour choisir un nouveau mot de passe."""
    with _account_session() as session:
        typer.echo(accounts.make_reset_link(session, courriel, _settings().public_url))


@token_app.command(name="create")
def create_token(nom: Annotated[str, typer.Argument(help="Nom du programme qui s’en servira.")]) -> None:
    """Créer un jeton et l’imprimer seul : il ne sera plus jamais montré."""
    with _account_session() as session:
        typer.echo(accounts.create_token(session, nom))


if __name__ == "__main__":
    app()
