"""Alembic runs here, on a connection that ``app.db.migrate`` gives it."""

from alembic import context
from sqlmodel import SQLModel

import app.models  # noqa: F401  (declares every table)
from app.db import of_dialect

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    include_object=of_dialect(connection.dialect.name),
)
with context.begin_transaction():
    context.run_migrations()
