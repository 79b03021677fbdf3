"""What one running Levier holds, made once by ``app.main.create_app`` and passed to whoever needs it."""

from dataclasses import dataclass
from functools import cached_property

from jinja2 import Environment
from sqlalchemy import Engine

from app.config import Settings
from app.search.port import SearchEngine
from app.search.sync import Drainer
from app.territory.gazetteer import Gazetteer
from app.territory.geocoding import Geocoder, open_geocoder
from app.territory.reach import Reach, open_reach


@dataclass(frozen=True)
class Context:
    settings: Settings
    engine: Engine
    search: SearchEngine
    drainer: Drainer
    gazetteer: Gazetteer
    templates: Environment
    secret_key: str

    @cached_property
    def geocoder(self) -> Geocoder | None:
        """What looks street addresses up; None when it is switched off."""
        return open_geocoder(self.gazetteer, self.settings.geocoder_url)

    @cached_property
    def reach(self) -> Reach | None:
        """What tells how long it takes to get somewhere; None unless a server is configured."""
        return open_reach(self.settings.osrm_url, self.settings.valhalla_url)
