"""imports annulés : ce qu'un import a remplacé, et qui l'a annulé"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.add_column("import_run", sa.Column("sources_before", sa.JSON(), nullable=True))
    op.add_column("import_run", sa.Column("undone_by", TEXT(), nullable=True))
    op.add_column("import_run", sa.Column("undone_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_table(
        "renumbering_before",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source", TEXT(), nullable=False),
        sa.Column("new_id", TEXT(), nullable=False),
        sa.Column("listing_id", TEXT(), nullable=False),
        sa.Column("previous_run_id", sa.Integer(), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "source", "new_id"),
    )
    op.create_table(
        "secret_before",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("genre", TEXT(), nullable=False),
        sa.Column("listing_id", TEXT(), nullable=False),
        sa.Column("champs", sa.JSON(), nullable=False),
        sa.Column("scellee", sa.JSON(), nullable=True),
        sa.Column("scellee_apres", sa.JSON(), nullable=True),
        sa.Column("revisions", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "genre", "listing_id"),
    )


def downgrade() -> None:
    op.drop_table("secret_before")
    op.drop_table("renumbering_before")
    for name in ("undone_at", "undone_by", "sources_before"):
        op.drop_column("import_run", name)
