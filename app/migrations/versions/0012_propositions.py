"""propositions : ce que les sources disent des champs que des personnes ont saisis"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "proposition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("genre", TEXT(), nullable=False),
        sa.Column("listing_id", TEXT(), nullable=False),
        sa.Column("champ", TEXT(), nullable=False),
        sa.Column("valeur", sa.JSON(), nullable=True),
        sa.Column("etat", TEXT(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_proposition_fiche", "proposition", ["genre", "listing_id"])
    op.create_index("ix_proposition_run_id", "proposition", ["run_id"])


def downgrade() -> None:
    op.drop_table("proposition")
