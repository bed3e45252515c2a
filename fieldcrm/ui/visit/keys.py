"""The keys of the visit workspace: digits answer checks, Space takes a photo, Ctrl goes on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication

from fieldcrm.rules.visits import FAIL, NOT_APPLICABLE, PASS
from fieldcrm.ui.i18n import tr
from fieldcrm.ui.widgets.fields import Tick

if TYPE_CHECKING:
    from fieldcrm.ui.visit.page import VisitPage


def bind(page: VisitPage) -> None:
    """Let the keys do what the page can do."""
    for key, value, words in (
        ("1", PASS, tr("Pass")),
        ("2", FAIL, tr("Fail")),
        ("3", NOT_APPLICABLE, tr("Not applicable")),
    ):
        page.bind(key, partial(_answer_check, page, value), words)
    space = QShortcut(QKeySequence("Space"), page)
    space.activated.connect(lambda: _on_space(page))
    page.keys.append(("Space", tr("Add a photo")))
    page.bind("N", page.add_note, tr("Write something down"))
    page.bind("Ctrl+Return", page.go_on, tr("Next step or check out"))
    page.bind("Ctrl+Down", lambda: page.go(1), tr("Next step"))
    page.bind("Ctrl+Up", lambda: page.go(-1), tr("Step before"))


def _answer_check(page: VisitPage, value: str) -> None:
    if page.step is not None:
        page.step.answer_check(value)


def _on_space(page: VisitPage) -> None:
    """Add a photo; only a box to tick and what floats over the page keep their Space."""
    focus = QApplication.focusWidget()
    elsewhere = focus is not None and not page.isAncestorOf(focus)
    if isinstance(focus, QAbstractButton) and (elsewhere or isinstance(focus, Tick)):
        focus.click()
    elif not elsewhere:
        page.add_photo()
