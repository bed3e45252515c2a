"""The way of one record, stores that went away, and what others disagreed about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fieldcrm.clock import to_ms
from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict, ConflictState
from fieldcrm.storage.local import Departed, OutboxState, Proof
from fieldcrm.sync import holders, outbox, proofs
from fieldcrm.sync.holders import Holder, Known
from fieldcrm.sync.protocol import Ack, Outcome
from fieldcrm.ui import find
from fieldcrm.ui.context import Context
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.sync import trail
from fieldcrm.ui.sync.away import Departure
from fieldcrm.ui.sync.trail import TrailDialog
from fieldcrm.ui.widgets.labels import Label, Paragraph
from tests.ui.conftest import LOOKS, NOW, Settle, Shoot
from tests.ui.sync.conftest import MINUTE, Laptop, Open

Look = Callable[[str, str], None]


def said(widget: QWidget) -> str:
    return "\n".join(each.text() for kind in (Label, Paragraph) for each in widget.findChildren(kind))


def stored(laptop: Laptop, row_id: UUID, entity: str = "account") -> None:
    """A record the office has, with a receipt."""
    made = laptop.entry(
        entity, row_id, state=OutboxState.ACKED, outcome="applied", doc={"name": "新店"},
        sent_at=NOW - 50 * MINUTE, acked_at=NOW - 49 * MINUTE,
    )  # fmt: skip
    mutation = outbox.mutation(made.payload)
    ack = Ack(mutation.id, Outcome.APPLIED, ver=1)
    signed = proofs.statement("e", "d", to_ms(NOW - 49 * MINUTE), [ack], {mutation.id: mutation})
    assert signed is not None
    with laptop.database.writing() as session:
        proof = Proof(at=NOW, statement=signed.decode(), signature="x", server_key="")
        session.add(proof)
        session.flush()
        entry = session.get(type(made), made.n)
        assert entry is not None
        entry.proof_id = proof.id
        entry.mutation_id = UUID(mutation.id)


@pytest.fixture
def show(
    context: Context, laptop: Laptop, open_page: Open, settle: Settle
) -> Callable[[str, UUID], TrailDialog]:
    """Open the way of a record over the sync centre."""
    page = open_page()

    def begin(entity: str, row_id: UUID) -> TrailDialog:
        context.shell.widget = page  # type: ignore[attr-defined]
        trail.show(context, entity, row_id, "新店")
        settle()
        return page.window().findChildren(TrailDialog)[-1]

    return begin


def test_a_stored_record_shows_every_step_and_its_receipt(
    laptop: Laptop, show: Callable[[str, UUID], TrailDialog], tmp_path: Path, settle: Settle, context: Context
) -> None:
    row_id = laptop.stores[0].id
    stored(laptop, row_id)
    dialog = show("account", row_id)
    words = said(dialog)
    for step in ("Saved on this laptop", "Sealed: it can no longer change", "Sent", "Stored at the office"):
        assert tr(step) in words
    assert "签名回执" in words
    assert dialog.receipt.isVisible()
    assert dialog._trail.receipt is not None
    dialog.write_receipt(dialog._trail.receipt, tmp_path / "receipt.json")
    settle()
    assert b"fieldcrm receipt" in (tmp_path / "receipt.json").read_bytes()


def test_what_goes_first_is_named_with_a_way_to_it(
    laptop: Laptop, show: Callable[[str, UUID], TrailDialog], context: Context
) -> None:
    shop, order = new_id(), new_id()
    laptop.entry("account", shop, label="新店", doc={"name": "新店"})
    laptop.entry("order", order, label="R1-000001", doc={"account_id": str(shop)})
    dialog = show("order", order)
    assert "新店" in said(dialog)
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "查看").click()
    assert context.shell.opened[-1] == ("sync", {"row_id": shop})  # type: ignore[attr-defined]


def test_who_has_it_is_remembered_with_its_age(
    laptop: Laptop, show: Callable[[str, UUID], TrailDialog]
) -> None:
    row_id = laptop.stores[0].id
    known = Known(to_ms(NOW - timedelta(hours=1)), 3, [Holder("陈经理", "manager", to_ms(NOW - 70 * MINUTE))])
    with laptop.database.writing() as session:
        holders.remember(session, row_id, known)
    words = said(show("account", row_id))
    assert "陈经理" in words
    assert "截至" in words


def test_only_the_latest_answers_are_remembered(laptop: Laptop) -> None:
    ids = [new_id() for _ in range(60)]
    with laptop.database.writing() as session:
        for n, row_id in enumerate(ids):
            holders.remember(session, row_id, Known(n, 1, []))
        assert holders.last_known(session, ids[0]) is None
        assert holders.last_known(session, ids[-1]) is not None


def gone(laptop: Laptop, name: str = "东门超市", reason: str = "moved") -> UUID:
    row_id = new_id()
    laptop.add(
        Departed(row_id=row_id, entity="account", label=name, left_at=NOW - 60 * MINUTE, reason=reason)
    )
    return row_id


def test_a_store_that_went_away_says_why_and_what_became_of_the_work(laptop: Laptop, open_page: Open) -> None:
    row_id = gone(laptop)
    of = {"account_id": str(row_id)}
    laptop.entry("order", new_id(), label="R1-000007", doc=of, state=OutboxState.ACKED, outcome="applied")
    laptop.entry("contact", new_id(), label="王", doc=of, state=OutboxState.REJECTED, code="out_of_territory",
                 outcome="settled")  # fmt: skip
    page = open_page()
    page.show_place(row_id=row_id)
    what = page.list.row().what
    assert isinstance(what, Departure)
    words = said(page)
    assert "公司已把这家门店交给其他同事。" in words
    assert "公司已接收" in words
    assert "公司单独保留" in words


def test_the_search_finds_a_store_that_went_away(laptop: Laptop) -> None:
    row_id = gone(laptop)
    with laptop.database.reading() as session:
        [hit] = [hit for hit in find.hits(session, "东门") if hit.page == "sync"]
    assert hit.where == {"row_id": row_id}
    assert "已移出" in hit.meta


def test_a_conflict_between_others_is_listed_and_either_value_can_be_restored(
    laptop: Laptop, open_page: Open, settle: Settle
) -> None:
    store, other = laptop.stores[0], new_id()
    made = laptop.clash(store, "address", "一号", "二号", "零号", state=ConflictState.KEPT)
    with laptop.database.writing() as session:
        session.get_one(Conflict, made.id).lost_by = other
    page = open_page()
    [choice] = page.centre.others
    assert page.centre.settled == ()
    page.toggle_history()
    page.history.which.chosen.emit("others")
    page.history.swapped.emit(choice)
    settle()
    assert laptop.get(Account, store.id).address == "一号"
    assert laptop.get(Conflict, made.id).state == ConflictState.SWAPPED


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    language: str, mode: str, look: Look, laptop: Laptop, open_page: Open, shoot: Shoot, context: Context,
    settle: Settle, qtbot: QtBot,
) -> None:  # fmt: skip
    look(language, mode)
    row_id = laptop.stores[0].id
    stored(laptop, row_id)
    held = [Holder("陈经理", "manager", to_ms(NOW - 20 * MINUTE), to_ms(NOW - 18 * MINUTE)),
            Holder("Lin", "rep", to_ms(NOW - 5 * MINUTE))]  # fmt: skip
    with laptop.database.writing() as session:
        holders.remember(session, row_id, Known(to_ms(NOW - 2 * MINUTE), 1, held))
    away = gone(laptop)
    laptop.entry("order", new_id(), label="R1-000007", doc={"account_id": str(away)},
                 state=OutboxState.ACKED, outcome="applied")  # fmt: skip
    made = laptop.clash(laptop.stores[3], "address", "一号", "二号", "零号", state=ConflictState.KEPT)
    with laptop.database.writing() as session:
        session.get_one(Conflict, made.id).lost_by = laptop.office
        session.get_one(Conflict, made.id).won_by = None
    page = open_page()
    page.show_place(row_id=away)
    settle()
    shoot(page, f"sync-away-{language}-{mode}", ((1216, 720),))
    page.toggle_history()
    page.history.which.choose("others")
    page.history.which.chosen.emit("others")
    shoot(page, f"sync-others-{language}-{mode}", ((1216, 720),))
    page.toggle_history()
    context.shell.widget = page  # type: ignore[attr-defined]
    trail.show(context, "account", row_id, laptop.stores[0].name)
    settle()
    shoot(page, f"sync-trail-{language}-{mode}", ((1216, 720),))
