"""The screens of quotes: a rep's and a manager's, with grants and codes by phone."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldcrm.ids import new_id
from fieldcrm.model.quote_consents import QuoteCodes, QuoteGrant
from fieldcrm.model.quotes import Quote
from fieldcrm.model.users import Role, User
from fieldcrm.rules import quote_codes as code_rules
from fieldcrm.rules import quote_grants as grant_rules
from fieldcrm.rules.quotes import Act
from fieldcrm.services import orders, quote_grants, quotes
from fieldcrm.services.quote_codes import Key
from fieldcrm.services.quote_grants import Form
from fieldcrm.services.quotes import Terms
from fieldcrm.ui.quotes import keys
from fieldcrm.ui.quotes.calling import CallDialog
from fieldcrm.ui.quotes.comparing import CompareDialog
from fieldcrm.ui.quotes.decision import DecisionDialog
from fieldcrm.ui.quotes.grant_dialog import GrantDialog
from fieldcrm.ui.quotes.keys import Keys
from tests.screens.stage import Stage, at
from tests.ui.conftest import NOW, TODAY
from tests.ui.orders.test_order_screens import busiest_account

SERVER = Ed25519PrivateKey.generate()
KEY = Key(0, b"boss" * 8)
DEVICE = UUID(int=77)
DATA = ("运费", "卸货", "送货上门，货到后三十天付款。", "展会期间", "运费另算")


def rep(stage: Stage) -> None:
    """A quote put together, asked about by phone, compared with the round before."""
    me = stage.context.me.id
    with _signed_in(stage), stage.office():
        needing = stage.write(lambda s: _round(s, me))
        boss = stage.read(lambda s: _person(s, Role.MANAGER))
        stage.write(lambda s: (_granted(s, me, boss), _sheet(s, me, boss)))
        second = stage.write(lambda s: _sent(s, me))
        page: Any = stage.open("quotes", quote_id=needing)
        page.table.setFocus()
        stage.take("26-quote-needs-consent", data=DATA)
        page.call()
        stage.settle()
        dialog: Any = stage.window.findChild(CallDialog)
        stage.take("26-quote-by-phone", data=(*DATA, dialog.challenge.text()))
        dialog.leave()
        page = stage.open("quotes", quote_id=second)
        page.table.setFocus()
        stage.take("26-quote-sent", data=DATA)
        page._on_compare()
        stage.settle()
        stage.take("26-quote-rounds", data=DATA)
        stage.window.findChild(CompareDialog).leave()
        grants: Any = stage.open("quote_grants")
        grants.table.setFocus()
        stage.take("27-my-grants", primaries=0, data=DATA)
        edit: Any = stage.open("quote_edit", quote_id=second)
        stage.take("27-quote-next-round", data=DATA)
        edit.leaving()
        stage.settle()


def manager(stage: Stage) -> None:
    """What waits for a manager, grants, and a call that is answered."""
    me = stage.context.me.id
    author = stage.read(lambda s: _person(s, Role.REP))
    with _signed_in(stage), stage.office():
        waiting = stage.write(lambda s: _waiting(s, author))
        stage.write(lambda s: _granted(s, author, me))
        page: Any = stage.open("quotes")
        page.table.setFocus()
        stage.take("46-quotes-to-approve", data=DATA)
        edit: Any = stage.open("quote_edit", quote_id=waiting)
        stage.take("46-quote-with-margin", data=DATA, sizes=((1280, 720),))
        edit.leaving()
        page = stage.open("quotes", quote_id=waiting)
        page.decide(Act.REFUSED)
        stage.settle()
        stage.take("46-quote-refuse", data=DATA)
        stage.window.findChild(DecisionDialog).leave()
        grants: Any = stage.open("quote_grants")
        grants.table.setFocus()
        stage.take("46-grants", data=DATA)
        grants.new()
        stage.settle()
        stage.take("46-new-grant", data=DATA)
        stage.window.findChild(GrantDialog).leave()
        answer: Any = stage.open("quote_phone")
        answer.who.setFocus()
        stage.take("46-phone-unknown", data=DATA)
        quote = stage.read(lambda s: s.get_one(Quote, waiting))
        answer.who.choose(author)
        answer.challenge.setText(code_rules.challenge(0, code_rules.digest(quote.content)))
        stage.settle()
        answer.agree()
        stage.settle()
        stage.take("46-phone-code", data=(*DATA, answer.code.text(), answer.challenge.text()))


@contextmanager
def _signed_in(stage: Stage) -> Iterator[None]:
    """Let the laptop hold the keys of one that has signed in."""
    public = base64.b64encode(SERVER.public_key().public_bytes_raw()).decode()
    held = Keys(public, KEY if stage.context.me.role == Role.MANAGER else None, DEVICE)
    with patch.object(keys, "here", lambda _context: held):
        yield


def _person(session: Session, role: Role) -> UUID:
    found = session.scalars(select(User.id).where(User.role == role).order_by(User.login)).first()
    assert found is not None
    return found


def _round(session: Session, me: UUID, *, take: int = 4, **more: Any) -> UUID:
    """Keep a round of the busiest store whose discount a manager decides."""
    terms = Terms(
        TODAY + timedelta(30), (("运费", Decimal("120.00")), ("卸货", Decimal("60.00"))),
        "送货上门，货到后三十天付款。",
    )  # fmt: skip
    account = busiest_account(session)
    lines = orders.last_lines(session, account)[:take]
    key = quotes.save(session, account, lines, terms, me=me, at=at(9), **more)
    quote = session.get_one(Quote, key)
    quote.approver, quote.discount_percent = "manager", Decimal("8.50")
    session.flush()
    return key


def _waiting(session: Session, author: UUID) -> UUID:
    key = _round(session, author)
    quotes.do(session, key, Act.SUBMITTED, me=author, at=at(9, 5))
    return key


def _sent(session: Session, me: UUID) -> UUID:
    first = _round(session, me)
    second = _round(session, me, take=3, family_id=first)
    quote = session.get_one(Quote, second)
    quote.approver = quote.discount_percent = None
    session.flush()
    quotes.do(session, second, Act.SENT, me=me, at=at(9, 30))
    return second


def _granted(session: Session, author: UUID, boss: UUID) -> None:
    form = Form(
        author, Decimal(10), TODAY + timedelta(14), max_count=3, max_sum=Decimal(30_000), note="展会期间"
    )
    row = session.get_one(QuoteGrant, quote_grants.give(session, form, me=boss, at=NOW))
    statement = grant_rules.statement(quote_grants.grant_of(row))
    row.signature = base64.b64encode(SERVER.sign(statement)).decode()


def _sheet(session: Session, author: UUID, boss: UUID) -> None:
    key = new_id()
    checks = [code_rules.check_of(code_rules.once(KEY.secret, author, n), key, n) for n in range(4)]
    session.add(
        QuoteCodes(
            id=key, rep_id=author, device_id=DEVICE, approver_id=boss, key_number=0, first_place=0,
            checks=checks, given_at=NOW, expires_at=NOW + timedelta(30),
        )
    )  # fmt: skip
