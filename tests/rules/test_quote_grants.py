"""What a manager may allow beforehand, and what such a grant covers."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.rules import quote_grants, signatures
from fieldcrm.rules.quote_grants import Grant, Use, Used

REP, BOSS, STORE = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY = date(2026, 3, 2)
GRANT = Grant(
    UUID(int=4), REP, BOSS, STORE, Decimal(10), Decimal(5000), TODAY + timedelta(14), 2, Decimal(8000)
)
USE = Use(REP, STORE, Decimal("9.5"), Decimal(4000), TODAY)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"granted_by": REP}, "quote_own"),
        ({"valid_until": TODAY - timedelta(1)}, "grant_days"),
        ({"valid_until": TODAY + timedelta(93)}, "grant_days"),
        ({"up_to_percent": Decimal(0)}, "grant_percent"),
        ({"up_to_percent": Decimal("NaN")}, "grant_percent"),
        ({"max_count": None, "max_sum": None}, "grant_without_end"),
        ({"max_count": 0}, "grant_count"),
        ({"max_sum": Decimal(-1)}, "grant_amount"),
        ({"up_to_amount": Decimal(0)}, "grant_amount"),
    ],
)
def test_what_may_not_be_granted_names_its_field(change: dict[str, Any], code: str) -> None:
    quote_grants.check(GRANT, TODAY)
    with pytest.raises((Invalid, RuleBroken)) as refused:
        quote_grants.check(replace(GRANT, **change), TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("use", "used", "code"),
    [
        (replace(USE, rep_id=BOSS), Used(), "grant_of_another"),
        (replace(USE, on=TODAY + timedelta(15)), Used(), "grant_over"),
        (replace(USE, account_id=UUID(int=9)), Used(), "grant_too_small"),
        (replace(USE, percent=Decimal("10.01")), Used(), "grant_too_small"),
        (replace(USE, total=Decimal("5000.01")), Used(), "grant_too_small"),
        (USE, Used(2, Decimal(10)), "grant_spent"),
        (USE, Used(1, Decimal("4000.01")), "grant_spent"),
    ],
)
def test_a_grant_covers_no_more_than_it_says(use: Use, used: Used, code: str) -> None:
    quote_grants.check_use(GRANT, USE, Used(1, Decimal(4000)))
    with pytest.raises(RuleBroken) as refused:
        quote_grants.check_use(GRANT, use, used)
    assert refused.value.code == code


def test_a_signature_holds_for_exactly_what_was_granted() -> None:
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    signature = base64.b64encode(key.sign(quote_grants.statement(GRANT))).decode()
    assert signatures.holds(quote_grants.statement(GRANT), signature, public)
    for change in (
        {"rep_id": BOSS}, {"account_id": None}, {"up_to_percent": Decimal(11)}, {"up_to_amount": None},
        {"valid_until": TODAY}, {"max_count": 3}, {"max_sum": None},
    ):  # fmt: skip
        other = quote_grants.statement(replace(GRANT, **change))  # type: ignore[arg-type]
        assert not signatures.holds(other, signature, public)
    assert not signatures.holds(quote_grants.statement(GRANT), signature, "")
