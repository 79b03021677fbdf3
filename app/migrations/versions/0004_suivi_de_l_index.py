"""suivi de l’index par chaque moteur"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "index_follower",
        sa.Column("moteur", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("moteur"),
    )
    for name in ("principal", "secours"):
        op.add_column("index_queue", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    for name in ("secours", "principal"):
        op.drop_column("index_queue", name)  # without a copy of the table, which would lose its autoincrement
    op.drop_table("index_follower")
