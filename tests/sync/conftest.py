"""One laptop's real encrypted file with the outbox attached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldcrm.storage.database import Database
from fieldcrm.sync import outbox


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A fresh file whose saves are recorded."""
    made = Database.create(tmp_path / "laptop.db", bytes(32))
    outbox.attach(made)
    yield made
    made.close()
