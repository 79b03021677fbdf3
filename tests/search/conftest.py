"""The Meilisearch server of the tests of search."""

from collections.abc import Iterator

import pytest

from tests.search import meilisearch_server


@pytest.fixture(scope="session")
def meilisearch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and key of a real server."""
    if given := meilisearch_server.address_given():
        yield given
        return
    if not meilisearch_server.installed():
        pytest.skip(meilisearch_server.MISSING)
    process, url = meilisearch_server.start(tmp_path_factory.mktemp("meilisearch"))
    yield url, ""
    process.terminate()
    process.wait(timeout=30)
