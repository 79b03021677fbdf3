"""Settings, read once from ``LEVIER_*`` variables and passed to whoever needs them."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

EMPTY_IS_NONE = frozenset({"geocoder_url"})  # what is on unless it is switched off


class ConfigurationError(ValueError):
    """A setting cannot be obeyed; the message says, in French, what to change."""


class Settings(BaseSettings):
    """Frozen settings of one Levier installation.

    Every field is a ``LEVIER_<NAME>`` variable. The description of each field is the
    text of the settings table in ``docs/settings.md``; a test keeps them equal.
    An empty variable means its default, but for those in EMPTY_IS_NONE.
    """

    model_config = SettingsConfigDict(env_prefix="LEVIER_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("var"), description="Folder of the SQLite base, the index, the files received and the secret key.")
    database_url: str = Field("", description="SQLAlchemy address of the base; empty: SQLite in the data folder.")
    search_url: str = Field("", description="Address of a Meilisearch server; empty: the embedded engine.")
    search_key: SecretStr = Field(SecretStr(""), description="Key of the Meilisearch server.")
    search_fallback: bool = Field(False, description="Keep an embedded index too, which answers while the Meilisearch server does not.")
    sources_dir: Path | None = Field(None, description="Folder of files to import when there is no network, one per source.")
    sources_hosts: str = Field(
        "", description="Hosts of your own network that imports may fetch from, separated by spaces; any other must be public."
    )
    upload_mb: int = Field(
        50,
        ge=1,
        le=500,
        description="Largest file that staff may drop on the import page, or have fetched from an address there, in megabytes.",
    )
    data_inclusion_token: SecretStr = Field(SecretStr(""), description="Token of the data·inclusion API, to import from it.")
    data_inclusion_without: str = Field(
        "", description="Upstream sources to leave out of data·inclusion, as `cd35 dora`: those whose own files are imported here."
    )
    geocoder_url: str = Field(
        "https://data.geopf.fr/geocodage",
        description="Address of a Géoplateforme geocoder, for street addresses; set but empty: none, communes alone.",
    )
    osrm_url: str = Field("", description="Address of an OSRM server, for driving times; empty: straight-line distances alone.")
    valhalla_url: str = Field(
        "", description="Address of a Valhalla server, for driving and public transport times; empty: straight-line distances alone."
    )
    tiles_url: str = Field(
        "", description="Address of map tiles, with `{z}`, `{x}` and `{y}`; empty: the map draws its own outlines alone."
    )
    tiles_credit: str = Field("IGN, Géoplateforme", description="Who made the map tiles, written under the map.")
    public_url: str = Field("http://127.0.0.1:8000", description="Address under which people reach Levier; used in links sent by mail.")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Key that signs cookies and links; empty: made once and kept in the data folder."
    )
    demo: bool = Field(
        False, description="Demonstration mode: invented resources and one-click accounts. Refused on any address but loopback."
    )
    session_hours: int = Field(12, ge=1, le=168, description="Hours before a signed-in person must sign in again.")
    smtp_url: str = Field(
        "", description="smtp://user:password@host:port for outgoing mail; empty: links are printed by `levier account reset`."
    )
    mail_from: str = Field("levier@example.org", description="Sender of outgoing mail.")
    drain_seconds: float = Field(0.2, gt=0, description="Seconds between two looks at the index queue.")

    @model_validator(mode="before")
    @classmethod
    def _ignore_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if value != "" or name in EMPTY_IS_NONE}

    @property
    def base_url(self) -> str:
        """SQLAlchemy address of the base."""
        return self.database_url or f"sqlite:///{self.data_dir / 'levier.sqlite3'}"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"
