"""Which engine this installation searches with."""

from app.config import Settings
from app.search.embedded import EmbeddedEngine
from app.search.port import SearchEngine


class ConfigurationError(ValueError):
    """A setting cannot be obeyed; the message says what to change."""


def open_search(settings: Settings) -> SearchEngine:
    """The engine that `settings` choose. Its index may still have to be built: see ``app.search.sync``."""
    if settings.search_url:
        raise ConfigurationError(
            "LEVIER_SEARCH_URL est renseigné, mais cette version ne connaît que le moteur embarqué : "
            "le moteur Meilisearch viendra avec une prochaine version. Laissez LEVIER_SEARCH_URL vide."
        )
    return EmbeddedEngine(settings.index_dir)
