"""The engine of an installation of several servers: a Meilisearch server of its own."""

from app.search.meilisearch.engine import MeilisearchEngine

__all__ = ["MeilisearchEngine"]
