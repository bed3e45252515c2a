"""What a newer version wrote is shown as it is, and the row is left alone: said in a sentence (F36)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from PySide6.QtWidgets import QWidget

from fieldcrm.errors import RuleBroken
from fieldcrm.model.accounts import Account
from fieldcrm.storage.database import Database
from fieldcrm.storage.local import OutboxEntry
from fieldcrm.sync.entities import registry
from fieldcrm.ui.accounts.account_page import AccountDetailPage
from fieldcrm.ui.accounts.editor import AccountEditorPage
from fieldcrm.ui.accounts.list_page import AccountsPage
from fieldcrm.ui.errors import worded
from fieldcrm.ui.orders.order_page import OrderPage
from fieldcrm.ui.orders.page import OrdersPage
from fieldcrm.ui.reviews.page import ReviewsPage
from fieldcrm.ui.today.page import TodayPage
from tests.ui.conftest import Settle

NEWER = {
    "account": ("grade", "channel", "datum", "status"), "order": ("status",), "visit_plan": ("status",),
    "check_in": ("source", "datum"), "visit_review": ("decision",),
}  # fmt: skip


@pytest.fixture
def from_the_future(laptop_db: Database, busiest: UUID) -> UUID:
    """Every row of a store says something that only a newer program understands."""
    with laptop_db.loading() as connection:
        for entity, names in NEWER.items():
            where = "id" if entity == "account" else "account_id"
            known = {field.name for field in registry()[entity].fields} | {"id"}
            clause = f"WHERE {where} = '{busiest}'" if where in known else ""
            for name in names:
                connection.execute(f'UPDATE "{entity}" SET "{name}" = \'holographic\' {clause}')
    laptop_db.announce(NEWER)
    return busiest


@pytest.mark.parametrize("kind", [AccountsPage, OrdersPage, TodayPage, ReviewsPage])
def test_lists_show_what_they_do_not_know(
    kind: type[QWidget], from_the_future: UUID, show: Callable[[type], QWidget], settle: Settle
) -> None:
    page = show(kind)
    settle()
    assert page.isVisible()


def test_the_page_of_an_account_shows_raw_values(
    from_the_future: UUID, show: Callable[[type], AccountDetailPage], settle: Settle
) -> None:
    page = show(AccountDetailPage)
    page.show_place(account_id=from_the_future)
    settle()
    assert page._view is not None
    assert page._view.shown.page.grade == "holographic"


def test_an_order_of_the_future_opens_to_be_read(
    from_the_future: UUID, laptop_db: Database, show: Callable[[type], OrderPage], settle: Settle
) -> None:
    with laptop_db.loading() as connection:
        [(order,)] = connection.execute(
            'SELECT id FROM "order" WHERE account_id = ? LIMIT 1', (str(from_the_future),)
        ).fetchall()
    page = show(OrderPage)
    page.show_place(order_id=UUID(order), account_id=from_the_future)
    settle()
    assert page.isVisible()


def test_an_edit_is_refused_with_a_sentence_and_nothing_is_lost(
    from_the_future: UUID, laptop_db: Database, show: Callable[[type], AccountEditorPage], settle: Settle
) -> None:
    page = show(AccountEditorPage)
    page.show_place(account_id=from_the_future)
    settle()
    page.form.lines["phone"].setText("139 1234 4417")
    page.save()
    settle()
    with laptop_db.reading() as session:
        found = session.get_one(Account, from_the_future)
        assert (found.grade, found.channel, found.phone == "13912344417") == (
            "holographic",
            "holographic",
            False,
        )
        assert session.query(OutboxEntry).all() == []


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_refusal_is_worded(language: str, look: Callable[[str, str], None]) -> None:
    look(language, "light")
    said = worded(RuleBroken("newer_value", field="grade", value="S"))
    assert ("更新" in said.title) is (language == "zh_CN")
    assert said.text
