"""Approving on the screen where no network is: a grant used, a code asked for and read back."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from fieldcrm.ids import new_id
from fieldcrm.model.quote_consents import QuoteCodes, QuoteGrant
from fieldcrm.model.quotes import Quote, QuoteAct
from fieldcrm.model.users import Role
from fieldcrm.rules import quote_codes as code_rules
from fieldcrm.rules import quote_grants as grant_rules
from fieldcrm.rules.quotes import Act, State
from fieldcrm.services import quote_grants, quotes
from fieldcrm.services.quote_grants import Form
from fieldcrm.sync.remote import Person, Tokens
from fieldcrm.ui.context import Context
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.quotes.answering import AnswerPage
from fieldcrm.ui.quotes.button import QuotesButton
from fieldcrm.ui.quotes.calling import CallDialog
from fieldcrm.ui.quotes.decision import DecisionDialog
from fieldcrm.ui.quotes.grant_dialog import GrantDialog
from fieldcrm.ui.quotes.grants_page import GrantsPage
from fieldcrm.ui.quotes.page import QuotesPage
from tests.ui.conftest import NOW, TODAY, RecordingShell, Settle, make_context
from tests.ui.quotes.test_quotes_on_screen import kept

SERVER = Ed25519PrivateKey.generate()
SECRET = b"boss" * 8
DEVICE = UUID(int=77)


def signed_in(context: Context) -> Context:
    """Return the context of a laptop that has signed in."""
    tokens = Tokens(
        "a", "r", 900, Person(str(context.me.id), "x", "X", context.me.role),
        server_key=base64.b64encode(SERVER.public_key().public_bytes_raw()).decode(),
        approver_key=f"0:{SECRET.hex()}" if context.me.role == Role.MANAGER else "",
    )  # fmt: skip
    laptop = SimpleNamespace(remote=SimpleNamespace(tokens=tokens, device=str(DEVICE)))
    return replace(context, laptop=laptop)  # type: ignore[arg-type]


@pytest.fixture
def rep(context: Context) -> Context:
    return signed_in(context)


@pytest.fixture
def boss(rep: Context, jobs: Jobs) -> Context:
    return signed_in(make_context(rep.database, jobs, Role.MANAGER))


def needing(context: Context) -> UUID:
    """Keep a round whose discount a manager decides."""
    quote_id = kept(context)
    with context.database.writing() as session:
        quote = session.get_one(Quote, quote_id)
        quote.approver, quote.discount_percent = "manager", Decimal("8.50")
    return quote_id


def granted(rep: Context, boss: Context) -> UUID:
    form = Form(rep.me.id, Decimal(10), TODAY + timedelta(14), max_count=3, note="展会期间")
    with rep.database.writing() as session:
        key = quote_grants.give(session, form, me=boss.me.id, at=NOW)
        row = session.get_one(QuoteGrant, key)
        statement = grant_rules.statement(quote_grants.grant_of(row))
        row.signature = base64.b64encode(SERVER.sign(statement)).decode()
    return key


def sheet(rep: Context, boss: Context) -> None:
    key = new_id()
    checks = [code_rules.check_of(code_rules.once(SECRET, rep.me.id, n), key, n) for n in range(2)]
    with rep.database.writing() as session:
        session.add(
            QuoteCodes(
                id=key, rep_id=rep.me.id, device_id=DEVICE, approver_id=boss.me.id, key_number=0,
                first_place=0, checks=checks, given_at=NOW, expires_at=NOW + timedelta(30),
            )
        )  # fmt: skip


def state(context: Context, quote_id: UUID) -> State:
    with context.database.reading() as session:
        return quotes.state(session, session.get_one(Quote, quote_id), TODAY)


def shown(context: Context, qtbot: QtBot, settle: Settle, width: int = 1216) -> QuotesPage:
    page = QuotesPage(context)
    qtbot.addWidget(page)
    page.resize(width, 800)
    if isinstance(context.shell, RecordingShell):
        context.shell.widget = page
    with qtbot.waitExposed(page):
        page.show()
    settle()
    return page


def test_a_grant_approves_from_the_list(rep: Context, boss: Context, qtbot: QtBot, settle: Settle) -> None:
    quote_id = needing(rep)
    granted(rep, boss)
    page = shown(rep, qtbot, settle)
    page.detail.buttons["grant"].click()
    settle()
    assert state(rep, quote_id) is State.APPROVED
    assert "grant" not in page.detail.buttons


def test_a_code_goes_over_the_phone_and_back(
    rep: Context, boss: Context, qtbot: QtBot, settle: Settle
) -> None:
    quote_id = needing(rep)
    sheet(rep, boss)
    page = shown(rep, qtbot, settle)
    page.detail.buttons["call"].click()
    settle()
    dialog = page.findChild(CallDialog)
    assert dialog is not None
    assert dialog.asked is not None
    dialog.code.setText("0000-0000")
    dialog.take()
    qtbot.waitUntil(lambda: dialog.yes.isEnabled())
    assert state(rep, quote_id) is State.DRAFT
    answer = AnswerPage(boss)
    qtbot.addWidget(answer)
    with qtbot.waitExposed(answer):
        answer.show()
    settle()
    answer.who.choose(rep.me.id)
    answer.challenge.setText(dialog.challenge.text().lower())
    settle()
    assert answer.aside.currentWidget() is answer.detail
    assert answer.percent.text() == "8.50"
    answer.agree()
    settle()
    dialog.code.setText(answer.code.text())
    dialog.take()
    qtbot.waitUntil(lambda: state(rep, quote_id) is State.APPROVED)
    settle()
    answer.total.setText("1")
    assert answer.code.text() == ""


def test_a_decision_has_a_word_and_leaves_the_list_of_mine(
    rep: Context, boss: Context, qtbot: QtBot, settle: Settle
) -> None:
    quote_id = needing(rep)
    kept(rep)
    with rep.database.writing() as session:
        quotes.do(session, quote_id, Act.SUBMITTED, me=rep.me.id, at=NOW)
    way = QuotesButton(boss)
    way.count()
    page = shown(boss, qtbot, settle)
    assert [each.id for each in page.model.rows] == [quote_id]
    assert "1" in way.text()
    page.detail.buttons["refuse"].click()
    dialog = page.findChild(DecisionDialog)
    assert dialog is not None
    dialog.decide()
    assert state(rep, quote_id) is State.WAITING
    dialog.note.setText("运费另算")
    page._chosen = new_id()  # sync has moved the list on to another quote
    dialog.decide()
    settle()
    assert state(rep, quote_id) is State.REFUSED
    with rep.database.reading() as session:
        assert session.scalar(select(QuoteAct.note).where(QuoteAct.act == Act.REFUSED)) == "运费另算"
    assert list(page.model.rows) == []


def test_a_grant_is_written_and_what_cannot_stay_is_said_at_its_field(
    boss: Context, qtbot: QtBot, settle: Settle
) -> None:
    page = GrantsPage(boss)
    qtbot.addWidget(page)
    assert isinstance(boss.shell, RecordingShell)
    boss.shell.widget = page
    page.resize(1216, 800)
    with qtbot.waitExposed(page):
        page.show()
    page.new()
    settle()
    dialog = page.findChild(GrantDialog)
    assert dialog is not None
    dialog.percent.setText("10")
    dialog.save()
    settle()
    assert dialog.fields["max_count"].control.accessibleDescription()
    dialog.count.setText("2")
    dialog.save()
    dialog.save()  # an impatient press makes no second one
    settle()
    [row] = page.model.rows
    page.table.pick(0)
    page.end(row.id)
    settle()
    assert [str(each.standing) for each in page.model.rows] == ["ended"]
