from __future__ import annotations

from sqlalchemy import text

from fieldcrm.services.remembered import Remembered, states
from fieldcrm.storage.database import Database
from tests.builders import make_product


def test_a_value_is_made_again_only_when_its_table_has_a_new_version(laptop: Database) -> None:
    made: list[int] = []
    kept = Remembered(lambda session: made.append(1) or len(made))
    with laptop.writing() as session:
        session.add(make_product(version=1))
    for versions in (1, 1, 2):
        with laptop.loading() as connection:
            connection.execute("UPDATE product SET version = ?", (versions,))
        with laptop.reading() as session:
            (state,) = states(session, "product")
            kept.value(session, state)
    assert len(made) == 2


def test_rows_without_a_version_are_never_remembered_and_no_rows_are(laptop: Database) -> None:
    with laptop.writing() as session:
        session.add(make_product(version=0))
    with laptop.reading() as session:
        assert states(session, "product", "territory") == (None, (0, 0, ""))
        assert session.execute(text("SELECT count(*) FROM product")).scalar_one() == 1
