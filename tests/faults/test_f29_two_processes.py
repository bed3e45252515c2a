"""F29: the application is started twice on one file.

Expected: the second process is told so, may look everything up and can change nothing; the
first one never notices.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldcrm.errors import InUse
from fieldcrm.storage.database import Database
from tests.builders import make_account, make_territory
from tests.fixtures.laptop import KEY

SECOND = """
import sys
from pathlib import Path
from sqlalchemy import text
from fieldcrm.errors import InUse
from fieldcrm.storage.database import Database
path = Path(sys.argv[1])
try:
    Database.open(path, bytes(range(32)))
except InUse:
    print("in use")
held = Database.open(path, bytes(range(32)), read_only=True)
with held.reading() as session:
    print(session.execute(text("SELECT name FROM account")).scalar())
try:
    with held.writing() as session:
        session.execute(text("DELETE FROM account"))
except InUse:
    print("cannot write")
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Database]:
    """The file as the first process has it open."""
    made = Database.create(tmp_path / "field.db", KEY)
    yield made
    made.close()


def test_a_second_process_is_told_and_may_look_but_not_change(held: Database) -> None:
    area = make_territory()
    with held.writing() as session:
        session.add(area)
        session.add(make_account(area.id, name="看得到"))
    done = subprocess.run(
        [sys.executable, "-c", SECOND, str(held.path)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.split("\n")[:3] == ["in use", "看得到", "cannot write"]
    with held.writing() as session:
        session.add(make_account(area.id))


def test_the_file_is_free_again_when_the_first_has_ended(held: Database) -> None:
    with pytest.raises(InUse):
        Database.open(held.path, KEY)
    held.close()
    Database.open(held.path, KEY).close()
