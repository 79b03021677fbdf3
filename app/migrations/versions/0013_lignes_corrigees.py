"""lignes corrigees : ce que des personnes corrigent des lignes rejetées"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "row_correction",
        sa.Column("source", TEXT(), nullable=False),
        sa.Column("digest", TEXT(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("author", TEXT(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("source", "digest"),
    )
    with op.batch_alter_table("quarantine") as table:
        table.add_column(sa.Column("digest", TEXT(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("quarantine") as table:
        table.drop_column("digest")
    op.drop_table("row_correction")
