"""Import, approve, undo; what follows an import: pairs of doubles, the index, mails."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from app import accounts, db
from app.commands.indexing import fill_index
from app.commands.reporting import report_of, undone
from app.commands.terminal import fail, open_base, settings_of_environment
from app.config import Settings
from app.models import ImportRun
from app.progress import progress

EXPORTED = "export-levier"


def import_(
    cible: Annotated[str, typer.Argument(help="Une source (« mairies ») ou le code d’un département (« 49 »).")] = "",
    file: Annotated[Path | None, typer.Option(exists=True, help="Fichier ou dossier à lire au lieu de l’adresse publiée.")] = None,
    departement: Annotated[str, typer.Option(help="N’importer de la source que ce département (« 04 »).")] = "",
    dry_run: Annotated[bool, typer.Option(help="Dire ce qui changerait, sans rien changer.")] = False,
    compte: Annotated[
        str, typer.Option(help="Qui a modifié l’export qui revient (cible « export-levier ») : son adresse électronique.")
    ] = "",
    due: Annotated[
        bool, typer.Option("--due", help="Importer de nouveau ce dont c’est l’heure ; se lance chaque heure, sans personne.")
    ] = False,
) -> None:
    """Importer une source, ou les lignes d’un département de toutes les sources qui le couvrent."""
    settings = settings_of_environment()
    if due == bool(cible) or (due and (file or dry_run or compte or departement)):
        fail("Donnez soit une cible (levier import 49), soit --due seul.")
    with open_base(settings) as engine:
        if due:
            runs = _import_due(engine, settings)
        elif cible == EXPORTED:
            runs = [_bring_back(engine, file, compte, dry_run=dry_run)]
        else:
            runs = import_into(engine, settings, cible, file=file, departement=departement or None, dry_run=dry_run)
        if runs and not dry_run:
            _follow(engine, settings)
        if due:
            _tell(engine, settings)
    if any(run.etat != "termine" for run in runs):
        raise typer.Exit(1)


def approve(numero: Annotated[int, typer.Argument(min=1, help="Numéro de l’import retenu.")]) -> None:
    """Appliquer un import retenu, après l’avoir relu."""
    from importers import pipeline, problems

    settings = settings_of_environment()
    with open_base(settings) as engine:
        try:
            with progress(f"Import {numero}") as report:
                run = pipeline.approve(engine, numero, settings=settings, author="levier", progress=report)
        except problems.ImportProblem as problem:
            fail(str(problem))
        with db.session_of(engine) as session:
            typer.echo(report_of(session, run))
        _follow(engine, settings)
    if run.etat != "termine":
        raise typer.Exit(1)


def undo(numero: Annotated[int, typer.Argument(min=1, help="Numéro de l’import à annuler.")]) -> None:
    """Annuler un import : tout redevient comme avant lui, sauf ce que des personnes ont modifié depuis."""
    from importers import problems, undoing

    settings = settings_of_environment()
    with open_base(settings) as engine:
        try:
            with progress(f"Annulation de l’import {numero}") as report:
                done = undoing.undo(engine, numero, settings=settings, author="levier", progress=report)
        except problems.ImportProblem as problem:
            fail(str(problem))
        typer.echo(undone(done))
        _follow(engine, settings)


def import_into(
    engine: Engine, settings: Settings, target: str, *, file: Path | None = None, departement: str | None = None, dry_run: bool = False
) -> list[ImportRun]:
    from importers import pipeline, problems

    try:
        with progress(f"Import de {target}") as report:
            runs = pipeline.run(engine, target, settings=settings, file=file, departement=departement, dry_run=dry_run, progress=report)
    except problems.ImportProblem as problem:
        fail(str(problem))
    with db.session_of(engine) as session:
        for run in runs:
            typer.echo(report_of(session, run))
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
                    typer.echo(report_of(session, run))
    except locking.Busy:
        typer.echo("Les imports planifiés sont déjà en cours : rien à faire ici.", err=True)
    return runs


def _follow(engine: Engine, settings: Settings) -> None:
    """What comes after listings have changed: pairs of doubles, then the index."""
    find_duplicates(engine)
    fill_index(engine, settings)


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
        typer.echo(report_of(session, run))
    return run


def duplicates(
    whole: Annotated[bool, typer.Option("--whole", help="Comparer toute la base, et non ce qui a changé depuis la dernière fois.")] = False,
) -> None:
    """Chercher les structures que deux sources décrivent ; chaque paire attend une personne, rien n’est fusionné."""
    with open_base(settings_of_environment()) as engine:
        find_duplicates(engine, whole=whole)


def find_duplicates(engine: Engine, *, whole: bool = False) -> None:
    from app.duplicates import finding

    with progress("Doublons") as report:
        found = finding.find(engine, whole=whole, progress=report)
    typer.echo(f"Doublons : {found.structures} structures comparées, {found.new} paires nouvelles, {found.gone} qui n’en sont plus.")
