"""What one running Levier holds, made once by ``app.main.create_app`` and passed to whoever needs it."""

from dataclasses import dataclass

from jinja2 import Environment
from sqlalchemy import Engine

from app.config import Settings
from app.search.port import SearchEngine
from app.search.sync import Drainer
from app.territory.gazetteer import Gazetteer


@dataclass(frozen=True)
class Context:
    settings: Settings
    engine: Engine
    search: SearchEngine
    drainer: Drainer
    gazetteer: Gazetteer
    templates: Environment
    secret_key: str
