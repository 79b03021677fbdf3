"""contacts"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("statut", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("collectivite", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("departement", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("precision_lieu", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("adresse_confidentielle", sa.Boolean(), nullable=False),
        sa.Column("date_fichier", sa.Date(), nullable=True),
        sa.Column("verifie_le", sa.Date(), nullable=True),
        sa.Column("verifie_par", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("role", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("nom", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("contact_nom_prenom", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("description", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("telephone", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("courriel", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("horaires_accueil", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("zone_eligibilite", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("secteurs", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("commune", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("adresse", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("complement_adresse", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("code_postal", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("code_insee", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("date_maj", sa.Date(), nullable=True),
        sa.Column("champs_humains", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("updated_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_collectivite"), ["collectivite"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_departement"), ["departement"], unique=False)
        batch_op.create_index(batch_op.f("ix_contact_statut"), ["statut"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_statut"))
        batch_op.drop_index(batch_op.f("ix_contact_departement"))
        batch_op.drop_index(batch_op.f("ix_contact_collectivite"))

    op.drop_table("contact")
