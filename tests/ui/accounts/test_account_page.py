from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from pytestqt.qtbot import QtBot

from fieldcrm.ids import new_id
from fieldcrm.model.accounts import Account
from fieldcrm.model.conflicts import Conflict
from fieldcrm.model.users import Role
from fieldcrm.services import account_pages, accounts, team, todos
from fieldcrm.storage.database import Database
from fieldcrm.ui.accounts.account_page import AccountDetailPage, problem
from fieldcrm.ui.accounts.contact_dialog import ContactDialog
from fieldcrm.ui.accounts.tabs import TodosTab
from fieldcrm.ui.jobs import Jobs
from fieldcrm.ui.shell import ShellView
from tests.ui.conftest import LOOKS, NOW, Settle, Shoot, make_context


@pytest.fixture
def page(show: Callable[[type], AccountDetailPage], busiest: UUID, settle: Settle) -> AccountDetailPage:
    made = show(AccountDetailPage)
    made.show_place(account_id=busiest)
    settle()
    return made


def test_the_page_tells_the_whole_story(page: AccountDetailPage) -> None:
    assert page._view is not None
    story = page._view.shown.page
    assert page._name.text() == story.name
    assert len(page.orders.model.rows) == len(story.orders) > 0
    assert len(page.visits.model.rows) == len(story.visits) > 0
    assert page.overview.timeline.rowCount() >= len(story.visits) + len(story.orders)


def test_a_clash_is_the_one_problem_and_leads_to_the_sync_centre(
    page: AccountDetailPage, laptop_db: Database, busiest: UUID, settle: Settle
) -> None:
    with laptop_db.loading() as connection:
        me = str(page.context.me.id)
        connection.execute(
            "INSERT INTO conflict (id, version, entity, row_id, field, lost_by, lost_at, mutation_id, reason,"
            " state) VALUES (?, 1, 'account', ?, 'phone', ?, 0, ?, '', 'open')",
            (str(new_id()), str(busiest), me, str(new_id())),
        )
    laptop_db.announce([Conflict.__tablename__])
    settle()
    assert page.problem.problem is not None
    assert "sync" in page.problem.problem.place
    page._on_problem()
    assert page.context.shell.opened[-1][0] == "sync"


def test_an_edit_is_marked_by_field_until_it_is_sent(
    page: AccountDetailPage, laptop_db: Database, busiest: UUID, settle: Settle
) -> None:
    with laptop_db.writing() as session:
        accounts.edit(session, busiest, {"note": "换冰柜"}, me=page.context.me.id)
    settle()
    assert page._view is not None
    assert page._view.unsent == {"note"}
    assert page._unsent._text


def test_archiving_can_be_undone(
    page: AccountDetailPage, laptop_db: Database, busiest: UUID, settle: Settle
) -> None:
    page.archive()
    settle()
    with laptop_db.reading() as session:
        assert session.get_one(Account, busiest).archived_at is not None
    page.context.shell.undo()
    settle()
    with laptop_db.reading() as session:
        assert session.get_one(Account, busiest).archived_at is None
    assert page._view is not None
    assert page._view.unsent == frozenset()


def test_an_account_of_another_territory_is_for_reading(page: AccountDetailPage) -> None:
    from dataclasses import replace

    assert page._view is not None
    shown = replace(page._view.shown, page=replace(page._view.shown.page, can_edit=False))
    found = problem(shown, page.context.today())
    assert found is not None
    assert shown.page.territory in found.text


def test_an_account_that_is_not_here_says_so(page: AccountDetailPage, settle: Settle) -> None:
    page.show_place(account_id=new_id())
    settle()
    assert page._gone.isVisible()


def test_keys_start_a_visit_and_an_order(page: AccountDetailPage) -> None:
    page._start()
    page._take_order()
    assert [key for key, _ in page.context.shell.opened] == ["visit", "order"]


def test_a_contact_is_checked_saved_and_removed(
    page: AccountDetailPage, busiest: UUID, settle: Settle, qtbot: QtBot
) -> None:
    dialog = ContactDialog(page.context, busiest, None, page._removed)
    dialog.open()
    dialog.lines["phone"].setText("12")
    dialog.save()
    assert dialog.isVisible()
    dialog.lines["name"].setText("周国强")
    dialog.lines["phone"].setText("139 1234 4417")
    dialog.save()
    settle()
    assert page._view is not None
    person = next(p for p in page._view.shown.page.contacts if p.name == "周国强")
    assert person.phone == "13912344417"
    ContactDialog(page.context, busiest, person, page._removed)._remove()
    settle()
    assert person.id not in [p.id for p in page._view.shown.page.contacts]
    page.context.shell.undo()
    settle()
    assert person.id in [p.id for p in page._view.shown.page.contacts]


def test_a_todo_is_added_and_ticked(page: AccountDetailPage, settle: Settle) -> None:
    page.show_tab("todos")
    page.todos._title.setText("带新品样品")
    page.todos._add()
    settle()
    assert page._view is not None
    [todo] = [t for t in page._view.shown.page.todos if t.title == "带新品样品"]
    page.todos._set_done(todo.id, True)
    settle()
    [todo] = [t for t in page._view.shown.page.todos if t.title == "带新品样品"]
    assert todo.done_at == NOW


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_pictures(
    window: ShellView, busiest: UUID, shoot: Shoot, settle: Settle,
    look: Callable[[str, str], None], language: str, mode: str,
) -> None:  # fmt: skip
    look(language, mode)
    window.rebuild()
    window.show()
    settle()
    shoot(window, f"accounts-list-{language}-{mode}")
    window.open("account", account_id=busiest)
    settle()
    shoot(window, f"account-{language}-{mode}")
    for tab in ("orders", "visits", "todos"):
        window.page.show_tab(tab)
        settle()
        shoot(window, f"account-{tab}-{language}-{mode}", ((1280, 720),))


def test_a_manager_gives_a_to_do_and_the_rep_sees_who_gave_it(
    laptop_db: Database, jobs: Jobs, busiest: UUID, qtbot: QtBot, settle: Settle
) -> None:
    boss = make_context(laptop_db, jobs, Role.MANAGER)
    tab = TodosTab(boss)
    qtbot.addWidget(tab)
    settle()
    with laptop_db.reading() as session:
        rep = team.reps_of(session, boss.me.id)[0]
        tab.show_account(account_pages.account_page(session, busiest, me=boss.me.id, today=boss.today()))
    tab._whom.choose(rep.id)
    tab._title.setText("周五前换价签")
    tab._add()
    settle()
    with laptop_db.reading() as session:
        due = {row.title: row for row in todos.due(session, rep.id, boss.today())}
    assert due["周五前换价签"].giver == boss.me.name
    assert due["周五前换价签"].assignee == rep.name
