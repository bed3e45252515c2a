"""A visit keeps the edition it began with; its rep sees what going over would lose, and decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget

from fieldcrm import faults
from fieldcrm.model.visits import SopTemplate, Visit
from fieldcrm.services import sop_publishing, sops, visits
from fieldcrm.services.sop_publishing import Plan
from fieldcrm.ui.visit.page import VisitPage
from fieldcrm.ui.widgets.buttons import Button
from fieldcrm.ui.widgets.overlays import Overlay
from tests.ui.conftest import LOOKS, TODAY
from tests.ui.visit.conftest import AtStore
from tests.ui.visit.test_visit_page import to_step

YESTERDAY = TODAY - timedelta(1)


def publish(at_store: AtStore, page: VisitPage, **more: Any) -> None:
    """Publish the next edition: the shelf lost a question and got a new one."""

    def write(session: Any) -> None:
        row = session.get_one(SopTemplate, page.visit.template.id)  # type: ignore[union-attr]  # it is open
        steps = [dict(step) for step in row.steps if step["key"] != "rival"]
        shelf = next(step for step in steps if step["key"] == "shelf")
        new = {"key": "light", "label": "灯箱亮着", "type": "yes_no", "required": True}
        shelf["fields"] = [f for f in shelf["fields"] if f["key"] != "cooler"] + [new]
        plan = Plan(row.name, row.code, tuple(row.channels), valid_from=TODAY, steps=steps)
        made = sop_publishing.publish(session, plan, today=TODAY)
        session.flush()
        for name, value in more.items():
            setattr(session.get_one(SopTemplate, made), name, value)

    at_store.write(write)


def press(page: QWidget, number: int) -> None:
    """Press a button of the question, counted from the safe one."""
    [overlay] = [each for each in page.findChildren(Overlay) if each.isVisible()]
    buttons = [b for b in overlay.findChildren(Button) if b.isVisible()]
    buttons[number].click()


@pytest.fixture
def answered(running: VisitPage, settle: Callable[[], None]) -> VisitPage:
    """A visit with two checks answered."""
    to_step(running, "shelf", settle)
    running.step.answered.emit("facing", "pass")  # type: ignore[union-attr]  # to_step says so
    running.step.answered.emit("cooler", "fail")  # type: ignore[union-attr]  # to_step says so
    settle()
    return running


def worked(at_store: AtStore, page: VisitPage) -> int:
    visit_id = page.visit.visit_id  # type: ignore[union-attr]  # it is open
    found = at_store.read(lambda s: sops.of_visit(s, s.get_one(Visit, visit_id)))
    return int(found.edition)


def test_a_newer_edition_is_told_and_changes_nothing_by_itself(
    answered: VisitPage, at_store: AtStore, settle: Any
) -> None:
    publish(at_store, answered)
    settle()
    settle()  # the page hears of it in a turn of its own
    assert not answered.edition.bar.isHidden()
    assert worked(at_store, answered) == 1
    assert [field.key for field in answered.steps[1].fields][:2] == ["facing", "cooler"]


def test_without_the_pin_a_visit_would_change_under_its_rep(
    answered: VisitPage, at_store: AtStore, settle: Any
) -> None:
    publish(at_store, answered)
    settle()
    settle()  # the page hears of it in a turn of its own
    with faults.plant("edition_moves"):
        assert worked(at_store, answered) == 2


def test_going_over_keeps_what_fits_and_begins_the_visit_again(
    answered: VisitPage, at_store: AtStore, settle: Any
) -> None:
    publish(at_store, answered)
    settle()
    settle()  # the page hears of it in a turn of its own
    answered.edition.ask()
    press(answered, -1)
    settle()
    assert worked(at_store, answered) == 2
    assert answered.edition.bar.isHidden()
    assert answered.progress.answers["shelf"] == {"facing": "pass"}
    assert "light" in [field.key for field in answered.steps[1].fields]


def test_staying_is_a_choice_until_the_sunset(answered: VisitPage, at_store: AtStore, settle: Any) -> None:
    publish(at_store, answered, sunset_on=TODAY)
    settle()
    settle()  # the page hears of it in a turn of its own
    assert answered.visit is not None
    assert not answered.visit.must_go_over
    answered.edition.ask()
    press(answered, 0)
    settle()
    assert worked(at_store, answered) == 1


def test_after_the_sunset_the_visit_is_not_closed_with_the_old_edition(
    answered: VisitPage, at_store: AtStore, settle: Any
) -> None:
    publish(at_store, answered, sunset_on=YESTERDAY, valid_from=YESTERDAY)
    settle()
    settle()  # the page hears of it in a turn of its own
    assert answered.visit is not None
    assert answered.visit.must_go_over


def test_the_history_of_the_visit_says_which_edition_it_went_over_to(
    answered: VisitPage, at_store: AtStore, settle: Any
) -> None:
    publish(at_store, answered)
    settle()
    settle()  # the page hears of it in a turn of its own
    answered.edition.ask()
    press(answered, -1)
    settle()
    visit = answered.visit
    assert visit is not None
    said = at_store.read(lambda s: visits.latest_answers(s, visit.visit_id))
    assert set(said[sops.EDITION]) == {"template_id"}


@pytest.mark.parametrize(("language", "mode"), LOOKS)
def test_the_question_can_be_looked_at(
    at_store: AtStore, look: Any, settle: Any, shoot: Any, qtbot: Any, language: str, mode: str
) -> None:
    look(language, mode)
    page = VisitPage(at_store.context)
    qtbot.addWidget(page)
    at_store.shell.widget = page
    page.show_place(visit_id=at_store.start())
    page.resize(1440, 900)
    page.show()
    settle()
    to_step(page, "shelf", settle)
    page._on_answer("cooler", "fail")
    page.progress.answers["rival"] = {"brand": "康师傅"}
    publish(at_store, page)
    settle()
    page.edition.ask()
    shoot(page, f"visit-edition-{language[:2]}-{mode}", sizes=((1440, 900),))
