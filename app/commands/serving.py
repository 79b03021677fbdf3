"""Serve the pages and the API; make the base what this version expects; load the demonstration."""

import hashlib
import socket
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlmodel import col, select

from app import accounts, db
from app.commands.importing import import_into
from app.commands.indexing import fill_index
from app.commands.terminal import fail, open_base, settings_of_environment
from app.config import ConfigurationError, Settings
from app.models import ImportRun

DEMO_SOURCES = ("mairies", "demonstration")

Host = Annotated[str, typer.Option(help="Adresse d’écoute.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port d’écoute.")]


def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Servir les pages et l’API."""
    settings = settings_of_environment()
    _check_listening(host, port)
    _serve(settings, host, port)


def demo(port: Port = 8000) -> None:
    """Charger les mairies et la démonstration si elles manquent, puis servir sur cette machine seulement."""
    settings = settings_of_environment(demo=True)
    if "public_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:{port}"})
    _check_listening("127.0.0.1", port)
    with open_base(settings) as engine:
        missing = _missing(engine)
        for source in missing:
            import_into(engine, settings.model_copy(update={"geocoder_url": ""}), source)  # a first start waits for no network
        _add_demonstration_contacts(engine)
        if missing:  # otherwise the server itself sees to what is left: opening the index twice would cost a second
            fill_index(engine, settings)
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


def migrate() -> None:
    """Mettre la base au schéma de cette version."""
    with open_base(settings_of_environment()):
        typer.echo("La base est à jour.")
