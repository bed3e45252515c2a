"""A visit keeps the edition it was begun with."""

from __future__ import annotations

from datetime import date

from fieldcrm.services import sops
from fieldcrm.storage.database import Database
from tests.builders import MORNING, TODAY, make_sop


def test_a_store_gets_the_newest_edition_for_its_channel(laptop: Database) -> None:
    with laptop.writing() as session:
        session.add_all(
            [make_sop(), make_sop(edition=2), make_sop(code="MALL", channels=["mall"], name="Mall")]
        )
        session.flush()
        mall, campus = (sops.template_for(session, channel, TODAY) for channel in ("mall", "campus"))
    assert mall is not None
    assert campus is not None
    assert (mall.name, campus.edition) == ("Mall", 2)


def test_an_edition_put_away_still_serves_the_visits_begun_with_it(laptop: Database) -> None:
    with laptop.writing() as session:
        old = make_sop(archived_at=MORNING, valid_to=date(2026, 2, 1))
        session.add(old)
        session.flush()
        kept = sops.template(session, old.id)
        assert sops.template_for(session, "mall", TODAY) is None
    assert kept is not None
    assert kept.steps[0].key == "shelf"
