"""Publishing makes the next edition; a visit keeps its own until its rep takes it over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.services import sop_publishing, sops
from fieldcrm.services.sop_publishing import Plan
from fieldcrm.storage.database import Database
from tests.builders import MORNING, TODAY, make_sop

FIELD = {"key": "n", "label": "Facings", "type": "number"}
STEPS = [{"key": "shelf", "title": "Shelf", "fields": [FIELD]}]


def publish(laptop: Database, **more: Any) -> Any:
    plan = Plan(**{"name": "Mall visit", "valid_from": TODAY, "steps": STEPS} | more)
    with laptop.writing() as session:
        return sop_publishing.publish(session, plan, today=TODAY)


def test_a_change_is_the_next_edition_and_the_older_stays(laptop: Database) -> None:
    first = publish(laptop, code="M")
    second = publish(laptop, code="M", sunset_on=TODAY + timedelta(7))
    with laptop.reading() as session:
        shown = [(e.edition, e.newest) for e in sop_publishing.editions(session)]
        assert shown == [(2, True), (1, False)]
        assert sops.template(session, first) is not None
        chosen = sops.template_for(session, "mall", TODAY)
        assert chosen is not None
        assert chosen.id == second


def test_a_template_with_a_mistake_is_not_published(laptop: Database) -> None:
    wrong = [{"key": "shelf", "title": "Shelf", "fields": [FIELD | {"min": 5, "max": 1}]}]
    with pytest.raises(Invalid, match="template_wrong") as told:
        publish(laptop, steps=wrong)
    assert (told.value.data["step"], told.value.data["asked"]) == ("Shelf", "Facings")


def test_a_tie_is_an_error_at_save(laptop: Database) -> None:
    publish(laptop, channels=("mall",))
    with pytest.raises(RuleBroken, match="template_tie"):
        publish(laptop, name="Other", channels=("mall", "campus"))


@pytest.mark.parametrize(
    "days",
    [{"valid_from": TODAY - timedelta(1)}, {"sunset_on": TODAY - timedelta(1)}],
    ids=["from", "sunset"],
)
def test_nothing_is_published_for_the_past(laptop: Database, days: dict[str, date]) -> None:
    with pytest.raises(Invalid, match="out_of_range"):
        publish(laptop, **days)


def test_an_edition_ends_and_is_withdrawn(laptop: Database) -> None:
    first = publish(laptop)
    with laptop.writing() as session:
        sop_publishing.end(session, first, TODAY)
        assert sops.template_for(session, "mall", TODAY + timedelta(1)) is None
        sop_publishing.withdraw(session, first, MORNING)
        assert sops.template_for(session, "mall", TODAY) is None


def test_a_tag_of_the_store_is_its_type(laptop: Database) -> None:
    with laptop.writing() as session:
        session.add_all([make_sop(), make_sop(code="F", name="Flagship", store_types=["flagship"])])
        session.flush()
        special = sops.template_for(session, "mall", TODAY, types=["flagship"])
        usual = sops.template_for(session, "mall", TODAY, types=["corner"])
    assert special is not None
    assert usual is not None
    assert (special.name, usual.name) == ("Flagship", "Standard visit")
