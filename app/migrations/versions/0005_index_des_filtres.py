"""index des filtres des services"""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FILTERED = ["id", "latitude", "longitude", "zone_eligibilite", "modes_accueil", "thematiques", "publics", "frais", "type"]
FILTERED += ["score_qualite", "source"]


def upgrade() -> None:
    op.create_index("ix_service_point", "service", ["latitude", "longitude"])
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ix_service_filtres", "service", FILTERED)
    else:
        remote = text("CAST(modes_accueil AS TEXT) LIKE '%\"a-distance\"%'")
        op.create_index("ix_service_a_distance", "service", ["id"], postgresql_where=remote)


def downgrade() -> None:
    op.drop_index("ix_service_filtres" if op.get_bind().dialect.name == "sqlite" else "ix_service_a_distance", "service")
    op.drop_index("ix_service_point", "service")
