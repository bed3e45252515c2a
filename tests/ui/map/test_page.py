"""Every store on one map: circles, lasso, a day's route; all of it by keys too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fieldcrm.services import plan_board
from fieldcrm.services.plan_board import PlannedVisit
from fieldcrm.storage.account_list import Chip, Query
from fieldcrm.ui.context import Context
from fieldcrm.ui.map.page import MapPage
from fieldcrm.ui.widgets.buttons import Button
from tests.ui.conftest import TODAY, Settle

SATURDAY = TODAY + timedelta(3)


@pytest.fixture
def page(context: Context, qtbot: QtBot, settle: Settle) -> MapPage:
    made = MapPage(context)
    qtbot.addWidget(made)
    context.shell.widget = made
    made.resize(1440, 900)
    made.show()
    settle()
    return made


def day(page: MapPage) -> list[PlannedVisit]:
    context = page.context
    with context.database.reading() as session:
        [found] = plan_board.days(session, context.me.id, page._on, page._on, TODAY)
    return list(found.stops)


def corners(page: MapPage) -> tuple[QPoint, QPoint]:
    area = page.map.viewport().rect()
    return area.topLeft() + QPoint(4, 4), area.bottomRight() - QPoint(4, 4)


def test_every_store_that_is_no_stop_of_the_day_is_in_some_circle(page: MapPage) -> None:
    clusters = page.map.crowd.at(page.map.zoom)
    assert len(page.map.crowd) == 86
    stops = {str(stop.account_id) for stop in day(page)}
    free = [number for number, key in enumerate(page.map.crowd.points.ids) if key not in stops]
    assert len(free) == 86 - 9
    assert sorted(clusters.members.tolist()) == free


def test_a_click_on_a_circle_goes_nearer_and_on_a_store_chooses_it(
    page: MapPage, qtbot: QtBot, settle: Settle
) -> None:
    def click(wanted: int) -> None:
        counts = page.map.crowd.at(page.map.zoom).counts
        routed = [QPointF(page.map.mapFromScene(disc.pos())) for disc in page.map.discs()]
        inside = page.map.viewport().rect().adjusted(20, 20, -20, -20)
        place = next(
            at
            for number, at in page.map._shown()
            if (counts[number] > 1) == (wanted > 1)
            and inside.contains(at.toPoint())
            and all((at - disc).manhattanLength() > 60 for disc in routed)
        )
        qtbot.mouseClick(page.map.viewport(), Qt.MouseButton.LeftButton, pos=place.toPoint())

    before = page.map.zoom
    click(2)
    assert page.map.zoom > before
    while 1 not in {int(page.map.crowd.at(page.map.zoom).counts[n]) for n, _ in page.map._shown()}:
        page.map.zoom_by(1)
    click(1)
    assert len(page.map.chosen) == 1


def test_a_lasso_around_everything_adds_all_stores_to_a_day_and_undo_takes_them_out(
    page: MapPage, qtbot: QtBot, settle: Settle
) -> None:
    page._on_day(SATURDAY)
    settle()
    before = {stop.account_id for stop in day(page)}
    first, last = corners(page)
    view = page.map.viewport()
    qtbot.keyClick(page, Qt.Key.Key_L)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=first)
    for point in (QPoint(last.x(), first.y()), last, QPoint(first.x(), last.y())):
        QTest.mouseMove(view, point)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(first.x(), last.y()))
    inside = set(page.map.in_view())
    assert page.map.chosen <= inside
    assert len(page.map.chosen) > 60
    chosen = {page.map.crowd.points.ids[number] for number in page.map.chosen}
    page.add_chosen()
    settle()
    assert {str(stop.account_id) for stop in day(page)} == chosen | {str(key) for key in before}
    page.context.shell.undo()
    settle()
    assert {stop.account_id for stop in day(page)} == before


def test_a_store_planned_already_is_not_planned_twice(page: MapPage, settle: Settle) -> None:
    planned = {str(stop.account_id) for stop in day(page)}
    ids = page.map.crowd.points.ids
    page.map.choose([number for number, key in enumerate(ids) if key in planned], on=True)
    page.add_chosen()
    settle()
    assert len(day(page)) == len(planned)
    assert "9" in page.context.shell.toasts[-1]
    assert page.context.shell.undo is None


def test_a_disc_dragged_onto_another_takes_its_place(page: MapPage, settle: Settle) -> None:
    stops = [stop.plan_id for stop in day(page)]
    page.map.look_at_box([(disc.pos().x(), disc.pos().y()) for disc in page.map.discs()], 900, 700)
    view, (first, *_, last) = page.map.viewport(), page.map.discs()
    start, end = page.map.mapFromScene(last.pos()), page.map.mapFromScene(first.pos())
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, (start + end) / 2)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    settle()
    assert [stop.plan_id for stop in day(page)] == [stops[-1], *stops[:-1]]
    page.context.shell.undo()
    settle()
    assert [stop.plan_id for stop in day(page)] == stops


def test_alt_and_arrows_reorder_the_day_without_the_pointer(
    page: MapPage, qtbot: QtBot, settle: Settle
) -> None:
    stops = [stop.plan_id for stop in day(page)]
    page._on_tab("day")
    page.cards.setFocus()
    page.cards.current = 0
    qtbot.keyClick(page.cards, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    settle()
    assert [stop.plan_id for stop in day(page)][:2] == [stops[1], stops[0]]


def test_v_and_the_list_choose_without_the_pointer(page: MapPage, qtbot: QtBot) -> None:
    qtbot.keyClick(page, Qt.Key.Key_V)
    assert page.map.chosen == set(page.map.in_view())
    page.list.setFocus()
    page.list.pick(0)
    entry = page.list.row()
    qtbot.keyClick(page.list, Qt.Key.Key_Space)
    assert entry.number not in page.map.chosen


def test_escape_puts_the_lasso_down_then_clears_the_choice(page: MapPage, qtbot: QtBot) -> None:
    page.map.choose([0, 1], on=True)
    page.map.set_lasso(True)
    assert page.step_back()
    assert (page.map.lassoing, page.map.chosen) == (False, {0, 1})
    assert page.step_back()
    assert page.map.chosen == set()
    assert not page.step_back()


def test_only_the_stores_of_the_list_are_shown(page: MapPage, settle: Settle) -> None:
    page.show_place(query=Query(chip=Chip.GRADE_A))
    settle()
    assert 0 < len(page.map.crowd) < 86


def test_a_list_without_positions_says_so(page: MapPage, settle: Settle) -> None:
    page.show_place(query=Query(text="没有这家店"))
    settle()
    assert page._stack.currentIndex() == 1
    assert any(b.isVisible() for b in page._empty.findChildren(Button))
