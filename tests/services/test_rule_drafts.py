"""A draft prices like the set it would become, differs only where it says so, and survives closing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from fieldcrm.errors import Invalid
from fieldcrm.rules import rule_draft
from fieldcrm.rules.rule_draft import RuleDraft
from fieldcrm.services import pricing, rule_documents, rule_drafts, rule_edition, rule_faults, sandbox
from fieldcrm.storage import rule_draft as kept
from tests.services.price_shop import AT, ON
from tests.services.rule_shop import Office, drafted, promotion

TEN: dict[str, Any] = {
    "code": "P", "name": "Ten off", "target": "order", "goods": [], "give": {"percent_off": "10"},
}  # fmt: skip


def payable(office: Office, draft: RuleDraft | None) -> Decimal:
    version = sandbox.drafted(office.session, draft or RuleDraft())
    known = sandbox.basis(office.session, version, office.shop.account.id, ON)
    return pricing.quote(known, drafted(office.shop)).priced.payable


def test_without_changes_a_draft_prices_like_the_published_set(office: Office) -> None:
    office.publish(promotion("P", {"percent_off": "10"}), prices=(office.water("45.00"),))
    known = pricing.basis(office.session, office.shop.account.id, ON, at=AT)
    expected = pricing.quote(known, drafted(office.shop)).priced
    assert payable(office, None) == expected.payable == Decimal("135.00")


def test_a_draft_prices_as_it_will_when_it_is_published(office: Office) -> None:
    base = rule_drafts.published(office.session)
    draft = rule_drafts.begun(office.session).put(base, "promotion", "P", TEN)
    assert (payable(office, None), payable(office, draft)) == (Decimal("152.00"), Decimal("136.80"))
    entry = next(
        key for key, doc in base["price_entry"].items()
        if doc["price_book_id"] == str(office.shop.group_book.id)
    )  # fmt: skip
    dearer = draft.put(base, "price_entry", entry, base["price_entry"][entry] | {"price": "47.00"})
    assert payable(office, dearer) == Decimal("138.60")
    assert payable(office, dearer.put(base, "price_entry", entry, None)) == Decimal("140.40")


def test_what_says_the_published_thing_is_no_change(office: Office) -> None:
    office.publish(promotion("P", {"percent_off": "10"}, budget=Decimal(100)))
    base = rule_drafts.published(office.session)
    draft = RuleDraft().put(
        base, "promotion", "P", base["promotion"]["P"] | {"budget": "100.000", "tiers": []}
    )
    assert not draft.changes
    other = draft.put(base, "promotion", "P", base["promotion"]["P"] | {"budget": "101"})
    (difference,) = rule_draft.differences(base, other)
    assert difference.fields == ["budget"]
    assert not other.without("promotion", "P").changes


def test_a_draft_on_this_laptop_survives_and_is_gone_when_discarded(office: Office) -> None:
    session = office.session
    assert kept.load(session) is None
    draft = RuleDraft(3, "New year", AT, {("promotion", "P"): TEN, ("promotion", "Q"): None})
    kept.save(session, draft, AT)
    assert kept.load(session) == draft
    fewer = draft.without("promotion", "Q")
    kept.save(session, fewer, AT, only=[("promotion", "Q")])
    assert kept.load(session) == fewer
    kept.discard(session)
    assert kept.load(session) is None


def test_whatever_nobody_means_is_named_by_its_rule_and_field(office: Office) -> None:
    base = rule_drafts.published(office.session)
    water, tea = str(office.shop.water.id), str(office.shop.tea.id)
    on_water = {"target": "products", "goods": [{"product_id": water, "quantity": "1"}]}
    price = {
        "price_book_id": str(office.shop.list_book.id),
        "product_id": water,
        "unit": "case",
        "price": "50",
    }
    bill = {"host_id": water, "price_mode": "base", "groups": [], "rules": []}
    node = {"product_id": water, "least": "1", "most": "1", "step": "1", "group": "No such group"}
    span = {"code": "S", "name": "S", "allows": True, "products": [tea]}
    wrong: list[tuple[str, dict[str, Any], str, str]] = [
        ("promotion", TEN | {"budget": "0"}, "budget", "out_of_range"),
        ("promotion", TEN | {"valid_from": "2026-05-02", "valid_to": "2026-05-01"}, "valid_to",
         "period_reversed"),
        ("promotion", TEN | {"give": {}}, "give", "one_benefit_needed"),
        ("promotion", TEN | {"max_uses": 0}, "max_uses", "out_of_range"),
        ("promotion", TEN | {"whom": {"moon": ["X"]}}, "whom", "not_a_choice"),
        ("promotion", TEN | on_water | {"conditions": {"unit": "box"}}, "conditions.unit",
         "unit_unknown"),
        ("promotion", TEN | {"conditions": {"min_amount": "-1"}}, "conditions.min_amount", "out_of_range"),
        ("promotion", TEN | {"give": {"gift": {"product_id": tea, "quantity": "0"}}}, "give.gift.quantity",
         "quantity_not_positive"),
        ("price_entry", price | {"unit": "box"}, "unit", "unit_unknown"),
        ("price_entry", price | {"price": "0"}, "price", "price_not_positive"),
        ("price_entry", price | {"price": "1.00", "min_quantity": "5"}, "price", "below_floor"),
        ("price_book", {"id": tea, "code": "B", "name": "B", "level": "group"}, "reference", "required"),
        ("sellable_range", span | {"products": [str(office.shop.rep.id)]}, "products", "product_unknown"),
        ("rebate_program", {"code": "R", "name": "R", "earn": {"per_order_percent": "101"}},
         "earn.per_order_percent", "out_of_range"),
        ("approval_rung", {"ladder": "discount", "up_to_percent": "120"}, "up_to_percent", "out_of_range"),
        ("sales_bom", bill | {"nodes": [node]}, "nodes", "unknown_reference"),
        ("product", base["product"][tea] | {"units": [{"unit": "case", "factor": "0"}]}, "units",
         "quantity_not_positive"),
    ]  # fmt: skip
    for noun, doc, field, code in wrong:
        docs = rule_draft.applied(base, RuleDraft(changes={(noun, rule_documents.key_of(noun, doc)): doc}))
        found = rule_faults.faults(docs)
        assert [(each.noun, each.field, each.error.code) for each in found][:1] == [(noun, field, code)], doc


def test_a_book_ends_with_its_prices_and_nothing_is_wrong_with_that(office: Office) -> None:
    base = rule_drafts.published(office.session)
    draft = RuleDraft().put(base, "price_book", str(office.shop.group_book.id), None)
    assert rule_faults.faults(rule_draft.applied(base, draft)) == []
    assert payable(office, draft) == Decimal("156.00")


def test_a_draft_goes_on_over_a_newer_set_and_says_what_both_changed(office: Office) -> None:
    office.publish(promotion("P", {"percent_off": "10"}), promotion("Q", {"percent_off": "1"}))
    before = rule_drafts.published(office.session)
    mine = {
        place: before["promotion"][place[1]] | {"name": "Mine"}
        for place in (("promotion", "P"), ("promotion", "Q"))
    }
    draft = RuleDraft(1, "", None).put_all(before, mine)
    office.publish(promotion("P", {"percent_off": "12"}, name="Theirs"))
    after = rule_drafts.published(office.session)
    over, both = rule_edition.rebased(rule_drafts.published(office.session, 1), after, draft, 2)
    assert (over.based_on, both) == (2, [("promotion", "P")])
    assert set(over.changes) == {("promotion", "P"), ("promotion", "Q")}
    joined = over.changes["promotion", "P"] or {}
    assert joined["name"] == "Mine"
    assert joined["give"] == after["promotion"]["P"]["give"], "what only the colleague changed stays"
    same = RuleDraft(1).put(before, "promotion", "P", after["promotion"]["P"])
    assert not rule_edition.rebased(before, after, same, 2)[0].changes


def test_a_rule_that_cannot_be_read_names_its_field(office: Office) -> None:
    draft = RuleDraft(0, "", None, {("promotion", "P"): TEN | {"budget": "much"}})
    with pytest.raises(Invalid) as refused:
        rule_drafts.draft_book(office.session, draft)
    assert refused.value.field == "budget"
