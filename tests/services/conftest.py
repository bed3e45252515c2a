"""The shop whose rules the office publishes, in one session of a new laptop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from fieldcrm.storage.database import Database
from tests.services.rule_shop import Office, build


@pytest.fixture
def session(laptop: Database) -> Iterator[Session]:
    with laptop.writing() as session:
        yield session


@pytest.fixture
def office(session: Session) -> Office:
    return build(session)
