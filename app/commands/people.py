"""Accounts of people, tokens of programs."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlmodel import Session

from app import accounts, db
from app.commands.terminal import fail, open_base, settings_of_environment
from app.models.accounts import Role


@contextmanager
def _account_session() -> Iterator[Session]:
    """A session for account commands: what an account can't do is said, then exits 1."""
    with open_base(settings_of_environment()) as engine, db.session_of(engine) as session:
        try:
            yield session
        except accounts.AccountError as error:
            fail(str(error))


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
            typer.echo(accounts.make_reset_link(session, account.courriel, settings_of_environment().public_url))


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


def disable_account(courriel: Annotated[str, typer.Argument(help="Adresse électronique du compte.")]) -> None:
    """Fermer un compte : plus personne ne s’y connecte, qui y était en sort."""
    with _account_session() as session:
        accounts.disable_account(session, courriel)
        typer.echo(f"Compte désactivé : {courriel}.")


def reset_account(courriel: Annotated[str, typer.Argument(help="Adresse électronique du compte.")]) -> None:
    """Imprimer un lien, bon une fois et une heure, pour choisir un nouveau mot de passe."""
    with _account_session() as session:
        typer.echo(accounts.make_reset_link(session, courriel, settings_of_environment().public_url))


def create_token(nom: Annotated[str, typer.Argument(help="Nom du programme qui s’en servira.")]) -> None:
    """Créer un jeton et l’imprimer seul : il ne sera plus jamais montré."""
    with _account_session() as session:
        typer.echo(accounts.create_token(session, nom))
