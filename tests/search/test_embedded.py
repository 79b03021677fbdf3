"""The embedded engine keeps the contract, in memory and on disk."""

from pathlib import Path

import pytest

from app.search.embedded import EmbeddedEngine
from tests.search import contract, contract_filters


class InMemory:
    @pytest.fixture
    def search_engine(self) -> EmbeddedEngine:
        return EmbeddedEngine(None)


class TestWords(InMemory, contract.WordsContract):
    pass


class TestRanking(InMemory, contract.RankingContract):
    pass


class TestLife(InMemory, contract.LifeContract):
    pass


class TestFilters(contract_filters.FiltersContract):
    @pytest.fixture(scope="class")
    @classmethod
    def search_engine(cls) -> EmbeddedEngine:
        return EmbeddedEngine(None)


class TestWordsWithTooManyAnswersToRead(contract.WordsContract):
    @pytest.fixture
    def search_engine(self) -> EmbeddedEngine:
        return EmbeddedEngine(None, most_read=0)


class TestFiltersWithTooManyAnswersToRead(contract_filters.FiltersContract):
    @pytest.fixture(scope="class")
    @classmethod
    def search_engine(cls) -> EmbeddedEngine:
        return EmbeddedEngine(None, most_read=0)


class TestLifeOnDisk(contract.LifeContract):
    @pytest.fixture
    def search_engine(self, tmp_path: Path) -> EmbeddedEngine:
        return EmbeddedEngine(tmp_path / "index")
