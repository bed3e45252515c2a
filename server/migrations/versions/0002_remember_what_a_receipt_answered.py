"""Remember what a receipt answered, so that another mutation under its id is told apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.add_column("receipt", sa.Column("content", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """Take this step back."""
    op.drop_column("receipt", "content")
