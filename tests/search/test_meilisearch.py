"""The Meilisearch engine keeps the contract, on a real server."""

from collections.abc import Iterator

import pytest

from app.search.meilisearch import MeilisearchEngine
from tests.search import contract, contract_filters, meilisearch_server
from tests.search.documents import Index


class Shared:
    """One index for the tests of a class, emptied after each: making one takes the server a while."""

    @pytest.fixture(scope="class")
    @classmethod
    def search_engine(cls, meilisearch: tuple[str, str]) -> Iterator[MeilisearchEngine]:
        with meilisearch_server.engine_at(*meilisearch) as engine:
            yield engine

    @pytest.fixture
    def index(self, search_engine: MeilisearchEngine) -> Iterator[Index]:
        index = Index(search_engine)
        yield index
        index.clear()


class TestWords(Shared, contract.WordsContract):
    pass


class TestRanking(Shared, contract.RankingContract):
    pass


class TestLife(contract.LifeContract):
    @pytest.fixture
    def search_engine(self, meilisearch: tuple[str, str]) -> Iterator[MeilisearchEngine]:
        with meilisearch_server.engine_at(*meilisearch) as engine:
            yield engine


class TestFilters(contract_filters.FiltersContract):
    @pytest.fixture(scope="class")
    @classmethod
    def search_engine(cls, meilisearch: tuple[str, str]) -> Iterator[MeilisearchEngine]:
        with meilisearch_server.engine_at(*meilisearch) as engine:
            yield engine
