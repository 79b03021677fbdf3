"""Which engine this installation searches with."""

from urllib.parse import urlsplit

from app.config import ConfigurationError, Settings
from app.search.embedded import EmbeddedEngine
from app.search.fallback import FallbackEngine
from app.search.port import SearchEngine


def open_search(settings: Settings) -> SearchEngine:
    """The engine that `settings` choose. Its index may still have to be built: see ``app.search.sync``."""
    if not settings.search_url:
        return EmbeddedEngine(settings.index_dir)
    address = urlsplit(settings.search_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ConfigurationError(
            f"LEVIER_SEARCH_URL : « {settings.search_url} » n’est pas une adresse. "
            "Écrivez-la en entier, par exemple http://127.0.0.1:7700, ou laissez-la vide pour le moteur embarqué."
        )
    from app.search.meilisearch import MeilisearchEngine  # only where there is a server: most installations have none

    main = MeilisearchEngine(settings.search_url, settings.search_key.get_secret_value())
    return FallbackEngine(main, EmbeddedEngine(settings.index_dir)) if settings.search_fallback else main
