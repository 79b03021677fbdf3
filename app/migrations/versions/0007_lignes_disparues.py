"""lignes disparues, renumérotées ou retenues, et fiches brutes remplacées"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString

# Until now a row's id told its listing's: that of a record of schema v1 after its genre, that of a table after its source.
LISTINGS = """
UPDATE raw_record SET listings = CAST(
    '["' || REPLACE(CASE
        WHEN record_id LIKE 'structure:%' OR record_id LIKE 'service:%' THEN record_id
        ELSE 'structure:' || source || '--' || record_id
    END, '"', '\\"') || '"]' AS {json})
"""


def upgrade() -> None:
    for table in ("structure", "service"):
        op.add_column(table, sa.Column("disparu_le", sa.Date(), nullable=True))
    for name in ("renumbered", "to_verify", "departed"):
        op.add_column("import_run", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("import_run", sa.Column("retenue", sa.JSON(), nullable=True))
    op.add_column("import_run", sa.Column("approved_by", TEXT(), nullable=True))
    op.add_column("raw_record", sa.Column("listings", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.execute(LISTINGS.format(json="JSON" if op.get_bind().dialect.name == "postgresql" else "TEXT"))
    with op.batch_alter_table("raw_record") as batch:
        batch.alter_column("listings", server_default=None)
    op.create_table(
        "raw_record_before",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source", TEXT(), nullable=False),
        sa.Column("record_id", TEXT(), nullable=False),
        sa.Column("hash", TEXT(), nullable=False),
        sa.Column("previous_run_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("listings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "source", "record_id"),
    )
    op.create_table(
        "renumbering",
        sa.Column("source", TEXT(), nullable=False),
        sa.Column("new_id", TEXT(), nullable=False),
        sa.Column("listing_id", TEXT(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("source", "new_id"),
    )
    op.create_index("ix_renumbering_run_id", "renumbering", ["run_id"])


def downgrade() -> None:
    op.drop_table("renumbering")
    op.drop_table("raw_record_before")
    op.drop_column("raw_record", "listings")
    for name in ("approved_by", "retenue", "departed", "to_verify", "renumbered"):
        op.drop_column("import_run", name)
    for table in ("structure", "service"):
        op.drop_column(table, "disparu_le")
