"""Approving a quote without a network, as the laptops do it: grants, and a code read over the phone."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldcrm.errors import Invalid, RuleBroken
from fieldcrm.ids import new_id
from fieldcrm.model.conflicts import Quarantine
from fieldcrm.model.quote_consents import QuoteCodes, QuoteGrant
from fieldcrm.model.quotes import Quote, QuoteAct
from fieldcrm.rules import quote_codes as code_rules
from fieldcrm.rules import quote_grants as grant_rules
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services import quote_codes, quote_grants, quote_list
from fieldcrm.services.quote_codes import Heard, Key
from fieldcrm.services.quote_grants import Form, Standing
from tests.services.price_shop import AT, ON
from tests.services.test_quotes import Desk, desk

__all__ = ["desk"]
SERVER = Ed25519PrivateKey.generate()
SERVER_KEY = base64.b64encode(SERVER.public_key().public_bytes_raw()).decode()
KEY = Key(0, b"boss" * 8)
DEVICE = UUID(int=77)
FORM = Form(UUID(int=0), Decimal(10), ON + timedelta(14), max_count=1)


def waiting(desk: Desk, percent: str = "8.33") -> Quote:
    quote = desk.session.get_one(Quote, desk.needs_consent())
    quote.discount_percent = Decimal(percent)
    desk.session.flush()
    return quote


def granted(desk: Desk, *, signed: bool = True, **fields: object) -> UUID:
    form = replace(FORM, **({"rep_id": desk.shop.rep.id} | fields))  # type: ignore[arg-type]
    key = quote_grants.give(desk.session, form, me=desk.boss.id, at=AT)
    row = desk.session.get_one(QuoteGrant, key)
    if signed:
        statement = grant_rules.statement(quote_grants.grant_of(row))
        row.signature = base64.b64encode(SERVER.sign(statement)).decode()
        desk.session.flush()
    return key


def use(desk: Desk, quote: Quote, grant: UUID) -> None:
    quote_grants.use(desk.session, quote.id, grant, me=desk.shop.rep.id, at=AT, server_key=SERVER_KEY)


def usable(desk: Desk, quote: Quote) -> list[UUID]:
    return [row.id for row in quote_grants.usable(desk.session, quote, ON, SERVER_KEY)]


def sheet(desk: Desk, size: int = 3) -> QuoteCodes:
    key = new_id()
    numbers = [code_rules.once(KEY.secret, desk.shop.rep.id, place) for place in range(5, 5 + size)]
    row = QuoteCodes(
        id=key, rep_id=desk.shop.rep.id, device_id=DEVICE, approver_id=desk.boss.id, key_number=0,
        first_place=5, checks=[code_rules.check_of(n, key, 5 + i) for i, n in enumerate(numbers)],
        given_at=AT, expires_at=AT + timedelta(30),
    )  # fmt: skip
    desk.session.add(row)
    desk.session.flush()
    return row


def heard(desk: Desk, quote: Quote, challenge: str) -> Heard:
    percent = quote.discount_percent or Decimal()
    return Heard(desk.shop.rep.id, challenge, quote.account_id, quote.total_amount, percent)


def test_a_signed_grant_approves_a_draft_at_once_and_is_used_up(desk: Desk) -> None:
    quote, other = waiting(desk), waiting(desk)
    grant = granted(desk)
    assert usable(desk, quote) == [grant]
    use(desk, quote, grant)
    assert desk.stands(quote.id) is State.APPROVED
    assert usable(desk, other) == []
    [row] = quote_grants.listed(desk.session, desk.shop.rep.id, ON, SERVER_KEY)
    assert (row.standing, row.used.count) == (Standing.SPENT, 1)
    with pytest.raises(RuleBroken, match="grant_spent"):
        use(desk, other, grant)


def test_a_grant_that_nobody_signed_or_that_was_altered_here_is_not_used(desk: Desk) -> None:
    quote = waiting(desk, "9.00")
    unsigned, altered = granted(desk, signed=False), granted(desk, up_to_percent=Decimal(1))
    desk.session.get_one(QuoteGrant, altered).up_to_percent = Decimal(10)
    desk.session.flush()
    assert usable(desk, quote) == []
    for grant in (unsigned, altered):
        with pytest.raises(RuleBroken, match="grant_unsigned"):
            use(desk, quote, grant)


def test_an_ended_grant_is_over_and_what_it_approved_stays(desk: Desk) -> None:
    quote = waiting(desk)
    grant = granted(desk, max_count=5)
    use(desk, quote, grant)
    quote_grants.end(desk.session, grant, AT)
    assert desk.stands(quote.id) is State.APPROVED
    with pytest.raises(RuleBroken, match="grant_over"):
        use(desk, waiting(desk), grant)


def test_what_the_server_refused_does_not_count_here(desk: Desk) -> None:
    quote = waiting(desk)
    use(desk, quote, granted(desk))
    [act] = [row for row in desk.session.query(QuoteAct) if row.act is Act.APPROVED]
    desk.session.add(
        Quarantine(
            id=new_id(), version=1, mutation_id=new_id(), device_id=DEVICE, rep_id=desk.shop.rep.id,
            entity="quote_act", row_id=act.id, payload={}, code="grant_spent", at=AT,
        )
    )  # fmt: skip
    desk.session.flush()
    assert desk.stands(quote.id) is State.WAITING
    told = quote_list.detail(desk.session, quote.id, me=desk.shop.rep.id, today=ON)
    assert (told.refused, [row.act for row in told.acts]) == ("grant_spent", [Act.SUBMITTED])


def test_a_code_is_asked_answered_and_taken_without_a_network(desk: Desk) -> None:
    quote = waiting(desk)
    sheet(desk)
    [who] = quote_codes.approvers(desk.session, quote, DEVICE, AT)
    assert (who.id, who.left) == (desk.boss.id, 3)
    asked = quote_codes.ask(desk.session, quote.id, who.id, DEVICE, AT)
    assert quote_codes.known(desk.session, desk.shop.rep.id, asked.challenge) == quote.id
    said = heard(desk, quote, asked.challenge)
    code = quote_codes.answer(desk.session, KEY, said, me=desk.boss.id, at=AT)
    matched = quote_codes.matched(asked, code.lower())
    quote_codes.accept(desk.session, asked, matched, code, me=desk.shop.rep.id, at=AT)
    assert desk.stands(quote.id) is State.APPROVED
    assert quote_codes.approvers(desk.session, quote, DEVICE, AT)[0].left == 2
    next_one = quote_codes.ask(desk.session, waiting(desk).id, who.id, DEVICE, AT)
    assert next_one.said.place == asked.said.place + 1


def test_a_code_for_other_amounts_or_misheard_does_not_fit(desk: Desk) -> None:
    quote = waiting(desk)
    sheet(desk)
    asked = quote_codes.ask(desk.session, quote.id, desk.boss.id, DEVICE, AT)
    said = replace(heard(desk, quote, asked.challenge), total=quote.total_amount - 1)
    for code in (
        quote_codes.answer(desk.session, KEY, said, me=desk.boss.id, at=AT),
        quote_codes.answer(
            desk.session, KEY, heard(desk, quote, asked.challenge), me=desk.boss.id, at=AT - timedelta(3)
        ),
        "1234-ABCD", "",
    ):  # fmt: skip
        with pytest.raises(Invalid, match="quote_code_unfit"):
            quote_codes.matched(asked, code)


def test_the_next_round_needs_another_code(desk: Desk) -> None:
    quote = waiting(desk)
    sheet(desk)
    asked = quote_codes.ask(desk.session, quote.id, desk.boss.id, DEVICE, AT)
    code = quote_codes.answer(desk.session, KEY, heard(desk, quote, asked.challenge), me=desk.boss.id, at=AT)
    later = desk.session.get_one(Quote, desk.save([desk.water(4)], family_id=quote.id))
    later.approver = "manager"
    other = quote_codes.ask(desk.session, later.id, desk.boss.id, DEVICE, AT)
    with pytest.raises(Invalid, match="quote_code_unfit"):
        quote_codes.matched(other, code)


def test_nobody_answers_himself_or_without_a_key(desk: Desk) -> None:
    said = Heard(desk.boss.id, "000-000-000", desk.shop.account.id, Decimal(1), Decimal(1))
    with pytest.raises(RuleBroken, match="quote_own"):
        quote_codes.answer(desk.session, KEY, said, me=desk.boss.id, at=AT)
    with pytest.raises(RuleBroken, match="no_approver_key"):
        quote_codes.answer(desk.session, None, said, me=desk.boss.id, at=AT)
    heard_wrong = replace(said, rep_id=desk.shop.rep.id, challenge="12")
    with pytest.raises(Invalid, match="bad_challenge"):
        quote_codes.answer(desk.session, KEY, heard_wrong, me=desk.boss.id, at=AT)
    with pytest.raises(RuleBroken, match="no_codes_left"):
        quote_codes.ask(desk.session, waiting(desk).id, desk.boss.id, DEVICE, AT)
