"""What 0.2 added: sync keeps every promise of the contract."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply this step."""
    op.create_index(op.f("ix_account_parent_id"), "account", ["parent_id"])


def downgrade() -> None:
    """Take this step back."""
    op.drop_index(op.f("ix_account_parent_id"), "account")
