"""Migrations make exactly the tables that the models declare, and can be undone, on both databases."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect
from sqlmodel import SQLModel

import app.models  # noqa: F401  # declares every table
from app import db


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": db.of_dialect(engine.dialect.name)}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, SQLModel.metadata))


def test_migrated_tables_are_those_of_the_models(engine: Engine) -> None:
    assert differences(engine) == []


def test_a_column_more_in_the_base_would_be_seen(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE service ADD COLUMN oubli TEXT")
    assert len(differences(engine)) == 1


def test_migrations_can_be_undone_and_done_again(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(db.MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    db.migrate(engine)
    assert differences(engine) == []


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    db.migrate(engine)
    assert differences(engine) == []


def test_migrations_form_one_line_and_each_file_is_numbered() -> None:
    config = Config()
    config.set_main_option("script_location", str(db.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert len(scripts.get_heads()) == 1
    for script in scripts.walk_revisions():
        assert Path(script.path).name.startswith(script.revision), f"{script.path} does not start with its revision"
