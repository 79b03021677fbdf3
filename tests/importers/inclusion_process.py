"""Run by ``test_inclusion_by_departement``: an import of the API in a process of its own, to be killed.

Arguments: address of the base, data folder, address of the API, département.
"""

import sys
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from app import db
from app.config import Settings
from app.models import ImportRun
from importers import paged_api, pipeline
from importers.sources.data_inclusion import SOURCE

if __name__ == "__main__":
    base, data_dir, url, departement = sys.argv[1:]
    paged_api.PAGE = 2
    settings = Settings(data_dir=Path(data_dir), sources_hosts="127.0.0.1", data_inclusion_token=SecretStr("jeton"))
    run = ImportRun(source=SOURCE.id, departement=departement)
    pipeline.run_source(db.make_engine(base), replace(SOURCE, url=url), run, settings=settings)
