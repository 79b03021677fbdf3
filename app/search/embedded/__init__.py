"""The embedded engine: tantivy, in process."""

from app.search.embedded.engine import EmbeddedEngine
from app.search.embedded.index import IndexBusy

__all__ = ["EmbeddedEngine", "IndexBusy"]
