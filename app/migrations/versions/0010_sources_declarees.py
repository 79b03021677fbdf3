"""sources décrites à l'écran"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "declared_source",
        sa.Column("id", TEXT(), nullable=False),
        sa.Column("declaration", sa.JSON(), nullable=False),
        sa.Column("collectivite", TEXT(), nullable=False),
        sa.Column("author", TEXT(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_declared_source_collectivite", "declared_source", ["collectivite"])


def downgrade() -> None:
    op.drop_table("declared_source")
