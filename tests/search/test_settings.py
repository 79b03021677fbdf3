"""A mistake in ``search_config/`` stops the start with the file, the line and the remedy."""

import shutil
from pathlib import Path

import pytest

from app.config import ConfigurationError, Settings
from app.search import settings
from app.search.engines import open_search
from app.search.port import SearchRequest, SearchUnavailable
from app.search.settings import SearchConfigError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(settings.FOLDER, tmp_path / "search_config"))


def test_the_shipped_files_are_valid() -> None:
    loaded = settings.load()
    assert "de" in loaded.stop_words
    assert "aide" not in loaded.stop_words
    assert any("rsa" in group for group in loaded.synonyms)
    assert "nounou" in loaded.everyday["famille--garde-denfants"]


def test_any_change_of_any_file_changes_the_fingerprint(folder: Path) -> None:
    seen = {settings.load().fingerprint}
    for n, path in enumerate([*sorted(folder.glob("*.t*")), folder / "mots" / "famille.txt"]):
        copy = Path(shutil.copytree(folder, folder.parent / str(n)))
        with (copy / path.relative_to(folder)).open("a") as file:
            file.write("\n# relu\n")
        seen.add(settings.load(copy).fingerprint)
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("name", "added", "said"),
    [
        ("settings.toml", "[fautes]", "settings.toml"),
        ("settings.toml", "couleur = 1", "n’est pas un réglage connu"),
        ("settings.toml", "[champs", "settings.toml"),
        ("stop_words.txt", "deux mots", "ligne"),
        ("stop_words.txt", "Majuscule", "minuscules"),
        ("synonyms.txt", "seul", "forme = autre forme"),
        ("mots/famille.txt", "[famille--inconnue]", "famille--inconnue"),
        ("mots/famille.txt", "[mobilite]", "catégorie de ce fichier"),
        ("mots/famille.txt", "[famille]", "déjà plus haut"),
        ("mots/nouveau.txt", "nounou", "commencez par"),
        ("mots/numerique.txt", "[numerique]\nwifi\nwifi", "déjà"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_remedy(folder: Path, name: str, added: str, said: str) -> None:
    path = folder / name
    kept = "" if name == "mots/numerique.txt" or not path.exists() else path.read_text()
    path.write_text(f"{kept}\n{added}\n")
    with pytest.raises(SearchConfigError, match=said) as caught:
        settings.load(folder)
    assert Path(name).name in str(caught.value)


def test_a_missing_file_is_told(folder: Path) -> None:
    (folder / "synonyms.txt").unlink()
    with pytest.raises(SearchConfigError, match=r"synonyms\.txt"):
        settings.load(folder)


def test_a_missing_setting_is_told(folder: Path) -> None:
    path = folder / "settings.toml"
    path.write_text(path.read_text().replace("une_des = 5", ""))
    with pytest.raises(SearchConfigError, match=r"fautes\.une_des : manque"):
        settings.load(folder)


def test_without_a_server_the_embedded_engine_answers(tmp_path: Path) -> None:
    assert open_search(Settings(data_dir=tmp_path)).name == "embarqué"


@pytest.mark.parametrize("url", ["127.0.0.1:7700", "ftp://example.org", "http://", "meilisearch"])
def test_an_address_that_is_none_is_refused_with_its_remedy(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="LEVIER_SEARCH_URL"):
        open_search(Settings(data_dir=tmp_path, search_url=url))


def test_a_server_is_chosen_by_its_address_without_being_asked(tmp_path: Path) -> None:
    engine = open_search(Settings(data_dir=tmp_path, search_url="http://127.0.0.1:9", search_fallback=True))
    assert engine.name == "Meilisearch"
    with pytest.raises(SearchUnavailable):
        engine.search(SearchRequest())
