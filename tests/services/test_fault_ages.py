"""What a draft brings is refused; what was wrong before and is left alone only warns."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from fieldcrm.errors import RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.products import Product
from fieldcrm.rules.rule_draft import RuleDraft, applied
from fieldcrm.services import fault_ages, rule_drafts, rule_faults
from fieldcrm.services.fault_ages import Weighed
from fieldcrm.storage.database import Database
from tests.services.rule_shop import Office, build, promotion

TEN: dict[str, Any] = {"code": "P", "name": "Ten", "target": "order", "give": {"percent_off": "10"}}


@pytest.fixture
def office(laptop: Database) -> Any:
    """An office whose tea has a floor above its price, which nobody would save today."""
    with laptop.writing() as session:
        made = build(session)
        _spoil(made)
        yield made


def _spoil(office: Office) -> None:
    office.session.get_one(Product, office.shop.tea.id).floor_price = office.shop.tea.standard_price * 9
    office.session.flush()


def weighed(session: Session, draft: RuleDraft) -> Weighed:
    published = rule_drafts.published(session)
    docs = applied(published, draft)
    return fault_ages.weigh(published, docs, rule_faults.faults(docs), lambda: rule_faults.faults(published))


def test_one_faulty_article_does_not_keep_the_office_from_publishing_another_rule(office: Office) -> None:
    base = rule_drafts.published(office.session)
    found = weighed(office.session, RuleDraft().put(base, "promotion", "P", TEN))
    assert not found.refused
    assert {each.error.code for each in found.earlier} == {"below_floor"}
    assert office.publish(promotion("P", {"percent_off": "10"})).number == 1


def test_whoever_writes_a_faulty_rule_anew_has_to_mend_it_or_take_it_off_sale(office: Office) -> None:
    base = rule_drafts.published(office.session)
    key = next(
        key for key, doc in base["price_entry"].items() if doc["product_id"] == str(office.shop.tea.id)
    )
    dearer = RuleDraft().put(base, "price_entry", key, base["price_entry"][key] | {"price": "61.00"})
    assert [each.key for each in weighed(office.session, dearer).refused] == [key]
    tea = str(office.shop.tea.id)
    off = RuleDraft().put(base, "product", tea, base["product"][tea] | {"active": False})
    assert not weighed(office.session, off).refused


def test_a_fault_that_a_change_elsewhere_brings_about_is_refused(office: Office) -> None:
    base, water = rule_drafts.published(office.session), str(office.shop.water.id)
    floor = RuleDraft().put(base, "product", water, base["product"][water] | {"floor_price": "900"})
    assert {each.noun for each in weighed(office.session, floor).refused} == {"price_entry"}


def test_two_rules_that_contradict_one_another_are_refused_however_old_they_are(office: Office) -> None:
    for code in ("A", "B"):
        change = promotion(code, {"percent_off": "5"}, exclusive=True)
        office.session.add(change.cls(**(change.fields or {}), id=new_id(), version=1, from_set=0))
    office.session.flush()
    base = rule_drafts.published(office.session)
    found = weighed(office.session, RuleDraft().put(base, "promotion", "P", TEN))
    assert {each.error.code for each in found.refused} == {"promotion_tie"}
    with pytest.raises(RuleBroken, match="promotion_tie"):
        office.publish(promotion("P", {"percent_off": "10"}))
