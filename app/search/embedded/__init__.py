"""The embedded engine: tantivy, in process."""

from app.search.embedded.engine import EmbeddedEngine
from app.search.embedded.store import IndexBusy

__all__ = ["EmbeddedEngine", "IndexBusy"]
